package io.holdfast.fault.checker;

import java.util.List;
import java.util.Map;

/**
 * What a checker did and found, so far or in the end. Counts are of this session.
 *
 * @param stage              where it is, or {@link Stage#ENDED}.
 * @param outcome            how it ended; null while it has not.
 * @param writeCount         writes answered with success, those with force-unit-access included.
 * @param durableWriteCount  of them, those with force-unit-access.
 * @param zeroesCount        requests to write zeroes answered with success.
 * @param readCount          reads of the load.
 * @param flushCount         flushes answered with success.
 * @param writtenLength      bytes of writes answered with success.
 * @param errorCount         operations that the device answered with an error.
 * @param verifiedBlockCount blocks read and judged, those of the load not counted.
 * @param blockCount         blocks of the area.
 * @param undoneCount        units that lost answered writes which no flush had covered, as a device may.
 * @param conditions         blocks found of each condition but good.
 * @param findings           the first of the blocks that are not what was promised.
 */
public record CheckerReport(
        Stage stage,
        Outcome outcome,
        long writeCount,
        long durableWriteCount,
        long zeroesCount,
        long readCount,
        long flushCount,
        long writtenLength,
        long errorCount,
        long verifiedBlockCount,
        long blockCount,
        long undoneCount,
        Map<BlockCondition, Long> conditions,
        List<BlockFinding> findings) {
    /** What the checker is doing. */
    public enum Stage {
        /** Everything is read after an interruption. */
        LOOKING_BACK,
        /** What was found is made durable. */
        SETTLING,
        /** Every block that nobody knows is written once. */
        FILLING,
        /** Reads, writes and flushes in a random order. */
        LOADING,
        /** What is in flight is waited for, and flushed. */
        FLUSHING,
        /** Everything is read once more. */
        LOOKING_ON,
        /** It is over. */
        ENDED
    }

    /** How a run ended. */
    public enum Outcome {
        /** All was done that was asked for. */
        COMPLETE,
        /** The device went away, or did not answer in time. What is on it is known when it is back. */
        DEVICE_GONE,
        /** The device cannot flush, so it promises nothing. */
        NO_FLUSH,
        /** The device takes no writes. */
        READ_ONLY
    }

    /** Copy what is given. */
    public CheckerReport {
        conditions = Map.copyOf(conditions);
        findings = List.copyOf(findings);
    }

    /** Blocks that are not what was promised. */
    public long findingCount() {
        return conditions.values().stream().mapToLong(Long::longValue).sum();
    }
}
