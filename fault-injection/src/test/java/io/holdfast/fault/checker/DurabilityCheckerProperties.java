package io.holdfast.fault.checker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.checker.CheckerReport.Outcome;
import io.holdfast.fault.device.PowerSupply;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SeededSurvival;
import io.holdfast.fault.device.SimulatedDevice;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * On a device that keeps its promises the checker never complains: whatever power cuts and kills there are, during whichever
 * stage, and whether or not the checker's own machine was cut off with it.
 */
class DurabilityCheckerProperties {
    private static final int LIFE_COUNT = 5;
    private static final long DEVICE_LENGTH = 512 << 10;

    private static int cutCount;
    private static long undoneCount;
    private static long writeCount;

    @Property(tries = 50, shrinking = ShrinkingMode.OFF)
    void shouldNeverComplainOfAnHonestDevice(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int blockLength = random.nextBoolean() ? 512 : 4096;
        PowerSupply power = new PowerSupply();
        SimulatedDevice device = new SimulatedDevice("s0", DEVICE_LENGTH, blockLength, power, random.nextLong());
        MemoryStore store = new MemoryStore();
        Ledger ledger = CheckerRun.newLedger(store, device);
        for (int life = 0; life < LIFE_COUNT; life++) {
            Cut cut = random.nextInt(3) == 0 ? Cut.PROCESS : Cut.POWER;
            power.cutAfter(cut, random.nextInt(3_000));
            long loadSeed = random.nextLong();
            CheckerReport report = CheckerRun.run(device, ledger, power, context -> context.seed(loadSeed));
            if (report != null) {
                CheckerRun.assertClean(report, "seed=" + seed + " life=" + life);
                assertEquals(Outcome.COMPLETE, report.outcome());
                undoneCount += report.undoneCount();
            }
            power.cutNow(cut);
            cutCount++;
            power = new PowerSupply();
            device = device.powerOn(power, new SeededSurvival(random.nextLong()), random.nextLong());
            boolean isOursCutOff = random.nextBoolean();
            store = isOursCutOff ? store.afterCut(random.nextInt(101)) : store;
            if (!isOursCutOff) {
                ledger.close();
            }
            ledger = Ledger.open(store);
        }
        CheckerReport last = CheckerRun.run(device, ledger, power, context -> context.isVerifyOnly(true));
        CheckerRun.assertClean(last, "seed=" + seed + " at the end");
        writeCount += ledger.writeCount();
    }

    /** What was killed, and not cut off from its power, has kept all that it answered. */
    @Property(tries = 20, shrinking = ShrinkingMode.OFF)
    void shouldHoldAKilledDeviceToItsAnswers(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PowerSupply power = new PowerSupply();
        SimulatedDevice device = new SimulatedDevice("s0", DEVICE_LENGTH, 512, power, random.nextLong());
        MemoryStore store = new MemoryStore();
        Ledger ledger = CheckerRun.newLedger(store, device);
        for (int life = 0; life < LIFE_COUNT; life++) {
            power.cutAfter(Cut.PROCESS, random.nextInt(3_000));
            long loadSeed = random.nextLong();
            CheckerReport report = CheckerRun.run(
                    device, ledger, power, context -> context.seed(loadSeed).promise(Promise.ANSWERED));
            if (report != null) {
                CheckerRun.assertClean(report, "seed=" + seed + " life=" + life);
                assertEquals(0, report.undoneCount());
            }
            power.cutNow(Cut.PROCESS);
            power = new PowerSupply();
            device = device.powerOn(power, new SeededSurvival(random.nextLong()), random.nextLong());
            ledger.close();
            ledger = Ledger.open(store);
        }
        CheckerRun.assertClean(
                CheckerRun.run(device, ledger, power, context -> context.isVerifyOnly(true)
                        .promise(Promise.ANSWERED)),
                "seed=" + seed + " at the end");
    }

    @AfterContainer
    static void tellWhatWasTried() {
        assertTrue(undoneCount > 0, "no power cut ever took back what a device may take back");
        System.out.println("cuts=" + cutCount + " writes=" + writeCount + " undoneUnits=" + undoneCount);
    }
}
