package io.holdfast.cli.daemon;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * What is known of the checks and repairs of an array, over its stops and starts. Nothing is lost with it but this knowledge.
 *
 * @param activity          that ended last: check or repair; empty before the first.
 * @param outcome           of it: complete, stopped or failed.
 * @param endedSeconds      when, since 1970.
 * @param mismatchedSectors that it found, those of its earlier parts included.
 * @param resumeOffset      bytes of every member that a check which is to go on has dealt with; 0 when none is to.
 * @param resumeMismatched  sectors that did not fit among them.
 * @param completeSeconds   when one last came to its end, since 1970; 0 before the first.
 * @param paused            whether no check starts or goes on by itself.
 */
record ScrubRecord(
        String activity,
        String outcome,
        long endedSeconds,
        long mismatchedSectors,
        long resumeOffset,
        long resumeMismatched,
        long completeSeconds,
        boolean paused) {
    /** Of an array that nobody has ever checked. */
    static final ScrubRecord NONE = new ScrubRecord("", "", 0, 0, 0, 0, 0, false);

    private static final long LENGTH_LIMIT = 64 * 1024;

    /** The same, with a check that is to go on from there. */
    ScrubRecord resumingAt(long offset, long mismatched) {
        return new ScrubRecord(
                activity, outcome, endedSeconds, mismatchedSectors, offset, mismatched, completeSeconds, paused);
    }

    /** The same, held back or let go. */
    ScrubRecord paused(boolean value) {
        return new ScrubRecord(
                activity,
                outcome,
                endedSeconds,
                mismatchedSectors,
                resumeOffset,
                resumeMismatched,
                completeSeconds,
                value);
    }

    /**
     * Read one.
     *
     * @param path of the file.
     * @return what it says; {@link #NONE} where there is none.
     * @throws IOException when it cannot be read.
     */
    static ScrubRecord read(Path path) throws IOException {
        if (!Files.exists(path)) {
            return NONE;
        }
        if (Files.size(path) > LENGTH_LIMIT) {
            throw new IOException(path + " is longer than such a file can be");
        }
        ScrubRecord record = JSON.std.beanFrom(ScrubRecord.class, Files.readString(path, StandardCharsets.UTF_8));
        boolean isSane =
                record != null && record.activity != null && record.outcome != null && record.resumeOffset >= 0;
        if (!isSane) {
            throw new IOException(path + " does not say what it should");
        }
        return record;
    }

    /**
     * Write it, in the place of the one before; whoever reads it sees one or the other.
     *
     * @param path of the file.
     * @throws IOException when it cannot be written.
     */
    void write(Path path) throws IOException {
        Files.createDirectories(path.getParent());
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        Files.writeString(fresh, JSON.std.asString(this) + "\n", StandardCharsets.UTF_8);
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
