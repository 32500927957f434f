package io.holdfast.fault.torture;

import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.JournalUse;
import java.util.SplittableRandom;

/**
 * What is asked of the histories of a torture; what is left open is drawn from each history's seed.
 *
 * @param level       4, 5 or 6; 0 when left open.
 * @param memberCount slots; 0 when left open.
 * @param chunkLength in bytes; 0 when left open.
 * @param journal     whether there is a journal, and what writes wait for; null when left open.
 * @param faults      to inject; null when left open.
 * @param stepCount   steps of a history.
 */
public record TortureSettings(
        int level, int memberCount, int chunkLength, JournalUse journal, FaultPlan faults, int stepCount) {
    /** Steps of a history when nobody says otherwise. */
    public static final int STEP_COUNT_DEFAULT = 300;

    private static final long LARGEST_MEMBER = 1 << 20;
    private static final int SMALLEST_BITMAPPED_MEMBER = 64 * 1024;

    /** Everything left open. */
    public static TortureSettings open() {
        return new TortureSettings(0, 0, 0, null, null, STEP_COUNT_DEFAULT);
    }

    /** The same with so many steps. */
    public TortureSettings stepCount(int count) {
        return new TortureSettings(level, memberCount, chunkLength, journal, faults, count);
    }

    /** The same with these faults. */
    public TortureSettings faults(FaultPlan plan) {
        return new TortureSettings(level, memberCount, chunkLength, journal, plan, stepCount);
    }

    /** The same with an array of this kind. */
    public TortureSettings array(int newLevel, int newMemberCount, JournalUse newJournal) {
        return new TortureSettings(newLevel, newMemberCount, chunkLength, newJournal, faults, stepCount);
    }

    FaultPlan drawFaults(SplittableRandom random) {
        FaultPlan drawn = FaultPlan.draw(random);
        return faults == null ? drawn : faults;
    }

    ArrayShape drawShape(SplittableRandom random, FaultPlan plan) {
        ArrayShape drawn = ArrayShape.draw(random);
        while (level != 0 && drawn.level() != level) {
            drawn = ArrayShape.draw(random);
        }
        int chunk = chunkLength == 0 ? drawn.chunkLength() : chunkLength;
        int rows = (int) Math.max(2, Math.min(drawn.rowCount(), LARGEST_MEMBER / chunk));
        if (journal == JournalUse.BITMAP) {
            // There is no room for a bitmap on the very smallest members.
            rows = Math.max(rows, SMALLEST_BITMAPPED_MEMBER / chunk);
        }
        int sector = drawn.logicalBlockLength();
        if (plan.has(FaultKind.TORN) != plan.has(FaultKind.TORN4K)) {
            sector = plan.has(FaultKind.TORN) ? 512 : 4096;
        }
        int members = memberCount == 0 ? drawn.memberCount() : memberCount;
        if (drawn.level() == 6 && members < 4) {
            // Nobody asked for level 6 with three members: the level was drawn.
            return new TortureSettings(5, memberCount, chunkLength, journal, faults, stepCount).drawShape(random, plan);
        }
        ArrayShape shape = new ArrayShape(
                drawn.level(),
                drawn.algorithm(),
                members,
                chunk,
                rows,
                journal == null ? drawn.isJournaled() || plan.needsJournal() : journal.isJournaled(),
                sector,
                drawn.shardCount(),
                drawn.isAssumedClean());
        // From one block to more than a chunk for each bit.
        return journal == JournalUse.BITMAP ? shape.withBitmap(4096 << random.nextInt(6)) : shape;
    }

    /** How the journal of a shape is used. */
    JournalUse drawJournal(SplittableRandom random, ArrayShape shape) {
        int drawn = random.nextInt(4);
        if (journal != null) {
            return journal;
        }
        if (!shape.isJournaled()) {
            return JournalUse.NONE;
        }
        return switch (drawn) {
            case 0 -> JournalUse.WRITE_THROUGH;
            case 1 -> JournalUse.WRITE_BACK;
            default -> JournalUse.CHANGING;
        };
    }

    /** The options of the command that ask for the same. */
    public String describe() {
        StringBuilder text = new StringBuilder();
        text.append("--steps ").append(stepCount);
        if (level != 0) {
            text.append(" --level ").append(level);
        }
        if (memberCount != 0) {
            text.append(" --members ").append(memberCount);
        }
        if (chunkLength != 0) {
            text.append(" --chunk ").append(chunkLength / 1024).append('K');
        }
        if (journal != null) {
            text.append(" --journal ").append(journal.word());
        }
        if (faults != null) {
            text.append(" --faults ").append(faults);
        }
        return text.toString();
    }
}
