package io.holdfast.fault.torture;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.Simulation;
import io.holdfast.fault.device.PowerLoss;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.fault.torture.StoryEvent.Kind;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncTask;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Lives one history: does its steps one after the other on the production engine, starts the array again after every crash,
 * and insists on what is promised.
 *
 * <ul>
 *   <li>With a journal, every answered write is there, whichever members are lost within the level's tolerance; every 4 KiB
 *       block of an unanswered write is old or new, and a request within one window is there as a whole or not at all; no other
 *       byte changed. Without one the same holds for what was answered before an answered flush, per logical block of the
 *       device; and when a member is missing after a crash in the middle of writing, starting is refused unless forced.
 *   <li>Requests are answered, and with success, unless the journal was attacked or more was done than the level makes up for.
 *   <li>No member is given up to which nothing was done.
 *   <li>Where all members are there and all is quiet, parity fits everywhere.
 *   <li>Where a silent fault struck, {@link Taints} says how much less is promised. Nowhere else is anything less promised.
 *   <li>Everything comes to rest.
 * </ul>
 */
public final class TortureRun {
    private static final long STEP_LIMIT = 6_000_000;
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long CLOCK_STRIDE_MS = 1000;
    private static final long HELD_STRIDE_NS = 100_000_000;
    private static final int MOST_REFUSALS = 6;
    private static final int MOST_CRASHES_IN_RECOVERY = 3;

    private final History history;
    private final ArrayShape shape;
    private final TortureWorld world;
    private final Judge judge;
    private final BooleanSupplier isOver;
    private final TortureStory story;
    private final List<String> findings = new ArrayList<>();
    private RaidArray array;
    private TortureWorkload workload;
    private int livedSteps;
    private int lastStep = -1;
    private int toldEvents;
    private long answerCount;

    private TortureRun(History history, boolean isTold, BooleanSupplier isOver, UnaryOperator<BlockDevice> sabotage) {
        this.history = history;
        this.isOver = isOver;
        shape = history.shape();
        world = new TortureWorld(history, sabotage);
        story = new TortureStory(isTold, world.simulation().clock()::elapsedNs);
        judge = new Judge(world, history.journalLength(), STEP_LIMIT);
    }

    /**
     * Live a history.
     *
     * @param history to live.
     * @param isTold  whether the story is wanted: it costs time.
     * @return what came of it; what the engine throws is a finding.
     */
    public static TortureResult live(History history, boolean isTold) {
        return live(history, isTold, () -> false);
    }

    /**
     * Live a history, unless interrupted.
     *
     * @param history to live.
     * @param isTold  whether the story is wanted: it costs time.
     * @param isOver  asked before each step whether to leave it at that.
     * @return what came of it so far.
     */
    public static TortureResult live(History history, boolean isTold, BooleanSupplier isOver) {
        return live(history, isTold, isOver, UnaryOperator.identity());
    }

    /**
     * Live a history on devices that misbehave in a way that nobody is told of: to see that it is noticed.
     *
     * @param sabotage wraps each device once more, at every start.
     */
    static TortureResult live(
            History history, boolean isTold, BooleanSupplier isOver, UnaryOperator<BlockDevice> sabotage) {
        TortureRun run = new TortureRun(history, isTold, isOver, sabotage);
        try {
            run.live();
        } catch (RuntimeException | AssertionError e) {
            run.found("thrown: " + TortureStory.stackOf(e));
        }
        Simulation simulation = run.world.simulation();
        return new TortureResult(
                history,
                run.findings,
                run.story.events(),
                run.lastStep,
                run.livedSteps,
                run.world.crashCount(),
                run.world.arrayCount(),
                run.answerCount + (run.workload == null ? 0 : run.workload.answerCount()),
                simulation.clock().elapsedNs(),
                run.world.counts(),
                simulation.traceHash(),
                run.judge.firstDamage());
    }

