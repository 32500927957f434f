package io.holdfast.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Tells how far something long has come: on a terminal a bar that is drawn again and again, elsewhere a line at every tenth, but
 * not more than one each second.
 * Not thread-safe.
 */
final class Progress {
    private static final int BAR_LENGTH = 30;
    private static final int TENTHS = 10;
    private static final long REDRAW_NS = 100_000_000L;
    private static final long LINE_NS = 1_000_000_000L;
    private static final double NS_PER_SECOND = 1e9;
    private static final double MIB = 1 << 20;
    private static final int SECONDS_PER_MINUTE = 60;

    private final PrintStream target;
    private final boolean isTerminal;
    private final LongSupplier nanoClock;
    private final String label;
    private final long totalLength;
    private final long startNs;
    private long lastDrawnNs;
    private int lastTenth;
    private long doneLength;

    /**
     * Begin.
     *
     * @param target      where to tell; null to tell nothing.
     * @param isTerminal  whether a line there can be drawn again.
     * @param nanoClock   for rates.
     * @param label       what is being done, such as "copy in".
     * @param totalLength bytes to do, or -1 when nobody knows.
     */
    Progress(PrintStream target, boolean isTerminal, LongSupplier nanoClock, String label, long totalLength) {
        this.target = target;
        this.isTerminal = isTerminal;
        this.nanoClock = nanoClock;
        this.label = label;
        this.totalLength = totalLength;
        this.startNs = nanoClock.getAsLong();
        this.lastDrawnNs = isTerminal ? startNs - REDRAW_NS : startNs;
    }

    /**
     * So much is done.
     *
     * @param length bytes done since the beginning.
     */
    void at(long length) {
        doneLength = length;
        if (target == null) {
            return;
        }
        long now = nanoClock.getAsLong();
        if (isTerminal) {
            if (now - lastDrawnNs >= REDRAW_NS) {
                lastDrawnNs = now;
                target.print("\r" + bar() + "\u001b[K");
                target.flush();
            }
        } else if (totalLength > 0) {
            // What is over in a moment needs no account of how it went.
            int tenth = (int) (TENTHS * (double) length / totalLength);
            if (tenth > lastTenth && tenth < TENTHS && now - lastDrawnNs >= LINE_NS) {
                lastTenth = tenth;
                lastDrawnNs = now;
                target.println(label + ": " + percent() + ", " + rate() + ", " + timeLeft() + " left");
            }
        }
    }

    /**
     * It is over; the last line stays.
     *
     * @return bytes, seconds and rate, for people.
     */
    String finish() {
        String summary = String.format(Locale.ROOT, "%.1f MiB in %.2f s, %s", doneLength / MIB, seconds(), rate());
        if (target != null) {
            if (isTerminal) {
                target.print("\r\u001b[K");
            }
            target.println(label + ": " + summary);
        }
        return summary;
    }

    /** It is over, and something else is said about it. */
    void abandon() {
        if (target != null && isTerminal) {
            target.print("\r\u001b[K");
            target.flush();
        }
    }

    private String bar() {
        if (totalLength <= 0) {
            return String.format(Locale.ROOT, "%s: %.1f MiB, %s", label, doneLength / MIB, rate());
        }
        int filled = (int) (BAR_LENGTH * Math.min(1.0, (double) doneLength / totalLength));
        return label + " [" + "=".repeat(filled) + (filled < BAR_LENGTH ? ">" : "")
                + " ".repeat(Math.max(0, BAR_LENGTH - filled - 1)) + "] " + percent() + ", " + rate() + ", "
                + timeLeft() + " left";
    }

    private String percent() {
        return String.format(Locale.ROOT, "%5.1f%%", 100.0 * doneLength / totalLength);
    }

    private String rate() {
        return String.format(Locale.ROOT, "%.0f MiB/s", doneLength / MIB / Math.max(1e-6, seconds()));
    }

    private String timeLeft() {
        if (doneLength == 0) {
            return "?";
        }
        long left = Math.round(seconds() * (totalLength - doneLength) / doneLength);
        return left / SECONDS_PER_MINUTE + ":" + String.format(Locale.ROOT, "%02d", left % SECONDS_PER_MINUTE);
    }

    private double seconds() {
        return (nanoClock.getAsLong() - startNs) / NS_PER_SECOND;
    }
}
