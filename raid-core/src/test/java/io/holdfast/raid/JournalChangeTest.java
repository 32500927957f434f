package io.holdfast.raid;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice.Kind;
import io.holdfast.raid.metadata.ConfigurationException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Journals that come, go and fail while the array runs. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class JournalChangeTest {
    private static final int BLOCK = 4096;
    private static final int JOURNAL = 4 << 20;

    private static CompletableFuture<Void> change(ScriptedArray test, ScriptedDevice to) {
        CompletableFuture<Void> change = to == null ? test.array.removeJournalAsync() : test.array.useJournalAsync(to);
        test.run();
        return change;
    }

    /** Members that are left, and these. */
    private ScriptedArray assemble(ScriptedArray test, List<ScriptedDevice> others, Integer... missing) {
        List<BlockDevice> devices = new ArrayList<>();
        for (int i = 0; i < test.members.size(); i++) {
            if (!List.of(missing).contains(i)) {
                devices.add(test.members.get(i));
            }
        }
        devices.addAll(others);
        return test.assemble(test.context().devices(devices));
    }

    private static void write(ScriptedArray test, byte[] model, long offset, byte[] bytes) {
        assertEquals(IoStatus.OK, test.write(offset, bytes));
        System.arraycopy(bytes, 0, model, (int) offset, bytes.length);
    }

    @ParameterizedTest
    @EnumSource(JournalMode.class)
    void shouldTakeAJournalIntoAnArrayThatHasNone(JournalMode mode) {
        ScriptedArray test = shape().make();
        test.assemble(test.context().journalMode(mode));
        byte[] model = test.fill(1);
        ScriptedDevice journal = new ScriptedDevice("journal", JOURNAL);
        change(test, journal).join();
        assertTrue(test.array.state().journaled());
        for (int i = 0; i < 30; i++) {
            write(test, model, i * 5L * BLOCK, randomBytes(i, BLOCK));
        }
        assertArrayEquals(model, test.readAll());
        test.losePower();
        assemble(test, List.of(journal), 1);
        assertTrue(test.array.state().journaled());
        assertArrayEquals(model, test.readAll());
    }

    @ParameterizedTest
    @EnumSource(JournalMode.class)
    void shouldGoOnWithoutTheJournal(JournalMode mode) {
        ScriptedArray test = shape().journal(JOURNAL).make();
        test.assemble(test.context().journalMode(mode));
        byte[] model = test.readAll();
        for (int i = 0; i < 30; i++) {
            write(test, model, i * 5L * BLOCK, randomBytes(i, BLOCK));
        }
        change(test, null).join();
        assertFalse(test.array.state().journaled());
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        write(test, model, 7 * BLOCK, randomBytes(99, 3 * BLOCK));
        assertEquals(IoStatus.OK, test.flush());
        assertArrayEquals(model, test.readAll());
        test.losePower();
        // A write was under way as far as the members know: a resync, and no journal is missed.
        assemble(test, List.of());
        assertFalse(test.array.state().journaled());
        assertArrayEquals(model, test.readAll());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldPutAnotherJournalInItsPlace(boolean isDegraded) {
        ScriptedArray test = shape().journal(JOURNAL).make();
        if (isDegraded) {
            test.assemble(2);
        } else {
            test.assemble();
        }
        byte[] model = test.fill(3);
        ScriptedDevice journal = new ScriptedDevice("second", 2 * JOURNAL);
        change(test, journal).join();
        write(test, model, 5 * BLOCK, randomBytes(4, 3 * BLOCK));
        test.losePower();
        // The old one is there as well, and is set aside.
        assemble(test, List.of(test.journal, journal), 2);
        assertTrue(test.array.state().journaled());
        assertArrayEquals(model, test.readAll());
        assertTrue(
                test.array.description().summary().contains("second"),
                test.array.description().summary());
    }

    @Test
    void shouldHoldWritesAndNotReadsWhileTheJournalChanges() {
        ScriptedArray test = shape().journal(JOURNAL).make().assemble();
        byte[] model = test.fill(5);
        test.members.forEach(device -> device.hold(op -> op.changes() && test.isData(op)));
        byte[] first = randomBytes(6, BLOCK);
        Answer underWay = test.submitWrite(0, first, false);
        test.run();
        CompletableFuture<Void> change = change(test, null);
        byte[] second = randomBytes(7, BLOCK);
        Answer held = test.submitWrite(40 * BLOCK, second, false);
        test.run();
        assertNull(underWay.status);
        assertNull(held.status);
        assertFalse(change.isDone());
        assertArrayEquals(Arrays.copyOfRange(model, 20 * BLOCK, 21 * BLOCK), test.read(20 * BLOCK, BLOCK).bytes);
        test.members.forEach(ScriptedDevice::behave);
        test.run();
        change.join();
        assertEquals(IoStatus.OK, underWay.status);
        assertEquals(IoStatus.OK, held.status);
        System.arraycopy(first, 0, model, 0, BLOCK);
        System.arraycopy(second, 0, model, 40 * BLOCK, BLOCK);
        assertArrayEquals(model, test.readAll());
    }

    @ParameterizedTest
    @EnumSource(JournalMode.class)
    void shouldGoOnWhenTheJournalFails(JournalMode mode) {
        ScriptedArray test = shape().journal(JOURNAL).make();
        test.assemble(test.context().journalMode(mode));
        byte[] model = test.readAll();
        for (int i = 0; i < 30; i++) {
            write(test, model, i * 5L * BLOCK, randomBytes(i, BLOCK));
        }
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        for (int i = 0; i < 30; i++) {
            write(test, model, i * 7L * BLOCK, randomBytes(100 + i, BLOCK + 100));
        }
        assertFalse(test.array.state().journaled());
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        assertEquals(List.of("journal failed", "journal changed"), test.events);
        assertArrayEquals(model, test.readAll());
        // And takes a new one.
        ScriptedDevice journal = new ScriptedDevice("second", JOURNAL);
        change(test, journal).join();
        write(test, model, 5 * BLOCK, randomBytes(4, 3 * BLOCK));
        test.losePower();
        test.journal.behave();
        assemble(test, List.of(test.journal, journal), 0);
        assertTrue(test.array.state().journaled());
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldLoseNothingWhenTheJournalFailsAndPowerAfterIt() {
        ScriptedArray test = shape().journal(JOURNAL).make();
        test.assemble(test.context().journalMode(JournalMode.WRITE_BACK));
        byte[] model = test.readAll();
        for (int i = 0; i < 30; i++) {
            write(test, model, i * 5L * BLOCK, randomBytes(i, BLOCK));
        }
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        write(test, model, 0, randomBytes(99, BLOCK));
        assertEquals(IoStatus.OK, test.flush());
        test.losePower();
        test.journal.behave();
        assemble(test, List.of(test.journal));
        assertArrayEquals(model, test.readAll(), "the log that failed is not replayed over newer bytes");
        test.losePower();
        assemble(test, List.of());
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldRememberWhatTheLossOfTheJournalMeans() {
        ScriptedArray test = shape().journal(JOURNAL).make().assemble();
        assertEquals(JournalLossPolicy.CONTINUE, test.array.onJournalLoss());
        test.array.onJournalLoss(JournalLossPolicy.READ_ONLY);
        test.run();
        test.losePower();
        test.assemble();
        assertEquals(JournalLossPolicy.READ_ONLY, test.array.onJournalLoss());
        test.stop();
        test.assemble(test.context(2).onJournalLoss(JournalLossPolicy.STOP));
        assertEquals(JournalLossPolicy.STOP, test.array.onJournalLoss());
        test.stop();
        test.assemble();
        assertEquals(JournalLossPolicy.READ_ONLY, test.array.onJournalLoss(), "for one run only");
        test.array.onJournalLoss(JournalLossPolicy.STOP);
        test.run();
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        test.write(0, randomBytes(2, BLOCK));
        test.run();
        assertEquals(ArrayState.Condition.FAILED, test.array.state().condition());
    }

    @Test
    void shouldStopWhenToldSo() {
        ScriptedArray test = shape().journal(JOURNAL).make();
        test.assemble(test.context().onJournalLoss(JournalLossPolicy.STOP).journalMode(JournalMode.WRITE_BACK));
        byte[] model = test.readAll();
        for (int i = 0; i < 30; i++) {
            write(test, model, i * 5L * BLOCK, randomBytes(i, BLOCK));
        }
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertEquals(IoStatus.READ_ONLY, test.write(0, randomBytes(99, BLOCK)));
        test.run();
        assertEquals(ArrayState.Condition.FAILED, test.array.state().condition());
        assertTrue(
                test.array.state().reason().contains("journal"),
                test.array.state().reason());
        assertEquals(IoStatus.GONE, test.write(0, randomBytes(99, BLOCK)));
        test.losePower();
        // All that was answered is on the members.
        test.journal.behave();
        List<BlockDevice> members = new ArrayList<>(test.members);
        test.assemble(test.context().devices(members).force(true).readOnly(true));
        byte[] found = test.readAll();
        System.arraycopy(model, 0, found, 0, BLOCK);
        assertArrayEquals(model, found);
    }

    @Test
    void shouldKeepTheOldJournalWhenTheNewOneCannotBeWrittenTo() {
        ScriptedArray test = shape().journal(JOURNAL).make().assemble();
        byte[] model = test.fill(8);
        ScriptedDevice journal = new ScriptedDevice("second", JOURNAL);
        int[] changes = new int[1];
        // Its log and its flush, and then no more.
        journal.fate(op -> op.changes() && ++changes[0] > 1 ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        CompletableFuture<Void> change = change(test, journal);
        CompletionException e = assertThrows(CompletionException.class, change::join);
        assertTrue(e.getCause().getMessage().contains("second"), e.getCause()::getMessage);
        assertTrue(test.array.state().journaled());
        write(test, model, 5 * BLOCK, randomBytes(4, 3 * BLOCK));
        test.losePower();
        journal.behave();
        assemble(test, List.of(test.journal, journal), 1);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldStartWithoutAJournalThatIsLostWhenToldSo() {
        ScriptedArray test = shape().journal(JOURNAL).make().assemble();
        byte[] model = test.fill(20);
        test.stop();
        List<BlockDevice> members = new ArrayList<>(test.members);
        assertThrows(ArrayException.class, () -> test.assemble(test.context().devices(members)));
        test.assemble(test.context().devices(members).withoutJournal(true));
        assertFalse(test.array.state().journaled());
        assertTrue(
                test.array.description().summary().contains("given up"),
                test.array.description().summary());
        assertTrue(test.events.contains("ended RESYNC COMPLETE"), test.events::toString);
        write(test, model, 0, randomBytes(21, BLOCK));
        ScriptedDevice journal = new ScriptedDevice("second", JOURNAL);
        change(test, journal).join();
        write(test, model, 5 * BLOCK, randomBytes(22, BLOCK));
        test.losePower();
        // The lost one turns up again, and is not believed.
        assemble(test, List.of(test.journal, journal), 2);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldNotGuessWhatADegradedArrayHeldInALostJournal() {
        ScriptedArray test = shape().journal(JOURNAL).make().assemble(1);
        byte[] model = test.fill(23);
        test.stop();
        List<BlockDevice> left = List.of(test.members.get(0), test.members.get(2), test.members.get(3));
        ArrayContext context = test.context().devices(left).withoutJournal(true);
        assertThrows(ArrayException.class, () -> test.assemble(context));
        test.assemble(context.force(true));
        assertArrayEquals(model, test.readAll());
    }

    /** A shard that is late hears of the end of one hold and of the next together, and in between lets its writes go. */
    @Test
    void shouldNotTakeTheLastHoldForTheNext() {
        for (int late = 0; late < 30; late++) {
            ScriptedArray test = shape().chunk(4096).journal(JOURNAL).make();
            test.assemble(test.context().shardCount(2));
            byte[] model = test.fill(24);
            test.journal.fate(op -> op.changes() ? IoStatus.GONE : IoStatus.OK);
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                byte[] bytes = randomBytes(i, 1);
                // In rows of the second shard only.
                int offset = (2 * i + 1) * 3 * BLOCK;
                answers.add(test.submitWrite(offset, bytes, false));
                model[offset] = bytes[0];
            }
            while (!test.events.contains("journal changed")) {
                test.loops().get(1).doWork();
                test.loops().get(0).doWork();
            }
            ScriptedDevice next = new ScriptedDevice("next", JOURNAL);
            CompletableFuture<Void> change = test.array.useJournalAsync(next);
            for (int i = 0; i < late; i++) {
                test.loops().get(0).doWork();
            }
            test.run();
            change.join();
            answers.forEach(answer -> assertEquals(IoStatus.OK, answer.status));
            test.stop();
            assemble(test, List.of(next), 3);
            assertArrayEquals(model, test.readAll(), "late=" + late);
        }
    }

    @Test
    void shouldRefuseADeviceThatIsTooSmall() {
        ScriptedArray test = shape().journal(JOURNAL).make().assemble();
        ConfigurationException e =
                assertThrows(ConfigurationException.class, () -> change(test, new ScriptedDevice("small", 64 * 1024)));
        assertTrue(e.getMessage().contains("small"), e::getMessage);
        assertTrue(test.array.state().journaled());
        assertEquals(IoStatus.OK, test.write(0, randomBytes(1, BLOCK)));
    }

    @Test
    void shouldRefuseASecondChangeAndAChangeOfNothing() {
        ScriptedArray test = shape().make().assemble();
        assertThrows(CompletionException.class, () -> change(test, null).join());
        test.members.forEach(device -> device.hold(op -> op.kind() == Kind.FLUSH));
        CompletableFuture<Void> first = change(test, new ScriptedDevice("first", JOURNAL));
        CompletableFuture<Void> second = change(test, new ScriptedDevice("second", JOURNAL));
        assertTrue(second.isCompletedExceptionally());
        test.members.forEach(ScriptedDevice::behave);
        test.run();
        first.join();
        assertTrue(test.array.state().journaled());
    }
}
