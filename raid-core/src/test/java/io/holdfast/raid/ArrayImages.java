package io.holdfast.raid;

import io.holdfast.blockdev.MemoryBlockDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the devices of an array hold, byte for byte, to be damaged: a copy of a golden array, or any other images.
 *
 * <p>Knows as much of the format as it takes to find the places worth damaging, and nothing of the code under test.
 */
public final class ArrayImages {
    /** The sector's length, in bytes. */
    public static final int SECTOR_LENGTH = 512;

    private static final int SUPERBLOCK_MAGIC = 0xa92b4efc;
    private static final int BLOCK_LENGTH = 4096;
    private static final byte[] ZEROES = new byte[BLOCK_LENGTH];
    private static final int SEEDS_PER_ARRAY = 16;
    private static final int MAX_LOADED = 4;

    /** Those asked for last: unpacking one takes longer than damaging it, and all of them would fill the memory. */
    private static final Map<String, GoldenArray> LOADED = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, GoldenArray> eldest) {
            return size() > MAX_LOADED;
        }
    };

    /** One device. */
    public static final class Image {
        private final String name;
        private byte[] bytes;

        Image(String name, byte[] bytes) {
            this.name = name;
            this.bytes = bytes;
        }

        /** How people know it. */
        public String name() {
            return name;
        }

        /** What it holds; may be scribbled on. */
        public byte[] bytes() {
            return bytes;
        }

        /** Make it longer or shorter, or replace it. */
        void bytes(byte[] newBytes) {
            bytes = newBytes;
        }

        /** The same in memory, read and written as little-endian numbers. */
        ByteBuffer numbers() {
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        /** Byte offset of its superblock, or -1. */
        int superblock() {
            for (int offset : new int[] {4096, 0, ((bytes.length / SECTOR_LENGTH - 16) & -8) * SECTOR_LENGTH}) {
                if (offset >= 0
                        && offset + BLOCK_LENGTH <= bytes.length
                        && numbers().getInt(offset) == SUPERBLOCK_MAGIC) {
                    return offset;
                }
            }
            return -1;
        }

        /** A device in memory that holds this; the caller closes it. */
        public MemoryBlockDevice device(int logicalBlockLength) {
            MemoryBlockDevice device = new MemoryBlockDevice(name, bytes.length, logicalBlockLength);
            UnsafeBuffer block = new UnsafeBuffer(BufferUtil.allocateDirectAligned(BLOCK_LENGTH, BLOCK_LENGTH));
            for (int offset = 0; offset < bytes.length; offset += BLOCK_LENGTH) {
                int length = Math.min(BLOCK_LENGTH, bytes.length - offset);
                if (Arrays.mismatch(bytes, offset, offset + length, ZEROES, 0, length) >= 0) {
                    block.putBytes(0, bytes, offset, length);
                    device.write(offset, block, 0, length);
                }
            }
            return device;
        }
    }

    private final List<Image> images = new ArrayList<>();
    private String origin = "";

    /** No devices yet. */
    public ArrayImages() {}

    /**
     * Copies of a golden array's devices.
     *
     * @param names of golden arrays to choose from.
     * @param seed  that decides; neighbouring seeds mostly get the same.
     * @param step  0 for the array itself, other numbers for strangers to it.
     */
    public static ArrayImages golden(List<String> names, long seed, int step) {
        String name = names.get((int) Math.floorMod(Math.floorDiv(seed, SEEDS_PER_ARRAY) + step, (long) names.size()));
        GoldenArray golden;
        synchronized (LOADED) {
            golden = LOADED.get(name);
            if (golden == null) {
                golden = GoldenArrays.load(name);
                LOADED.put(name, golden);
            }
        }
        ArrayImages images = new ArrayImages();
        images.origin = name;
        for (GoldenArray.Device device : golden.devices()) {
            images.add(device.name(), golden.bytes(device.name()));
        }
        return images;
    }

    /**
     * Add a device.
     *
     * @param name  how people know it.
     * @param bytes what it holds; taken over.
     */
    public void add(String name, byte[] bytes) {
        images.add(new Image(name, bytes));
    }

    /** Name of the golden array that these were copied from, or nothing. */
    public String origin() {
        return origin;
    }

    /** The devices, in order. */
    public List<Image> all() {
        return images;
    }
}
