package io.holdfast.cli.config;

import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.UuidText;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A line of a configuration file about one array.
 *
 * @param word what the array is to be called, or {@code <ignore>}; may be empty.
 * @param tags what is said of it, by lower-case name.
 */
public record ArrayLine(String word, Map<String, String> tags) {
    private static final String IGNORE = "<ignore>";
    private static final int MOST_DIGITS = 4;

    /** Takes the tags as they are. */
    public ArrayLine {
        tags = Map.copyOf(tags);
    }

    /** Whether it tells which array it is about. */
    boolean hasIdentity() {
        return tags.containsKey("uuid") || tags.containsKey("name") || tags.containsKey("devices");
    }

    /** Whether the array is not to be started. */
    public boolean isIgnored() {
        return word.equalsIgnoreCase(IGNORE);
    }

    /**
     * Whether it is about the array of a superblock; what it says of devices is another matter.
     *
     * @param superblock of a device.
     * @return true when nothing that is said differs.
     */
    public boolean fits(Superblock superblock) {
        String uuid = tags.get("uuid");
        if (uuid != null
                && !UuidText.parse(uuid).map(UuidText::format).orElse("").equals(superblock.setUuidText())) {
            return false;
        }
        String name = tags.get("name");
        String full = superblock.setName();
        return name == null || name.equals(full) || name.equals(full.substring(full.indexOf(':') + 1));
    }

    /** Patterns of the paths that its devices may have; empty when all may. */
    public List<String> devicePatterns() {
        String devices = tags.get("devices");
        return devices == null ? List.of() : List.of(devices.split(",", -1));
    }

    /** How many spares it is to have; 0 when nothing is said. */
    public int spareCount() {
        String text = tags.getOrDefault("spares", "0").toLowerCase(Locale.ROOT);
        boolean isNumber =
                !text.isEmpty() && text.length() <= MOST_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return isNumber ? Integer.parseInt(text) : 0;
    }

    /** The arrays that it shares spares with say the same word; empty when nothing is said. */
    public String spareGroup() {
        return tags.getOrDefault("spare-group", "");
    }
}
