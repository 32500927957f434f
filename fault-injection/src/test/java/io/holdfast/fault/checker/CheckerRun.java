package io.holdfast.fault.checker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.fault.device.PowerSupply;
import java.util.function.Consumer;

/** Runs a checker on one thread, until it ends or the power is cut. */
final class CheckerRun {
    static final long RUN = 0x5EED;
    private static final int ROUND_LIMIT = 2_000_000;

    private CheckerRun() {}

    static Ledger newLedger(MemoryStore store, BlockDevice device) {
        return Ledger.create(store, RUN, CheckedArea.of(device.geometry(), CheckedArea.LENGTH_DEFAULT));
    }

    /** Returns null when the power was cut first. */
    static CheckerReport run(BlockDevice device, Ledger ledger, PowerSupply power, Consumer<CheckerContext> settings) {
        ManualLoop loop = new ManualLoop("checker");
        CheckerContext context = new CheckerContext()
                .device(device)
                .ledger(ledger)
                .loop(loop)
                .depth(8)
                .transferLength(64 << 10)
                .operationLimit(400);
        settings.accept(context);
        DurabilityChecker checker = new DurabilityChecker(context);
        loop.start(checker);
        for (int round = 0; !checker.completion().isDone(); round++) {
            assertTrue(round < ROUND_LIMIT, "the checker is stuck");
            loop.doWork();
            if (!power.isOn()) {
                return null;
            }
        }
        CheckerReport report = checker.completion().join();
        loop.close();
        return report;
    }

    static void assertClean(CheckerReport report, String label) {
        assertEquals(0, report.findingCount(), () -> label + " " + report);
    }
}
