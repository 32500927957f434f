package io.holdfast.fault;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.ContentModel.AtomicScope;
import io.holdfast.fault.device.PowerLoss;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SeededSurvival;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.IoCallback;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.layout.ArrayLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One array's seeded life and deaths: it is filled, loses power or its process at some boundary, perhaps loses members, is
 * assembled, perhaps cut again while it recovers, and is judged; then it lives on.
 *
 * <p>What is insisted on after every crash:
 *
 * <ul>
 *   <li>With a journal, every answered write is there, whichever members are lost within the level's tolerance; every 4 KiB
 *       block of an unanswered write is old or new, and a request within one window is there as a whole or not at all; no other
 *       byte changed.
 *   <li>Without a journal, the same holds for what was answered before an answered flush (or with force-unit-access), old or
 *       new is per logical block of the device, and when a member is missing after a crash in the middle of writing, starting is
 *       refused unless forced, with nothing written. If forced, blocks of a missing member are exempt exactly where another
 *       write at the same place of the same row was in doubt: the write hole. They are counted.
 *   <li>When recovery says that it is done and no member is missing, parity fits everywhere, also after a start that had to be
 *       forced. As long as the level tolerates the loss of one more member, the same bytes are read without it.
 *   <li>A second start sees the same bytes.
 * </ul>
 */
public final class ArrayTrial {
    private static final long STEP_LIMIT = 3_000_000;
    private static final int BLOCK_LENGTH = 4096;
    private static final int LONGEST_WINDOW = 64 * 1024;

    private final SplittableRandom random;
    /** A source of its own, so that what it decides does not change what else a seed means. */
    private final SplittableRandom modes;

    private final ArrayBench bench;
    private final ArrayShape shape;
    private final long journalLength;
    private final ArrayLayout layout;
    private final ContentModel model;
    private final UnsafeBuffer scratch;
    private final boolean[] lost;

    private final List<String> story = new ArrayList<>();
    private final List<String> findings = new ArrayList<>();
    private boolean isSynced;
    private boolean holeWasHit;
    private int holeUnitCount;
    private int crashCount;
    private long answerCount;

    /**
     * What came of a trial.
     *
     * @param seed          that gives the same again.
     * @param shape         of the array.
     * @param story         what happened, a line each.
     * @param findings      what went wrong; empty when nothing did.
     * @param crashCount    crashes survived.
     * @param answerCount   requests answered.
     * @param holeUnitCount units exempted because of the write hole.
     * @param traceHash     equal for equal histories.
     */
    public record Report(
            long seed,
            ArrayShape shape,
            List<String> story,
            List<String> findings,
            int crashCount,
            long answerCount,
            int holeUnitCount,
            long traceHash) {
        /** Everything that somebody who has to find the bug wants to see. */
        public String describe() {
            return "replay with -D" + Simulation.SEED_PROPERTY + "=" + seed + "\n" + shape + "\n"
                    + String.join("\n", story) + "\nfindings:\n"
                    + String.join("\n", findings.subList(0, Math.min(findings.size(), 8)));
        }
    }

    private ArrayTrial(long seed, ArrayShape wanted) {
        Simulation simulation = new Simulation(seed);
        random = simulation.random().split();
        modes = new SplittableRandom(seed);
        ArrayShape drawn = ArrayShape.draw(random);
        shape = wanted == null ? drawn : wanted;
        journalLength = 1L << (19 + random.nextInt(4));
        bench = new ArrayBench(simulation, shape, journalLength);
        layout = bench.layout();
        model = new ContentModel(layout.arrayLength(), shape.unitLength(), seed);
        bench.describeTo(model);
        scratch = BufferSlab.allocate((int) Math.min(layout.arrayLength(), 1 << 20));
        lost = new boolean[shape.memberCount()];
        isSynced = shape.isAssumedClean();
    }

    /**
     * Live through one seed.
     *
     * @param seed      of everything.
     * @param shape     of the array; null to draw that as well.
     * @param lifeCount crashes to go through, at most.
     * @return what came of it; what the engine throws is a finding.
     */
    public static Report run(long seed, ArrayShape shape, int lifeCount) {
        ArrayTrial trial = new ArrayTrial(seed, shape);
        try {
            for (int life = 0; life < lifeCount && trial.findings.isEmpty() && !trial.holeWasHit; life++) {
                trial.live();
            }
            if (trial.findings.isEmpty() && !trial.holeWasHit) {
                trial.lookWithoutOneMore();
            }
        } catch (RuntimeException | AssertionError e) {
            trial.findings.add("thrown: " + stackOf(e));
        }
        return new Report(
                seed,
                trial.shape,
                trial.story,
                trial.findings,
                trial.crashCount,
                trial.answerCount,
                trial.holeUnitCount,
                trial.bench.simulation().traceHash());
    }

