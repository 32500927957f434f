package io.holdfast.fault.exhaustive;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.fault.exhaustive.Recovery.Outcome;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * Tries every image of some crash points, with every tolerated set of members missing, and has what comes of each judged by
 * {@link Verdicts}; then crashes each recovery in turn. One thread.
 */
final class Explorer {
    /** Of recoveries after a crash inside recovery, and of forced starts, one in so many is crashed again. */
    private static final int SAMPLED_RECOVERIES = 64;

    private final ExhaustiveOptions options;
    private final TraceWorld world;
    private final RecoveryRunner runner;
    private final Verdicts verdicts;
    private final List<Integer> lossSets;
    private final Map<Integer, BoxWalk> walks = new HashMap<>();
    private final BooleanSupplier isTimeUp;
    private final SplittableRandom random;
    private final Tally tally = new Tally();
    private final ArrayDeque<Expansion> expansions = new ArrayDeque<>();

    /**
     * A recovery that has been judged and is yet to be crashed in the middle; with what may come back from beneath the images
     * that a killed process left, or null.
     */
    private record Expansion(
            BoxWalk walk, Recovery recovery, Recording.Point point, Box group, Box beneath, String state, int depth) {}

    /**
     * An explorer.
     *
     * @param options  of the run.
     * @param pool     of contents; not changed.
     * @param wrap     put around each device.
     * @param isTimeUp asked now and then.
     */
    Explorer(ExhaustiveOptions options, PagePool pool, UnaryOperator<BlockDevice> wrap, BooleanSupplier isTimeUp) {
        this.options = options;
        this.isTimeUp = isTimeUp;
        ArraySite site = ArraySite.of(options);
        ContentTable contents = new ContentTable();
        world = site.newWorld(new PagePool(pool));
        runner = new RecoveryRunner(site, world, contents, wrap);
        verdicts = new Verdicts(site, world.pool(), contents);
        lossSets = LossSets.tolerated(
                options.shape().memberCount(), options.shape().parityCount());
        random = new SplittableRandom(options.seed());
    }

    /** The numbers so far. */
    Tally tally() {
        tally.engineRunCount = runner.runCount();
        return tally;
    }

    /**
     * Try a crash point.
     *
     * @param point  to try.
     * @param number of it, for names.
     */
    void explore(Recording.Point point, int number) {
        Box[] torn = point.box().tornBoxes();
        for (int lost : lossSets) {
            String name = StateName.first(number, lost);
            explore(point, point.box(), null, lost, name);
            if (options.recoveryDepth() > 0 && point.box().openCount() > 0) {
                explore(point, point.killed(), point.box(), lost, StateName.killed(name));
            }
            for (int i = 0; i < torn.length; i++) {
                explore(point, torn[i], null, lost, StateName.torn(name, i));
            }
        }
    }

    private void explore(Recording.Point point, Box box, Box beneath, int lost, String name) {
        BoxWalk walk = walk(lost, false);
        tryAll(walk, box, new First(walk, point, beneath, name));
        for (Expansion next = expansions.poll(); next != null && goesOn(); next = expansions.poll()) {
            expand(next);
        }
        expansions.clear();
    }

    private void tryAll(BoxWalk walk, Box box, BoxWalk.Visitor visitor) {
        if (!walk.walk(box, options.groupLimit(), visitor)) {
            tally.sampledCount += options.sampleCount();
            walk.sample(box, options.sampleCount(), random.split(), visitor);
        }
    }

    private BoxWalk walk(int lost, boolean isForced) {
        return walks.computeIfAbsent(lost << 1 | (isForced ? 1 : 0), key -> new BoxWalk(runner, world, lost, isForced));
    }

    /** Crash a recovery at each of its moments. */
    private void expand(Expansion parent) {
        if (parent.recovery.isExpandedFor(parent.group, parent.beneath)) {
            return;
        }
        int[] base = new int[world.pageCount()];
        parent.group.image(new int[parent.group.listed()], base);
        CrashPoints crash = new CrashPoints(
                world.pool(), base, parent.group, options.shape().logicalBlockLength());
        if (parent.beneath != null) {
            crash.over(parent.beneath, world::deviceOf);
        }
        List<Box> boxes = crash.passAll(parent.recovery.events());
        int before = parent.walk.lost();
        // A member that comes back before a forced start has recorded anything still knows what the others had to
        // guess.
        List<Integer> losses = parent.walk.isForced() ? List.of(before) : LossSets.after(before, lossSets);
        for (int i = 0; i < boxes.size(); i++) {
            for (int lost : losses) {
                BoxWalk walk = walk(lost, false);
                String name = StateName.second(parent.state, i, lost);
                tally.recoveryStateCount =
                        Tally.sum(tally.recoveryStateCount, boxes.get(i).size());
                tryAll(walk, boxes.get(i), new Second(walk, parent, name));
                Box[] torn = boxes.get(i).tornBoxes();
                for (int k = 0; k < torn.length; k++) {
                    tally.recoveryStateCount = Tally.sum(tally.recoveryStateCount, torn[k].size());
                    tryAll(walk, torn[k], new Second(walk, parent, StateName.torn(name, k)));
                }
            }
        }
    }

