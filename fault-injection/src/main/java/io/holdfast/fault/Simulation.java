package io.holdfast.fault;

import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.fault.device.PowerLoss;
import io.holdfast.fault.device.PowerSupply;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.fault.device.Survival;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * The whole world of an array on one thread: its loops, its clock, its devices and its luck, all from one 64-bit seed.
 *
 * <p>The engine's agents are the ones that run in production; only who calls them is different. Each {@link #step} picks one
 * agent and calls it once, and lets a little time pass. Now and then one agent is left waiting for a stretch, because a thread
 * that was not scheduled is how most orderings that nobody thought of come about. The same seed gives the same history, which
 * {@link #traceHash} makes easy to compare.
 *
 * <p>When the power is cut, agents are not called any more, as if the process had ended; {@link #restart} forgets them and
 * gives the next life its own loops and power. Not thread-safe.
 */
public final class Simulation implements AutoCloseable {
    /** The seed that {@code -Dholdfast.seed=} asks for; tests that draw their own replay a failure with it. */
    public static final String SEED_PROPERTY = "holdfast.seed";

    private static final long START_MS = 1_700_000_000_000L;
    private static final int LONGEST_STEP_NS = 20_000;
    private static final int LONGEST_NEGLECT_STEPS = 200;
    private static final int QUIET_ROUNDS = 2;
    private static final int LONGEST_QUIET_TICKS = 5_000;

    private final long seed;
    private final SplittableRandom random;
    private SplittableRandom schedule;
    private final SimulatedClock clock = new SimulatedClock(START_MS);
    private final List<ManualLoop> loops = new ArrayList<>();
    private PowerSupply power = new PowerSupply();
    private long stepCount;
    private long traceHash;
    private int neglected = -1;
    private int neglectSteps;

    /**
     * A world in which nothing exists yet.
     *
     * @param seed of everything.
     */
    public Simulation(long seed) {
        this.seed = seed;
        random = new SplittableRandom(seed);
        schedule = random.split();
        traceHash = seed;
    }

    /** Where everything came from. */
    public long seed() {
        return seed;
    }

    /** Luck for whoever sets the scene; the schedule draws from a source of its own. */
    public SplittableRandom random() {
        return random;
    }

    /** Time, which passes a little with every step. */
    public SimulatedClock clock() {
        return clock;
    }

    /** What the devices of this life run on. */
    public PowerSupply power() {
        return power;
    }

    /** Agents called so far. */
    public long stepCount() {
        return stepCount;
    }

    /** A number that is equal for two runs if, in all likelihood, the runs were. */
    public long traceHash() {
        return traceHash ^ power.boundaryCount();
    }

    /**
     * Draw the order of agents from another seed from now on, so that what comes next depends on what is there and not on how
     * often chance was asked before.
     *
     * @param scheduleSeed of it.
     */
    public void reschedule(long scheduleSeed) {
        schedule = new SplittableRandom(scheduleSeed);
        neglected = -1;
        neglectSteps = 0;
    }

    /**
     * Take something that happened into the {@link #traceHash}.
     *
     * @param value that stands for it.
     */
    public void trace(long value) {
        traceHash = (traceHash ^ value) * 0x100000001B3L + (value >>> 32);
    }

    /**
     * A loop whose agents the simulation calls.
     *
     * @param name for logs.
     * @return the loop, which may be closed by its user or left to the simulation.
     */
    public IoLoop newLoop(String name) {
        ManualLoop loop = new ManualLoop(name);
        loops.add(loop);
        return loop;
    }

    /**
     * An empty device on this world's power.
     *
     * @param name               how people know it.
     * @param length             in bytes.
     * @param logicalBlockLength in bytes, 512 or 4096.
     * @return the device.
     */
    public SimulatedDevice newDevice(String name, long length, int logicalBlockLength) {
        return new SimulatedDevice(name, length, logicalBlockLength, power, random.nextLong());
    }

    /**
     * A device as it is found after the last cut, on the present power.
     *
     * @param device   that was on the power that was cut.
     * @param survival decides about what was not flushed.
     * @return the surviving device.
     */
    public SimulatedDevice powerOn(SimulatedDevice device, Survival survival) {
        return device.powerOn(power, survival, random.nextLong());
    }

    /** Begin the next life: what ran is forgotten without being closed, as by a crash, and there is power again. */
    public void restart() {
        power.cutNow(PowerSupply.Cut.PROCESS);
        loops.clear();
        power = new PowerSupply();
        neglected = -1;
        neglectSteps = 0;
    }

    /**
     * Call one agent once.
     *
     * @return the work it says it did; 0 when there is no agent or no power.
     */
    public int step() {
        int count = agentCount();
        if (count == 0 || !power.isOn()) {
            return 0;
        }
        return call(pick(count));
    }

    /**
     * Step until something has come about.
     *
     * @param isDone    asked after every step.
     * @param stepLimit the most steps to take.
     * @return true when it has; false when the power was cut first.
     * @throws SimulationStuckException when the limit is reached, or nothing moves and no passing of time changes that.
     */
    public boolean runUntil(BooleanSupplier isDone, long stepLimit) {
        long limit = stepCount + stepLimit;
        int quietTicks = 0;
        int quietRounds = 0;
        while (power.isOn()) {
            if (isDone.getAsBoolean()) {
                return true;
            }
            if (stepCount >= limit) {
                throw stuck("agents are busy without an end", stepLimit);
            }
            int workCount = 0;
            for (int i = agentCount(); i >= 0 && power.isOn() && !isDone.getAsBoolean(); i--) {
                workCount += step();
            }
            if (workCount > 0) {
                quietRounds = 0;
                quietTicks = 0;
            } else if (++quietRounds >= QUIET_ROUNDS && isQuiet()) {
                // Nobody has anything to do: only time can change that.
                clock.advanceNs(IoLoop.TICK_NS);
                if (++quietTicks > LONGEST_QUIET_TICKS && !isDone.getAsBoolean()) {
                    throw stuck("nothing moves", stepLimit);
                }
            }
        }
        return false;
    }

    /**
     * Step until no agent has anything to do and nothing is in flight.
     *
     * @param stepLimit the most steps to take.
     * @return true when all is quiet; false when the power was cut first.
     * @throws SimulationStuckException when the limit is reached.
     */
    public boolean runUntilQuiet(long stepLimit) {
        long limit = stepCount + stepLimit;
        while (power.isOn()) {
            if (isQuiet()) {
                return power.isOn();
            }
            if (stepCount >= limit) {
                throw stuck("agents are busy without an end", stepLimit);
            }
            step();
        }
        return false;
    }

    @Override
    public void close() {
        restart();
    }

    @Override
    public String toString() {
        return "Simulation{seed=" + seed + " stepCount=" + stepCount + " elapsedNs=" + clock.elapsedNs() + "}";
    }

    /** Call every agent once; quiet is when none of them did anything and the devices owe nobody an answer. */
    private boolean isQuiet() {
        int workCount = 0;
        for (int i = 0; i < agentCount() && power.isOn(); i++) {
            workCount += call(i);
        }
        return workCount == 0 && power.inFlightCount() == 0;
    }

    private int agentCount() {
        int count = 0;
        for (ManualLoop loop : loops) {
            count += loop.agentCount();
        }
        return count;
    }

    private int pick(int count) {
        if (neglectSteps > 0) {
            neglectSteps--;
        } else if (schedule.nextInt(LONGEST_NEGLECT_STEPS) == 0) {
            neglected = schedule.nextInt(count);
            neglectSteps = schedule.nextInt(LONGEST_NEGLECT_STEPS);
        } else {
            neglected = -1;
        }
        int picked = schedule.nextInt(count);
        return picked == neglected ? (picked + 1) % count : picked;
    }

    private int call(int index) {
        stepCount++;
        clock.advanceNs(schedule.nextInt(LONGEST_STEP_NS));
        int rest = index;
        for (ManualLoop loop : loops) {
            if (rest < loop.agentCount()) {
                int workCount = call(loop, rest);
                traceHash = (traceHash ^ index) * 0x100000001B3L + workCount;
                return workCount;
            }
            rest -= loop.agentCount();
        }
        return 0;
    }

    private int call(ManualLoop loop, int index) {
        try {
            return loop.doWork(index);
        } catch (PowerLoss e) {
            // The agent's thread ended in the middle of a blocking operation, and with it the process.
            return 0;
        }
    }

    private SimulationStuckException stuck(String what, long stepLimit) {
        StringBuilder roles = new StringBuilder();
        for (ManualLoop loop : loops) {
            for (int i = 0; i < loop.agentCount(); i++) {
                roles.append(' ').append(loop.agent(i).roleName());
            }
        }
        return new SimulationStuckException(what + ": " + this + " stepLimit=" + stepLimit + " inFlightCount="
                + power.inFlightCount() + " agents=" + roles);
    }
}
