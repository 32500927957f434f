package io.holdfast.raid.engine;

/**
 * What a shard writes on each device operation to know it again.
 *
 * <pre>
 *   63       48 47       32 31       20 19    14 13     8 7      0
 *  +-----------+-----------+-----------+--------+--------+--------+
 *  | device    | operation | slot      | block  | count  | kind   |
 *  +-----------+-----------+-----------+--------+--------+--------+
 * </pre>
 */
final class IoToken {
    static final int WINDOW_READ = 1;
    static final int WINDOW_WRITE = 2;
    static final int WINDOW_FLUSH = 3;
    static final int DIRECT_READ = 4;
    static final int ARRAY_FLUSH = 5;
    static final int WINDOW_READ_BACK = 6;
    static final int LOG_READ = 7;

    private IoToken() {}

    static long of(int kind, int operation, int device, int slot, int block, int count) {
        return ((long) device << 48)
                | ((long) operation << 32)
                | ((long) slot << 20)
                | ((long) block << 14)
                | ((long) count << 8)
                | kind;
    }

    static int kind(long token) {
        return (int) token & 0xff;
    }

    static int operation(long token) {
        return (int) (token >>> 32) & 0xffff;
    }

    static int device(long token) {
        return (int) (token >>> 48);
    }

    static int slot(long token) {
        return (int) (token >>> 20) & 0xfff;
    }

    static int block(long token) {
        return (int) (token >>> 14) & 0x3f;
    }

    static int count(long token) {
        return (int) (token >>> 8) & 0x3f;
    }
}
