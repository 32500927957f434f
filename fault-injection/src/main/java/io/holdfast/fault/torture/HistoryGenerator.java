package io.holdfast.fault.torture;

import io.holdfast.fault.ArrayBench;
import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.JournalUse;
import io.holdfast.fault.torture.Step.Action;
import io.holdfast.raid.JournalLossPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Draws histories. The same seed and settings give the same history on every machine. */
public final class HistoryGenerator {
    private static final int BLOCK_LENGTH = 4096;
    private static final int SECTOR_LENGTH = 512;
    private static final int LONGEST_REQUEST = 1 << 19;
    private static final int LONGEST_PAUSE = 60;
    private static final int JOURNAL_ONE_IN = 6;
    private static final int METADATA_ONE_IN = 8;
    private static final int MODE_ONE_IN = 40;
    private static final long LONGEST_CLOCK_MS = 60_000;
    private static final long LONGEST_STUCK_MS = 40_000;

    /** What a step that injects nothing does, and how often compared with the others. */
    private static final Object[][] WEIGHTS = {
        {Action.WRITE, 400},
        {Action.FUA, 60},
        {Action.ZERO, 40},
        {Action.DISCARD, 30},
        {Action.READ, 220},
        {Action.FLUSH, 70},
        {Action.SETTLE, 30},
        {Action.CLOCK, 30},
        {Action.CHECK, 12},
        {Action.REPAIR, 10},
        {Action.RESTART, 15},
        {Action.HEAL, 30},
        {Action.REPLACE, 40},
        {Action.VERIFY, 13},
    };

    private static final int WEIGHT_SUM = weightSum();

    private final SplittableRandom random;
    private final SplittableRandom modes;
    private final ArrayShape shape;
    private final JournalUse journal;
    private final FaultPlan faults;
    private final long arrayLength;
    private final long journalLength;
    private final long hotOffset;

    private HistoryGenerator(
            SplittableRandom random,
            SplittableRandom modes,
            ArrayShape shape,
            JournalUse journal,
            FaultPlan faults,
            long journalLength) {
        this.random = random;
        this.modes = modes;
        this.shape = shape;
        this.journal = journal;
        this.faults = faults;
        this.journalLength = journalLength;
        arrayLength = shape.layout().arrayLength();
        // Half of the requests meet in one place, so that windows are fought over and parity is updated again and
        // again.
        hotOffset = random.nextLong(arrayLength);
    }

    /**
     * Draw a history.
     *
     * @param seed     of everything.
     * @param settings what is not to be drawn.
     * @return the history, whole.
     */
    public static History generate(long seed, TortureSettings settings) {
        SplittableRandom random = new SplittableRandom(seed);
        FaultPlan faults = settings.drawFaults(random.split());
        ArrayShape shape = settings.drawShape(random.split(), faults);
        long journalLength = 1L << (19 + random.nextInt(4));
        // Chance of its own, so that what a seed means otherwise does not depend on the mode.
        SplittableRandom modes = new SplittableRandom(~seed);
        JournalUse journal = settings.drawJournal(modes, shape);
        HistoryGenerator generator = new HistoryGenerator(random, modes, shape, journal, faults, journalLength);
        List<Step> steps = new ArrayList<>();
        for (int index = 0; index < settings.stepCount(); index++) {
            steps.add(generator.draw(index));
        }
        JournalLossPolicy onJournalLoss = new SplittableRandom(~seed * 31).nextBoolean()
                ? JournalLossPolicy.CONTINUE
                : JournalLossPolicy.READ_ONLY;
        return new History(seed, settings, shape, journal, onJournalLoss, journalLength, faults, steps, steps);
    }

    private Step draw(int index) {
        double chance = random.nextDouble();
        for (FaultKind kind : FaultKind.values()) {
            if (faults.has(kind) && !kind.belongsToCuts()) {
                chance -= faults.rate(kind);
                if (chance < 0) {
                    return fault(index, kind);
                }
            }
        }
        Step step = ordinary(index, drawAction());
        if (journal == JournalUse.CHANGING && modes.nextInt(MODE_ONE_IN) == 0) {
            return new Step(index, Action.MODE, null, 0, 0, 0, modes.nextInt(2), step.pause(), step.seed());
        }
        return step;
    }

    private Action drawAction() {
        int rest = random.nextInt(WEIGHT_SUM);
        for (Object[] weight : WEIGHTS) {
            rest -= (Integer) weight[1];
            if (rest < 0) {
                return (Action) weight[0];
            }
        }
        throw new IllegalStateException("weights do not add up: sum=" + WEIGHT_SUM);
    }

