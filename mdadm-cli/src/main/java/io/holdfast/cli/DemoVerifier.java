package io.holdfast.cli;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Compares what an array holds with its source: acknowledged bytes must be equal; behind them each 4 KiB block must be wholly
 * new or wholly old, which is to say zero.
 */
final class DemoVerifier implements ArrayStream.Sink {
    private static final int BLOCK_LENGTH = 4096;

    private final DemoSource source;
    private final long acknowledged;
    private final ByteBuffer expected = ByteBuffer.allocate(ArrayStream.PIECE_LENGTH);
    private long wrongOffset = -1;
    private long doubtfulBlockCount;
    private long newBlockCount;

    DemoVerifier(DemoSource source, long acknowledged) {
        this.source = source;
        this.acknowledged = acknowledged;
    }

    /** Offset of the first byte that is wrong, or -1. */
    long wrongOffset() {
        return wrongOffset;
    }

    /** Blocks that were not acknowledged in full. */
    long doubtfulBlockCount() {
        return doubtfulBlockCount;
    }

    /** How many of those are nevertheless the source's. */
    long newBlockCount() {
        return newBlockCount;
    }

    @Override
    public void take(ByteBuffer found, long offset) throws IOException {
        expected.clear().limit(found.remaining());
        source.read(expected, offset);
        expected.flip();
        int certain = (int) Math.max(0, Math.min(found.remaining(), acknowledged - offset));
        int difference = found.slice(found.position(), certain).mismatch(expected.slice(0, certain));
        if (difference >= 0) {
            wrong(offset + difference);
        }
        for (int at = certain / BLOCK_LENGTH * BLOCK_LENGTH; at < found.remaining(); at += BLOCK_LENGTH) {
            if (at + BLOCK_LENGTH > certain) {
                compareBlock(found, at, offset);
            }
        }
    }

    private void compareBlock(ByteBuffer found, int at, long offset) {
        int length = Math.min(BLOCK_LENGTH, found.remaining() - at);
        ByteBuffer block = found.slice(found.position() + at, length);
        doubtfulBlockCount++;
        if (block.mismatch(expected.slice(at, length)) < 0) {
            newBlockCount++;
            return;
        }
        for (int i = 0; i < length; i++) {
            if (block.get(i) != 0) {
                wrong(offset + at + i);
                return;
            }
        }
    }

    private void wrong(long offset) {
        if (wrongOffset < 0 || offset < wrongOffset) {
            wrongOffset = offset;
        }
    }
}
