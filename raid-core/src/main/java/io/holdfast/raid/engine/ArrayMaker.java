package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.journal.JournalAppender;
import io.holdfast.journal.JournalArea;
import io.holdfast.raid.metadata.NewArrayPlan;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.List;
import java.util.random.RandomGenerator;

/** Writes what a plan for a new array says: superblocks, bitmaps, and an empty log on the journal. Blocking. */
public final class ArrayMaker {
    private ArrayMaker() {}

    /**
     * Make the array.
     *
     * <p>A superblock that lies elsewhere on a device could be taken for the truth one day, so all old ones are gone, durably,
     * before the first new one is written. A crash in between leaves devices without any.
     *
     * @param plan    what to write.
     * @param devices as they were given to the plan, in the same order; null where a member is missing.
     * @param random  for the log's first sequence number.
     * @throws io.holdfast.blockdev.DeviceException when a device fails; the array is not made then.
     */
    public static void make(NewArrayPlan plan, List<? extends BlockDevice> devices, RandomGenerator random) {
        for (NewArrayPlan.Device planned : plan.devices()) {
            SuperblockWriter.zero(devices.get(planned.index()));
        }
        for (NewArrayPlan.Device planned : plan.devices()) {
            BlockDevice device = devices.get(planned.index());
            if (planned.isJournal()) {
                makeLog(device, planned.superblock(), random);
            }
            if (plan.bitmap() != null) {
                plan.bitmap().write(device, planned.superblock());
            }
            SuperblockWriter.write(device, planned.superblock());
            device.flush();
        }
    }

    private static void makeLog(BlockDevice device, Superblock superblock, RandomGenerator random) {
        JournalArea area = new JournalArea(
                device, superblock.dataOffsetSectors(), superblock.dataSizeSectors(), superblock.setUuid());
        JournalAppender appender = new JournalAppender(area, 0, Integer.toUnsignedLong(random.nextInt()));
        appender.appendEmptyBlock();
        appender.flush();
    }
}
