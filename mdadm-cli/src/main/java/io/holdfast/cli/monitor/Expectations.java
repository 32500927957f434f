package io.holdfast.cli.monitor;

import java.util.Map;

/**
 * What arrays are to be like, as somebody wrote down.
 *
 * @param spareCounts how many spares an array is to have, by its name.
 * @param spareGroups the group that an array shares its spares in, by its name.
 */
public record Expectations(Map<String, Integer> spareCounts, Map<String, String> spareGroups) {
    /** Nobody wrote anything down. */
    public static final Expectations NONE = new Expectations(Map.of(), Map.of());

    /** Takes the maps as they are. */
    public Expectations {
        spareCounts = Map.copyOf(spareCounts);
        spareGroups = Map.copyOf(spareGroups);
    }
}
