package io.holdfast.raid;

import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockReader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** The data areas of a golden array's members by slot, found through their superblocks. */
final class GoldenMembers {
    private static final int SECTOR_LENGTH = 512;

    private final ArrayLayout layout;
    private final byte[][] data;

    private GoldenMembers(ArrayLayout layout, byte[][] data) {
        this.layout = layout;
        this.data = data;
    }

    /** The members that hold current content; the array's geometry is what their superblocks say. */
    static GoldenMembers of(GoldenArray golden) {
        byte[][] data = new byte[golden.disks()][];
        ArrayLayout layout = null;
        for (GoldenArray.Device device : golden.devices()) {
            if (device.slot() < 0) {
                continue;
            }
            Superblock superblock = examine(golden, device.name()).superblock();
            if (layout == null) {
                layout = new ArrayLayout(
                        RaidLevel.of(superblock.level()),
                        superblock.layout(),
                        superblock.raidDisks(),
                        superblock.chunkSectors() * SECTOR_LENGTH,
                        superblock.sizeSectors() * SECTOR_LENGTH);
            }
            int from = Math.toIntExact(superblock.dataOffsetSectors() * SECTOR_LENGTH);
            int to = from + Math.toIntExact(layout.memberLength());
            data[superblock.ownRole()] = Arrays.copyOfRange(golden.bytes(device.name()), from, to);
        }
        return new GoldenMembers(layout, data);
    }

    /** What the superblock reader makes of a device. */
    static ExaminedDevice examine(GoldenArray golden, String name) {
        try (MemoryBlockDevice device = device(golden, name)) {
            return SuperblockReader.examine(device);
        }
    }

    /** A device in memory with the content of a golden one. */
    static MemoryBlockDevice device(GoldenArray golden, String name) {
        byte[] content = golden.bytes(name);
        MemoryBlockDevice device = new MemoryBlockDevice(name, content.length);
        ByteBuffer memory = BufferUtil.allocateDirectAligned(content.length, 4096);
        memory.put(0, content);
        device.write(0, new UnsafeBuffer(memory), 0, content.length);
        return device;
    }

    ArrayLayout layout() {
        return layout;
    }

    /** The data area of a slot. */
    byte[] data(int slot) {
        return data[slot];
    }

    /** A chunk of a slot. */
    byte[] chunk(int slot, long row) {
        int from = Math.toIntExact(row * layout.chunkLength());
        return Arrays.copyOfRange(data[slot], from, from + layout.chunkLength());
    }
}
