package io.holdfast.cli.option;

import io.holdfast.raid.layout.LayoutAlgorithm;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.metadata.UuidText;
import java.util.List;
import java.util.OptionalLong;

/** The values of options, checked and put into the command line as they are met. */
final class OptionValues {
    private static final int CHUNK_UNIT_SECTORS = 2;
    private static final int MIN_CHUNK_SECTORS = 8;
    private static final List<String> UPDATES = List.of("no-bbl", "force-no-bbl");
    private static final List<String> OTHER_LEVELS = List.of(
            "linear",
            "raid0",
            "0",
            "stripe",
            "raid1",
            "1",
            "mirror",
            "raid10",
            "10",
            "multipath",
            "mp",
            "faulty",
            "container");

    private final CommandLine line;

    OptionValues(CommandLine line) {
        this.line = line;
    }

    void take(Option option, String text) {
        switch (option) {
            case LEVEL -> takeLevel(text);
            case LAYOUT -> takeLayout(text);
            case RAID_DEVICES -> takeRaidDevices(text);
            case SPARE_DEVICES -> takeSpareDevices(text);
            case CHUNK -> takeChunk(text);
            case SIZE -> takeSize(text);
            case DATA_OFFSET -> takeDataOffset(text);
            case METADATA -> takeMetadata(text);
            case UUID -> takeUuid(text);
            case NAME -> {
                if (line.has(Option.NAME)) {
                    throw UsageException.of("name cannot be set twice.  Second value " + text + ".");
                }
                if (text.isEmpty()) {
                    throw UsageException.of("the name after --name is empty; leave the option out for the default.");
                }
            }
            case WRITE_JOURNAL -> takeWriteJournal(text);
            case CONSISTENCY_POLICY -> takeConsistencyPolicy(text);
            case BITMAP -> takeBitmap(text);
            case BITMAP_CHUNK -> takeBitmapChunk(text);
            case DELAY -> {
                // Of --monitor it is something else, and looked at there.
                if (line.mode != Mode.MONITOR) {
                    takeDelay(text);
                }
            }
            case UPDATE -> {
                if (!UPDATES.contains(text)) {
                    throw UsageException.of("'--update=" + text + "' is not supported; what can be updated is "
                            + String.join(" or ", UPDATES) + ".");
                }
            }
            default -> {
                // Its text is all there is to it.
            }
        }
    }

    /** What only the whole command line can tell. */
    void checkPolicy() {
        checkBitmap();
        boolean hasJournal = line.has(Option.WRITE_JOURNAL);
        if (line.consistencyPolicy == CommandLine.ConsistencyPolicy.JOURNAL && !hasJournal) {
            throw UsageException.of("--write-journal is required for consistency policy: journal");
        }
        if (line.consistencyPolicy == CommandLine.ConsistencyPolicy.RESYNC && hasJournal) {
            throw UsageException.of(
                    "--write-journal makes the consistency policy journal; leave out --consistency-policy=resync.");
        }
    }

    private void checkBitmap() {
        if (line.hasBitmap && line.has(Option.WRITE_JOURNAL)) {
            throw UsageException.of(
                    "an array has a journal or a bitmap, not both; leave out --write-journal or --bitmap.");
        }
        if (line.hasBitmap && line.consistencyPolicy == CommandLine.ConsistencyPolicy.RESYNC) {
            throw UsageException.of(
                    "--bitmap makes the consistency policy bitmap; leave out --consistency-policy=resync.");
        }
        if (line.consistencyPolicy == CommandLine.ConsistencyPolicy.BITMAP && !line.hasBitmap) {
            throw UsageException.of("--bitmap=internal is required for consistency policy: bitmap");
        }
        boolean isShaped = line.has(Option.BITMAP_CHUNK) || line.bitmapDelaySeconds != CommandLine.NOT_GIVEN;
        if (isShaped && line.has(Option.BITMAP) && !line.hasBitmap) {
            throw UsageException.of("--bitmap-chunk and --delay are for a bitmap, and there is to be none.");
        }
    }

    private void takeLevel(String text) {
        if (line.level != null) {
            throw UsageException.of("raid level may only be set once.  Second value is " + text + ".");
        }
        if (OTHER_LEVELS.contains(text)) {
            throw UsageException.of("raid level " + text + " is not one of Holdfast's; use 4, 5 or 6.");
        }
        line.level = switch (text) {
            case "4", "raid4" -> RaidLevel.RAID4;
            case "5", "raid5" -> RaidLevel.RAID5;
            case "6", "raid6" -> RaidLevel.RAID6;
            default -> throw UsageException.of("invalid raid level: " + text);
        };
    }

    private void takeLayout(String text) {
        if (line.has(Option.LAYOUT)) {
            throw UsageException.of("layout may only be specified once.  Second value is " + text + ".");
        }
        if (line.level == null) {
            throw UsageException.of("raid level must be given before layout.");
        }
        try {
            line.layout = LayoutAlgorithm.named(line.level, text).number();
        } catch (IllegalArgumentException e) {
            throw UsageException.of(e.getMessage());
        }
    }

    private void takeRaidDevices(String text) {
        if (line.has(Option.RAID_DEVICES)) {
            throw UsageException.of("raid-devices set twice: " + line.raidDevices + " and " + text);
        }
        int count = parseCount(text);
        if (count < 1) {
            throw UsageException.of("invalid number of raid devices: " + text);
        }
        if (count == 1 && !line.has(Option.FORCE)) {
            throw UsageException.of("'1' is an unusual number of drives for an array, so it is probably a mistake."
                    + "  A parity array has at least 2, and 4 at level 6.");
        }
        line.raidDevices = count;
    }

