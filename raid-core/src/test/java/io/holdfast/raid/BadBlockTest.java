package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.layout.StripeMap;
import io.holdfast.raid.metadata.BadBlockLog;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockFeature;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BadBlockTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;
    private static final long JOURNAL = 4 << 20;

    private ScriptedArray test;
    private byte[] content;

    private void make(int level, int memberCount, int spareCount, long journal) {
        test = ScriptedArray.shape()
                .level(level)
                .members(memberCount)
                .spares(spareCount)
                .chunk(CHUNK)
                .journal(journal)
                .make()
                .assemble();
        content = test.fill(1);
        test.stop();
        test.events.clear();
    }

    private void failReads(int member, int block) {
        test.members
                .get(member)
                .fate(operation -> operation.kind() == ScriptedDevice.Kind.READ
                                && operation.overlaps(
                                        test.deviceOffset((long) block * BLOCK),
                                        test.deviceOffset((block + 1L) * BLOCK))
                        ? IoStatus.MEDIA_ERROR
                        : IoStatus.OK);
    }

    private void behave() {
        test.members.forEach(ScriptedDevice::behave);
    }

    /** Array offset of a block of a member; -1 where that is parity. */
    private long arrayOffset(int slot, int block) {
        int row = block * BLOCK / CHUNK;
        StripeMap stripe = test.array.description().layout().stripe(row);
        int index = stripe.dataIndex(slot);
        return index < 0 ? -1 : ((long) row * stripe.dataCount() + index) * CHUNK + block * BLOCK % CHUNK;
    }

    private List<Long> unreadable() {
        List<Long> offsets = new ArrayList<>();
        for (long at = 0; at < test.array.length(); at += BLOCK) {
            ScriptedArray.Answer answer = test.read(at, BLOCK);
            if (answer.status != IoStatus.OK) {
                assertEquals(IoStatus.MEDIA_ERROR, answer.status);
                offsets.add(at);
            } else {
                byte[] expected = Arrays.copyOfRange(content, (int) at, (int) at + BLOCK);
                assertArrayEquals(expected, answer.bytes, "offset " + at);
            }
        }
        return offsets;
    }

    private List<BadBlockLog.Range> listed(int member) {
        ScriptedDevice device = test.members.get(member);
        return BadBlockLog.read(device, ScriptedArray.superblock(device));
    }

    private void writeRow(int row, long seed) {
        int length = CHUNK * test.array.description().layout().dataCount();
        byte[] bytes = ScriptedArray.randomBytes(seed, length);
        assertEquals(IoStatus.OK, test.write((long) row * length, bytes));
        System.arraycopy(bytes, 0, content, row * length, length);
    }

    @ParameterizedTest
    @CsvSource({"4, 0", "5, 0", "5, " + JOURNAL})
    void shouldRebuildPastABlockThatCannotBeReadAndListIt(int level, long journal) {
        make(level, 4, 1, journal);
        int block = 9;
        test.members.get(2).vanish();
        failReads(1, block);
        test.assemble(2);

        assertEquals(Condition.HEALTHY, test.array.state().condition(), test.events.toString());
        assertEquals("ended RECOVERY COMPLETE", test.events.get(test.events.size() - 1));
        assertTrue(test.events.contains("listed d4 9 1"), test.events.toString());
        assertTrue(test.events.contains("listed d1 9 1"), test.events.toString());
        long deviceSector = test.deviceOffset((long) block * BLOCK) / 512;
        assertEquals(List.of(new BadBlockLog.Range(deviceSector, 8)), listed(4));
        assertEquals(List.of(new BadBlockLog.Range(deviceSector, 8)), listed(1));
        assertFalse(ScriptedArray.superblock(test.members.get(0)).hasFeature(SuperblockFeature.BAD_BLOCKS));
        List<Long> lost = new ArrayList<>();
        for (int slot : new int[] {1, 2}) {
            if (arrayOffset(slot, block) >= 0) {
                lost.add(arrayOffset(slot, block));
            }
        }
        lost.sort(null);
        assertEquals(lost, unreadable());
        test.stop();
        behave();

        // Also a start later, and although the disk would read it again: nobody knows what it would read.
        test.assemble(2);
        assertEquals(lost, unreadable());
        writeRow(block * BLOCK / CHUNK, 5);
        assertEquals(List.of(), unreadable());
        test.stop();
        assertEquals(List.of(), listed(1));
        assertEquals(List.of(), listed(4));
        assertFalse(ScriptedArray.superblock(test.members.get(4)).hasFeature(SuperblockFeature.BAD_BLOCKS));
        test.assemble(2);
        assertEquals(List.of(), unreadable());
    }

    @Test
    void shouldListWhatCannotBeReadWhileDegradedUntilItIsWritten() {
        make(5, 4, 0, 0);
        failReads(1, 0);
        test.assemble(3);
        List<Long> lost = unreadable();
        assertFalse(lost.isEmpty());
        assertTrue(test.events.contains("listed d1 0 1"), test.events.toString());
        test.stop();
        behave();
        test.assemble(3);
        assertEquals(lost, unreadable());
        writeRow(0, 7);
        assertEquals(List.of(), unreadable());
        test.losePower();
        test.assemble(test.context(3).force(true));
        assertEquals(List.of(), unreadable(), "the entry has vanished for good");
    }

    /** What is listed is computed as long as there is redundancy, and rewritten by whoever comes across it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldHealWhatIsListedWhenRedundancyComesBack(boolean isChecked) {
        make(5, 4, 0, 0);
        failReads(1, 0);
        test.assemble(3);
        unreadable();
        test.stop();
        behave();
        // The member that was missing comes back as if it had never been away: its superblock is put right by hand.
        ScriptedDevice back = test.members.get(3);
        Superblock other = ScriptedArray.superblock(test.members.get(0));
        Superblock own = ScriptedArray.superblock(back);
        for (ScriptedDevice device : test.members) {
            Superblock superblock = device == back ? own : ScriptedArray.superblock(device);
            superblock.events(other.events() + 2).role(own.deviceNumber(), 3).updateChecksum();
            SuperblockWriter.write(device, superblock);
        }
        test.assemble();
        assertEquals(Condition.HEALTHY, test.array.state().condition());
        if (isChecked) {
            var task = test.array.checkAsync(ScrubMode.CHECK);
            test.run();
            assertEquals(List.of(), task.join().report().mismatches());
        }
        assertEquals(List.of(), unreadable());
        test.run();
        assertEquals(List.of(), listed(1));
        assertTrue(test.events.contains("cleared d1 0 1"), test.events.toString());
    }

    @Test
    void shouldNotPassAListOnToTheSpareThatTakesTheSlot() {
        make(5, 4, 1, 0);
        failReads(1, 0);
        test.assemble(3, 4);
        unreadable();
        writeRow(0, 3);
        failReads(1, 4);
        unreadable();
        test.stop();
        behave();
        test.assemble(3);
        assertEquals(Condition.HEALTHY, test.array.state().condition(), test.events.toString());
        List<Long> lost = unreadable();
        assertEquals(1, listed(4).size(), "the row that was lost already");
        test.members.get(1).fate(operation -> operation.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        writeRow(20, 4);
        assertEquals(Condition.DEGRADED, test.array.state().condition());
        assertEquals(lost, unreadable());
        assertEquals(1, listed(4).size());
    }

    @Test
    void shouldGiveUpATargetThatHasNoRoomForAnEntry() {
        make(5, 4, 1, 0);
        ScriptedDevice spare = test.members.get(4);
        Superblock superblock = ScriptedArray.superblock(spare);
        superblock.badBlockLogOffsetSectors(0).badBlockLogSizeSectors(0).updateChecksum();
        SuperblockWriter.write(spare, superblock);
        failReads(1, 9);
        test.assemble(2);
        assertEquals(Condition.DEGRADED, test.array.state().condition(), test.events.toString());
        assertTrue(test.events.contains("failed d4 record of a bad block"), test.events.toString());
        unreadable();
    }

    /** A member without a list is not given up for a block: the array would be, with it. */
    @Test
    void shouldKeepAMemberThatHasNoListAndCannotReadABlock() {
        make(5, 4, 0, 0);
        ScriptedDevice device = test.members.get(1);
        Superblock superblock = ScriptedArray.superblock(device);
        superblock.badBlockLogOffsetSectors(0).badBlockLogSizeSectors(0).updateChecksum();
        SuperblockWriter.write(device, superblock);
        failReads(1, 9);
        test.assemble(2);
        List<Long> lost = unreadable();
        assertFalse(lost.isEmpty());
        assertEquals(lost, unreadable());
        behave();
        assertEquals(List.of(), unreadable());
        test.stop();
    }
}
