package io.holdfast.fault.torture;

import io.holdfast.fault.torture.StoryEvent.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** What happened in a history, for people; nothing where nobody wants to know. */
final class TortureStory {
    private static final int MOST_FRAMES = 14;

    private final boolean isTold;
    private final LongSupplier elapsedNs;
    private final List<StoryEvent> events = new ArrayList<>();
    private Step current;

    /**
     * A story without events.
     *
     * @param isTold    whether it is wanted.
     * @param elapsedNs the simulated time.
     */
    TortureStory(boolean isTold, LongSupplier elapsedNs) {
        this.isTold = isTold;
        this.elapsedNs = elapsedNs;
    }

    List<StoryEvent> events() {
        return events;
    }

    /** What comes now happens in a step; null for what comes after the last. */
    void at(Step step) {
        current = step;
    }

    /** The step that is lived; null before the first and after the last. */
    Step current() {
        return current;
    }

    /** A step has been done. */
    void tell(Step step, String outcome) {
        if (isTold) {
            boolean isFault = step.action() == Step.Action.FAULT;
            boolean isOnDevice = (isFault && step.fault().hasDevice())
                    || step.action() == Step.Action.HEAL
                    || step.action() == Step.Action.REPLACE;
            tell(
                    isOnDevice ? step.device() : StoryEvent.ARRAY,
                    isFault ? Kind.FAULT : Kind.STEP,
                    step.describe() + ": " + outcome);
        }
    }

    /** Something has happened to the array. */
    void tell(Kind kind, String text) {
        tell(StoryEvent.ARRAY, kind, text);
    }

    private void tell(int device, Kind kind, String text) {
        if (isTold) {
            int index = current == null ? -1 : current.index();
            events.add(new StoryEvent(index, elapsedNs.getAsLong(), device, kind, text));
        }
    }

    /** What was thrown, with the way there. */
    static String stackOf(Throwable e) {
        StringBuilder text = new StringBuilder(e.toString());
        int depth = 0;
        for (StackTraceElement element : e.getStackTrace()) {
            if (depth++ < MOST_FRAMES) {
                text.append("\n      at ").append(element);
            }
        }
        return e.getCause() == null ? text.toString() : text + "\n    because " + stackOf(e.getCause());
    }
}
