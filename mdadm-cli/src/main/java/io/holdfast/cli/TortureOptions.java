package io.holdfast.cli;

import io.holdfast.cli.option.Sizes;
import io.holdfast.cli.option.UsageException;
import io.holdfast.fault.JournalUse;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import picocli.CommandLine.ParseResult;

/**
 * What {@code torture} was asked to do, checked: one kind of torture, and for each setting its value or that it was left open.
 * Immutable.
 */
final class TortureOptions {
    /** What is tortured, and how. */
    enum Mode {
        /** Seeded lives of simulated arrays. */
        RANDOM,
        /** Every crash state of a small workload on a simulated array. */
        EXHAUSTIVE,
        /** The durability checker alone, on a device that exists. */
        TARGET
    }

    private static final int SECTOR_LENGTH = 512;
    private static final int SMALLEST_CHUNK = 4096;
    private static final int LARGEST_CHUNK = 1 << 20;
    private static final int MOST_MEMBERS = 32;
    private static final int MOST_STEPS = 10_000_000;
    private static final int MOST_WRITES = 64;
    private static final int MOST_SECONDS = 30 * 24 * 3600;
    private static final List<String> NOT_EXHAUSTIVE = List.of("--faults", "--steps", "--report");
    private static final List<String> NOT_TARGET =
            List.of("--faults", "--only", "--report", "--level", "--members", "--chunk", "--journal");
    private static final List<String> TARGET_ONLY = List.of("--ledger", "--verify", "--answered", "--run");

    private final WordOptions words;
    private final Mode mode;
    private final boolean hasSeed;
    private final long seed;
    private final int steps;
    private final int seconds;
    private final int level;
    private final int memberCount;
    private final int chunkLength;
    private final JournalUse journal;
    private final int writes;
    private final boolean isTerminal;

    /**
     * Read and check.
     *
     * @param parsed  as typed.
     * @param session for a seed where none was given, and to know whether somebody watches.
     * @throws UsageException for what cannot be meant.
     */
    TortureOptions(ParseResult parsed, Session session) {
        words = new WordOptions(parsed, session);
        mode = checkedMode();
        hasSeed = words.has("--seed");
        seed = hasSeed
                ? parseSeed(words.text("--seed", null))
                : session.random().nextLong() >>> 1;
        steps = count("--steps", 1, MOST_STEPS);
        seconds = count("--seconds", 1, MOST_SECONDS);
        level = count("--level", 4, 6);
        memberCount = count("--members", 3, MOST_MEMBERS);
        if (level == 6 && memberCount == 3) {
            throw UsageException.of("torture: --members 3: level 6 needs at least 4 members.");
        }
        chunkLength = chunk();
        journal = journalWanted();
        writes = count("--writes", 1, MOST_WRITES);
        isTerminal = session.isTerminal();
    }

    /** What is tortured, and how. */
    Mode mode() {
        return mode;
    }

    /** Whether the seed was given, rather than drawn. */
    boolean hasSeed() {
        return hasSeed;
    }

    /** Where all chance comes from: as given, else drawn, then not negative. */
    long seed() {
        return seed;
    }

    /** Steps asked for; 0 when left open. */
    int steps() {
        return steps;
    }

    /** Seconds asked for; 0 when left open. */
    int seconds() {
        return seconds;
    }

    /** 4, 5 or 6; 0 when left open. */
    int level() {
        return level;
    }

    /** Slots of the array; 0 when left open. */
    int memberCount() {
        return memberCount;
    }

    /** In bytes; 0 when left open. */
    int chunkLength() {
        return chunkLength;
    }

    /** Whether there is to be a journal, and what writes wait for; null when left open. */
    JournalUse journal() {
        return journal;
    }

    /** The faults asked for, as typed; null when left open. */
    String faults() {
        return words.text("--faults", null);
    }

    /** The steps to keep of the history, or the crash state to go through again, as typed; null for all. */
    String only() {
        return words.text("--only", null);
    }

    /** Writes of an exhaustive run; 0 when left open. */
    int writes() {
        return writes;
    }