    private void live() {
        world.reseed(history.seed());
        start();
        for (Step step : history.steps()) {
            if (!findings.isEmpty() || isOver.getAsBoolean()) {
                return;
            }
            live(step);
        }
        if (findings.isEmpty()) {
            conclude();
        }
    }

    private void live(Step step) {
        story.at(step);
        livedSteps++;
        lastStep = step.index();
        Simulation simulation = world.simulation();
        world.reseed(step.seed());
        String outcome;
        try {
            outcome = act(step);
            for (int i = step.pause(); i > 0 && simulation.power().isOn(); i--) {
                simulation.step();
            }
        } catch (Judge.CutException e) {
            outcome = "cut";
        }
        story.tell(step, outcome);
        if (!simulation.power().isOn()) {
            afterCut(new SplittableRandom(step.seed()));
        }
        notice();
        simulation.trace(step.index() * 31L + outcome.hashCode());
    }

    // ---- steps ----

    private String act(Step step) {
        return switch (step.action()) {
            case WRITE, FUA, ZERO, DISCARD, READ, FLUSH -> workload.submit(step) ? "submitted" : "left out";
            case SETTLE -> settle() ? "at rest" : "cut";
            case CLOCK -> pass(step.amount());
            case CHECK -> check(false, false);
            case REPAIR -> check(true, false);
            case RESTART -> restart();
            case MODE -> changeMode(step);
            case HEAL -> {
                world.heal(step.device());
                yield "taken back";
            }
            case REPLACE -> replace(step);
            case VERIFY -> verify() ? "as it must be" : "cut";
            case FAULT -> world.inject(step);
        };
    }

    /** Let time pass, in strides in which a device that is well can answer. */
    private String pass(long millis) {
        Simulation simulation = world.simulation();
        for (long left = millis; left > 0 && simulation.runUntilQuiet(STEP_LIMIT); left -= CLOCK_STRIDE_MS) {
            simulation.clock().advanceNs(Math.min(left, CLOCK_STRIDE_MS) * NANOS_PER_MILLI);
        }
        return "passed";
    }

    private String changeMode(Step step) {
        JournalMode mode = step.amount() == 0 ? JournalMode.WRITE_THROUGH : JournalMode.WRITE_BACK;
        world.log().modeChanged(mode);
        array.journalMode(mode);
        return "asked for";
    }

    private boolean settle() {
        TortureWorkload callers = workload;
        Simulation simulation = world.simulation();
        boolean isAtRest = simulation.runUntil(() -> callers.inFlightCount() == 0, STEP_LIMIT)
                && world.bench().settle(STEP_LIMIT);
        while (isAtRest && world.isHolding()) {
            // Nobody waits for what leaves by itself, and a slow device may not have it yet.
            simulation.clock().advanceNs(HELD_STRIDE_NS);
            isAtRest = world.bench().settle(STEP_LIMIT);
        }
        return isAtRest;
    }

    private String check(boolean isRepair, boolean isAwaited) {
        if (array.state().condition() == Condition.READ_ONLY && isRepair) {
            return "left out: read-only";
        }
        CompletableFuture<SyncTask> started = array.checkAsync(isRepair);
        if (!world.simulation().runUntil(started::isDone, STEP_LIMIT)) {
            return "cut";
        }
        if (started.isCompletedExceptionally()) {
            return "left out: other work is going on";
        }
        if (!isAwaited) {
            return "begun";
        }
        CompletableFuture<SyncProgress> done = started.join().completion();
        return world.simulation().runUntil(done::isDone, STEP_LIMIT) ? "done: " + done.join() : "cut";
    }

    private String restart() {
        if (!stop()) {
            return "cut";
        }
        start();
        return "started";
    }

    private boolean stop() {
        TortureWorkload callers = workload;
        if (!world.simulation().runUntil(() -> callers.inFlightCount() == 0, STEP_LIMIT)) {
            return false;
        }
        boolean isInOrder = array.state().condition() != Condition.READ_ONLY
                && array.state().condition() != Condition.FAILED;
        notice();
        if (!world.bench().stop(array, STEP_LIMIT)) {
            return false;
        }
        if (isInOrder && array.state().journaled()) {
            world.logIsEmpty();
        }
        return true;
    }

