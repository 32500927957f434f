package io.holdfast.fault.checker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.fault.ArrayBench;
import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.Simulation;
import io.holdfast.fault.device.PowerLoss;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SeededSurvival;
import io.holdfast.raid.RaidArray;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The checker on the production engine in the simulation, through power cuts: with a journal an array is held to all that it
 * answered, also when members are lost with the power.
 */
class ArrayCheckTest {
    private static final int LIFE_COUNT = 6;
    private static final int CHUNK = 16 << 10;
    private static final long STEPS = 20_000_000;

    @ParameterizedTest
    @CsvSource({"4, true", "5, true", "6, true", "5, false", "6, false"})
    void anArrayShouldKeepWhatItPromised(int level, boolean isJournaled) {
        int cutCount = 0;
        for (long seed = 0; seed < 2; seed++) {
            cutCount += live(seed, level, isJournaled, UnaryOperator.identity());
        }
        assertTrue(cutCount > 3, "the cuts were meant to fall into the load: cutCount=" + cutCount);
    }

    /** Returns how often the power was cut before the checker had ended. */
    private static int live(long seed, int level, boolean isJournaled, UnaryOperator<BlockDevice> wrap) {
        SplittableRandom random = new SplittableRandom(seed);
        int memberCount = level == 6 ? 5 : 4;
        ArrayShape shape = new ArrayShape(level, level == 4 ? 0 : 2, memberCount, CHUNK, 6, isJournaled, 512, 1, true);
        Simulation simulation = new Simulation(seed);
        ArrayBench bench = new ArrayBench(simulation, shape, 4 << 20);
        boolean[] without = new boolean[memberCount];
        MemoryStore store = new MemoryStore();
        Ledger ledger = null;
        int cutCount = 0;
        for (int life = 0; life < LIFE_COUNT; life++) {
            String label = "seed=" + seed + " life=" + life;
            try {
                simulation.power().cutAfter(Cut.POWER, random.nextInt(2_500));
                RaidArray array =
                        RaidArray.assemble(bench.context(without, wrap).run(true));
                ArrayDevice device = new ArrayDevice(array, 512);
                if (ledger == null) {
                    ledger = CheckerRun.newLedger(store, device);
                }
                CheckerReport report = run(simulation, device, ledger, random.nextLong(), isJournaled);
                if (report == null) {
                    cutCount++;
                } else {
                    CheckerRun.assertClean(report, label);
                    assertEquals(CheckerReport.Outcome.COMPLETE, report.outcome(), label);
                }
            } catch (PowerLoss cutWhileAssembling) {
                cutCount++;
            }
            simulation.power().cutNow(Cut.POWER);
            bench.powerOn(new SeededSurvival(random.nextLong()));
            if (isJournaled && life == 2) {
                // From here on the array is degraded, which a write hole would show.
                without[random.nextInt(memberCount)] = true;
            }
            if (ledger != null) {
                ledger.close();
                ledger = Ledger.open(store);
            }
        }
        return cutCount;
    }

    private static CheckerReport run(
            Simulation simulation, ArrayDevice device, Ledger ledger, long seed, boolean isJournaled) {
        IoLoop loop = simulation.newLoop("checker");
        DurabilityChecker checker = new DurabilityChecker(new CheckerContext()
                .device(device)
                .ledger(ledger)
                .loop(loop)
                .seed(seed)
                .promise(isJournaled ? Promise.ANSWERED : Promise.FLUSHED)
                .depth(6)
                .transferLength(32 << 10)
                .operationLimit(150));
        loop.start(checker);
        return simulation.runUntil(() -> checker.completion().isDone(), STEPS)
                ? checker.completion().join()
                : null;
    }
}
