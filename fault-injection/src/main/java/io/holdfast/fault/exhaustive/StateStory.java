package io.holdfast.fault.exhaustive;

import java.util.List;

/**
 * What happens in one crash state.
 *
 * @param lines   of the story, the last one being the verdict.
 * @param verdict what is wrong, in words; empty when nothing is, the write hole of an array that was forced included.
 */
public record StateStory(List<String> lines, String verdict) {
    /** Keep what was told. */
    public StateStory {
        lines = List.copyOf(lines);
    }
}
