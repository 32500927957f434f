package io.holdfast.raid.engine;

import io.holdfast.raid.metadata.BitmapArea;
import java.util.BitSet;

/**
 * The write-intent bitmap of an array that is about to start.
 *
 * @param area            as all members have it.
 * @param regions         of its bits.
 * @param doubtful        regions whose parity is in doubt.
 * @param sweepIntervalNs between two looks for bits to clear.
 */
record BitmapStart(BitmapArea area, BitmapRegions regions, BitSet doubtful, long sweepIntervalNs) {
    /** A keeper of it, for an engine that writes. */
    BitmapKeeper keeper(BitmapKeeper.Host host, int shardCount) {
        return new BitmapKeeper(host, area, regions, doubtful, sweepIntervalNs, shardCount);
    }
}
