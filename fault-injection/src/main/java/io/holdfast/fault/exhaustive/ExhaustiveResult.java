package io.holdfast.fault.exhaustive;

import java.util.List;

/**
 * What came of an exhaustive run.
 *
 * @param boundaryCount      moments of the recorded workload at which a crash was thought of.
 * @param pointCount         crash points: those moments, without those that leave no other images under no other promise.
 * @param mostWrites         device writes of the workload that no flush covered, at most.
 * @param mostPages          pages of such writes, at most.
 * @param imageCount         different images that a crash of the workload could leave.
 * @param lossSetCount       sets of missing members that each of them was tried with, the empty one included.
 * @param groupCount         groups of such states that a recovery could tell apart, over all points; each was judged.
 * @param recoveryStateCount images that a crash inside a recovery could leave, with each set of missing members; the same image
 *                           after different recoveries counts again.
 * @param recoveryGroupCount groups of those that the next recovery could tell apart; each was judged.
 * @param engineRunCount     starts of the production engine, each of which recovered, was read, stopped and compared.
 * @param sampledCount       draws where trying all would have been too much: beyond the limit of groups at a crash point, and
 *                           for a second crash inside recovery.
 * @param refusedCount       states of which the start was refused, as it must be without a journal and with a member missing.
 * @param forcedStateCount   states of which a forced start then served the array.
 * @param holeStateCount     of these, states that showed the write hole.
 * @param findingCount       states after which a promise was broken.
 * @param findings           some of them.
 * @param isComplete         whether everything was tried; false when time was up or too much was wrong.
 * @param elapsedNs          time it took.
 */
public record ExhaustiveResult(
        int boundaryCount,
        int pointCount,
        int mostWrites,
        int mostPages,
        long imageCount,
        int lossSetCount,
        long groupCount,
        long recoveryStateCount,
        long recoveryGroupCount,
        long engineRunCount,
        long sampledCount,
        long refusedCount,
        long forcedStateCount,
        long holeStateCount,
        long findingCount,
        List<ExhaustiveFinding> findings,
        boolean isComplete,
        long elapsedNs) {
    private static final double NANOS_PER_SECOND = 1e9;

    static ExhaustiveResult of(Recording recording, int lossSetCount, Tally tally, long elapsedNs) {
        return new ExhaustiveResult(
                recording.boundaryCount(),
                recording.points().size(),
                recording.mostWrites(),
                recording.mostPages(),
                recording.imageCount(),
                lossSetCount,
                tally.groupCount,
                tally.recoveryStateCount,
                tally.recoveryGroupCount,
                tally.engineRunCount,
                tally.sampledCount,
                tally.refusedCount,
                tally.forcedStateCount,
                tally.holeStateCount,
                tally.findingCount,
                List.copyOf(tally.findings),
                !tally.isCutShort,
                elapsedNs);
    }

    /** Crash states of the workload: every image with every set of missing members. */
    public long stateCount() {
        return Box.times(imageCount, lossSetCount);
    }

    /** Crash states per second of which the production engine was started, and the outcome judged. */
    public double runsPerSecond() {
        return engineRunCount * NANOS_PER_SECOND / Math.max(1, elapsedNs);
    }

    /** Crash states per second that were judged: those, and those that no recovery can tell from one of them. */
    public double statesPerSecond() {
        return ((double) stateCount() + recoveryStateCount) * NANOS_PER_SECOND / Math.max(1, elapsedNs);
    }
}
