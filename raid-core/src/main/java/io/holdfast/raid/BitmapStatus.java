package io.holdfast.raid;

/**
 * How much of an array its write-intent bitmap calls dirty.
 *
 * @param chunkLength bytes of each member that a bit stands for.
 * @param regionCount ranges of the members that are looked after as one: those of a bit, or of a window where that is longer.
 * @param dirtyCount  how many of them may have been written to since they were last found clean.
 */
public record BitmapStatus(long chunkLength, int regionCount, int dirtyCount) {}
