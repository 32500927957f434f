package io.holdfast.fault.checker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.fault.checker.CheckerReport.Outcome;
import io.holdfast.fault.checker.LyingDevice.Lie;
import io.holdfast.fault.device.PowerSupply;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.fault.device.Survival;
import io.holdfast.fault.device.VanishingDevice;
import io.holdfast.fault.device.WriteErrorDevice;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The checker finds what is wrong, names it, and says where; and it finds nothing where nothing is. */
class DurabilityCheckerTest {
    private static final long DEVICE_LENGTH = 1 << 20;
    private static final int BLOCK = 4096;

    private final PowerSupply power = new PowerSupply();
    private final SimulatedDevice disk = new SimulatedDevice("s0", DEVICE_LENGTH, 512, power, 3);
    private final MemoryStore store = new MemoryStore();

    /** What each lie is called where it happened. */
    private static final Map<Lie, BlockCondition> NAMES = Map.of(
            Lie.LOST_WRITE, BlockCondition.LOST,
            Lie.MISDIRECTED_WRITE, BlockCondition.LOST,
            Lie.TORN_WRITE, BlockCondition.TORN,
            Lie.FLIPPED_BIT, BlockCondition.CORRUPT,
            Lie.OVERWRITTEN, BlockCondition.FOREIGN,
            Lie.ZEROED, BlockCondition.FOREIGN,
            Lie.STALE_READ, BlockCondition.STALE,
            Lie.MISDIRECTED_READ, BlockCondition.MISDIRECTED,
            Lie.UNREADABLE, BlockCondition.UNREADABLE);

    private CheckerReport run(BlockDevice device, Ledger ledger, long seed) {
        return CheckerRun.run(device, ledger, power, context -> context.seed(seed));
    }

    /** Fill first, so that what is lost was preceded by something of ours. */
    private Ledger filled() {
        Ledger ledger = CheckerRun.newLedger(store, disk);
        CheckerReport report = CheckerRun.run(disk, ledger, power, context -> context.operationLimit(0));
        CheckerRun.assertClean(report, "fill");
        return ledger;
    }

