package io.holdfast.cli.option;

import io.holdfast.raid.layout.RaidLevel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A command line that has been understood: a mode, an action, options with their values, and devices. */
public final class CommandLine {
    /** What a number is when its option was not given. */
    public static final long NOT_GIVEN = -1;

    /** How a new array is to be kept consistent after a crash. */
    public enum ConsistencyPolicy {
        /** A resync of everything. */
        RESYNC,
        /** A resync of what the write-intent bitmap calls dirty. */
        BITMAP,
        /** The journal is replayed. */
        JOURNAL
    }

    /**
     * What is to be done with a device of a running array.
     *
     * @param option such as {@link Option#FAIL}.
     * @param word   a device, or a word that stands for several.
     */
    public record Deed(Option option, String word) {}

    private final Set<Option> given = EnumSet.noneOf(Option.class);
    private final Map<Option, String> texts = new EnumMap<>(Option.class);
    private final List<String> words = new ArrayList<>();
    private final List<Deed> deeds = new ArrayList<>();
    Mode mode;
    Option action;
    RaidLevel level;
    int layout = (int) NOT_GIVEN;
    int raidDevices = (int) NOT_GIVEN;
    int spareDevices = (int) NOT_GIVEN;
    long chunkSectors = NOT_GIVEN;
    long sizeSectors = NOT_GIVEN;
    long dataOffsetSectors = NOT_GIVEN;
    int minorVersion = (int) NOT_GIVEN;
    byte[] uuid;
    ConsistencyPolicy consistencyPolicy;
    boolean hasBitmap;
    long bitmapChunkSectors = NOT_GIVEN;
    int bitmapDelaySeconds = (int) NOT_GIVEN;
    int writeJournalIndex = (int) NOT_GIVEN;

    CommandLine() {}

    void give(Option option, String text) {
        given.add(option);
        if (text != null) {
            texts.put(option, text);
        }
    }

    void addWord(String word) {
        words.add(word);
    }

    void addDeed(Option option, String word) {
        deeds.add(new Deed(option, word));
    }

    /** In mode {@link Mode#MANAGE}: what is to be done, in order. */
    public List<Deed> deeds() {
        return Collections.unmodifiableList(deeds);
    }

    /** The mode; {@link Mode#MISC} with action {@link Option#QUERY} where only devices were named. */
    public Mode mode() {
        return mode;
    }

    /** What to do in mode {@link Mode#MISC}; otherwise null. */
    public Option action() {
        return action;
    }

    /**
     * Whether an option was given.
     *
     * @param option to look for.
     * @return true when it was.
     */
    public boolean has(Option option) {
        return given.contains(option);
    }

    /**
     * The value of an option as it was typed.
     *
     * @param option to look for.
     * @return the text, or null when the option was not given.
     */
    public String text(Option option) {
        return texts.get(option);
    }

    /** The words that are no options, in order: devices, and first the array where the mode wants one. */
    public List<String> words() {
        return Collections.unmodifiableList(words);
    }

    /** The level, or null. */
    public RaidLevel level() {
        return level;
    }

    /** md's number of the layout, or {@link #NOT_GIVEN}. */
    public int layout() {
        return layout;
    }

    /** The number of slots, or {@link #NOT_GIVEN}. */
    public int raidDevices() {
        return raidDevices;
    }

    /** The number of spares, or {@link #NOT_GIVEN}. */
    public int spareDevices() {
        return spareDevices;
    }

    /** The chunk in sectors, or {@link #NOT_GIVEN}. */
    public long chunkSectors() {
        return chunkSectors;
    }

    /** The size to use of each member in sectors, or {@link #NOT_GIVEN} when it is to be the most that fits. */
    public long sizeSectors() {
        return sizeSectors;
    }

    /** Where data is to begin on each member, in sectors, or {@link #NOT_GIVEN}. */
    public long dataOffsetSectors() {
        return dataOffsetSectors;
    }

    /** The minor version of the metadata, 0 to 2, or {@link #NOT_GIVEN}. */
    public int minorVersion() {
        return minorVersion;
    }

    /** The 16 bytes of the array's uuid, or null. */
    public byte[] uuid() {
        return uuid == null ? null : uuid.clone();
    }

    /** The consistency policy, or null. */
    public ConsistencyPolicy consistencyPolicy() {
        return consistencyPolicy;
    }

    /** Whether a write-intent bitmap was asked for. */
    public boolean hasBitmap() {
        return hasBitmap;
    }

    /** Sectors of each member for each bit of the bitmap, or {@link #NOT_GIVEN}. */
    public long bitmapChunkSectors() {
        return bitmapChunkSectors;
    }

    /** Seconds between two looks for bits to clear, or {@link #NOT_GIVEN}. */
    public int bitmapDelaySeconds() {
        return bitmapDelaySeconds;
    }

    /** How many words stood before {@code --write-journal}, or {@link #NOT_GIVEN}. */
    public int writeJournalIndex() {
        return writeJournalIndex;
    }
}
