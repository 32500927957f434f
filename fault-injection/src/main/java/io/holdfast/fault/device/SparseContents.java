package io.holdfast.fault.device;

import java.util.Arrays;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The bytes of a device, kept in 512-byte blocks that are never changed once stored: zeroes where nothing was written, so
 * memory is in proportion to what was touched.
 *
 * <p>{@link #fork()} makes an independent copy for the price of one pointer per 32 KiB touched; the blocks themselves are
 * shared for as long as neither side overwrites them. Not thread-safe.
 */
public final class SparseContents {
    /** Bytes of a block, the smallest unit a device can write. */
    public static final int BLOCK_LENGTH = 512;

    private static final int LEAF_BLOCKS = 64;

    private Long2ObjectHashMap<Leaf> leaves;

    /** Replaced by a fork, so that leaves made before it are no longer ours to change. */
    private Object owner = new Object();

    /** All zeroes. */
    public SparseContents() {
        leaves = new Long2ObjectHashMap<>();
    }

    private SparseContents(Long2ObjectHashMap<Leaf> leaves) {
        this.leaves = leaves;
    }

    /** A copy that neither sees later changes here nor shows its own. */
    public SparseContents fork() {
        owner = new Object();
        return new SparseContents(new Long2ObjectHashMap<>(leaves));
    }

    /**
     * Copy bytes out.
     *
     * @param offset in bytes, a multiple of {@link #BLOCK_LENGTH}.
     * @param target to fill.
     * @param index  of the first byte in it.
     * @param length in bytes, a multiple of {@link #BLOCK_LENGTH}.
     */
    public void read(long offset, MutableDirectBuffer target, int index, int length) {
        for (int done = 0; done < length; done += BLOCK_LENGTH) {
            byte[] block = block((offset + done) / BLOCK_LENGTH);
            if (block == null) {
                target.setMemory(index + done, BLOCK_LENGTH, (byte) 0);
            } else {
                target.putBytes(index + done, block);
            }
        }
    }

    /**
     * Store bytes.
     *
     * @param offset in bytes, a multiple of {@link #BLOCK_LENGTH}.
     * @param source of the bytes; null stands for zeroes.
     * @param index  of the first byte in it.
     * @param length in bytes, a multiple of {@link #BLOCK_LENGTH}.
     */
    public void write(long offset, byte[] source, int index, long length) {
        if (source == null) {
            zero(offset, length);
            return;
        }
        for (int done = 0; done < length; done += BLOCK_LENGTH) {
            put((offset + done) / BLOCK_LENGTH, Arrays.copyOfRange(source, index + done, index + done + BLOCK_LENGTH));
        }
    }

    /** Whether every byte is the same. */
    public boolean sameAs(SparseContents other) {
        return covers(other) && other.covers(this);
    }

    /** How many blocks hold something. */
    public long touchedBlockCount() {
        long count = 0;
        for (Leaf leaf : leaves.values()) {
            for (byte[] block : leaf.blocks) {
                count += block == null ? 0 : 1;
            }
        }
        return count;
    }

    private boolean covers(SparseContents other) {
        for (Long2ObjectHashMap<Leaf>.EntryIterator it = leaves.entrySet().iterator(); it.hasNext(); ) {
            it.next();
            Leaf theirs = other.leaves.get(it.getLongKey());
            if (theirs == it.getValue()) {
                continue;
            }
            for (int i = 0; i < LEAF_BLOCKS; i++) {
                byte[] a = it.getValue().blocks[i];
                byte[] b = theirs == null ? null : theirs.blocks[i];
                if (a != b && !Arrays.equals(a == null ? Leaf.ZEROES : a, b == null ? Leaf.ZEROES : b)) {
                    return false;
                }
            }
        }
        return true;
    }

    private byte[] block(long number) {
        Leaf leaf = leaves.get(number / LEAF_BLOCKS);
        return leaf == null ? null : leaf.blocks[(int) (number % LEAF_BLOCKS)];
    }

    private void put(long number, byte[] block) {
        long key = number / LEAF_BLOCKS;
        Leaf leaf = leaves.get(key);
        if (leaf == null) {
            if (block == null) {
                return;
            }
            leaf = new Leaf(owner, new byte[LEAF_BLOCKS][]);
            leaves.put(key, leaf);
        } else if (leaf.owner != owner) {
            leaf = new Leaf(owner, leaf.blocks.clone());
            leaves.put(key, leaf);
        }
        leaf.blocks[(int) (number % LEAF_BLOCKS)] = block;
    }

    private void zero(long offset, long length) {
        long number = offset / BLOCK_LENGTH;
        long end = (offset + length) / BLOCK_LENGTH;
        // A range far larger than what was ever touched, such as a whole device, costs what was touched.
        if ((end - number) / LEAF_BLOCKS > leaves.size()) {
            long first = number;
            for (long key : leaves.keySet().stream().mapToLong(Long::longValue).toArray()) {
                long from = Math.max(first, key * LEAF_BLOCKS);
                long to = Math.min(end, (key + 1) * LEAF_BLOCKS);
                for (long block = from; block < to; block++) {
                    put(block, null);
                }
            }
            return;
        }
        for (; number < end; number++) {
            put(number, null);
        }
    }

    private static final class Leaf {
        private static final byte[] ZEROES = new byte[BLOCK_LENGTH];

        private final Object owner;
        private final byte[][] blocks;

        private Leaf(Object owner, byte[][] blocks) {
            this.owner = owner;
            this.blocks = blocks;
        }
    }
}