    private static int weightSum() {
        int sum = 0;
        for (Object[] weight : WEIGHTS) {
            sum += (Integer) weight[1];
        }
        return sum;
    }

    private Step ordinary(int index, Action action) {
        int device = random.nextInt(shape.memberCount());
        long offset = 0;
        int length = 0;
        long amount = 0;
        switch (action) {
            case WRITE, FUA, ZERO, DISCARD, READ -> {
                length = drawLength(action);
                offset = drawOffset(length);
            }
            case CLOCK -> amount = 1 + random.nextLong(random.nextBoolean() ? 300 : LONGEST_CLOCK_MS);
            case HEAL -> {
                if (shape.isJournaled() && random.nextInt(JOURNAL_ONE_IN) == 0) {
                    device = Step.JOURNAL;
                }
            }
            default -> {}
        }
        return step(index, action, null, device, offset, length, amount);
    }

    private Step fault(int index, FaultKind kind) {
        int device = drawDevice(kind);
        long space = device == Step.JOURNAL ? journalLength : shape.memberLength();
        long offset = 0;
        int length = 0;
        long amount = random.nextInt(12);
        switch (kind) {
            case POWER, KILL -> amount = random.nextInt(random.nextInt(4) == 0 ? 60 : 1500);
            case EIO -> {
                length = (int) Math.min(space, (long) SECTOR_LENGTH << random.nextInt(6));
                offset = ArrayBench.DATA_OFFSET + random.nextLong(space / length) * length;
            }
            case BITROT -> {
                boolean isMetadata = random.nextInt(METADATA_ONE_IN) == 0;
                long first = isMetadata ? BLOCK_LENGTH : ArrayBench.DATA_OFFSET;
                offset = first + random.nextLong(isMetadata ? 1024 : space);
                length = 1;
            }
            case SLOW -> {
                length = 1 + random.nextInt(2000);
                amount = 1 + random.nextLong(20);
            }
            case STUCK -> amount = 1 + random.nextLong(LONGEST_STUCK_MS);
            case MISDIRECTED, MISREAD -> {
                long shift = 1 + random.nextLong(space / BLOCK_LENGTH - 1);
                offset = random.nextInt(METADATA_ONE_IN) == 0
                        ? -shift * shape.logicalBlockLength()
                        : shift * shape.logicalBlockLength();
            }
            default -> {}
        }
        return step(index, Action.FAULT, kind, device, offset, length, amount);
    }

    private Step step(int index, Action action, FaultKind kind, int device, long offset, int length, long amount) {
        return new Step(
                index,
                action,
                kind,
                device,
                offset,
                length,
                amount,
                random.nextInt(1 + random.nextInt(LONGEST_PAUSE)),
                random.nextLong());
    }

    private int drawDevice(FaultKind kind) {
        int slot = random.nextInt(shape.memberCount());
        boolean isJournal = random.nextInt(JOURNAL_ONE_IN) == 0;
        if (!kind.hasDevice() || !shape.isJournaled()) {
            return slot;
        }
        return switch (faults.aim(kind)) {
            case MEMBERS -> slot;
            case JOURNAL -> Step.JOURNAL;
            case ANY -> isJournal ? Step.JOURNAL : slot;
        };
    }

    private int drawLength(Action action) {
        int rowLength = shape.chunkLength() * shape.layout().dataCount();
        int length =
                switch (random.nextInt(6)) {
                    case 0 -> 1 + random.nextInt(BLOCK_LENGTH);
                    case 1 -> SECTOR_LENGTH * (1 + random.nextInt(16));
                    case 2 -> BLOCK_LENGTH;
                    case 3 -> BLOCK_LENGTH * (1 + random.nextInt(16));
                    case 4 -> rowLength;
                    default -> 1 + random.nextInt(2 * rowLength);
                };
        if (action == Action.READ) {
            length = (length + shape.unitLength() - 1) / shape.unitLength() * shape.unitLength();
        }
        return (int) Math.min(Math.min(length, arrayLength), LONGEST_REQUEST);
    }

    private long drawOffset(int length) {
        long last = arrayLength - length;
        long offset = random.nextBoolean()
                ? Math.min(last, Math.max(0, hotOffset - random.nextInt(4 * BLOCK_LENGTH)))
                : random.nextLong(last + 1);
        return switch (random.nextInt(4)) {
            case 0 -> offset;
            case 1 -> offset / SECTOR_LENGTH * SECTOR_LENGTH;
            case 2 -> offset / shape.chunkLength() * shape.chunkLength();
            default -> offset / BLOCK_LENGTH * BLOCK_LENGTH;
        };
    }
}