    private void live() {
        Simulation simulation = bench.simulation();
        Cut how = random.nextInt(4) == 0 ? Cut.PROCESS : Cut.POWER;
        long boundaries = random.nextInt(8) == 0 ? random.nextInt(200) : random.nextInt(6000);
        simulation.power().cutAfter(how, boundaries);
        tell("a life begins, to end by " + how + " after " + boundaries + " boundaries");
        try {
            RaidArray array = RaidArray.assemble(context());
            work(array);
        } catch (PowerLoss e) {
            tell("cut while it was assembled");
        }
        simulation.power().cutNow(how);
        crashCount++;
        loseMembers();
        Set<Long> hole = hole();
        recover(hole);
    }

    /** Keep the array busy until the cut. */
    private void work(RaidArray array) {
        Simulation simulation = bench.simulation();
        ArrayWorkload workload = new ArrayWorkload(array, shape, model, random.split());
        int requests = 20 + random.nextInt(200);
        int patience = 1 + random.nextInt(30);
        while (simulation.power().isOn() && requests > 0 && workload.findings().isEmpty()) {
            int burst = random.nextInt(6);
            for (int i = 0; i < burst && simulation.power().isOn(); i++) {
                workload.submitOne();
                requests--;
            }
            for (int i = random.nextInt(patience); i >= 0; i--) {
                simulation.step();
            }
        }
        if (random.nextBoolean() && simulation.power().isOn()) {
            tell("left to come to rest");
            if (bench.settle(STEP_LIMIT) && random.nextBoolean()) {
                simulation.clock().advanceNs(1_000_000_000);
                simulation.runUntilQuiet(STEP_LIMIT);
                if (workload.inFlightCount() > 0) {
                    findings.add("never answered: inFlightCount=" + workload.inFlightCount());
                }
                if (random.nextBoolean() && bench.stop(array, STEP_LIMIT)) {
                    tell("stopped in good order");
                }
            }
        }
        answerCount += workload.answerCount();
        findings.addAll(workload.findings());
        tell("cut: answered=" + workload.answerCount() + " inFlight=" + workload.inFlightCount() + " state="
                + array.state());
    }

    private void loseMembers() {
        int tolerated = isSynced ? shape.parityCount() - lostCount() : 0;
        int count = tolerated == 0 || random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(tolerated);
        for (int i = 0; i < count; i++) {
            int slot = random.nextInt(lost.length);
            if (!lost[slot]) {
                lost[slot] = true;
                tell("lost: slot=" + slot);
            }
        }
    }

    /** The units of which nothing can be promised if the array starts dirty: see the class. */
    private Set<Long> hole() {
        Set<Long> units = new HashSet<>();
        if (shape.isJournaled()) {
            return units;
        }
        boolean[] absent = lost.clone();
        // At levels 4 and 5 a new array begins with its last member to be rebuilt, and until then that one counts for
        // nothing.
        absent[absent.length - 1] |= !isSynced && shape.level() != 6;
        for (long offset = 0; offset < layout.arrayLength(); offset += BLOCK_LENGTH) {
            if (!model.isInDoubt(offset, BLOCK_LENGTH)) {
                continue;
            }
            long row = layout.row(offset);
            int inChunk = layout.offsetInChunk(offset);
            for (int index = 0; index < layout.dataCount(); index++) {
                long other = (row * layout.dataCount() + index) * (long) layout.chunkLength() + inChunk;
                if (absent[layout.slot(other)]) {
                    for (int at = 0; at < BLOCK_LENGTH; at += model.unitLength()) {
                        units.add(other + at);
                    }
                }
            }
        }
        return units;
    }

    private void recover(Set<Long> hole) {
        Simulation simulation = bench.simulation();
        bench.powerOn(new SeededSurvival(random.nextLong()));
        for (int attempt = random.nextInt(3); attempt > 0; attempt--) {
            Cut how = random.nextInt(4) == 0 ? Cut.PROCESS : Cut.POWER;
            int boundaries = random.nextInt(random.nextBoolean() ? 60 : 600);
            simulation.power().cutAfter(how, boundaries);
            tell("recovery to be cut by " + how + " after " + boundaries + " boundaries");
            boolean wasCut;
            try {
                assemble(hole);
                wasCut = !bench.settle(STEP_LIMIT);
            } catch (PowerLoss e) {
                wasCut = true;
            }
            simulation.power().cutNow(how);
            crashCount++;
            tell(wasCut ? "cut in recovery" : "recovered before the cut");
            bench.powerOn(new SeededSurvival(random.nextLong()));
        }
        RaidArray array = assemble(hole);
        judge(array, holeWasHit ? hole : Set.of(), "after the crash");
        RaidArray again = RaidArray.assemble(context());
        judge(again, Set.of(), "at the second start");
    }

    /** Start; where that is refused as it should be, insist that nothing was written and use force. */
    private RaidArray assemble(Set<Long> hole) {
        List<SparseContents> before = bench.contents();
        try {
            return RaidArray.assemble(context());
        } catch (ArrayException e) {
            tell("refused: " + e.getMessage());
            if (shape.isJournaled() || (isSynced && lostCount() == 0)) {
                throw e;
            }
            List<SparseContents> after = bench.contents();
            for (int i = 0; i < before.size(); i++) {
                if (!before.get(i).sameAs(after.get(i))) {
                    findings.add("written although it was refused: device=" + i);
                }
            }
            holeWasHit = true;
            holeUnitCount += hole.size();
            return RaidArray.assemble(context().force(true));
        }
    }

