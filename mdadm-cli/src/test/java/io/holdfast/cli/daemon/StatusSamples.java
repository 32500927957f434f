package io.holdfast.cli.daemon;

import io.holdfast.cli.daemon.ArrayStatus.Device;
import io.holdfast.cli.daemon.ArrayStatus.Sync;
import java.util.List;

/** Statuses as a daemon could tell them, for tests of those who read them. */
public final class StatusSamples {
    private StatusSamples() {}

    /**
     * An array of level 5 with chunks of 64 KiB and 1 GiB of every member.
     *
     * @param slotCount members when complete.
     * @param sync      that goes on, or null.
     * @param lastSync  that ended last, or null.
     * @param devices   of the array.
     * @return its status.
     */
    public static ArrayStatus raid5(int slotCount, Sync sync, Sync lastSync, List<Device> devices) {
        long memberLength = 1L << 30;
        return new ArrayStatus(
                "md0",
                4711,
                1795244927,
                List.of("nbd+unix:///md0?socket=/run/holdfast/md0.nbd"),
                0,
                "testhost:0",
                "5c74ea3c:6d18188e:dbe10805:6a2e87d6",
                "1.2",
                5,
                2,
                64 << 10,
                slotCount,
                1,
                memberLength,
                memberLength * (slotCount - 1),
                1795244923,
                1795244927,
                18,
                true,
                "healthy",
                "",
                "resync",
                devices,
                sync,
                lastSync,
                null,
                null,
                null);
    }
}
