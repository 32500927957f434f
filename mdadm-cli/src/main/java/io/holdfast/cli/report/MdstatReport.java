package io.holdfast.cli.report;

import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ArrayStatus.Device;
import io.holdfast.cli.daemon.ArrayStatus.Sync;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** All running arrays in the form of Linux's {@code /proc/mdstat}, which programs read. */
public final class MdstatReport {
    private static final int BAR_LENGTH = 20;
    private static final int SECONDS_PER_MINUTE = 60;
    private static final int SECONDS_PER_TENTH = 6;

    private final StringBuilder text = new StringBuilder("Personalities : [raid6] [raid5] [raid4] \n");

    /**
     * The report.
     *
     * @param arrays that run.
     * @return lines.
     */
    public String of(List<ArrayStatus> arrays) {
        arrays.forEach(this::array);
        return text.append("unused devices: <none>\n").toString();
    }

    private void array(ArrayStatus status) {
        text.append(status.name()).append(" : active ");
        if (status.condition().equals("read-only")) {
            text.append("(read-only) ");
        }
        text.append("raid").append(status.level());
        // The kernel lists who came last first.
        List<Device> devices = new ArrayList<>(status.devices());
        devices.sort(Comparator.comparingInt(Device::number).reversed());
        devices.forEach(this::device);
        text.append('\n');
        text.append("      ")
                .append(status.arrayLength() >> 10)
                .append(" blocks super ")
                .append(status.metadata());
        text.append(" level ").append(status.level());
        text.append(", ")
                .append(status.chunkLength() >> 10)
                .append("k chunk, algorithm ")
                .append(status.layout());
        text.append(" [")
                .append(status.slotCount())
                .append('/')
                .append(status.inSyncCount())
                .append("] [");
        for (int slot = 0; slot < status.slotCount(); slot++) {
            text.append(isInSync(status, slot) ? 'U' : '_');
        }
        text.append("]\n");
        if (status.sync() != null) {
            sync(status.sync());
        }
        text.append('\n');
    }

    private void device(Device device) {
        text.append(' ').append(shortName(device.name()));
        text.append('[').append(Math.max(0, device.number())).append(']');
        text.append(
                switch (device.role()) {
                    case ArrayStatus.JOURNAL -> "(J)";
                    case ArrayStatus.FAULTY -> "(F)";
                    case ArrayStatus.SPARE -> "(S)";
                    case ArrayStatus.REPLACEMENT -> "(R)";
                    default -> "";
                });
    }

    /** A parser splits at blanks and looks for the bracket of the number. */
    private static String shortName(String name) {
        String last = name.substring(name.lastIndexOf('/') + 1);
        return ArrayFacts.printable(last).replaceAll("[\\s\\[\\]()]", "_");
    }

    private static boolean isInSync(ArrayStatus status, int slot) {
        return status.devices().stream()
                .anyMatch(device -> device.slot() == slot && device.role().equals(ArrayStatus.IN_SYNC));
    }

    private void sync(Sync sync) {
        double done = sync.totalLength() == 0 ? 1.0 : (double) sync.doneLength() / sync.totalLength();
        int filled = (int) (BAR_LENGTH * Math.min(1.0, done));
        text.append("      [").append("=".repeat(filled)).append('>').append(".".repeat(BAR_LENGTH - filled));
        // As in the kernel, a repair is a resync that was asked for.
        String word = sync.activity().equals("repair") ? "resync" : sync.activity();
        long seconds = Math.max(0, sync.secondsLeft());
        text.append(String.format(
                Locale.ROOT,
                "]  %s =%5.1f%% (%d/%d) finish=%d.%dmin speed=%dK/sec\n",
                word,
                Math.floor(done * 1000) / 10,
                sync.doneLength() >> 10,
                sync.totalLength() >> 10,
                seconds / SECONDS_PER_MINUTE,
                seconds % SECONDS_PER_MINUTE / SECONDS_PER_TENTH,
                sync.lengthPerSecond() >> 10));
    }
}
