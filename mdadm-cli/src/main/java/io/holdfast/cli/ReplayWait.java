package io.holdfast.cli;

import io.holdfast.cli.report.JsonWriter;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ReplayProgress;
import java.util.Locale;

/**
 * Tells of the replay that goes on behind a running array, and waits for it where a command has nothing to do before its end.
 */
final class ReplayWait {
    private static final long LOOK_MS = 20;
    private static final double MIB = 1 << 20;
    private static final double NS_PER_SECOND = 1e9;

    private ReplayWait() {}

    /**
     * Wait until the replay is over, or rest is requested.
     *
     * @param array        started.
     * @param options      whether anybody wants to see it.
     * @param interruption to look at.
     * @return how it ended; of length 0 when there was nothing to replay.
     */
    static ReplayProgress await(RaidArray array, WordOptions options, Interruption interruption) {
        ReplayProgress now = array.replayProgress();
        if (now.length() == 0) {
            return now;
        }
        Progress progress = options.progress("replay", now.length());
        while (!now.isOver() && !interruption.isRequested()) {
            progress.at(now.lengthDone());
            try {
                Thread.sleep(LOOK_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
            now = array.replayProgress();
        }
        progress.abandon();
        if (!options.isQuiet()) {
            options.session().err().println("replay: " + describe(now));
        }
        return now;
    }

    /**
     * A replay in a few words.
     *
     * @param replay that was not empty.
     * @return bytes, time and rate, for people.
     */
    static String describe(ReplayProgress replay) {
        return String.format(
                Locale.ROOT,
                "%.1f MiB of the journal in %.2f s, %.0f MiB/s%s",
                replay.lengthDone() / MIB,
                replay.elapsedNs() / NS_PER_SECOND,
                replay.bytesPerSecond() / MIB,
                replay.windowsDamaged() == 0
                        ? ""
                        : "; " + replay.windowsDamaged() + " stretches could not be replayed");
    }

    /**
     * A replay as a member of a JSON object; nothing when there was none.
     *
     * @param json   to write to.
     * @param replay how it ended.
     */
    static void write(JsonWriter json, ReplayProgress replay) {
        if (replay.length() > 0) {
            json.beginObject("replay").member("bytes", replay.length()).member("bytesDone", replay.lengthDone());
            json.member("elapsedNs", replay.elapsedNs()).member("bytesPerSecond", replay.bytesPerSecond());
            json.member("windowsDamaged", replay.windowsDamaged()).endObject();
        }
    }
}
