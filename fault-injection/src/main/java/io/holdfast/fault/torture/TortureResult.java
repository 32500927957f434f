package io.holdfast.fault.torture;

import java.util.List;

/**
 * What came of a history.
 *
 * @param history    that was lived.
 * @param findings   what was wrong; empty when every promise was kept.
 * @param story      what happened, in order, where it was asked for.
 * @param lastStep   index of the step at which it ended.
 * @param stepCount  steps lived.
 * @param crashCount crashes survived.
 * @param arrayCount arrays that lived, one after the other.
 * @param answerCount requests answered.
 * @param elapsedNs  simulated nanoseconds that passed.
 * @param counts     of faults.
 * @param traceHash  equal for equal histories.
 * @param damaged    offset in the array of the first wrong byte; -1 when unknown.
 */
public record TortureResult(
        History history,
        List<String> findings,
        List<StoryEvent> story,
        int lastStep,
        int stepCount,
        int crashCount,
        int arrayCount,
        long answerCount,
        long elapsedNs,
        FaultCounts counts,
        long traceHash,
        long damaged) {
    /** Takes the lists as they are. */
    public TortureResult {
        findings = List.copyOf(findings);
        story = List.copyOf(story);
    }

    /** Whether a promise was broken. */
    public boolean isFailure() {
        return !findings.isEmpty();
    }

    /** Everything that somebody who has to find the bug wants to see. */
    public String describe() {
        StringBuilder text = new StringBuilder();
        text.append("replay with: holdfast torture ")
                .append(history.replayOptions())
                .append('\n');
        text.append(history.shape()).append('\n');
        for (StoryEvent event : story) {
            text.append(event).append('\n');
        }
        text.append("findings:\n");
        findings.stream()
                .limit(8)
                .forEach(finding -> text.append("  ").append(finding).append('\n'));
        return text.toString();
    }
}
