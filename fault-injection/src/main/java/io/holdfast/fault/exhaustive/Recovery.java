package io.holdfast.fault.exhaustive;

import java.util.ArrayList;
import java.util.List;

/** How one start of the array on one image went, to the end: what it did, what was read, what was complained about. */
final class Recovery {
    /** How it ended. */
    enum Outcome {
        /** The array started, came to rest, was read and stopped. */
        SERVED,
        /** The start was refused, with sentences. */
        REFUSED,
        /** Something happened that must not. */
        BROKEN
    }

    private final Outcome outcome;
    private final int content;
    private final boolean isHealthy;
    private final String message;
    private final int[] events;
    private final List<Expanded> expanded = new ArrayList<>();

    /** Images that were crashed in the middle of this, and what might come back from beneath them; null for nothing. */
    private record Expanded(Box box, Box beneath) {}

    /**
     * A recovery that has ended.
     *
     * @param outcome   of it.
     * @param content   number of what was read of the array, see {@link ContentTable}; -1 when nothing was.
     * @param isHealthy whether every slot was served and in sync in the end.
     * @param message why it was refused or what broke; empty otherwise.
     * @param events  what it did to the devices, as a {@link TraceLog} has it.
     */
    Recovery(Outcome outcome, int content, boolean isHealthy, String message, int[] events) {
        this.outcome = outcome;
        this.content = content;
        this.isHealthy = isHealthy;
        this.message = message;
        this.events = events;
    }

    Outcome outcome() {
        return outcome;
    }

    int content() {
        return content;
    }

    /** Whether every slot was served and in sync in the end. */
    boolean isHealthy() {
        return isHealthy;
    }

    String message() {
        return message;
    }

    /** What it did to the devices, as a {@link TraceLog} has it. */
    int[] events() {
        return events;
    }

    /**
     * Whether every image of a box has been crashed in the middle of this already; from now on, it has.
     *
     * @param box     of images.
     * @param beneath what might come back from beneath them, see {@link CrashPoints#over}; null for nothing.
     */
    boolean isExpandedFor(Box box, Box beneath) {
        for (Expanded done : expanded) {
            boolean isSameBeneath =
                    beneath == null ? done.beneath == null : done.beneath != null && beneath.isWithin(done.beneath);
            if (isSameBeneath && box.isWithin(done.box)) {
                return true;
            }
        }
        expanded.add(new Expanded(box, beneath));
        return false;
    }
}
