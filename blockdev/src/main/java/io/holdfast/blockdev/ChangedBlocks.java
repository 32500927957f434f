package io.holdfast.blockdev;

import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What has been written over a device that is not to be touched: 4 KiB blocks in memory, each with a mask of the sectors
 * that hold something, up to a limit.
 *
 * <p>Under one lock, for which the reader of an untouched device never asks.
 */
final class ChangedBlocks {
    private static final int BLOCK_LENGTH = 4096;
    private static final int BLOCKS_PER_SLAB = 256;
    private static final int SECTOR_LENGTH = DeviceGeometry.SECTOR_LENGTH;
    private static final long NONE = -1;

    private final int limitCount;
    private final Long2LongHashMap slots = new Long2LongHashMap(NONE);
    private final List<UnsafeBuffer> slabs = new ArrayList<>();
    private final List<byte[]> masks = new ArrayList<>();
    private volatile int blockCount;

    ChangedBlocks(int limitCount) {
        this.limitCount = limitCount;
    }

    int blockCount() {
        return blockCount;
    }

    /** Lay what has been written over what was read from the device. */
    void overlay(long offset, MutableDirectBuffer buffer, int index, int length) {
        if (blockCount == 0) {
            return;
        }
        synchronized (this) {
            for (int done = 0; done < length; ) {
                int start = (int) ((offset + done) % BLOCK_LENGTH);
                int count = Math.min(length - done, BLOCK_LENGTH - start);
                long slot = slots.get((offset + done) / BLOCK_LENGTH);
                if (slot != NONE) {
                    overlayBlock((int) slot, start, buffer, index + done, count);
                }
                done += count;
            }
        }
    }

    private void overlayBlock(int slot, int start, MutableDirectBuffer buffer, int index, int count) {
        int mask = masks.get(slot / BLOCKS_PER_SLAB)[slot % BLOCKS_PER_SLAB];
        for (int done = 0; done < count; done += SECTOR_LENGTH) {
            if ((mask & (1 << ((start + done) / SECTOR_LENGTH))) != 0) {
                buffer.putBytes(
                        index + done,
                        slabs.get(slot / BLOCKS_PER_SLAB),
                        (slot % BLOCKS_PER_SLAB) * BLOCK_LENGTH + start + done,
                        SECTOR_LENGTH);
            }
        }
    }

    /**
     * Keep what is written.
     *
     * @param source of the bytes, or null for zeroes.
     * @return false when the limit is reached; what came before it has been kept.
     */
    synchronized boolean write(long offset, DirectBuffer source, int index, long length) {
        for (long done = 0; done < length; ) {
            int start = (int) ((offset + done) % BLOCK_LENGTH);
            int count = (int) Math.min(length - done, BLOCK_LENGTH - start);
            int slot = slotFor((offset + done) / BLOCK_LENGTH);
            if (slot < 0) {
                return false;
            }
            UnsafeBuffer slab = slabs.get(slot / BLOCKS_PER_SLAB);
            int position = (slot % BLOCKS_PER_SLAB) * BLOCK_LENGTH + start;
            if (source == null) {
                slab.setMemory(position, count, (byte) 0);
            } else {
                slab.putBytes(position, source, index + (int) done, count);
            }
            int sectors = ((1 << (count / SECTOR_LENGTH)) - 1) << (start / SECTOR_LENGTH);
            masks.get(slot / BLOCKS_PER_SLAB)[slot % BLOCKS_PER_SLAB] |= (byte) sectors;
            done += count;
        }
        return true;
    }

    private int slotFor(long block) {
        long slot = slots.get(block);
        if (slot != NONE) {
            return (int) slot;
        }
        if (blockCount == limitCount) {
            return -1;
        }
        int fresh = blockCount;
        if (fresh % BLOCKS_PER_SLAB == 0) {
            slabs.add(BufferSlab.allocate(BLOCKS_PER_SLAB * BLOCK_LENGTH));
            masks.add(new byte[BLOCKS_PER_SLAB]);
        }
        slots.put(block, fresh);
        blockCount = fresh + 1;
        return fresh;
    }

    /** Forget everything; the collector gives the memory back. */
    synchronized void clear() {
        blockCount = 0;
        slots.clear();
        slabs.clear();
        masks.clear();
    }
}
