package io.holdfast.fault.exhaustive;

import io.holdfast.fault.ArrayShape;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewArrayPlan;
import io.holdfast.raid.metadata.NewDevice;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.SplittableRandom;

/**
 * The array of a run and where it lies: one device for each slot, then the journal, if there is one.
 *
 * @param shape         of the array; assumed clean, so that all its devices begin as zeroes.
 * @param journalLength bytes of log.
 * @param journalMode   what writes wait for, where there is a journal.
 */
record ArraySite(ArrayShape shape, long journalLength, JournalMode journalMode) {
    /** Where data begins on every device, in bytes. */
    static final long DATA_OFFSET = 64 * 1024;

    /** What is kept free behind the data of a member. */
    private static final long TAIL_LENGTH = 64 * 1024;

    private static final int SECTOR_LENGTH = 512;
    private static final long CREATION_TIME_SECONDS = 1_700_000_000;

    /** The array of a run. */
    static ArraySite of(ExhaustiveOptions options) {
        return new ArraySite(options.shape(), options.journalLength(), options.journalMode());
    }

    /** Devices, the journal's included. */
    int deviceCount() {
        return shape.memberCount() + (shape.isJournaled() ? 1 : 0);
    }

    /** A world with these devices on it, blank. */
    TraceWorld newWorld(PagePool pool) {
        long[] lengths = new long[deviceCount()];
        String[] names = new String[lengths.length];
        for (int i = 0; i < lengths.length; i++) {
            boolean isJournal = i == shape.memberCount();
            names[i] = isJournal ? "journal" : "d" + i;
            lengths[i] = DATA_OFFSET + (isJournal ? journalLength : shape.memberLength() + TAIL_LENGTH);
        }
        return new TraceWorld(pool, shape.logicalBlockLength(), lengths, names);
    }

    /**
     * Make the array.
     *
     * @param world with blank devices.
     * @param seed  of its identity.
     */
    void create(TraceWorld world, long seed) {
        NewArray request = new NewArray()
                .level(shape.level())
                .layout(shape.algorithm())
                .raidDisks(shape.memberCount())
                .chunkSectors(shape.chunkLength() / SECTOR_LENGTH)
                .sizeSectors(shape.memberLength() / SECTOR_LENGTH)
                .assumeClean(true)
                .dataOffsetSectors(DATA_OFFSET / SECTOR_LENGTH)
                .name("exhaustive")
                .creationTimeSeconds(CREATION_TIME_SECONDS)
                .random(new SplittableRandom(seed));
        for (int i = 0; i < deviceCount(); i++) {
            TraceDevice device = world.device(i);
            request.device(
                    i == shape.memberCount()
                            ? NewDevice.journal(device.name(), device.geometry())
                            : NewDevice.member(device.name(), device.geometry()));
        }
        for (NewArrayPlan.Device planned : request.plan().devices()) {
            SuperblockWriter.write(world.device(planned.index()), planned.superblock());
            world.device(planned.index()).flush();
        }
    }

    ArrayLayout layout() {
        return shape.layout();
    }

    /** Pages of the array. */
    int arrayPageCount() {
        return Math.toIntExact(layout().arrayLength() / PagePool.PAGE_LENGTH);
    }

    /** The index over all devices of a page of a member's data. */
    int memberPage(TraceWorld world, int slot, long memberOffset) {
        return world.firstPage(slot) + (int) ((DATA_OFFSET + memberOffset) / PagePool.PAGE_LENGTH);
    }
}