    private String replace(Step step) {
        notice();
        BitSet empty = new BitSet();
        List<ArrayState.Slot> slots = array.state().slots();
        for (int slot = 0; slot < slots.size(); slot++) {
            empty.set(slot, slots.get(slot).deviceName().isEmpty());
        }
        boolean isInUse =
                array.state().condition() == Condition.HEALTHY || array.state().condition() == Condition.DEGRADED;
        if (history.isJournalDispensable() && isInUse && !array.state().journaled()) {
            return Replacement.journal(world, array, STEP_LIMIT);
        }
        if (empty.isEmpty() && isInUse && world.canAfford(step.device())) {
            return Replacement.fail(world, array, step.device(), STEP_LIMIT);
        }
        if (empty.isEmpty() || array.state().condition() != Condition.DEGRADED) {
            return "left out: no slot is empty";
        }
        int slot = empty.get(step.device()) ? step.device() : empty.nextSetBit(0);
        SplittableRandom random = new SplittableRandom(step.seed());
        boolean isSame = random.nextBoolean() && !world.member(slot).isGone();
        if (random.nextBoolean()) {
            return Replacement.whileItRuns(world, array, slot, isSame, random, STEP_LIMIT);
        }
        world.simulation().power().cancelCut();
        if (!stop()) {
            return "cut";
        }
        boolean isDone = Replacement.make(world, slot, isSame, random);
        start();
        return isDone ? (isSame ? "the same device again, slot " : "a new device, slot ") + slot : "cannot be done";
    }

    /** Come to rest and look at everything. False when the power was cut first. */
    private boolean verify() {
        if (!settle()) {
            return false;
        }
        notice();
        if (!findings.isEmpty()) {
            return true;
        }
        judge.readAll(array).forEach(this::found);
        concludeLook();
        return true;
    }

    /** Everything has been read, and the array is at rest: what else can be said of it? */
    private void concludeLook() {
        // Reading may have found what nobody knew of.
        if (!settle() || !letGo()) {
            throw new Judge.CutException();
        }
        notice();
        world.forgive(array.state().journaled());
        if (array.state().condition() == Condition.HEALTHY && world.out().isEmpty()) {
            judge.auditParity().forEach(this::found);
        }
        if (findings.isEmpty()) {
            world.counts().surviveAll();
            story.tell(Kind.JUDGED, "all is as it must be: " + array.state().condition());
        }
    }

    /** Where something may be wrong with the members, see all of it there: nothing is to linger in memory. */
    private boolean letGo() {
        if (array.journalMode() == JournalMode.WRITE_THROUGH || world.taints().isEmpty()) {
            return true;
        }
        array.journalMode(JournalMode.WRITE_THROUGH);
        boolean isAtRest = settle();
        array.journalMode(JournalMode.WRITE_BACK);
        return isAtRest;
    }

    // ---- start, and what may prevent it ----

    /**
     * Start the array, however often it is cut; refused, take back what may be the reason or insist at once, whichever the seed
     * says, and begin anew when neither helps.
     */
    private void start() {
        boolean isForced = false;
        boolean isPatient = world.isPatient();
        boolean isHealed = false;
        for (int refusals = 0; refusals < MOST_REFUSALS; refusals++) {
            List<SparseContents> before =
                    shape.isJournaled() ? List.of() : world.bench().contents();
            try {
                open(world.context().force(isForced));
                return;
            } catch (PowerLoss e) {
                story.tell(Kind.CRASH, "cut while it was started");
                return;
            } catch (ArrayException | DeviceException e) {
                story.tell(Kind.START, "refused: " + e.getMessage());
                boolean mayBeRefused = mayBeRefused();
                if (!mayBeRefused) {
                    found("refused with no fault to blame: " + e.getMessage());
                    return;
                }
                if (e instanceof ArrayException && !isForced) {
                    insistOnNothingWritten(before);
                }
                if ((isPatient || isForced) && !isHealed && world.healAll()) {
                    isHealed = true;
                    isForced = false;
                    continue;
                }
                if (isForced || world.doubtful().cardinality() > shape.parityCount()) {
                    break;
                }
                isForced = true;
            }
        }
        story.tell(Kind.START, "given up; a new array begins");
        begin();
    }

