package io.holdfast.cli.daemon;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * How a running array stands, as its daemon tells. Lengths are in bytes, times in seconds since 1970.
 *
 * @param name           that it runs under.
 * @param pid            of its daemon.
 * @param startedSeconds when it was started.
 * @param uris           that NBD clients reach it by, the unix socket's first.
 * @param clientCount    NBD connections now.
 * @param setName        as its superblocks have it.
 * @param uuid           in mdadm's form.
 * @param metadata       version, such as 1.2.
 * @param level          4, 5 or 6.
 * @param layout         md's number of the layout.
 * @param chunkLength    of a chunk.
 * @param slotCount      members when complete.
 * @param parityCount    of these, how many may be lost.
 * @param memberLength   used of every member.
 * @param arrayLength    of the array.
 * @param createdSeconds when it was made.
 * @param updatedSeconds when a superblock was last written.
 * @param eventCount     of the superblocks.
 * @param clean          whether the superblocks call it clean.
 * @param condition      healthy, degraded, failed or read-only.
 * @param reason         when writes are refused, why; else empty.
 * @param policy         what keeps it consistent after a crash: journal, bitmap or resync.
 * @param devices        all that belong to it, by slot, then those without.
 * @param sync           the long work that is going on; null when there is none.
 * @param lastSync       the long work that ended last in this run; null when there was none.
 * @param journal        null without one.
 * @param replay         what is left of the last run's journal; null when that is over.
 * @param scrub          checks, over stops and starts; null when there were none and none is due.
 */
public record ArrayStatus(
        String name,
        long pid,
        long startedSeconds,
        List<String> uris,
        int clientCount,
        String setName,
        String uuid,
        String metadata,
        int level,
        int layout,
        long chunkLength,
        int slotCount,
        int parityCount,
        long memberLength,
        long arrayLength,
        long createdSeconds,
        long updatedSeconds,
        long eventCount,
        boolean clean,
        String condition,
        String reason,
        String policy,
        List<Device> devices,
        Sync sync,
        Sync lastSync,
        Journal journal,
        Replay replay,
        Scrub scrub) {

    /** A device that serves a slot and is complete. */
    public static final String IN_SYNC = "in-sync";

    /** A device that is being filled with what its slot should hold. */
    public static final String REBUILDING = "rebuilding";

    /** It is being filled, to take the slot of a member that still serves it. */
    public static final String REPLACEMENT = "replacement";

    /** A device that stands by. */
    public static final String SPARE = "spare";

    /** A device with a copy of the journal. */
    public static final String JOURNAL = "journal";

    /** A device that failed and was not removed. */
    public static final String FAULTY = "faulty";

    /**
     * One device.
     *
     * @param name   of it.
     * @param number in the array's table; -1 when nobody knows.
     * @param slot   that it serves, or is going to when it replaces who does; or -1.
     * @param role   one of the words above.
     * @param length of its data that can be relied on, while it is being rebuilt.
     */
    public record Device(String name, int number, int slot, String role, long length) {
        /** Whether it serves a slot, complete or not. */
        public boolean servesSlot() {
            return role.equals(IN_SYNC) || role.equals(REBUILDING);
        }
    }

    /**
     * Long work.
     *
     * @param activity          resync, recovery, check or repair.
     * @param outcome           running, complete, stopped or failed.
     * @param doneLength        of every member dealt with.
     * @param totalLength       of every member to deal with.
     * @param mismatchedSectors where parity did not fit.
     * @param lengthPerSecond   of every member, of late.
     * @param message           when it failed, why; else empty.
     */
    public record Sync(
            String activity,
            String outcome,
            long doneLength,
            long totalLength,
            long mismatchedSectors,
            long lengthPerSecond,
            String message) {
        /** Seconds until it is over at the rate of late; -1 when that cannot be told. */
        public long secondsLeft() {
            return lengthPerSecond <= 0 ? -1 : (totalLength - doneLength) / lengthPerSecond;
        }
    }

    /**
     * The journal.
     *
     * @param working          whether it protects writes now.
     * @param mode             what writes wait for: write-through or write-back.
     * @param onLoss           what its loss means.
     * @param capacity         bytes of the log that can be used; 0 while it does not work.
     * @param used             of these, what a replay would want or writes under way were promised.
     * @param waitingCount     records that wait for the next batch.
     * @param batchCount       batches written since the start.
     * @param recordCount      records in them.
     * @param meanBatchLength  bytes of one.
     */
    public record Journal(
            boolean working,
            String mode,
            String onLoss,
            long capacity,
            long used,
            long waitingCount,
            long batchCount,
            long recordCount,
            long meanBatchLength) {}

    /**
     * The replay that goes on behind a running array.
     *
     * @param length     in the journal.
     * @param doneLength of it on the members.
     */
    public record Replay(long length, long doneLength) {}

    /**
     * Checks and repairs, over stops and starts.
     *
     * @param periodSeconds     between checks; 0 for none by itself.
     * @param nextSeconds       when the next is due; 0 when none is.
     * @param paused            whether none starts by itself although it is due.
     * @param resumeOffset      bytes of every member that one which is to go on has dealt with; 0 when none is to.
     * @param lastActivity      that ended last: check or repair; empty before the first.
     * @param lastOutcome       of it.
     * @param lastSeconds       when.
     * @param mismatchedSectors that it found.
     */
    public record Scrub(
            long periodSeconds,
            long nextSeconds,
            boolean paused,
            long resumeOffset,
            String lastActivity,
            String lastOutcome,
            long lastSeconds,
            long mismatchedSectors) {}

    /**
     * Read what a daemon sent.
     *
     * @param members of the object.
     * @return the status.
     * @throws DaemonException when it is none.
     */
    static ArrayStatus of(Map<String, Object> members) {
        try {
            return JSON.std.beanFrom(ArrayStatus.class, JSON.std.asString(members));
        } catch (IOException e) {
            throw new DaemonException(
                    "the daemon's answer makes no sense, perhaps because it is of another version: " + e.getMessage());
        }
    }

    /** Slots that have a complete member. */
    public int inSyncCount() {
        return (int)
                devices.stream().filter(device -> device.role().equals(IN_SYNC)).count();
    }
}