    /** The device to torture, a path or an address; null unless the mode is {@link Mode#TARGET}. */
    String target() {
        return words.text("--target", null);
    }

    /** Where the checker of a target keeps its ledger; null for the usual place. */
    String ledger() {
        return words.text("--ledger", null);
    }

    /** Whether a target is only to be looked at. */
    boolean isVerify() {
        return words.has("--verify");
    }

    /** Whether a target is held to all that it answered. */
    boolean isAnswered() {
        return words.has("--answered");
    }

    /** Whether nobody wants to be asked about what a target holds. */
    boolean isRun() {
        return words.has("--run");
    }

    /** Where to write the report page; null for none. */
    Path report() {
        String file = words.text("--report", null);
        return file == null ? null : Path.of(file);
    }

    /** Whether the outcome is to be a JSON document. */
    boolean isJson() {
        return words.has("--json");
    }

    /** Whether nobody wants to see progress. */
    boolean isQuiet() {
        return words.has("--quiet") || isJson();
    }

    /** Whether progress goes to a terminal, on which a line can be drawn again. */
    boolean isTerminal() {
        return isTerminal;
    }

    private Mode checkedMode() {
        boolean isExhaustive = words.has("--exhaustive");
        boolean isTarget = words.has("--target");
        if (isExhaustive && isTarget) {
            throw UsageException.of(
                    "torture: --exhaustive and --target do not go together: the one tries simulated arrays,"
                            + " the other a device that exists.");
        }
        if (!isExhaustive && words.has("--writes")) {
            throw UsageException.of("torture: --writes says how many writes --exhaustive tries; add --exhaustive.");
        }
        if (isTarget) {
            refuse(NOT_TARGET, "--target");
            return Mode.TARGET;
        }
        if (isExhaustive) {
            refuse(NOT_EXHAUSTIVE, "--exhaustive");
        }
        for (String option : TARGET_ONLY) {
            if (words.has(option)) {
                throw UsageException.of("torture: " + option + " goes with --target; add it, or leave this out.");
            }
        }
        return isExhaustive ? Mode.EXHAUSTIVE : Mode.RANDOM;
    }

    private void refuse(List<String> options, String with) {
        for (String option : options) {
            if (words.has(option)) {
                throw UsageException.of(
                        "torture: " + option + " means nothing to " + with + "; leave one of them out.");
            }
        }
    }

    private static long parseSeed(String text) {
        try {
            return text.startsWith("0x") ? Long.parseUnsignedLong(text, 2, text.length(), 16) : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw UsageException.of(
                    "torture: --seed " + text + " is not a number of 64 bits, decimal or 0x and hexadecimal.");
        }
    }

    private int count(String option, int least, int most) {
        String text = words.text(option, null);
        if (text == null) {
            return 0;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below, as for a number out of range.
        }
        throw UsageException.of(
                "torture: " + option + " " + text + ": use a number from " + least + " to " + most + ".");
    }

    private int chunk() {
        String text = words.text("--chunk", null);
        if (text == null) {
            return 0;
        }
        OptionalLong sectors = Sizes.parseSectors(text);
        long length = sectors.orElse(0) * SECTOR_LENGTH;
        if (length < SMALLEST_CHUNK || length > LARGEST_CHUNK || Long.bitCount(length) != 1) {
            throw UsageException.of("torture: --chunk " + text + ": use a power of two from 4K to 1M.");
        }
        return (int) length;
    }

    private JournalUse journalWanted() {
        String text = words.text("--journal", null);
        if (text == null) {
            return null;
        }
        JournalUse use = JournalUse.of(text);
        if (use == null) {
            throw UsageException.of(
                    "torture: --journal " + text + ": use none, bitmap, write-through, write-back or changing.");
        }
        if (use == JournalUse.CHANGING && mode == Mode.EXHAUSTIVE) {
            throw UsageException.of(
                    "torture: --journal changing: --exhaustive tries write-through or write-back," + " one at a time.");
        }
        if (use == JournalUse.BITMAP && mode == Mode.EXHAUSTIVE) {
            throw UsageException.of("torture: --journal bitmap: --exhaustive has no bitmaps; leave one of them out.");
        }
        return use;
    }
}
