package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.fault.device.Survival;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private static final int BLOCK = 4096;

    @Test
    void shouldRepeatItselfForTheSameSeedAndNotForAnother() {
        assertEquals(history(5), history(5));
        assertNotEquals(history(5), history(6));
    }

    @Test
    void shouldRunUntilEverythingInFlightHasEnded() {
        Simulation simulation = new Simulation(1);
        Chain chain = new Chain(simulation, 10);
        assertTrue(simulation.runUntilQuiet(100_000));
        assertEquals(10, chain.completions.size());
        assertEquals(0, simulation.power().inFlightCount());
    }

    @Test
    void shouldStopAtACutAndStartAnewOnWhatIsLeft() {
        Simulation simulation = new Simulation(2);
        Chain chain = new Chain(simulation, 10);
        simulation.power().cutAfter(Cut.POWER, 12);
        assertFalse(simulation.runUntilQuiet(100_000));
        assertTrue(chain.completions.size() < 10);
        assertEquals(0, simulation.step());
        simulation.restart();
        SimulatedDevice after = simulation.powerOn(chain.device, Survival.ALL);
        after.flush();
        assertTrue(simulation.runUntilQuiet(10));
    }

    @Test
    void shouldTellARunInCirclesFromRest() {
        Simulation simulation = new Simulation(3);
        simulation.newLoop("busy").start(agent(() -> 1));
        SimulationStuckException e =
                assertThrows(SimulationStuckException.class, () -> simulation.runUntilQuiet(10_000));
        assertTrue(e.getMessage().contains("seed=3") && e.getMessage().contains("test-agent"), e::getMessage);
        assertThrows(SimulationStuckException.class, () -> simulation.runUntil(() -> false, 10_000));
    }

    @Test
    void shouldNoticeThatNothingMovesAnyMore() {
        Simulation simulation = new Simulation(4);
        simulation.newLoop("idle").start(agent(() -> 0));
        assertThrows(SimulationStuckException.class, () -> simulation.runUntil(() -> false, Long.MAX_VALUE / 2));
    }

    @Test
    void shouldLetTimePassForAnAgentThatWaitsForIt() {
        Simulation simulation = new Simulation(5);
        long alarmNs = 30_000_000_000L;
        boolean[] rang = new boolean[1];
        simulation.newLoop("timed").start(agent(() -> {
            if (!rang[0] && simulation.clock().elapsedNs() >= alarmNs) {
                rang[0] = true;
                return 1;
            }
            return 0;
        }));
        assertTrue(simulation.runUntil(() -> rang[0], 1_000_000));
        assertTrue(simulation.clock().elapsedNs() < alarmNs + 2 * IoLoop.TICK_NS);
    }

    private static List<Object> history(long seed) {
        Simulation simulation = new Simulation(seed);
        Chain a = new Chain(simulation, 20);
        Chain b = new Chain(simulation, 20);
        simulation.runUntilQuiet(100_000);
        return List.of(
                a.completions,
                b.completions,
                simulation.traceHash(),
                simulation.stepCount(),
                simulation.clock().elapsedNs());
    }

    private static Agent agent(IntSupplier work) {
        return new Agent() {
            @Override
            public int doWork() {
                return work.getAsInt();
            }

            @Override
            public String roleName() {
                return "test-agent";
            }
        };
    }

    /** Keeps a few writes in flight until so many have completed. */
    private static final class Chain implements Agent {
        private final List<String> completions = new ArrayList<>();
        private final UnsafeBuffer buffer = BufferSlab.allocate(BLOCK);
        private final Simulation simulation;
        private final SimulatedDevice device;
        private final IoChannel channel;
        private int left;

        private Chain(Simulation simulation, int count) {
            this.simulation = simulation;
            device = simulation.newDevice("d", 1 << 20, 512);
            IoLoop loop = simulation.newLoop("chain");
            channel = device.openChannel(loop, 3);
            left = count;
            loop.start(this);
        }

        @Override
        public int doWork() {
            int workCount = 0;
            while (left > 0 && channel.outstanding() < channel.capacity()) {
                channel.write((long) left * BLOCK, buffer, 0, BLOCK, left--);
                workCount++;
            }
            return workCount + channel.poll(this::onCompletion);
        }

        private void onCompletion(long token, IoStatus status) {
            completions.add(token + "@" + simulation.stepCount() + " " + status);
        }

        @Override
        public String roleName() {
            return "chain";
        }
    }
}
