package io.holdfast.raid;

import io.holdfast.raid.layout.ArrayLayout;

/**
 * What an array is.
 *
 * @param name    as its superblocks have it.
 * @param uuid    in mdadm's form: four groups of eight hex digits.
 * @param layout  level, algorithm, members, chunk and size.
 * @param summary how it was found when it was started: what was stale, replayed or missing; whole sentences, one a line.
 */
public record ArrayDescription(String name, String uuid, ArrayLayout layout, String summary) {
    /** Bytes in the array. */
    public long length() {
        return layout.arrayLength();
    }

    /** RAID level in md's words: raid4, raid5 or raid6. */
    public String level() {
        return "raid" + layout.level().number();
    }
}
