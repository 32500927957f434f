package io.holdfast.raid;

/**
 * A stretch of an array.
 *
 * @param offset in bytes from the start of the array.
 * @param length in bytes.
 */
public record ArrayRange(long offset, long length) {}
