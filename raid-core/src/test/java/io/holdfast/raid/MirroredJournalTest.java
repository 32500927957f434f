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
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.metadata.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A journal on several devices: any of them will do. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MirroredJournalTest {
    private static final int BLOCK = 4096;
    private static final int JOURNAL = 4 << 20;

    private final ScriptedDevice second = new ScriptedDevice("second", JOURNAL + (1 << 20));

    private ScriptedArray mirrored(ArrayContextChange change) {
        ScriptedArray test = shape().journal(JOURNAL).make();
        ArrayContext context = test.context();
        change.apply(context);
        test.assemble(context);
        addCopy(test, second);
        return test;
    }

    private interface ArrayContextChange {
        void apply(ArrayContext context);
    }

    private static void addCopy(ScriptedArray test, ScriptedDevice device) {
        var added = test.array.addJournalCopyAsync(device);
        test.run();
        added.join();
    }

    private static void assemble(ScriptedArray test, List<ScriptedDevice> journals, Integer... missing) {
        List<BlockDevice> devices = new ArrayList<>();
        for (int i = 0; i < test.members.size(); i++) {
            if (!List.of(missing).contains(i)) {
                devices.add(test.members.get(i));
            }
        }
        devices.addAll(journals);
        test.assemble(test.context().devices(devices));
    }

    private static void write(ScriptedArray test, byte[] model, long offset, byte[] bytes) {
        assertEquals(IoStatus.OK, test.write(offset, bytes));
        System.arraycopy(bytes, 0, model, (int) offset, bytes.length);
    }

    /** Also when the copy came while there was something in the log. */
    @ParameterizedTest
    @EnumSource(JournalMode.class)
    void shouldReplayFromAnyCopyAlone(JournalMode mode) {
        for (boolean isFirst : new boolean[] {false, true}) {
            ScriptedArray test = shape().journal(JOURNAL).make();
            ScriptedDevice copy = new ScriptedDevice("copy", JOURNAL + (1 << 20));
            test.assemble(test.context().journalMode(mode));
            byte[] model = test.fill(1);
            addCopy(test, copy);
            for (int i = 0; i < 40; i++) {
                write(test, model, i * 5L * BLOCK, randomBytes(i, BLOCK));
            }
            test.losePower();
            assemble(test, List.of(isFirst ? test.journal : copy), 1);
            assertArrayEquals(model, test.readAll(), "the first: " + isFirst);
            assertTrue(test.array.description().summary().contains("copies of the journal"));
            write(test, model, BLOCK, randomBytes(99, BLOCK));
            test.losePower();
            // The copy that was left out is stale now, and is not believed beside the other.
            assemble(test, List.of(test.journal, copy), 1);
            assertArrayEquals(model, test.readAll());
            test.losePower();
            assertThrows(
                    ArrayException.class, () -> assemble(test, List.of(isFirst ? copy : test.journal), 1), "nor alone");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGoOnWithTheCopyThatIsLeft(boolean isFirst) {
        ScriptedArray test = mirrored(context -> {});
        byte[] model = test.fill(2);
        ScriptedDevice failing = isFirst ? test.journal : second;
        ScriptedDevice left = isFirst ? second : test.journal;
        failing.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        for (int i = 0; i < 20; i++) {
            write(test, model, i * 7L * BLOCK, randomBytes(i, BLOCK));
        }
        assertTrue(test.array.state().journaled());
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        assertEquals(List.of("journal changed", "copy failed"), test.events);
        test.losePower();
        failing.behave();
        assemble(test, List.of(test.journal, second), 2);
        assertArrayEquals(model, test.readAll());
        test.losePower();
        assemble(test, List.of(left), 2);
        assertArrayEquals(model, test.readAll());
    }

    /** Otherwise the copy that missed the record could be the one that is found after a crash. */
    @Test
    void shouldNotAnswerBeforeTheLossOfACopyIsRecorded() {
        ScriptedArray test = mirrored(context -> {});
        byte[] model = test.fill(3);
        test.members.forEach(member -> member.hold(test::isSuperblock));
        second.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        byte[] bytes = randomBytes(4, BLOCK);
        Answer answer = test.submitWrite(0, bytes, false);
        test.run();
        assertNull(answer.status);
        test.members.forEach(ScriptedDevice::behave);
        test.run();
        assertEquals(IoStatus.OK, answer.status);
        System.arraycopy(bytes, 0, model, 0, BLOCK);
        test.losePower();
        second.behave();
        assertThrows(ArrayException.class, () -> assemble(test, List.of(second)));
        assemble(test, List.of(second, test.journal), 0);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldGoOnWithoutAJournalWhenTheLastCopyFails() {
        ScriptedArray test = mirrored(context -> context.journalMode(JournalMode.WRITE_BACK));
        byte[] model = test.readAll();
        for (int i = 0; i < 20; i++) {
            write(test, model, i * 7L * BLOCK, randomBytes(i, BLOCK));
        }
        for (ScriptedDevice copy : List.of(test.journal, second)) {
            copy.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
            write(test, model, 3 * BLOCK, randomBytes(50, BLOCK));
        }
        assertFalse(test.array.state().journaled());
        assertEquals(IoStatus.OK, test.flush());
        test.losePower();
        test.journal.behave();
        second.behave();
        assemble(test, List.of(test.journal, second));
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldNotWaitForACopyThatHangs() {
        ScriptedArray test = mirrored(context -> context.deviceTimeLimitNs(1_000_000_000));
        byte[] model = test.fill(5);
        second.hold(op -> true);
        byte[] bytes = randomBytes(6, BLOCK);
        Answer answer = test.submitWrite(0, bytes, false);
        test.run();
        assertNull(answer.status);
        test.pass(2_000_000_000L);
        assertEquals(IoStatus.OK, answer.status);
        assertTrue(test.array.state().journaled());
        System.arraycopy(bytes, 0, model, 0, BLOCK);
        write(test, model, 9 * BLOCK, randomBytes(7, BLOCK));
        second.behave();
        test.run();
        write(test, model, 11 * BLOCK, randomBytes(8, BLOCK));
        test.losePower();
        assemble(test, List.of(test.journal, second), 1);
        assertArrayEquals(model, test.readAll());
    }

    /** What one copy lost, wherever in the log, the other still has; and then both have it. */
    @Test
    void shouldReadFromTheOtherCopyWhatHasRotted() {
        for (int page = 0; page < 24; page++) {
            ScriptedDevice copy = new ScriptedDevice("copy", JOURNAL);
            ScriptedArray test = shape().journal(JOURNAL).make();
            test.assemble();
            addCopy(test, copy);
            byte[] model = new byte[(int) test.array.length()];
            for (int i = 0; i < 6; i++) {
                write(test, model, i * 5L * BLOCK, randomBytes(i, BLOCK));
            }
            test.losePower();
            ScriptedDevice rotten = page % 2 == 0 ? test.journal : copy;
            long logOffset = ScriptedArray.superblock(rotten).dataOffsetSectors() * 512;
            long tail = ScriptedArray.superblock(rotten).journalTailSectors() * 512;
            flip(rotten, logOffset + tail + (long) page * BLOCK + 100);
            // Those that the replay is to repair must not be needed: members lost what they had in their caches.
            assemble(test, List.of(test.journal, copy), 1);
            assertArrayEquals(model, test.readAll(), "page=" + page);
            assertTrue(test.array.state().journaled());
        }
    }

    private static void flip(ScriptedDevice device, long offset) {
        UnsafeBuffer block = BufferSlab.allocate(BLOCK);
        long start = offset / BLOCK * BLOCK;
        device.read(start, block, 0, BLOCK);
        block.putByte((int) (offset - start), (byte) (block.getByte((int) (offset - start)) ^ 4));
        device.write(start, block, 0, BLOCK);
        device.flush();
    }

    @Test
    void shouldBeMadeWithSeveralCopiesAndReplaceALostOne() {
        ScriptedArray test = mirrored(context -> {});
        byte[] model = test.fill(9);
        second.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        write(test, model, 0, randomBytes(10, BLOCK));
        ScriptedDevice third = new ScriptedDevice("third", JOURNAL);
        addCopy(test, third);
        write(test, model, 9 * BLOCK, randomBytes(11, BLOCK));
        test.losePower();
        assemble(test, List.of(third), 1);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldPutTwoFreshCopiesInThePlaceOfOne() {
        ScriptedArray test = shape().journal(JOURNAL).make().assemble();
        byte[] model = test.fill(12);
        ScriptedDevice a = new ScriptedDevice("a", JOURNAL);
        ScriptedDevice b = new ScriptedDevice("b", 2 * JOURNAL);
        var changed = test.array.useJournalAsync(a, b);
        test.run();
        changed.join();
        write(test, model, 9 * BLOCK, randomBytes(13, BLOCK));
        test.losePower();
        assemble(test, List.of(b, test.journal), 1);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldGiveFreshCopiesThatComeTogetherANumberEach() {
        ScriptedArray test = shape().make().assemble();
        byte[] model = test.fill(12);
        ScriptedDevice a = new ScriptedDevice("a", JOURNAL);
        ScriptedDevice b = new ScriptedDevice("b", JOURNAL);
        var changed = test.array.useJournalAsync(a, b);
        test.run();
        changed.join();
        write(test, model, 9 * BLOCK, randomBytes(13, BLOCK));
        test.losePower();
        assemble(test, List.of(a, b), 1);
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldRefuseACopyThatIsShorterThanTheLog() {
        ScriptedArray test = shape().journal(JOURNAL).make().assemble();
        ScriptedDevice small = new ScriptedDevice("small", JOURNAL / 2);
        ConfigurationException e =
                assertThrows(ConfigurationException.class, () -> test.array.addJournalCopyAsync(small));
        assertTrue(e.getMessage().contains("small"), e::getMessage);
        assertEquals(IoStatus.OK, test.write(0, randomBytes(1, BLOCK)));
    }
}