    private void begin() {
        retire();
        world.renew();
        world.reseed(story.current() == null ? history.seed() : story.current().seed());
        open(world.context());
    }

    private void open(ArrayContext context) {
        retire();
        toldEvents = 0;
        array = RaidArray.assemble(context);
        world.log().started(context.journalMode(), !array.replayProgress().isOver());
        workload = new TortureWorkload(
                array, shape, world.model(), judge::isExcusedWhileRunning, this::mayRequestsFail, this::isLogged);
        story.tell(Kind.START, "started: " + array.state().condition() + "; " + summary());
        notice();
    }

    /** What the array says of its start, less what is so every time. */
    private String summary() {
        return array.description()
                .summary()
                .lines()
                .filter(line -> !line.endsWith(", in sync."))
                .collect(Collectors.joining(" "));
    }

    /** What the array that ran last has to say for itself. */
    private void retire() {
        if (workload != null) {
            answerCount += workload.answerCount();
            workload.findings().forEach(this::found);
            workload = null;
        }
    }

    private boolean mayBeRefused() {
        return world.log().isAttacked()
                || (!shape.isJournaled()
                        && (!world.isSynced() || !world.doubtful().isEmpty()))
                || world.doubtful().cardinality() > shape.parityCount();
    }

    private boolean isLogged() {
        return world.isEveryRequestLogged() && array.state().journaled();
    }

    private boolean mayRequestsFail() {
        return world.log().isAttacked();
    }

    private void insistOnNothingWritten(List<SparseContents> before) {
        List<SparseContents> after = before.isEmpty() ? before : world.bench().contents();
        for (int i = 0; i < before.size(); i++) {
            if (!before.get(i).sameAs(after.get(i)) && !world.mayBeOut(i)) {
                found("written although it was refused: device=" + i);
            }
        }
    }

    // ---- cuts ----

    private void afterCut(SplittableRandom random) {
        int more = random.nextInt(MOST_CRASHES_IN_RECOVERY + 1) / 2;
        Cut how = world.simulation().power().cut();
        while (true) {
            retire();
            story.tell(Kind.CRASH, "crash: " + how);
            boolean isJournaled =
                    shape.isJournaled() && (array == null || array.state().journaled());
            world.crash(how, isJournaled, random);
            if (more > 0) {
                more--;
                how = random.nextInt(4) == 0 ? Cut.PROCESS : Cut.POWER;
                int boundaries = random.nextInt(random.nextBoolean() ? 60 : 600);
                world.simulation().power().cutAfter(how, boundaries);
            }
            world.reseed(random.nextLong());
            start();
            boolean isOn = world.simulation().power().isOn() && findings.isEmpty() && lookAfterCrash(random);
            if (isOn || !findings.isEmpty()) {
                world.simulation().power().cancelCut();
                return;
            }
            how = world.simulation().power().cut();
        }
    }

    /** False when the power was cut before everything had been seen. */
    private boolean lookAfterCrash(SplittableRandom random) {
        try {
            // Before or after a resync or rebuild has come to its end: what is read must be the same.
            if (random.nextBoolean() && !settle()) {
                return false;
            }
            notice();
            world.simulation().power().cancelCut();
            judge.readAfterCrash(array).forEach(this::found);
            if (!findings.isEmpty()) {
                return true;
            }
            concludeLook();
            if (isSpent()) {
                story.tell(Kind.START, "can only be read; a new array begins");
                begin();
            } else if (random.nextInt(4) == 0 && findings.isEmpty() && stop()) {
                start();
                verify();
            }
            return world.simulation().power().isOn();
        } catch (Judge.CutException e) {
            return false;
        }
    }

