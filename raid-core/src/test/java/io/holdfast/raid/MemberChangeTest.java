package io.holdfast.raid;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice.Kind;
import io.holdfast.raid.metadata.ConfigurationException;
import io.holdfast.raid.metadata.MemberCondition;
import io.holdfast.raid.metadata.SuperblockReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Members that come and go because somebody asks for it, while the array runs. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MemberChangeTest {
    private static final int BLOCK = 4096;
    private static final int MEMBER = 2 << 20;
    private static final int JOURNAL = 4 << 20;

    private static CompletableFuture<Void> add(ScriptedArray test, BlockDevice device) {
        CompletableFuture<Void> added = test.array.addAsync(device);
        test.run();
        return added;
    }

    private static void fail(ScriptedArray test, String name) {
        CompletableFuture<Void> failed = test.array.failAsync(name);
        test.run();
        failed.join();
    }

    private static void remove(ScriptedArray test, String name) {
        CompletableFuture<Void> removed = test.array.removeAsync(name);
        test.run();
        removed.join();
    }

    private static String refused(CompletableFuture<Void> change) {
        assertTrue(change.isDone());
        return assertThrows(CompletionException.class, change::join).getCause().getMessage();
    }

    private static ArrayState.Device device(ScriptedArray test, String name) {
        return test.array.state().devices().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void write(ScriptedArray test, byte[] model, long offset, byte[] bytes) {
        assertEquals(IoStatus.OK, test.write(offset, bytes));
        System.arraycopy(bytes, 0, model, (int) offset, bytes.length);
    }

    @ParameterizedTest
    @CsvSource({"4,0", "5,0", "5,1", "6,0", "6,1"})
    void shouldFailRemoveAndReplaceAMemberWithoutAStop(int level, int journaled) {
        ScriptedArray test =
                shape().level(level).journal((long) journaled * JOURNAL).make().assemble();
        byte[] model = test.fill(1);
        fail(test, "d1");
        assertEquals(ArrayState.Condition.DEGRADED, test.array.state().condition());
        assertEquals(MemberCondition.FAULTY, device(test, "d1").condition());
        write(test, model, 3 * BLOCK, randomBytes(2, 5 * BLOCK));
        remove(test, "d1");
        assertTrue(test.array.state().devices().stream()
                .noneMatch(each -> each.name().equals("d1")));

        ScriptedDevice fresh = new ScriptedDevice("fresh", MEMBER);
        add(test, fresh).join();
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        assertEquals(MemberCondition.IN_SYNC, device(test, "fresh").condition());
        write(test, model, 9 * BLOCK, randomBytes(3, 2 * BLOCK));
        assertArrayEquals(model, test.readAll());
        test.stop();

        // What was removed is not believed, what came instead is; also without any other member that the level can
        // miss.
        test.members.set(1, fresh);
        test.assemble(0);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldTakeASpareThatWaitsUntilItIsNeeded() {
        ScriptedArray test = shape().make().assemble();
        byte[] model = test.fill(1);
        ScriptedDevice spare = new ScriptedDevice("spare", MEMBER);
        add(test, spare).join();
        assertEquals(MemberCondition.SPARE, device(test, "spare").condition());
        assertEquals(4, device(test, "spare").number());
        fail(test, "d2");
        assertEquals(MemberCondition.IN_SYNC, device(test, "spare").condition());
        assertEquals(2, device(test, "spare").slot());
        assertArrayEquals(model, test.readAll());
        test.pass(TimeUnit.SECONDS.toNanos(10));
        test.losePower();
        test.members.set(2, spare);
        test.assemble(3);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldKeepASpareOverAStop() {
        ScriptedArray test = shape().make().assemble();
        ScriptedDevice spare = new ScriptedDevice("spare", MEMBER);
        add(test, spare).join();
        test.stop();
        test.members.add(spare);
        test.assemble();
        assertEquals(MemberCondition.SPARE, device(test, "spare").condition());
        remove(test, "spare");
        test.stop();
        // Given again, it would stand by again, as it would under Linux: its own superblock still says so.
        test.members.remove(spare);
        test.assemble();
        assertTrue(test.array.state().devices().stream()
                .noneMatch(each -> each.name().equals("spare")));
    }

    @Test
    void shouldNotFailWhatTheArrayCannotDoWithout() {
        ScriptedArray test = shape().make().assemble();
        byte[] model = test.fill(1);
        fail(test, "d0");
        CompletableFuture<Void> failed = test.array.failAsync("d1");
        test.run();
        assertTrue(refused(failed).contains("d1 cannot be failed"), refused(failed));
        assertEquals(ArrayState.Condition.DEGRADED, test.array.state().condition());
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldLetAMemberBeFailedThatIsBeingRebuilt() {
        ScriptedArray test = shape().make().assemble(0);
        ScriptedDevice fresh = new ScriptedDevice("fresh", MEMBER);
        fresh.hold(operation -> operation.kind() == Kind.WRITE && test.isData(operation));
        add(test, fresh).join();
        assertEquals(MemberCondition.RECOVERING, device(test, "fresh").condition());
        fail(test, "fresh");
        fresh.behave();
        test.run();
        assertEquals(MemberCondition.FAULTY, device(test, "fresh").condition());
        ScriptedDevice another = new ScriptedDevice("another", MEMBER);
        add(test, another).join();
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
    }

    @Test
    void shouldRefuseToRemoveWhatIsInUse() {
        ScriptedArray test = shape().journal(JOURNAL).make().assemble();
        for (String name : List.of("d0", "journal", "nobody")) {
            CompletableFuture<Void> removed = test.array.removeAsync(name);
            test.run();
            assertTrue(refused(removed).startsWith(name), refused(removed));
        }
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
    }

    @Test
    void shouldRefuseAnyChangeOfAnArrayThatIsOnlyRead() {
        ScriptedArray test = shape().make().assemble();
        test.stop();
        test.assemble(test.context().readOnly(true));
        ScriptedDevice fresh = new ScriptedDevice("fresh", MEMBER);
        List<ScriptedDevice.Operation> touched = new ArrayList<>();
        fresh.trace(touched::add);

        for (CompletableFuture<Void> asked : List.of(test.array.failAsync("d0"), test.array.removeAsync("d0"))) {
            test.run();
            assertEquals("its devices cannot be changed: it is only read", refused(asked));
        }
        assertThrows(ArrayException.class, () -> test.array.addAsync(fresh));
        assertTrue(touched.isEmpty());
    }

    @Test
    void shouldRefuseADeviceThatIsTooSmallAndLeaveItAlone() {
        ScriptedArray test = shape().make().assemble();
        ScriptedDevice small = new ScriptedDevice("small", MEMBER / 2);
        List<ScriptedDevice.Operation> touched = new ArrayList<>();
        small.trace(touched::add);
        assertThrows(ConfigurationException.class, () -> test.array.addAsync(small));
        assertTrue(touched.isEmpty());
    }

    @Test
    void shouldRefuseADeviceThatItHasAndLeaveItAlone() {
        ScriptedArray test = shape().make().assemble();
        byte[] model = test.fill(4);
        assertThrows(ArrayException.class, () -> test.array.addAsync(test.members.get(2)));
        assertTrue(SuperblockReader.examine(test.members.get(2)).isValid());
        test.stop();
        test.assemble();
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldSayWhenTheNewDeviceFailsAsItIsAdded() {
        ScriptedArray test = shape().make().assemble(1);
        byte[] model = test.readAll();
        ScriptedDevice bad = new ScriptedDevice("bad", MEMBER);
        CompletableFuture<Void> added = test.array.addAsync(bad);
        bad.fate(operation -> operation.kind() == Kind.WRITE ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        test.run();
        assertTrue(refused(added).contains("bad failed"), refused(added));
        assertEquals(ArrayState.Condition.DEGRADED, test.array.state().condition());
        write(test, model, 0, randomBytes(5, BLOCK));
        assertArrayEquals(model, test.readAll());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldAnswerWritesUnderWayWhenTheirMemberIsFailed(boolean isHung) {
        ScriptedArray test = shape().make().assemble();
        byte[] model = test.fill(1);
        ScriptedDevice victim = test.members.get(2);
        victim.hold(test::isData);
        byte[] bytes = randomBytes(6, 12 * BLOCK);
        Answer answer = test.submitWrite(0, bytes, false);
        test.run();
        CompletableFuture<Void> failed = test.array.failAsync("d2");
        test.run();
        failed.join();
        CompletableFuture<Void> removed = test.array.removeAsync("d2");
        test.run();
        assertFalse(removed.isDone(), "somebody still waits for it");
        if (isHung) {
            test.pass(TimeUnit.HOURS.toNanos(1));
        } else {
            victim.behave();
            test.run();
        }
        removed.join();
        assertEquals(IoStatus.OK, answer.status);
        System.arraycopy(bytes, 0, model, 0, bytes.length);
        assertArrayEquals(model, test.readAll());
        if (isHung) {
            // What it was told to write it may still write, over whatever it would be given to hold.
            assertThrows(ArrayException.class, () -> test.array.addAsync(victim));
        }
        add(test, isHung ? new ScriptedDevice("fresh", MEMBER) : victim).join();
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldNotTakeAMemberThatFailedBeforeItIsRemoved() {
        ScriptedArray test = shape().make().assemble();
        fail(test, "d1");
        assertThrows(ArrayException.class, () -> test.array.addAsync(test.members.get(1)));
        remove(test, "d1");
        add(test, test.members.get(1)).join();
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
    }

    @Test
    void shouldGiveUpWhoWaitsWhenTheArrayIsLetGo() {
        ScriptedArray test = shape().make().assemble();
        CompletableFuture<Void> added = test.array.addAsync(new ScriptedDevice("late", MEMBER));
        test.array.abandon();
        assertTrue(added.isCompletedExceptionally());
    }

    @Test
    void shouldTakeNobodyWhileItStops() {
        ScriptedArray test = shape().make().assemble();
        CompletableFuture<Void> stopped = test.array.stop();
        assertThrows(ArrayException.class, () -> test.array.failAsync("d0"));
        assertThrows(ArrayException.class, () -> test.array.removeAsync("d0"));
        assertThrows(ArrayException.class, () -> test.array.addAsync(new ScriptedDevice("late", MEMBER)));
        test.run();
        stopped.join();
    }

    @Test
    void shouldComeAndGoForeverWithTheSameName() {
        ScriptedArray test = shape().make().assemble();
        byte[] model = test.fill(8);
        String name = "d3";
        for (int round = 0; round < 20; round++) {
            fail(test, name);
            write(test, model, round * 3L * BLOCK, randomBytes(round, 2 * BLOCK));
            remove(test, name);
            add(test, new ScriptedDevice(name, MEMBER)).join();
            assertEquals(4, test.array.state().devices().size());
            assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        }
        assertArrayEquals(model, test.readAll());
    }

    private static CompletableFuture<Void> replace(ScriptedArray test, String name, BlockDevice with) {
        CompletableFuture<Void> replaced = test.array.replaceAsync(name, with);
        test.run();
        return replaced;
    }

    @ParameterizedTest
    @CsvSource({"4,0,0", "5,0,1", "5,1,3", "6,0,2", "6,1,3"})
    void shouldCopyAMemberToTheDeviceThatReplacesIt(int level, int journaled, int slot) {
        ScriptedArray test =
                shape().level(level).journal((long) journaled * JOURNAL).make().assemble();
        byte[] model = test.fill(1);
        ScriptedDevice fresh = new ScriptedDevice("fresh", MEMBER);
        List<ScriptedDevice.Operation> reads = new ArrayList<>();
        test.members.forEach(member -> member.trace(operation -> {
            if (operation.kind() == Kind.READ) {
                reads.add(operation);
            }
        }));
        replace(test, "d" + slot, fresh).join();
        assertTrue(
                reads.stream().allMatch(read -> read.device() == test.members.get(slot)), "copied, and not computed");
        assertEquals(MemberCondition.IN_SYNC, device(test, "fresh").condition());
        assertEquals(slot, device(test, "fresh").slot());
        assertEquals(MemberCondition.FAULTY, device(test, "d" + slot).condition());
        write(test, model, 3 * BLOCK, randomBytes(2, 30 * BLOCK));
        assertArrayEquals(model, test.readAll());
        remove(test, "d" + slot);
        test.stop();
        test.members.set(slot, fresh);
        test.assemble(slot == 0 ? 1 : 0);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldGiveTheReplacementWhatIsWrittenMeanwhile() {
        ScriptedArray test = shape().make().assemble();
        byte[] model = test.fill(1);
        ScriptedDevice fresh = new ScriptedDevice("fresh", MEMBER);
        long middle = test.deviceOffset(MEMBER / 3);
        fresh.hold(
                operation -> operation.kind() == Kind.WRITE && test.isData(operation) && operation.offset() >= middle);
        replace(test, "d2", fresh).join();
        assertEquals(MemberCondition.REPLACING, device(test, "fresh").condition());
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        write(test, model, 0, randomBytes(3, 20 * BLOCK));
        fresh.behave();
        test.run();
        assertEquals(MemberCondition.IN_SYNC, device(test, "fresh").condition());
        remove(test, "d2");
        test.stop();
        test.members.set(2, fresh);
        test.assemble(0);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldRebuildTheReplacementWhenTheMemberFailsBeforeItsEnd() {
        ScriptedArray test = shape().make().assemble();
        byte[] model = test.fill(1);
        ScriptedDevice fresh = new ScriptedDevice("fresh", MEMBER);
        long middle = test.deviceOffset(MEMBER / 3);
        fresh.hold(
                operation -> operation.kind() == Kind.WRITE && test.isData(operation) && operation.offset() >= middle);
        replace(test, "d2", fresh).join();
        test.members.get(2).vanish();
        write(test, model, 5 * BLOCK, randomBytes(4, 9 * BLOCK));
        assertEquals(MemberCondition.RECOVERING, device(test, "fresh").condition());
        fresh.behave();
        test.run();
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        assertArrayEquals(model, test.readAll());
        test.stop();
        test.members.set(2, fresh);
        test.assemble(0);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldGoOnWithTheMemberWhenTheReplacementFails() {
        ScriptedArray test = shape().make().assemble();
        byte[] model = test.fill(1);
        ScriptedDevice fresh = new ScriptedDevice("fresh", MEMBER);
        fresh.fate(
                operation -> operation.kind() == Kind.WRITE && test.isData(operation) && operation.offset() > MEMBER / 2
                        ? IoStatus.MEDIA_ERROR
                        : IoStatus.OK);
        replace(test, "d2", fresh).join();
        assertEquals(MemberCondition.FAULTY, device(test, "fresh").condition());
        assertEquals(MemberCondition.IN_SYNC, device(test, "d2").condition());
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        write(test, model, 0, randomBytes(5, 20 * BLOCK));
        assertArrayEquals(model, test.readAll());
        replace(test, "d2", new ScriptedDevice("better", MEMBER)).join();
        assertEquals(MemberCondition.IN_SYNC, device(test, "better").condition());
    }

    @Test
    void shouldComputeWhatTheMemberCannotBeReadOf() {
        ScriptedArray test = shape().make().assemble();
        byte[] model = test.fill(1);
        ScriptedDevice bad = test.members.get(1);
        long at = test.deviceOffset(10 * BLOCK);
        bad.fate(operation -> operation.kind() == Kind.READ && operation.overlaps(at, at + BLOCK)
                ? IoStatus.MEDIA_ERROR
                : IoStatus.OK);
        ScriptedDevice fresh = new ScriptedDevice("fresh", MEMBER);
        replace(test, "d1", fresh).join();
        test.run();
        test.stop();
        test.members.set(1, fresh);
        test.assemble(3);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldReplaceByASpareAndBeginAnewAtTheNextStart() {
        ScriptedArray test = shape().make().assemble();
        byte[] model = test.fill(1);
        assertTrue(refused(replace(test, "d0", null)).contains("no spare"));
        ScriptedDevice spare = new ScriptedDevice("spare", MEMBER);
        add(test, spare).join();
        spare.hold(operation -> operation.kind() == Kind.WRITE
                && test.isData(operation)
                && operation.offset() >= test.deviceOffset(MEMBER / 3));
        replace(test, "d0", null).join();
        assertTrue(refused(replace(test, "d1", null)).contains("wait"));
        test.losePower();
        spare.losePower(operation -> false);
        test.members.add(spare);
        test.assemble();
        assertEquals(MemberCondition.IN_SYNC, device(test, "spare").condition());
        assertEquals(MemberCondition.FAULTY, device(test, "d0").condition());
        assertArrayEquals(model, test.readAll());
    }
}
