package io.holdfast.fault.torture;

/**
 * Something that happened in a history.
 *
 * @param step      index of the step during which it happened; -1 before the first.
 * @param elapsedNs simulated time.
 * @param device    it happened to: a slot, {@link Step#JOURNAL}, or {@link #ARRAY}.
 * @param kind      of event.
 * @param text      what happened.
 */
public record StoryEvent(int step, long elapsedNs, int device, Kind kind, String text) {
    /** In place of a slot: the array as a whole. */
    public static final int ARRAY = -2;

    private static final double NS_PER_SECOND = 1e9;

    /** What kind of thing happened. */
    public enum Kind {
        /** A step. */
        STEP("step"),
        /** A fault was injected. */
        FAULT("fault"),
        /** Everything stopped. */
        CRASH("crash"),
        /** The array started. */
        START("start"),
        /** The array was looked at, and all was as it must be. */
        JUDGED("all as it must be"),
        /** The array said something. */
        EVENT("the array says"),
        /** Something was not as it must be. */
        FINDING("wrong");

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        /** What it is, for a legend. */
        public String title() {
            return title;
        }
    }

    @Override
    public String toString() {
        return String.format(java.util.Locale.ROOT, "%5d %10.4fs  %s", step, elapsedNs / NS_PER_SECOND, text);
    }
}
