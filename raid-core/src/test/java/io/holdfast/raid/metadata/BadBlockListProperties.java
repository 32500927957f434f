package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.raid.metadata.BadBlockLog.Range;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.agrona.concurrent.UnsafeBuffer;

class BadBlockListProperties {
    private static final int DEVICE_SECTORS = 1 << 16;
    private static final int SECTOR = 512;

    private final Superblock superblock = TestSuperblocks.linuxMember();
    private final MemoryBlockDevice device = new MemoryBlockDevice("d", (long) DEVICE_SECTORS * SECTOR);

    private BadBlockList reread() {
        return BadBlockList.read(device, superblock.feature(SuperblockFeature.BAD_BLOCKS, true));
    }

    private UnsafeBuffer image(BadBlockList list) {
        UnsafeBuffer log = BufferSlab.allocate(BadBlockLog.MAX_LENGTH);
        list.writeTo(log);
        return log;
    }

    private void put(BadBlockList list, UnsafeBuffer log) {
        device.write(list.logOffset(), log, 0, list.logLength());
    }

    private static BitSet sectors(List<Range> ranges) {
        BitSet set = new BitSet();
        for (Range range : ranges) {
            set.set((int) range.deviceSector(), (int) (range.deviceSector() + range.sectors()));
        }
        return set;
    }

    private BadBlockList fresh() {
        return BadBlockList.read(device, superblock.feature(SuperblockFeature.BAD_BLOCKS, false));
    }

    /**
     * Whatever is listed and cleared, the list is what it should be, is read back as it is, and a crash that leaves any mix of
     * old and new sectors never loses what was bad before and after.
     */
    @Property(tries = 30, shrinking = ShrinkingMode.OFF)
    void shouldHoldWhatItIsToldThroughEveryTornWrite(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int dense) {
        SplittableRandom random = new SplittableRandom(seed);
        BadBlockList list = fresh();
        BitSet model = new BitSet();
        UnsafeBuffer before = image(list);
        for (int step = 0; step < 400; step++) {
            int first = random.nextInt(DEVICE_SECTORS / 8 - 200) * 8;
            int count = Math.min(DEVICE_SECTORS - first, 8 * (1 + random.nextInt(1 << random.nextInt(2 * dense - 1))));
            BitSet old = (BitSet) model.clone();
            if (random.nextInt(3) > 0) {
                if (!list.add(first, count)) {
                    continue;
                }
                model.set(first, first + count);
            } else if (list.remove(first, count)) {
                model.clear(first, first + count);
            }
            assertTrue(model.equals(sectors(list.ranges())), "after step " + step);
            assertEquals(model.isEmpty(), list.isEmpty());
            UnsafeBuffer after = image(list);
            put(list, after);
            assertEquals(list.ranges(), reread().ranges());
            assertTrue(model.equals(sectors(BadBlockLog.read(device, superblock))), "read after step " + step);
            BitSet kept = (BitSet) old.clone();
            kept.and(model);
            for (int mix = 0; mix < 4; mix++) {
                int which = random.nextInt(256);
                for (int page = 0; page < 8; page++) {
                    UnsafeBuffer source = (which >> page & 1) == 0 ? before : after;
                    device.write(list.logOffset() + (long) page * SECTOR, source, page * SECTOR, SECTOR);
                }
                BitSet torn = sectors(reread().ranges());
                torn.and(kept);
                assertTrue(kept.equals(torn), "lost in a torn write: mix=" + which);
            }
            before = after;
        }
    }

    @Example
    void shouldBeAscendingAndMergedWhileOneSectorIsEnough() {
        BadBlockList list = fresh();
        assertTrue(list.add(5000, 8));
        assertTrue(list.add(3000, 8));
        assertTrue(list.add(3008, 8));
        assertTrue(list.add(9000, 1024));
        UnsafeBuffer log = image(list);
        long[] expected = {3000L << 10 | 16, 5000L << 10 | 8, 9000L << 10 | 512, 9512L << 10 | 512, -1};
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], log.getLong(i * 8, ByteOrder.LITTLE_ENDIAN));
        }
    }

    @Example
    void shouldTakeAsMuchAsTheLogHasRoomFor() {
        BadBlockList list = fresh();
        int added = 0;
        while (list.add(16L * added, 8)) {
            added++;
        }
        assertEquals(512, added);
        put(list, image(list));
        assertEquals(512, reread().ranges().size());
        assertTrue(list.add(0, 8), "what is listed already takes no room");
        assertFalse(list.add(16L * added, 8));
        assertTrue(list.remove(16, 8));
        assertTrue(list.add(16L * added, 8));
    }

    @Example
    void shouldHaveNoRoomWithoutALog() {
        assertFalse(BadBlockList.none().add(8, 8));
        BadBlockList list = BadBlockList.read(
                device, superblock.feature(SuperblockFeature.BAD_BLOCKS, false).badBlockLogOffsetSectors(0));
        assertFalse(list.isKept());
        assertFalse(list.add(8, 8));
        assertTrue(list.isEmpty());
    }
}
