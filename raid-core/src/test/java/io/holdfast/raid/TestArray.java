package io.holdfast.raid;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.journal.JournalAppender;
import io.holdfast.journal.JournalArea;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewArrayPlan;
import io.holdfast.raid.metadata.NewDevice;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** An array on memory devices, made as mdadm would make it. */
final class TestArray {
    final List<BlockDevice> members = new ArrayList<>();
    BlockDevice journal;

    TestArray(int level, int layout, int memberCount, int chunkLength, long memberLength, boolean journaled) {
        NewArray array = new NewArray()
                .level(level)
                .raidDisks(memberCount)
                .chunkSectors(chunkLength / 512)
                .name("test")
                .assumeClean(true)
                .random(new SplittableRandom(42));
        if (level != 4) {
            array.layout(layout);
        }
        for (int i = 0; i < memberCount; i++) {
            members.add(new MemoryBlockDevice("d" + i, memberLength));
            array.device(NewDevice.member("d" + i, members.get(i).geometry()));
        }
        if (journaled) {
            journal = new MemoryBlockDevice("journal", 8 << 20);
            array.device(NewDevice.journal("journal", journal.geometry()));
        }
        write(array.plan());
    }

    private void write(NewArrayPlan plan) {
        for (NewArrayPlan.Device device : plan.devices()) {
            BlockDevice target = device.isJournal() ? journal : members.get(device.index());
            Superblock superblock = device.superblock();
            SuperblockWriter.write(target, superblock);
            if (device.isJournal()) {
                JournalArea area = new JournalArea(
                        target,
                        superblock.dataOffsetSectors(),
                        superblock.dataSizeSectors() & -8L,
                        superblock.setUuid());
                new JournalAppender(area, 0, 1000).appendEmptyBlock();
            }
        }
    }

    /** Everything but the members named. */
    List<BlockDevice> without(Integer... missing) {
        List<BlockDevice> devices = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            if (!List.of(missing).contains(i)) {
                devices.add(members.get(i));
            }
        }
        if (journal != null) {
            devices.add(journal);
        }
        return devices;
    }

    ArrayContext context(Integer... missing) {
        return new ArrayContext()
                .devices(without(missing))
                .ownsDevices(false)
                .run(true)
                .errorHandler(Throwable::printStackTrace);
    }
}