    @ParameterizedTest
    @EnumSource(
            value = Lie.class,
            names = {"LYING_FLUSH"},
            mode = EnumSource.Mode.EXCLUDE)
    void shouldNameEachLieOfADeviceThatIsNotInterrupted(Lie lie) {
        for (long seed = 0; seed < 20; seed++) {
            Ledger ledger = filled();
            LyingDevice liar = new LyingDevice(disk, lie, 40 + seed);
            CheckerReport report = run(liar, ledger, seed);
            assertTrue(liar.hasLied());
            List<BlockFinding> findings = report.findings();
            // Written over before anybody looked, a lie is nothing that a checker could know.
            if (findings.isEmpty()) {
                continue;
            }
            boolean isNamed = findings.stream()
                    .anyMatch(finding ->
                            finding.condition() == NAMES.get(lie) && finding.offset() / BLOCK * BLOCK == liar.victim());
            boolean isElsewhere = lie == Lie.MISDIRECTED_WRITE
                    && findings.stream()
                            .anyMatch(finding -> finding.condition() == BlockCondition.MISDIRECTED
                                    && finding.offset() / BLOCK * BLOCK == liar.elsewhere()
                                    && finding.detail().contains("of offset " + liar.victim()));
            if (isNamed || isElsewhere) {
                return;
            }
        }
        throw new AssertionError("never named: " + lie);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNameBothVictimsOfAMisdirectedWrite(boolean isInterrupted) {
        Ledger ledger = filled();
        LyingDevice liar = new LyingDevice(disk, Lie.MISDIRECTED_WRITE, 0);
        // The very first whole-block write goes astray, and nothing is written after it.
        CheckerReport report = null;
        for (long seed = 0; !liar.hasLied(); seed++) {
            long loadSeed = seed;
            report = CheckerRun.run(
                    liar, ledger, power, context -> context.seed(loadSeed).operationLimit(1));
        }
        if (isInterrupted) {
            ledger.close();
            report = CheckerRun.run(disk, Ledger.open(store), power, context -> context.isVerifyOnly(true));
        }
        assertEquals(
                Map.of(BlockCondition.LOST, 1L, BlockCondition.MISDIRECTED, 1L), report.conditions(), report::toString);
        assertEquals(2, report.findings().size());
        for (BlockFinding finding : report.findings()) {
            boolean isTarget = finding.condition() == BlockCondition.MISDIRECTED;
            assertEquals(isTarget ? liar.elsewhere() : liar.victim(), finding.offset());
            assertEquals(BLOCK, finding.length());
        }
    }

    @Test
    void shouldFindWhatALyingFlushLost() {
        Ledger ledger = filled();
        LyingDevice liar = new LyingDevice(disk, Lie.LYING_FLUSH, 0);
        CheckerReport before = run(liar, ledger, 5);
        CheckerRun.assertClean(before, "as long as the power is on nobody can tell");
        ledger.close();
        power.cutNow(Cut.POWER);
        PowerSupply next = new PowerSupply();
        SimulatedDevice survivor = disk.powerOn(next, Survival.NONE, 1);
        CheckerReport report =
                CheckerRun.run(survivor, Ledger.open(store), next, context -> context.isVerifyOnly(true));
        assertTrue(report.findingCount() > 20, report::toString);
        assertTrue(report.conditions().containsKey(BlockCondition.LOST), report::toString);
        assertTrue(report.conditions().containsKey(BlockCondition.STALE), report::toString);
    }

    @Test
    void shouldTellTheSameTwiceWhenAskedTwice() {
        shouldFindWhatALyingFlushLost();
        PowerSupply next = new PowerSupply();
        SimulatedDevice survivor = disk.powerOn(next, Survival.NONE, 1);
        CheckerReport once = CheckerRun.run(survivor, Ledger.open(store), next, context -> context.isVerifyOnly(true));
        CheckerReport twice = CheckerRun.run(survivor, Ledger.open(store), next, context -> context.isVerifyOnly(true));
        assertEquals(once.conditions(), twice.conditions());
        assertTrue(once.findingCount() > 0);
    }

    @Test
    void shouldGoOnAfterAFindingAndBeCleanOnceTheDeviceIsHonest() {
        shouldFindWhatALyingFlushLost();
        PowerSupply next = new PowerSupply();
        SimulatedDevice survivor = disk.powerOn(next, Survival.NONE, 1);
        Ledger ledger = Ledger.open(store);
        CheckerReport found = CheckerRun.run(survivor, ledger, next, context -> context.seed(8));
        assertTrue(found.findingCount() > 0);
        assertEquals(Outcome.COMPLETE, found.outcome());
        ledger.close();
        CheckerRun.assertClean(
                CheckerRun.run(survivor, Ledger.open(store), next, context -> context.isVerifyOnly(true)),
                "written over");
    }

    @Test
    void shouldHoldADeviceToItsAnswersOnlyWhereAsked() {
        PowerSupply local = new PowerSupply();
        SimulatedDevice device = new SimulatedDevice("s1", DEVICE_LENGTH, 512, local, 3);
        Ledger ledger = CheckerRun.newLedger(store, device);
        CheckerRun.run(device, ledger, local, context -> context.operationLimit(0));
        local.cutAfter(Cut.POWER, 900);
        assertEquals(null, CheckerRun.run(device, ledger, local, context -> context.seed(2)));
        ledger.close();
        PowerSupply next = new PowerSupply();
        SimulatedDevice survivor = device.powerOn(next, Survival.NONE, 1);
        byte[] kept = store.contents();

        CheckerReport strict = CheckerRun.run(survivor, Ledger.open(store), next, context -> context.isVerifyOnly(true)
                .promise(Promise.ANSWERED));
        assertTrue(strict.findingCount() > 0);
        MemoryStore again = new MemoryStore();
        again.append(ByteBuffer.wrap(kept));
        CheckerReport usual = CheckerRun.run(survivor, Ledger.open(again), next, context -> context.isVerifyOnly(true));
        CheckerRun.assertClean(usual, "nothing flushed was lost");
        assertTrue(usual.undoneCount() > 0, usual::toString);
    }

    @Test
    void shouldCallContentsOfTheFutureForeign() {
        Ledger ledger = filled();
        byte[] early = store.contents();
        CheckerRun.assertClean(run(disk, ledger, 1), "load");
        MemoryStore old = new MemoryStore();
        old.append(ByteBuffer.wrap(early));
        CheckerReport report = CheckerRun.run(disk, Ledger.open(old), power, context -> context.isVerifyOnly(true));
        assertTrue(report.conditions().containsKey(BlockCondition.FOREIGN), report::toString);
    }

    @Test
    void shouldCallContentsOfAnotherRunForeign() {
        Ledger ledger = filled();
        CheckerRun.assertClean(run(disk, ledger, 1), "load");
        MemoryStore otherStore = new MemoryStore();
        Ledger other = Ledger.create(otherStore, 99, CheckedArea.of(disk.geometry(), CheckedArea.LENGTH_DEFAULT));
        CheckerRun.assertClean(CheckerRun.run(disk, other, power, context -> context.seed(4)), "another run");
        ledger.close();
        CheckerReport report = CheckerRun.run(disk, Ledger.open(store), power, context -> context.isVerifyOnly(true));
        assertTrue(report.conditions().get(BlockCondition.FOREIGN) > 0, report::toString);
        // Where nothing of ours had been before, the one write that had to be there is missed instead.
        assertTrue(report.conditions().get(BlockCondition.LOST) > 0, report::toString);
        assertTrue(report.findings().get(0).detail().contains("another run"), report::toString);
    }

    @Test
    void shouldAdmitOldOrNewAfterAFailedWrite() {
        WriteErrorDevice failing = new WriteErrorDevice(disk, 7);
        Ledger ledger = filled();
        failing.failNextWrites(20, 60);
        CheckerReport report = run(failing, ledger, 9);
        CheckerRun.assertClean(report, "failed writes");
        assertEquals(60, report.errorCount());
    }

    @Test
    void shouldGiveUpOnADeviceWhoseFlushesFail() {
        WriteErrorDevice failing = new WriteErrorDevice(disk, 7);
        failing.failsFlushes(true);
        CheckerReport report = run(failing, CheckerRun.newLedger(store, disk), 9);
        assertEquals(Outcome.NO_FLUSH, report.outcome());
    }

    @Test
    void shouldEndWhenTheDeviceGoesAndJudgeWhenItIsBack() {
        VanishingDevice vanishing = new VanishingDevice(disk);
        Ledger ledger = filled();
        CheckerListener listener = new CheckerListener() {
            @Override
            public void onProgress(CheckerReport report) {
                if (report.writeCount() > 0) {
                    vanishing.vanish();
                }
            }
        };
        CheckerReport report = CheckerRun.run(vanishing, ledger, power, context -> context.operationLimit(5_000)
                .listener(listener));
        assertEquals(Outcome.DEVICE_GONE, report.outcome());
        CheckerRun.assertClean(report, "until it went");
        ledger.close();
        CheckerReport back = CheckerRun.run(disk, Ledger.open(store), power, context -> context.seed(5));
        CheckerRun.assertClean(back, "when it is back");
        assertEquals(Outcome.COMPLETE, back.outcome());
    }

    @Test
    void shouldWriteNothingWhenOnlyLooking() {
        Ledger ledger = filled();
        ledger.close();
        UnsafeBuffer buffer = BufferSlab.allocate(BLOCK);
        disk.read(0, buffer, 0, BLOCK);
        long boundary = power.boundaryCount();
        CheckerReport report = CheckerRun.run(disk, Ledger.open(store), power, context -> context.isVerifyOnly(true));
        assertEquals(0, report.writeCount() + report.zeroesCount());
        assertEquals(report.blockCount(), DEVICE_LENGTH / BLOCK);
        assertTrue(power.boundaryCount() > boundary);
    }

    @Test
    void shouldCheckStretchesOfALargeDeviceToItsLastBlock() {
        try (BlockDevice large = new MemoryBlockDevice("large", (1L << 40) + 4096)) {
            CheckedArea area = CheckedArea.of(large.geometry(), 64 * 16 * BLOCK);
            assertEquals(64 * 16 * BLOCK, area.length());
            assertEquals(0, area.offset(0));
            assertEquals(large.geometry().length() - 512, area.offset(area.unitCount() - 1));
            Ledger ledger = Ledger.create(store, 1, area);
            CheckerReport report = run(large, ledger, 6);
            CheckerRun.assertClean(report, "large");
            assertEquals(Outcome.COMPLETE, report.outcome());
        }
    }

    @Test
    void shouldEndInOrderWhenToldToStop() {
        Ledger ledger = CheckerRun.newLedger(store, disk);
        DurabilityChecker[] checker = new DurabilityChecker[1];
        ManualLoop loop = new ManualLoop("checker");
        checker[0] = new DurabilityChecker(
                new CheckerContext().device(disk).ledger(ledger).loop(loop));
        loop.start(checker[0]);
        for (int round = 0; !checker[0].completion().isDone(); round++) {
            assertTrue(round < 1_000_000);
            if (round == 2_000) {
                checker[0].stop();
            }
            loop.doWork();
        }
        CheckerReport report = checker[0].completion().join();
        assertEquals(Outcome.COMPLETE, report.outcome());
        CheckerRun.assertClean(report, "stopped");
        assertTrue(report.writeCount() > 50 && report.readCount() > 0, report::toString);
        loop.close();
    }

    @Test
    void shouldRefuseTheLedgerOfAnotherDevice() {
        Ledger ledger = filled();
        try (BlockDevice other = new MemoryBlockDevice("other", 2 * DEVICE_LENGTH)) {
            LedgerException refusal = assertThrows(LedgerException.class, () -> run(other, ledger, 1));
            assertTrue(refusal.getMessage().contains("other"), refusal.getMessage());
            assertFalse(refusal.getMessage().isBlank());
        }
    }
}
