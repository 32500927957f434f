package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.fault.checker.CheckedArea;
import io.holdfast.fault.checker.CheckerMark;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.SuperblockReader;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** What a target holds that somebody may miss when it is overwritten. */
final class TargetLook {
    private static final int SAMPLE_COUNT = 64;
    private static final int SAMPLE_LENGTH = 64 << 10;

    private TargetLook() {}

    /**
     * Look for what is known by its marks, and for any data at all in samples from the first block to the last.
     *
     * @param device opened.
     * @param area   that will be overwritten.
     * @param zone   for times.
     * @return lines to print; empty when there is nothing but zeroes and what a checker wrote.
     */
    static List<String> at(BlockDevice device, CheckedArea area, ZoneId zone) {
        ExaminedDevice examined = SuperblockReader.examine(device);
        List<String> lines = new ArrayList<>(Belongings.on(device, examined, zone));
        if (lines.isEmpty() && holdsData(device, area)) {
            lines.add(device.name() + " holds data");
        }
        return lines;
    }

    private static boolean holdsData(BlockDevice device, CheckedArea area) {
        int length = (int) Math.min(SAMPLE_LENGTH, area.length()) / area.blockLength() * area.blockLength();
        long span = device.geometry().length() / area.blockLength() * area.blockLength() - length;
        UnsafeBuffer buffer = BufferSlab.allocate(length);
        for (int i = 0; i < SAMPLE_COUNT; i++) {
            long offset = span / (SAMPLE_COUNT - 1) * i / area.blockLength() * area.blockLength();
            try {
                device.read(offset, buffer, 0, length);
            } catch (DeviceException e) {
                // What cannot be read cannot be missed, and the checker will say so where it matters.
                continue;
            }
            for (int sector = 0; sector < length; sector += CheckerMark.SECTOR_LENGTH) {
                if (!CheckerMark.isBlankOrOurs(buffer, sector)) {
                    return true;
                }
            }
        }
        return false;
    }
}
