package io.holdfast.fault.exhaustive;

import java.util.ArrayList;
import java.util.List;

/** The numbers of one part of a run, and what it found. */
final class Tally {
    /** Findings beyond these are counted, not kept. */
    static final int MOST_FINDINGS = 20;

    final List<ExhaustiveFinding> findings = new ArrayList<>();
    long groupCount;
    long recoveryStateCount;
    long recoveryGroupCount;
    long engineRunCount;
    long sampledCount;
    long refusedCount;
    long holeStateCount;
    long forcedStateCount;
    long findingCount;
    boolean isCutShort;

    void find(String state, String what) {
        findingCount++;
        if (findings.size() < MOST_FINDINGS) {
            findings.add(new ExhaustiveFinding(state, what));
        }
    }

    /** Add the numbers of another part. */
    void add(Tally other) {
        groupCount += other.groupCount;
        recoveryStateCount = sum(recoveryStateCount, other.recoveryStateCount);
        recoveryGroupCount += other.recoveryGroupCount;
        engineRunCount += other.engineRunCount;
        sampledCount += other.sampledCount;
        refusedCount = sum(refusedCount, other.refusedCount);
        holeStateCount = sum(holeStateCount, other.holeStateCount);
        forcedStateCount = sum(forcedStateCount, other.forcedStateCount);
        findingCount += other.findingCount;
        isCutShort |= other.isCutShort;
        for (ExhaustiveFinding finding : other.findings) {
            if (findings.size() < MOST_FINDINGS) {
                findings.add(finding);
            }
        }
    }

    /** Adds without running over: what is more than can be counted stays at the most. */
    static long sum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
