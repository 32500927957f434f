package io.holdfast.nbd;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.journal.JournalAppender;
import io.holdfast.journal.JournalArea;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewArrayPlan;
import io.holdfast.raid.metadata.NewDevice;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Arrays on memory devices. */
final class TestArrays {
    private static final int MEMBER_COUNT = 4;

    private TestArrays() {}

    /** Settings that start a new RAID5 of four members, 64 KiB chunks and a journal; the first members may be left out. */
    static ArrayContext raid5(long memberLength, int missingCount) {
        NewArray array = new NewArray()
                .level(5)
                .raidDisks(MEMBER_COUNT)
                .chunkSectors(128)
                .name("test")
                .assumeClean(true)
                .random(new SplittableRandom(7));
        List<BlockDevice> devices = new ArrayList<>();
        for (int i = 0; i < MEMBER_COUNT; i++) {
            BlockDevice member = new MemoryBlockDevice("d" + i, memberLength);
            devices.add(member);
            array.device(NewDevice.member(member.name(), member.geometry()));
        }
        BlockDevice journal = new MemoryBlockDevice("journal", 8 << 20);
        devices.add(journal);
        array.device(NewDevice.journal(journal.name(), journal.geometry()));
        for (NewArrayPlan.Device device : array.plan().devices()) {
            write(device, devices.get(device.index()));
        }
        return new ArrayContext()
                .devices(devices.subList(missingCount, devices.size()))
                .run(true)
                .errorHandler(Throwable::printStackTrace);
    }

    private static void write(NewArrayPlan.Device device, BlockDevice target) {
        Superblock superblock = device.superblock();
        SuperblockWriter.write(target, superblock);
        if (device.isJournal()) {
            JournalArea area = new JournalArea(
                    target, superblock.dataOffsetSectors(), superblock.dataSizeSectors() & -8L, superblock.setUuid());
            new JournalAppender(area, 0, 1).appendEmptyBlock();
        }
    }
}
