package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.Mismatch.Culprit;
import io.holdfast.raid.Mismatch.Remedy;
import io.holdfast.raid.layout.StripeMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScrubTest {
    private static final int SECTOR = 512;
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;
    private static final int ROWS = 10;

    private ScriptedArray test;
    private byte[] content;
    private List<byte[]> members;

    private ScriptedArray array(int level, int algorithm, int memberCount, long journal) {
        test = ScriptedArray.shape()
                .level(level)
                .algorithm(algorithm)
                .members(memberCount)
                .chunk(CHUNK)
                .journal(journal)
                .make()
                .assemble();
        content = test.fill(algorithm);
        members = peekAll();
        return test;
    }

    private List<byte[]> peekAll() {
        List<byte[]> all = new ArrayList<>();
        test.members.forEach(member -> all.add(member.peek(test.deviceOffset(0), ROWS * CHUNK)));
        return all;
    }

    private void assertMembersAre(List<byte[]> expected, String what) {
        for (int slot = 0; slot < expected.size(); slot++) {
            assertArrayEquals(
                    expected.get(slot), test.members.get(slot).peek(test.deviceOffset(0), ROWS * CHUNK), what + slot);
        }
    }

    /** Change every byte of a stretch of a member. */
    private void lie(int slot, int memberOffset, int length, long seed) {
        long at = test.deviceOffset(memberOffset);
        byte[] bytes = test.members.get(slot).peek(at, length);
        Random random = new Random(seed);
        for (int i = 0; i < length; i++) {
            bytes[i] ^= (byte) (1 + random.nextInt(255));
        }
        test.members.get(slot).poke(at, bytes);
    }

    private SyncReport scrub(ScrubMode mode) {
        CompletableFuture<SyncTask> started = test.array.checkAsync(mode);
        test.run();
        SyncTask task = started.join();
        assertEquals(SyncProgress.Outcome.COMPLETE, task.completion().join().outcome());
        return task.report();
    }

    private StripeMap stripe(int row) {
        return test.array.description().layout().stripe(row);
    }

    private Culprit roleOf(int slot, int row) {
        if (slot == stripe(row).pSlot()) {
            return Culprit.P;
        }
        return slot == stripe(row).qSlot() ? Culprit.Q : Culprit.DATA;
    }

    private List<ArrayRange> rangesOf(int slot, int memberOffset, int length) {
        int row = memberOffset / CHUNK;
        int index = stripe(row).dataIndex(slot);
        int dataCount = test.array.description().layout().dataCount();
        return index < 0
                ? List.of()
                : List.of(new ArrayRange(((long) row * dataCount + index) * CHUNK + memberOffset % CHUNK, length));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 8, 9, 10, 16, 17, 18, 19, 20})
    void shouldFindAndCorrectEachLiarInEachRole(int algorithm) {
        array(6, algorithm, 5, 0);
        for (int row = 0; row < ROWS; row++) {
            lie(row % 5, row * CHUNK + row % 4 * BLOCK + row % 8 * SECTOR, SECTOR, row);
        }

        SyncReport found = scrub(ScrubMode.CHECK);

        assertEquals(ROWS, found.mismatches().size(), found.toString());
        assertTrue(found.isAnythingLeft());
        for (int row = 0; row < ROWS; row++) {
            Mismatch each = found.mismatches().get(row);
            int at = row * CHUNK + row % 4 * BLOCK + row % 8 * SECTOR;
            Mismatch expected = new Mismatch(
                    at,
                    SECTOR,
                    roleOf(row % 5, row),
                    row % 5,
                    "d" + row % 5,
                    Remedy.LEFT,
                    rangesOf(row % 5, at, SECTOR));
            assertEquals(expected, each);
        }
        SyncReport corrected = scrub(ScrubMode.CORRECT);
        assertEquals(ROWS, corrected.mismatches().size());
        assertTrue(corrected.mismatches().stream().allMatch(each -> each.remedy() == Remedy.CORRECTED));
        assertFalse(corrected.isAnythingLeft());
        assertMembersAre(members, "the lie is undone, and nothing else: ");
        assertArrayEquals(content, test.readAll());
        assertEquals(List.of(), scrub(ScrubMode.CHECK).mismatches());
        assertEquals(
                2 * ROWS,
                test.events.stream().filter(e -> e.startsWith("mismatch")).count());
    }

    @Test
    void shouldConvictTwoMembersWhoLieInDifferentSectorsOfOneBlock() {
        array(6, 2, 6, 0);
        lie(1, BLOCK, SECTOR, 1);
        lie(4, BLOCK + SECTOR, 2 * SECTOR, 2);

        SyncReport corrected = scrub(ScrubMode.CORRECT);

        assertEquals(
                List.of(1, 4),
                corrected.mismatches().stream().map(Mismatch::slot).toList());
        assertMembersAre(members, "member ");
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0, 4", "1, 3", "3, 5", "4, 5"})
    void shouldAccuseNobodyWhereTwoLieInOneSector(int a, int b) {
        array(6, 2, 6, 0);
        lie(a, 3 * BLOCK, BLOCK, 1);
        lie(b, 3 * BLOCK, BLOCK, 2);
        List<byte[]> lying = peekAll();

        SyncReport left = scrub(ScrubMode.CORRECT);

        assertEquals(1, left.mismatches().size());
        Mismatch mismatch = left.mismatches().get(0);
        assertEquals(Culprit.UNKNOWN, mismatch.culprit());
        assertEquals(-1, mismatch.slot());
        assertEquals(Remedy.LEFT, mismatch.remedy());
        assertEquals(4, mismatch.arrayRanges().size(), "any of the data may be wrong");
        assertEquals(BLOCK, mismatch.length());
        assertMembersAre(lying, "what nobody can tell stays: ");
        byte[] believed = test.readAll();

        SyncReport rewritten = scrub(ScrubMode.CORRECT_OR_REWRITE_PARITY);

        assertEquals(Remedy.PARITY_REWRITTEN, rewritten.mismatches().get(0).remedy());
        assertArrayEquals(believed, test.readAll(), "data is believed when told so");
        assertEquals(List.of(), scrub(ScrubMode.CHECK).mismatches());
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void shouldNotGuessWithOneParityUnlessTold(int level) {
        array(level, level == 5 ? 2 : 0, 4, 0);
        lie(1, 5 * BLOCK, SECTOR, 1);
        List<byte[]> lying = peekAll();

        SyncReport left = scrub(ScrubMode.CORRECT);

        assertEquals(Culprit.UNKNOWN, left.mismatches().get(0).culprit());
        assertEquals(SECTOR, left.mismatches().get(0).length());
        assertTrue(left.isAnythingLeft());
        assertMembersAre(lying, "member ");
        assertFalse(scrub(ScrubMode.CORRECT_OR_REWRITE_PARITY).isAnythingLeft());
        assertEquals(List.of(), scrub(ScrubMode.CHECK).mismatches());
    }

    @Test
    void shouldAccuseNobodyWhileAMemberIsMissing() {
        array(6, 2, 5, 0);
        test.stop();
        test.assemble(3);
        lie(1, 0, SECTOR, 1);

        SyncReport left = scrub(ScrubMode.CORRECT);

        assertEquals(Culprit.UNKNOWN, left.mismatches().get(0).culprit());
        assertEquals(Remedy.LEFT, left.mismatches().get(0).remedy());
        assertEquals(
                Remedy.PARITY_REWRITTEN,
                scrub(ScrubMode.CORRECT_OR_REWRITE_PARITY).mismatches().get(0).remedy());
        assertEquals(List.of(), scrub(ScrubMode.CHECK).mismatches());
    }

    /** Parity that a crash may have left behind proves nothing against data; a resync makes it again. */
    @Test
    void shouldBelieveDataWhereAResyncHasYetToBe() {
        array(6, 2, 5, 0);
        test.submitWrite(0, Arrays.copyOf(content, 100), false);
        test.run();
        test.losePower();
        test.events.clear();
        lie(1, 0, BLOCK, 1);
        byte[] lying = test.members.get(1).peek(test.deviceOffset(0), BLOCK);
        test.assemble();
        test.run();
        assertEquals(List.of("started RESYNC", "ended RESYNC COMPLETE"), test.events);
        assertArrayEquals(lying, test.members.get(1).peek(test.deviceOffset(0), BLOCK));
        assertEquals(List.of(), scrub(ScrubMode.CHECK).mismatches());
    }

    /** A write that was cut off may have reached a data block and not its parity, or the other way round. */
    @Test
    void shouldAccuseNobodyWhereAResyncHasYetToBe() {
        array(6, 2, 5, 0);
        test.submitWrite(0, Arrays.copyOf(content, 100), false);
        test.run();
        test.losePower();
        lie(1, 60 * CHUNK, BLOCK, 1);
        // The resync is stopped before it has come far.
        test.members.get(0).hold(operation -> operation.kind() == ScriptedDevice.Kind.READ);
        test.assemble();
        CompletableFuture<SyncTask> resync = CompletableFuture.supplyAsync(test.array::currentSync);
        while (!resync.isDone()) {
            test.run();
            Thread.onSpinWait();
        }
        resync.join().stop();
        test.run();
        test.members.get(0).hold(operation -> false);
        test.run();
        assertEquals("ended RESYNC STOPPED", test.events.get(test.events.size() - 1));

        SyncReport report = scrub(ScrubMode.CORRECT);

        assertEquals(Culprit.UNKNOWN, report.mismatches().get(0).culprit());
        assertEquals(Remedy.LEFT, report.mismatches().get(0).remedy());
    }

    /** A step of a repair may log, so it is held like a write when the journal fails: it must be let go like one, too. */
    @ParameterizedTest
    @EnumSource(JournalLossPolicy.class)
    void shouldEndARepairWhoseJournalFails(JournalLossPolicy policy) {
        array(6, 2, 5, 4 << 20);
        test.stop();
        test.assemble(test.context().onJournalLoss(policy));
        for (int row = 0; row < 60; row += 7) {
            lie(row % 5, row * CHUNK, SECTOR, row);
        }
        test.journal.fate(operation -> operation.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        CompletableFuture<SyncTask> started = test.array.checkAsync(ScrubMode.CORRECT);
        test.run();
        SyncProgress end = started.join().completion().join();
        if (policy == JournalLossPolicy.CONTINUE) {
            assertEquals(SyncProgress.Outcome.COMPLETE, end.outcome(), end.toString());
            assertEquals(List.of(), scrub(ScrubMode.CHECK).mismatches());
        } else {
            assertEquals(SyncProgress.Outcome.FAILED, end.outcome(), end.toString());
        }
        test.stop();
    }

    @ParameterizedTest
    @EnumSource(ScrubMode.class)
    void shouldListNeighboursAsOne(ScrubMode mode) {
        array(6, 2, 5, 0);
        lie(2, 0, CHUNK, 1);
        SyncReport one = scrub(mode);
        assertEquals(1, one.mismatches().size());
        assertEquals(CHUNK, one.mismatches().get(0).length());
    }

    /** A read that fails in the same stripe leaves one parity too few to tell. */
    @Test
    void shouldAccuseNobodyWhereABlockCannotBeRead() {
        array(6, 2, 5, 0);
        lie(1, 0, SECTOR, 1);
        test.members
                .get(2)
                .fate(operation -> operation.kind() == ScriptedDevice.Kind.READ
                                && operation.overlaps(test.deviceOffset(0), test.deviceOffset(BLOCK))
                        ? IoStatus.MEDIA_ERROR
                        : IoStatus.OK);
        SyncReport report = scrub(ScrubMode.CHECK);
        assertEquals(Culprit.UNKNOWN, report.mismatches().get(0).culprit());
    }

    @Test
    void shouldGoOnWhereAnotherWasStopped() {
        array(5, 2, 4, 0);
        lie(0, CHUNK, BLOCK, 1);
        lie(0, 4 * CHUNK, BLOCK, 2);

        CompletableFuture<SyncTask> started = test.array.checkAsync(ScrubMode.CHECK, 2 * CHUNK);
        test.run();

        SyncProgress end = started.join().completion().join();
        assertEquals(SyncProgress.Outcome.COMPLETE, end.outcome());
        assertEquals(end.totalLength(), end.doneLength());
        assertEquals(BLOCK / SECTOR, end.mismatchedSectors());
        assertEquals(4L * CHUNK, started.join().report().mismatches().get(0).memberOffset());
        long length = test.array.description().layout().memberLength();
        assertEquals(0, checkedFrom(length).mismatchedSectors());
        assertThrows(IllegalArgumentException.class, () -> test.array.checkAsync(ScrubMode.CHECK, length + 1));
        assertThrows(IllegalArgumentException.class, () -> test.array.checkAsync(ScrubMode.CHECK, -1));
    }

    private SyncProgress checkedFrom(long offset) {
        CompletableFuture<SyncTask> started = test.array.checkAsync(ScrubMode.CHECK, offset);
        test.run();
        return started.join().completion().join();
    }
}
