package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.raid.metadata.BitmapArea;
import io.holdfast.raid.metadata.BitmapUse;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockUpdate;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** The bitmaps of an array that is being started: one is believed, and all members get that. Blocking. */
final class BitmapCopies {
    private final BitmapArea area;
    private final List<SuperblockUpdate.Member> updates;

    /**
     * Read the bitmap that the plan believes.
     *
     * @param use     what the plan says of it.
     * @param devices as they were given.
     * @param updates of the members, by index.
     * @param events  of the array.
     * @param summary takes whole sentences.
     */
    BitmapCopies(
            BitmapUse use,
            List<BlockDevice> devices,
            List<SuperblockUpdate.Member> updates,
            long events,
            List<String> summary) {
        this.updates = updates;
        area = BitmapArea.read(devices.get(use.device()), use.superblock());
        if (use.isStale()) {
            area.setAll();
            area.eventsCleared(events);
            area.clearStale();
            summary.add(
                    "The bitmap is older than the array, which has been used without it; all of it counts as dirty.");
        }
    }

    /**
     * See to it that all members with a slot have the same bitmap, durably, with a count of updates that is no less than that of
     * the superblocks which are there or are written next.
     *
     * <p>Copies differ after a crash: bits that were being cleared are gone on some members and not on others. Nothing relies on
     * bits that are set needlessly, but on those that a shard takes for set everywhere. Consider one that only this copy has:
     * 1. A shard writes under it without asking for more, and meanwhile a member is lost.
     * 2. The member whose copy was read is lost as well, at level 6; a crash.
     * 3. The next start reads another copy, where the bit is clear: the first member comes back and is not told what it missed.
     *
     * @param events  the count.
     * @param members that have a slot.
     * @param attempt does something on a member, which may be lost by that.
     */
    void record(long events, List<MemberDevice> members, BiConsumer<MemberDevice, Runnable> attempt) {
        area.events(events);
        BitSet written = new BitSet();
        for (MemberDevice member : members) {
            attempt.accept(member, () -> {
                Superblock superblock = updates.get(member.index()).superblock();
                if (!isOn(member.device(), superblock)) {
                    area.write(member.device(), superblock);
                    written.set(member.index());
                }
            });
        }
        for (MemberDevice member : members) {
            if (written.get(member.index())) {
                attempt.accept(member, member.device()::flush);
            }
        }
    }

    private boolean isOn(BlockDevice device, Superblock superblock) {
        try {
            return BitmapArea.read(device, superblock).sameAs(area);
        } catch (DeviceException e) {
            // Something else lies there, for it was a spare; or nothing that can be read, which writing it may mend.
            return false;
        }
    }

    /**
     * What the engine needs to keep it.
     *
     * @param geometry        of the array's windows.
     * @param goodWindows     windows, from the first on, whose parity fits.
     * @param sweepIntervalNs between two looks for bits to clear; 0 for what the bitmap says.
     */
    BitmapStart start(WindowGeometry geometry, long goodWindows, long sweepIntervalNs) {
        BitmapRegions regions = new BitmapRegions(geometry.length(), geometry.windowCount(), area);
        BitSet doubtful = regions.setIn(area);
        doubtful.clear(0, regions.countBelow(goodWindows));
        return new BitmapStart(
                area,
                regions,
                doubtful,
                sweepIntervalNs > 0 ? sweepIntervalNs : TimeUnit.SECONDS.toNanos(area.flushPeriodSeconds()));
    }
}