    private void judge(RaidArray array, Set<Long> hole, String when) {
        if (!bench.settle(STEP_LIMIT)) {
            findings.add("cut though no cut was planned");
            return;
        }
        ArrayState state = array.state();
        boolean isWhole = lostCount() == 0;
        ArrayState.Condition expected = isWhole ? ArrayState.Condition.HEALTHY : ArrayState.Condition.DEGRADED;
        if (state.condition() != expected) {
            findings.add(when + ": expected=" + expected + " state=" + state);
        }
        flush(array);
        for (Finding finding : check(array, hole)) {
            findings.add(when + ": " + finding);
        }
        if (!bench.stop(array, STEP_LIMIT)) {
            findings.add(when + ": did not stop");
        }
        if (isWhole && findings.isEmpty()) {
            isSynced = true;
            bench.auditParity().forEach(wrong -> findings.add(when + ": " + wrong));
        }
        tell("judged " + when + ": " + state.condition());
    }

    /** Everything must be there with one more member left out, as long as the level allows it. */
    private void lookWithoutOneMore() {
        if (!isSynced || lostCount() >= shape.parityCount()) {
            return;
        }
        int slot = random.nextInt(lost.length);
        while (lost[slot]) {
            slot = (slot + 1) % lost.length;
        }
        lost[slot] = true;
        tell("looked at without slot=" + slot);
        List<SparseContents> before = bench.contents();
        RaidArray array = RaidArray.assemble(context().readOnly(true));
        bench.simulation().runUntilQuiet(STEP_LIMIT);
        for (Finding finding : check(array, Set.of())) {
            findings.add("without slot " + slot + ": " + finding);
        }
        bench.stop(array, STEP_LIMIT);
        List<SparseContents> after = bench.contents();
        for (int i = 0; i < before.size(); i++) {
            if (!before.get(i).sameAs(after.get(i))) {
                findings.add("written although it was opened for reading: device=" + i);
            }
        }
    }

    private List<Finding> check(RaidArray array, Set<Long> hole) {
        return model.checkAfterCrash(
                (offset, buffer, count) -> read(array, offset, buffer, count), scratch, atomicScope(), hole::contains);
    }

    private AtomicScope atomicScope() {
        // A record is a window, which is the smaller the smaller the log: a quarter of the log holds two windows of
        // every member.
        int window = Math.min(shape.chunkLength(), LONGEST_WINDOW);
        while (window > BLOCK_LENGTH && 2L * window * shape.memberCount() > (journalLength - LONGEST_WINDOW) / 4) {
            window /= 2;
        }
        int length = window;
        return shape.isJournaled()
                ? (offset, count) -> offset / length == (offset + count - 1) / length
                : AtomicScope.NONE;
    }

    private void read(RaidArray array, long offset, UnsafeBuffer buffer, int count) {
        ByteBuffer target = BufferSlab.allocate(count).byteBuffer().slice(0, count);
        IoStatus status = await(array, callback -> array.read(target, offset, callback, 0));
        if (status != IoStatus.OK) {
            throw new IllegalStateException(
                    "cannot be read: offset=" + offset + " status=" + status + " state=" + array.state());
        }
        buffer.putBytes(0, target, 0, count);
    }

    private void flush(RaidArray array) {
        IoStatus status = await(array, callback -> array.flush(callback, 0));
        if (status != IoStatus.OK) {
            findings.add("flush failed with no fault to blame: status=" + status);
        }
    }

    /** A request, given whom to tell. */
    @FunctionalInterface
    private interface Submission {
        boolean submit(IoCallback callback);
    }

    private IoStatus await(RaidArray array, Submission submission) {
        IoStatus[] answer = new IoStatus[1];
        if (!submission.submit((token, status) -> answer[0] = status)) {
            throw new IllegalStateException("refused although nothing is in flight: " + array.state());
        }
        bench.simulation().runUntil(() -> answer[0] != null, STEP_LIMIT);
        return answer[0];
    }

    private ArrayContext context() {
        JournalMode mode = modes.nextBoolean() ? JournalMode.WRITE_BACK : JournalMode.WRITE_THROUGH;
        return bench.context(lost, UnaryOperator.identity()).run(true).journalMode(mode);
    }

    private int lostCount() {
        int count = 0;
        for (boolean each : lost) {
            count += each ? 1 : 0;
        }
        return count;
    }

    private void tell(String line) {
        story.add("  " + line);
    }

    private static String stackOf(Throwable e) {
        StringBuilder text = new StringBuilder(e.toString());
        int depth = 0;
        for (StackTraceElement element : e.getStackTrace()) {
            if (depth++ < 14) {
                text.append("\n      at ").append(element);
            }
        }
        return e.getCause() == null ? text.toString() : text + "\n    because " + stackOf(e.getCause());
    }
}
