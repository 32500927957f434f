package io.holdfast.raid;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice.Kind;
import io.holdfast.raid.ScriptedDevice.Operation;
import io.holdfast.raid.metadata.BitmapArea;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bits are set before anything is written under them, and stay as long as anybody needs them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BitmapEngineTest {
    private static final int BLOCK = 4096;
    private static final int REGION = 64 * 1024;
    /** Of the array: each region is that much of three data members. */
    private static final int REGION_OF_ARRAY = 3 * REGION;

    private static final long SWEEP_NS = 5_000_000_000L;

    private static ScriptedArray array() {
        return shape().bitmap(REGION).make();
    }

    /** With every bit that can be cleared cleared. */
    private static ScriptedArray idle(ScriptedArray test) {
        for (int i = 0; i < 4; i++) {
            test.pass(SWEEP_NS);
        }
        return test;
    }

    private static int dirtyCount(ScriptedArray test) {
        return test.array.bitmap().orElseThrow().dirtyCount();
    }

    private static BitmapArea onDisk(ScriptedDevice device) {
        return BitmapArea.read(device, ScriptedArray.superblock(device));
    }

    @Test
    void shouldBeginWithEveryBitSetAndLetThemAgeWhenClean() {
        ScriptedArray test = array().assemble();
        assertEquals(test.array.bitmap().orElseThrow().regionCount(), dirtyCount(test));
        idle(test);
        assertEquals(0, dirtyCount(test));
        for (ScriptedDevice member : test.members) {
            assertEquals(0, onDisk(member).dirtyCount());
        }
        assertTrue(test.events.stream().noneMatch(event -> event.contains("RESYNC")), test.events::toString);
    }

    @Test
    void shouldSetABitOnEveryMemberBeforeAWriteBegins() {
        ScriptedArray test = idle(array().assemble());
        List<Operation> done = new ArrayList<>();
        test.members.forEach(member -> member.trace(done::add));
        ScriptedDevice slow = test.members.get(2);
        slow.hold(op -> op.kind() == Kind.FLUSH && done.stream().anyMatch(test::isBitmap));

        Answer answer = test.submitWrite(5L * REGION_OF_ARRAY, new byte[BLOCK], false);
        test.run();
        assertNull(answer.status);
        assertTrue(done.stream().noneMatch(op -> op.changes() && test.isData(op)), "something was written");
        assertEquals(
                4,
                done.stream()
                        .filter(test::isBitmap)
                        .map(Operation::device)
                        .distinct()
                        .count());

        slow.hold(op -> false);
        test.run();
        assertEquals(IoStatus.OK, answer.status);
        for (ScriptedDevice member : test.members) {
            assertTrue(onDisk(member).isSet(5));
            assertEquals(1, onDisk(member).dirtyCount());
        }
    }

    @Test
    void shouldTakeNoJournalBecauseTheFormatKnowsNoArrayWithBoth() {
        ScriptedArray test = idle(array().assemble());
        ScriptedDevice journal = new ScriptedDevice("journal", 4 << 20);
        journal.trace(op -> {
            throw new AssertionError("touched: " + op);
        });
        CompletableFuture<Void> change = test.array.useJournalAsync(journal);
        test.run();
        Throwable refusal =
                assertThrows(CompletionException.class, change::join).getCause();
        assertTrue(refusal.getMessage().contains("bitmap"), refusal.getMessage());
        assertEquals(IoStatus.OK, test.write(0, new byte[BLOCK]));
    }

    @Test
    void shouldAskForARegionOnce() {
        ScriptedArray test = idle(array().assemble());
        test.write(0, new byte[BLOCK]);
        int[] bitmapWrites = new int[1];
        test.members.get(0).trace(op -> bitmapWrites[0] += test.isBitmap(op) ? 1 : 0);
        for (int i = 0; i < 12; i++) {
            assertEquals(IoStatus.OK, test.write((long) i * BLOCK, new byte[BLOCK]));
        }
        assertEquals(0, bitmapWrites[0]);
    }

    @Test
    void shouldClearABitOnlyAfterMembersAreFlushedAndTwoSweepsFoundItIdle() {
        ScriptedArray test = idle(array().assemble());
        test.write(0, randomBytes(1, BLOCK));
        test.pass(SWEEP_NS);
        assertEquals(1, dirtyCount(test));
        test.write(0, randomBytes(2, BLOCK));
        test.pass(SWEEP_NS);
        assertEquals(1, dirtyCount(test));
        List<Operation> done = new ArrayList<>();
        test.members.forEach(member -> member.trace(done::add));
        test.pass(SWEEP_NS);
        assertEquals(0, dirtyCount(test));
        int firstBitmap = -1;
        for (int i = 0; i < done.size() && firstBitmap < 0; i++) {
            firstBitmap = test.isBitmap(done.get(i)) ? i : -1;
        }
        assertEquals(
                4,
                done.subList(0, firstBitmap).stream()
                        .filter(op -> op.kind() == Kind.FLUSH)
                        .map(Operation::device)
                        .distinct()
                        .count());
    }

    @Test
    void shouldResyncOnlyDirtyRegionsAfterACrash() {
        ScriptedArray test = array().assemble();
        byte[] expected = test.fill(1);
        idle(test);
        test.flush();
        test.write(7L * REGION_OF_ARRAY, randomBytes(2, BLOCK));
        System.arraycopy(randomBytes(2, BLOCK), 0, expected, 7 * REGION_OF_ARRAY, BLOCK);
        test.flush();
        test.losePower();

        TreeSet<Long> read = new TreeSet<>();
        long end =
                test.deviceOffset(ScriptedArray.superblock(test.members.get(0)).sizeSectors() * 512);
        test.members.forEach(member -> member.trace(op -> {
            // At the very end a superblock of another version is looked for.
            if (op.kind() == Kind.READ && test.isData(op) && op.offset() < end - REGION) {
                read.add((op.offset() - test.deviceOffset(0)) / REGION);
            }
        }));
        test.assemble();
        assertEquals(new TreeSet<>(List.of(7L)), read);
        assertTrue(test.events.contains("ended RESYNC COMPLETE"), test.events::toString);
        assertTrue(
                test.array.description().summary().contains("resync of 1 region (64 KiB) directed by the bitmap"),
                test.array.description().summary());
        test.members.forEach(member -> member.trace(op -> {}));
        assertArrayEquals(expected, test.readAll());
        idle(test);
        assertEquals(0, dirtyCount(test));
    }

    @Test
    void shouldGoOnWithAResyncWhereItsBitsAreLeft() {
        ScriptedArray test = array().assemble();
        byte[] expected = test.fill(1);
        test.flush();
        test.losePower();
        test.members.get(0).hold(op -> op.kind() == Kind.READ && op.offset() >= test.deviceOffset(9L * REGION));
        test.assemble();
        idle(test);
        int left = dirtyCount(test);
        assertTrue(left > 0 && left <= test.array.bitmap().orElseThrow().regionCount() - 8, "left=" + left);
        test.losePower();
        test.assemble();
        assertTrue(test.events.contains("ended RESYNC COMPLETE"), test.events::toString);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldClearEverythingAtAStop() {
        ScriptedArray test = array().assemble();
        test.fill(1);
        test.stop();
        for (ScriptedDevice member : test.members) {
            assertEquals(0, onDisk(member).dirtyCount());
            assertTrue(
                    onDisk(member).events() >= ScriptedArray.superblock(member).events());
        }
    }

    @Test
    void shouldKeepBitsWhileAMemberIsAwayAndBringItUpToDateFromThem() {
        ScriptedArray test = array().assemble();
        byte[] expected = test.fill(1);
        idle(test);
        test.members.get(1).vanish();
        byte[] more = randomBytes(3, 20000);
        assertEquals(IoStatus.OK, test.write(3L * REGION_OF_ARRAY + 100, more));
        System.arraycopy(more, 0, expected, 3 * REGION_OF_ARRAY + 100, more.length);
        idle(test);
        assertEquals(1, dirtyCount(test));
        test.stop();
        test.members.get(1).behave();

        TreeSet<Long> written = new TreeSet<>();
        test.members.get(1).trace(op -> {
            if (op.changes() && test.isData(op)) {
                written.add((op.offset() - test.deviceOffset(0)) / REGION);
            }
        });
        test.assemble();
        assertEquals(new TreeSet<>(List.of(3L)), written);
        assertTrue(test.events.contains("ended RECOVERY COMPLETE"), test.events::toString);
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        idle(test);
        assertEquals(0, dirtyCount(test));
        test.stop();
        test.assemble(0);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldNotTakeBackAMemberWhoseBitsWereClearedSince() {
        ScriptedArray test = shape().bitmap(REGION).spares(1).make().assemble();
        byte[] expected = test.fill(1);
        idle(test);
        test.members.get(1).vanish();
        byte[] more = randomBytes(3, BLOCK);
        test.write(0, more);
        System.arraycopy(more, 0, expected, 0, BLOCK);
        test.pass(SWEEP_NS);
        assertTrue(test.events.contains("ended RECOVERY COMPLETE"), test.events::toString);
        idle(test);
        assertEquals(0, dirtyCount(test));
        test.stop();
        test.members.get(1).behave();
        // The spare that took its place is lost.
        test.assemble(4);
        assertEquals(
                1,
                test.array.state().slots().stream()
                        .filter(slot -> !slot.inSync())
                        .count());
        assertArrayEquals(expected, test.readAll());
        assertTrue(test.events.stream().filter("started RECOVERY"::equals).count() == 1, test.events::toString);
    }

    @Test
    void shouldTakeAllForDirtyWhenSomebodyDidNotKeepTheBitmap() {
        ScriptedArray test = array().assemble();
        test.fill(1);
        test.stop();
        byte[] old = test.members.get(0).peek(8192, BLOCK);
        test.assemble();
        test.write(0, new byte[BLOCK]);
        test.flush();
        test.losePower();
        test.members.forEach(member -> member.poke(8192, old));
        test.assemble();
        assertTrue(
                test.array.description().summary().contains("The bitmap is older than the array"),
                test.array.description().summary());
        assertTrue(test.events.contains("ended RESYNC COMPLETE"), test.events::toString);
        idle(test);
        assertEquals(0, dirtyCount(test));
    }

    @Test
    void shouldGiveTheWholeBitmapToADeviceThatComesWhileItRuns() {
        ScriptedArray test = array().assemble();
        byte[] expected = test.fill(1);
        idle(test);
        test.write(4L * REGION_OF_ARRAY, randomBytes(2, BLOCK));
        System.arraycopy(randomBytes(2, BLOCK), 0, expected, 4 * REGION_OF_ARRAY, BLOCK);
        ScriptedDevice fresh = new ScriptedDevice("fresh", 2 << 20);
        var replaced = test.array.replaceAsync("d2", fresh);
        test.run();
        replaced.join();
        assertTrue(onDisk(fresh).sameAs(onDisk(test.members.get(0))));
        assertTrue(onDisk(fresh).isSet(4));
        idle(test);
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        assertEquals(0, onDisk(fresh).dirtyCount());
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldCopyOnlyWhatAMemberHasMissedWhenItIsTakenBack() {
        ScriptedArray test = array().assemble();
        byte[] model = test.fill(1);
        idle(test);
        end(test, test.array.failAsync("d1"));
        end(test, test.array.removeAsync("d1"));
        byte[] news = randomBytes(2, 3 * BLOCK);
        assertEquals(IoStatus.OK, test.write(2L * REGION_OF_ARRAY + 5 * BLOCK, news));
        System.arraycopy(news, 0, model, 2 * REGION_OF_ARRAY + 5 * BLOCK, news.length);
        idle(test);
        assertEquals(1, dirtyCount(test));

        long[] copied = new long[1];
        test.members.get(1).trace(op -> copied[0] += op.kind() == Kind.WRITE && test.isData(op) ? op.length() : 0);
        end(test, test.array.reAddAsync(test.members.get(1)));

        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        assertTrue(copied[0] > 0 && copied[0] <= REGION, "copied=" + copied[0]);
        assertArrayEquals(model, test.readAll());
        idle(test);
        assertEquals(0, dirtyCount(test));
        test.stop();
        test.assemble(3);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldNotTakeBackWhoseMissesNobodyKnows() {
        ScriptedArray test = idle(array().assemble());
        ScriptedDevice away = test.members.get(1);
        assertRefused(test, test.members.get(2), "device of this array");
        end(test, test.array.failAsync("d1"));
        end(test, test.array.removeAsync("d1"));
        end(test, test.array.addAsync(new ScriptedDevice("other", 2 << 20)));
        assertRefused(test, away, "not empty");
        assertRefused(test, new ScriptedDevice("blank", 2 << 20), "was no member");
        // Whole again, and bits cleared since: they say nothing of what it missed.
        test.write(0, new byte[BLOCK]);
        idle(test);
        end(test, test.array.failAsync("other"));
        end(test, test.array.removeAsync("other"));
        assertRefused(test, away, "no bitmap that says");
        assertEquals(ArrayState.Condition.DEGRADED, test.array.state().condition());
    }

    private static void end(ScriptedArray test, CompletableFuture<Void> change) {
        test.run();
        change.join();
    }

    private static void assertRefused(ScriptedArray test, ScriptedDevice device, String why) {
        Throwable refusal;
        try {
            CompletableFuture<Void> change = test.array.reAddAsync(device);
            test.run();
            refusal = assertThrows(CompletionException.class, change::join).getCause();
        } catch (ArrayException e) {
            refusal = e;
        }
        assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
    }
}
