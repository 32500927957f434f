package io.holdfast.fault.exhaustive;

import java.util.ArrayList;
import java.util.List;

/**
 * A workload that has been run once: the crash points that it went through, and what had been promised at each.
 *
 * @param pool          of contents; not to be changed any more.
 * @param points        in order; two that leave the same images under the same promise are one.
 * @param boundaryCount moments at which a crash was thought of: before the first operation, and after each step of any.
 * @param imageCount    different images that a crash could leave, over all points.
 * @param mostWrites    device writes that no flush covered, at most.
 * @param mostPages     pages of such writes, at most.
 * @param problem       what went wrong while nothing had crashed yet; empty when nothing did.
 */
record Recording(
        PagePool pool,
        List<Point> points,
        int boundaryCount,
        long imageCount,
        int mostWrites,
        int mostPages,
        String problem) {
    /**
     * A crash point.
     *
     * @param box     what a crash leaves.
     * @param killed  what is left when the process is killed and the power stays on.
     * @param promise what must be true after it.
     * @param isDirty whether the array, without a journal, may have been called dirty by then.
     */
    record Point(Box box, Box killed, Promise promise, boolean isDirty) {}

    /** Follows a log and collects points. */
    static final class Collector {
        private final CrashPoints crash;
        private final int[] words;
        private final List<Promise> promises;
        private final int dirtyFrom;
        private final List<Point> points = new ArrayList<>();
        private Promise promise;
        private Box last;
        private boolean isChanged = true;
        private int boundaryCount = 1;
        private long imageCount;
        private int mostWrites;
        private int mostPages;

        /**
         * A collector.
         *
         * @param crash    at the beginning of the log.
         * @param words    of the log.
         * @param promises by mark.
         */
        Collector(CrashPoints crash, int[] words, List<Promise> promises, int dirtyFrom) {
            this.crash = crash;
            this.words = words;
            this.promises = promises;
            this.dirtyFrom = dirtyFrom;
            promise = promises.get(0);
        }

        /** Go through the log. */
        Collector collect() {
            for (int at = 0; at < words.length; ) {
                int event = words[at];
                if (isChanged && (event == TraceLog.FLUSH_ENDED || event == TraceLog.MARK)) {
                    // What a crash leaves only grows up to here, and from here on less may be left, or more is
                    // promised.
                    add(at);
                }
                if (event == TraceLog.MARK) {
                    promise = promises.get(words[at + 1]);
                }
                isChanged |= CrashPoints.matters(event) || event == TraceLog.MARK;
                boundaryCount += event == TraceLog.MARK ? 0 : 1;
                at = crash.pass(words, at);
                mostPages = Math.max(mostPages, crash.unflushedPages());
                mostWrites = Math.max(mostWrites, crash.unflushedWrites());
            }
            add(words.length);
            return this;
        }

        private void add(int at) {
            Box box = crash.box();
            imageCount += box.size() - (last == null ? 0 : box.common(last));
            for (Box torn : box.tornBoxes()) {
                imageCount += torn.size();
            }
            points.add(new Point(box, crash.killed(), promise, at >= dirtyFrom));
            last = box;
            isChanged = false;
        }

        Recording finish(PagePool pool, String problem) {
            return new Recording(pool, points, boundaryCount, imageCount, mostWrites, mostPages, problem);
        }
    }
}