    private void takeSpareDevices(String text) {
        if (line.has(Option.SPARE_DEVICES)) {
            throw UsageException.of("spare-devices set twice: " + line.spareDevices + " and " + text);
        }
        int count = parseCount(text);
        if (count < 0) {
            throw UsageException.of("invalid number of spare-devices: " + text);
        }
        line.spareDevices = count;
    }

    private static int parseCount(String text) {
        if (text.isEmpty() || text.length() > 9 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        return Integer.parseInt(text);
    }

    private void takeChunk(String text) {
        if (line.has(Option.CHUNK)) {
            throw UsageException.of("chunk/rounding may only be specified once.  Second value is " + text + ".");
        }
        OptionalLong sectors = Sizes.parseSectors(text);
        if (sectors.isEmpty()
                || sectors.getAsLong() < MIN_CHUNK_SECTORS
                || sectors.getAsLong() % CHUNK_UNIT_SECTORS != 0
                || sectors.getAsLong() > Integer.MAX_VALUE) {
            throw UsageException.of("invalid chunk/rounding value: " + text);
        }
        line.chunkSectors = sectors.getAsLong();
    }

    private void takeSize(String text) {
        if (line.has(Option.SIZE)) {
            throw UsageException.of("size may only be specified once.  Second value is " + text + ".");
        }
        if (text.equals("max")) {
            return;
        }
        OptionalLong sectors = Sizes.parseSectors(text);
        if (sectors.isEmpty()) {
            throw UsageException.of("invalid size: " + text);
        }
        line.sizeSectors = sectors.getAsLong();
    }

    private void takeDataOffset(String text) {
        if (line.has(Option.DATA_OFFSET)) {
            throw UsageException.of("data-offset may only be specified once.  Second value is " + text + ".");
        }
        if (text.equals("variable")) {
            throw UsageException.of("--data-offset=variable is not available yet; give one offset for all devices.");
        }
        OptionalLong sectors = Sizes.parseSectors(text);
        if (sectors.isEmpty()) {
            throw UsageException.of("invalid data-offset: " + text);
        }
        line.dataOffsetSectors = sectors.getAsLong();
    }

    private void takeMetadata(String text) {
        if (line.has(Option.METADATA)) {
            throw UsageException.of("metadata information already given");
        }
        switch (text) {
            case "1.0" -> line.minorVersion = 0;
            case "1.1" -> line.minorVersion = 1;
            case "1.2", "1", "default" -> line.minorVersion = 2;
            case "0", "0.90", "0.91", "ddf", "imsm" ->
                throw UsageException.of("metadata " + text + " is not one of Holdfast's; use 1.0, 1.1 or 1.2.");
            default -> throw UsageException.of("unrecognised metadata identifier: " + text);
        }
    }

    private void takeUuid(String text) {
        if (line.has(Option.UUID)) {
            throw UsageException.of("uuid cannot be set twice.  Second value " + text + ".");
        }
        line.uuid = UuidText.parse(text).orElseThrow(() -> UsageException.of("Bad uuid: " + text));
    }

    private void takeWriteJournal(String text) {
        if (line.has(Option.WRITE_JOURNAL)) {
            throw UsageException.of("an array has one journal; --write-journal was given twice: "
                    + line.text(Option.WRITE_JOURNAL) + " and " + text);
        }
        line.writeJournalIndex = line.words().size();
    }

    private void takeConsistencyPolicy(String text) {
        if (line.has(Option.CONSISTENCY_POLICY)) {
            throw UsageException.of("consistency policy may only be specified once.  Second value is " + text + ".");
        }
        line.consistencyPolicy = switch (text) {
            case "resync" -> CommandLine.ConsistencyPolicy.RESYNC;
            case "journal" -> CommandLine.ConsistencyPolicy.JOURNAL;
            case "bitmap" -> CommandLine.ConsistencyPolicy.BITMAP;
            case "ppl" ->
                throw UsageException.of("consistency policy ppl is not available yet; use journal, bitmap or resync.");
            default -> throw UsageException.of("Invalid consistency policy: " + text);
        };
    }

    private void takeBitmap(String text) {
        if (line.has(Option.BITMAP)) {
            throw UsageException.of("bitmap may only be specified once.  Second value is " + text + ".");
        }
        if (text.equals("none")) {
            return;
        }
        if (text.equals("internal")) {
            line.hasBitmap = true;
            return;
        }
        if (text.equals("clustered") || text.contains("/")) {
            throw UsageException.of("--bitmap=" + text + " is not one of Holdfast's; use internal or none.");
        }
        throw UsageException.of(
                "bitmap file must contain a '/', or be 'internal', or be 'clustered', or 'none', not '" + text + "'");
    }

    private void takeBitmapChunk(String text) {
        if (line.has(Option.BITMAP_CHUNK)) {
            throw UsageException.of("bitmap-chunk may only be specified once.  Second value is " + text + ".");
        }
        OptionalLong sectors = Sizes.parseSectors(text);
        if (sectors.isEmpty() || sectors.getAsLong() < MIN_CHUNK_SECTORS) {
            throw UsageException.of("invalid bitmap chunksize: " + text);
        }
        line.bitmapChunkSectors = sectors.getAsLong();
    }

    private void takeDelay(String text) {
        if (line.has(Option.DELAY)) {
            throw UsageException.of("delay may only be specified once.  Second value is " + text + ".");
        }
        int seconds = parseCount(text);
        if (seconds < 1) {
            throw UsageException.of("invalid delay: " + text);
        }
        line.bitmapDelaySeconds = seconds;
    }
}