    /** Until time is up, or more is found than is kept: an array that breaks promises breaks them everywhere. */
    private boolean goesOn() {
        boolean isEnough = tally.findingCount >= Tally.MOST_FINDINGS || isTimeUp.getAsBoolean();
        tally.isCutShort |= isEnough;
        return !isEnough;
    }

    /** What the first recovery leaves. */
    private final class First implements BoxWalk.Visitor {
        private final BoxWalk walk;
        private final Recording.Point point;
        private final Box beneath;
        private final String name;

        private First(BoxWalk walk, Recording.Point point, Box beneath, String name) {
            this.walk = walk;
            this.point = point;
            this.beneath = beneath;
            this.name = name;
        }

        @Override
        public boolean isToGoOn() {
            return goesOn();
        }

        @Override
        public void onGroup(Recovery recovery, Box group, int[] chosen) {
            tally.groupCount++;
            String state = StateName.chosen(name, chosen);
            String wrong = verdicts.first(recovery, point, walk.lost(), walk.isForced());
            if (wrong.equals(Verdicts.HOLE)) {
                tally.holeStateCount = Tally.sum(tally.holeStateCount, group.size());
            } else if (!wrong.isEmpty()) {
                tally.find(state, wrong);
                return;
            }
            if (recovery.outcome() == Outcome.REFUSED) {
                tally.refusedCount = Tally.sum(tally.refusedCount, group.size());
                BoxWalk forced = walk(walk.lost(), true);
                forced.walk(group, Long.MAX_VALUE, new First(forced, point, beneath, StateName.forced(state)));
                return;
            }
            if (walk.isForced()) {
                tally.forcedStateCount = Tally.sum(tally.forcedStateCount, group.size());
            }
            boolean isToBeCrashed = !walk.isForced() || random.nextInt(SAMPLED_RECOVERIES) == 0;
            if (options.recoveryDepth() > 0 && isToBeCrashed) {
                expansions.add(new Expansion(walk, recovery, point, group, beneath, state, 1));
            }
        }
    }

    /** What another recovery leaves after a crash inside the first. */
    private final class Second implements BoxWalk.Visitor {
        private final BoxWalk walk;
        private final Expansion parent;
        private final String name;

        private Second(BoxWalk walk, Expansion parent, String name) {
            this.walk = walk;
            this.parent = parent;
            this.name = name;
        }

        @Override
        public boolean isToGoOn() {
            return goesOn();
        }

        private String wrong(Recovery recovery) {
            int lostBefore = parent.walk.lost();
            return parent.beneath == null
                    ? verdicts.second(recovery, walk.lost(), walk.isForced(), parent.recovery, lostBefore)
                    : verdicts.afterKill(recovery, walk.lost(), walk.isForced(), parent.point, lostBefore);
        }

        @Override
        public void onGroup(Recovery recovery, Box group, int[] chosen) {
            tally.recoveryGroupCount++;
            String wrong = wrong(recovery);
            if (!wrong.isEmpty()) {
                tally.find(StateName.chosen(name, chosen), wrong);
            } else if (recovery.outcome() == Outcome.REFUSED) {
                if (walk.lost() == parent.walk.lost()) {
                    // It was forced before; forced again it must read the same.
                    BoxWalk forced = walk(walk.lost(), true);
                    String state = StateName.forced(StateName.chosen(name, chosen));
                    forced.walk(group, Long.MAX_VALUE, new Second(forced, parent, state));
                }
            } else if (parent.depth < options.recoveryDepth() && random.nextInt(SAMPLED_RECOVERIES) == 0) {
                tally.sampledCount++;
                String state = StateName.chosen(name, chosen);
                expansions.add(new Expansion(walk, recovery, parent.point, group, null, state, parent.depth + 1));
            }
        }
    }
}
