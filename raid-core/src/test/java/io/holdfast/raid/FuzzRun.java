package io.holdfast.raid;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a fuzz target over seeds, and says of the one that fails what was done and how to do it again.
 *
 * <p>How many: {@code -Dholdfast.fuzz.tries=N}. One alone: {@code -Dholdfast.fuzz.seed=SEED}.
 */
public final class FuzzRun {
    private static final String TRIES_PROPERTY = "holdfast.fuzz.tries";
    private static final String SEED_PROPERTY = "holdfast.fuzz.seed";

    private FuzzRun() {}

    /** One attempt with one seed. */
    public interface Target {
        /**
         * Try.
         *
         * @param seed  of the attempt.
         * @param story added to, for whoever has to find out what happened.
         */
        void attempt(long seed, List<String> story);
    }

    /**
     * Try seeds one after the other.
     *
     * @param firstSeed  the first.
     * @param usualTries how many, where nobody asks for more or fewer.
     * @param target     to be tried.
     */
    public static void run(long firstSeed, int usualTries, Target target) {
        Long only = Long.getLong(SEED_PROPERTY);
        long first = only == null ? firstSeed : only;
        int tries = only == null ? Integer.getInteger(TRIES_PROPERTY, usualTries) : 1;
        for (int i = 0; i < tries; i++) {
            long seed = first + i;
            List<String> story = new ArrayList<>();
            try {
                target.attempt(seed, story);
            } catch (RuntimeException | Error e) {
                throw new AssertionError(
                        "replay with -D" + SEED_PROPERTY + "=" + seed + "\n" + String.join("\n", story) + "\n" + e, e);
            }
        }
    }

    /**
     * Insist that some work takes no more memory than it may, whatever it reads.
     *
     * @param heapLimit   bytes of heap that may be allocated, garbage included.
     * @param directLimit bytes of direct buffers that may be taken.
     * @param work        to be done, on this thread.
     */
    public static void withinMemory(long heapLimit, long directLimit, Runnable work) {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        BufferPoolMXBean pool = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(bean -> bean.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        long heapBefore = threads.getCurrentThreadAllocatedBytes();
        long directBefore = pool.getTotalCapacity();
        work.run();
        long heap = threads.getCurrentThreadAllocatedBytes() - heapBefore;
        long direct = pool.getTotalCapacity() - directBefore;
        if (heap > heapLimit || direct > directLimit) {
            throw new AssertionError("memory: heap=" + heap + " heapLimit=" + heapLimit + " direct=" + direct
                    + " directLimit=" + directLimit);
        }
    }
}
