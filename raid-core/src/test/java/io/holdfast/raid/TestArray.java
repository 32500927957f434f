package io.holdfast.raid;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewDevice;
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
        List<BlockDevice> all = new ArrayList<>(members);
        if (journaled) {
            all.add(journal);
        }
        RaidArray.create(array.plan(), all, new SplittableRandom(43));
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
