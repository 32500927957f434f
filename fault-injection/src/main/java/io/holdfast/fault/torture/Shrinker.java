package io.holdfast.fault.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Makes a history that breaks a promise as small as it can: fewer steps first, then shorter requests and earlier
 * cuts. Whatever it keeps breaks
 * the same kind of promise; steps keep their numbers and their chance, so that what is left is a part of what was.
 */
public final class Shrinker {
    private static final int[] SIZES = {1, 8, 64, 512, 4096, 16384};

    /** Lives histories. */
    interface Life {
        /** As {@link TortureRun#live(History, boolean)}. */
        TortureResult live(History history, boolean isTold);
    }

    private final Life life;
    private final BooleanSupplier isOver;
    private TortureResult best;
    private int triedCount;

    private Shrinker(TortureResult failure, BooleanSupplier isOver, Life life) {
        this.best = failure;
        this.isOver = isOver;
        this.life = life;
    }

    /**
     * What came of it.
     *
     * @param smallest   the smallest history found, with its story.
     * @param triedCount histories lived to find it.
     * @param isFinished whether nothing smaller was left to try; false when time was up.
     */
    public record Shrunk(TortureResult smallest, int triedCount, boolean isFinished) {}

    /**
     * Shrink.
     *
     * @param failure a history that breaks a promise.
     * @param isOver  asked before each try whether to leave it at that.
     * @return the smallest history found.
     */
    public static Shrunk shrink(TortureResult failure, BooleanSupplier isOver) {
        return shrink(failure, isOver, TortureRun::live);
    }

    static Shrunk shrink(TortureResult failure, BooleanSupplier isOver, Life life) {
        if (!failure.isFailure()) {
            throw new IllegalArgumentException(
                    "nothing failed: " + failure.history().replayOptions());
        }
        Shrinker shrinker = new Shrinker(failure, isOver, life);
        shrinker.cutEnd();
        boolean isSmaller = true;
        while (isSmaller && !isOver.getAsBoolean()) {
            isSmaller = shrinker.removeSteps();
            isSmaller |= shrinker.shorten();
        }
        boolean isFinished = !isOver.getAsBoolean();
        return new Shrunk(life.live(shrinker.best.history(), true), shrinker.triedCount, isFinished);
    }

    /** Nothing after the step that broke the promise can matter. */
    private void cutEnd() {
        List<Step> steps = best.history().steps();
        int last = best.lastStep();
        if (last >= 0) {
            tryOut(steps.stream().filter(step -> step.index() <= last).toList());
        }
    }

    /** Leave out ever shorter runs of steps, as long as that works. */
    private boolean removeSteps() {
        boolean isSmaller = false;
        for (int run = Math.max(1, best.history().steps().size() / 2); run > 0; run /= 2) {
            int first = 0;
            while (first < best.history().steps().size()) {
                if (isOver.getAsBoolean()) {
                    return isSmaller;
                }
                List<Step> kept = new ArrayList<>(best.history().steps());
                kept.subList(first, Math.min(first + run, kept.size())).clear();
                if (tryOut(kept)) {
                    isSmaller = true;
                    cutEnd();
                } else {
                    first += run;
                }
            }
        }
        return isSmaller;
    }

    private boolean shorten() {
        boolean isSmaller = false;
        for (int i = 0; i < best.history().steps().size(); i++) {
            Step step = best.history().steps().get(i);
            for (int size : SIZES) {
                if (size >= step.size() || isOver.getAsBoolean()) {
                    break;
                }
                List<Step> changed = new ArrayList<>(best.history().steps());
                changed.set(i, step.withSize(size));
                if (tryOut(changed)) {
                    isSmaller = true;
                    break;
                }
            }
        }
        return isSmaller;
    }

    private boolean tryOut(List<Step> steps) {
        triedCount++;
        TortureResult result = life.live(best.history().with(steps), false);
        if (result.isFailure() && signature(result).equals(signature(best))) {
            best = result;
            return true;
        }
        return false;
    }

    /** What kind of promise was broken: the beginning of the first finding, up to where its numbers begin. */
    private static String signature(TortureResult result) {
        String finding = result.findings().get(0);
        int end = 0;
        while (end < finding.length() && !Character.isDigit(finding.charAt(end))) {
            end++;
        }
        return finding.substring(0, end);
    }
}