    /** Without its journal an array takes no writes any more: nothing new can be learnt from it. */
    private boolean isSpent() {
        boolean isLost = shape.isJournaled() && !array.state().journaled();
        return isLost && !(history.isJournalDispensable() && array.state().condition() != Condition.READ_ONLY);
    }

    // ---- the end ----

    private void conclude() {
        story.at(null);
        world.simulation().power().cancelCut();
        world.healAll();
        world.reseed(~history.seed());
        if (!verify() || !findings.isEmpty() || isSpent()) {
            return;
        }
        for (int slot = world.out().nextSetBit(0); slot >= 0; slot = world.out().nextSetBit(slot + 1)) {
            Step step = new Step(-1, Step.Action.REPLACE, null, slot, 0, 0, 0, 0, history.seed() + slot);
            String outcome = replace(step);
            story.tell(step, outcome);
            verify();
        }
        if (findings.isEmpty() && world.out().isEmpty()) {
            story.tell(Kind.STEP, "repair: " + check(true, true));
            verify();
            if (stop() && findings.isEmpty()) {
                start();
                verify();
                lookWithoutOne();
            }
        }
        retire();
    }

    /** Everything must be there without some member, read through parity alone. */
    private void lookWithoutOne() {
        if (!findings.isEmpty() || !world.out().isEmpty() || !stop()) {
            return;
        }
        boolean[] without = new boolean[shape.memberCount()];
        int slot = (int) Math.floorMod(history.seed(), (long) without.length);
        without[slot] = true;
        world.taints().memberUnsound(slot);
        List<SparseContents> before = world.bench().contents();
        try {
            array = RaidArray.assemble(world.context(without).readOnly(true));
        } catch (ArrayException | DeviceException e) {
            story.tell(Kind.START, "refused: " + e.getMessage());
            if (!mayBeRefused()) {
                found("refused with no fault to blame: " + e.getMessage());
            }
            return;
        }
        story.tell(Kind.START, "opened for reading, without slot " + slot);
        world.simulation().runUntilQuiet(STEP_LIMIT);
        judge.readAll(array).forEach(finding -> found("without slot " + slot + ": " + finding));
        world.bench().stop(array, STEP_LIMIT);
        List<SparseContents> after = world.bench().contents();
        for (int i = 0; i < before.size(); i++) {
            if (!before.get(i).sameAs(after.get(i))) {
                found("written although it was opened for reading: device=" + i);
            }
        }
    }

    // ---- what there is to notice ----

    /** Look at what the array and its callers say. */
    private void notice() {
        if (workload == null) {
            return;
        }
        workload.findings().forEach(this::found);
        workload.findings().clear();
        List<String> events = world.bench().events().all();
        for (; toldEvents < events.size(); toldEvents++) {
            story.tell(Kind.EVENT, events.get(toldEvents));
        }
        if (array.replayProgress().isOver()) {
            world.log().replayed();
        }
        ArrayState state = array.state();
        if (!state.journaled() && world.bench().events().count("journalChanged") > 0) {
            // Only now: from the failure until it is left out, something may still be in memory and nowhere else.
            world.log().gone();
        }
        for (int slot = 0; slot < state.slots().size(); slot++) {
            String deviceName = state.slots().get(slot).deviceName();
            if (!deviceName.isEmpty()) {
                world.seat(slot, deviceName);
            }
        }
        for (int slot = 0; slot < state.slots().size(); slot++) {
            if (!world.learn(slot, state.slots().get(slot).inSync())) {
                found("given up though nothing was done to it: slot=" + slot + " state=" + state);
            }
        }
        boolean isWorse = state.condition() == Condition.FAILED
                || (state.condition() == Condition.READ_ONLY && !world.log().isAttacked());
        if (isWorse) {
            found("not serving though the level makes up for what was done: state=" + state);
        }
    }

    private void found(String finding) {
        findings.add(finding);
        story.tell(Kind.FINDING, finding);
    }
}
