package io.holdfast.bench;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.blockdev.ThreadLoop;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** An array on memory devices: what is left of the time is the engine's own. */
final class MemoryArray {
    private static final long JOURNAL_LENGTH = 64L << 20;

    private MemoryArray() {}

    static RaidArray create(
            int level, int memberCount, int chunkLength, long memberLength, boolean journaled, int shardCount) {
        return create(level, memberCount, chunkLength, memberLength, journaled, shardCount, new ArrayList<>());
    }

    /** The same, with its devices told. */
    static RaidArray create(
            int level,
            int memberCount,
            int chunkLength,
            long memberLength,
            boolean journaled,
            int shardCount,
            List<BlockDevice> devices) {
        NewArray array = new NewArray()
                .level(level)
                .raidDisks(memberCount)
                .chunkSectors(chunkLength / 512)
                .name("bench")
                .assumeClean(true)
                .random(new SplittableRandom(1));
        for (int i = 0; i < memberCount; i++) {
            BlockDevice member = new MemoryBlockDevice("d" + i, memberLength);
            devices.add(member);
            array.device(NewDevice.member(member.name(), member.geometry()));
        }
        if (journaled) {
            BlockDevice journal = new MemoryBlockDevice("journal", JOURNAL_LENGTH);
            devices.add(journal);
            array.device(NewDevice.journal(journal.name(), journal.geometry()));
        }
        RaidArray.create(array.plan(), devices, new SplittableRandom(2));
        return RaidArray.assemble(new ArrayContext()
                .devices(devices)
                .shardCount(shardCount)
                .loops(name -> new ThreadLoop(name, Throwable::printStackTrace)));
    }
}
