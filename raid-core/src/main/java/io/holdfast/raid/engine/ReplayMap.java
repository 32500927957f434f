package io.holdfast.raid.engine;

import java.util.Arrays;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * One shard's windows that have yet to be replayed. Built before the shard runs, then confined to its thread; it only ever
 * shrinks.
 */
final class ReplayMap {
    static final long NONE = -1;

    private final Long2ObjectHashMap<UnreplayedWindow> windows;
    private final long[] order;
    private int next;
    private int damagedCount;

    /**
     * A map.
     *
     * @param all windows, in any order.
     */
    ReplayMap(Iterable<UnreplayedWindow> all) {
        windows = new Long2ObjectHashMap<>();
        for (UnreplayedWindow window : all) {
            windows.put(window.window, window);
        }
        order = new long[windows.size()];
        int count = 0;
        for (UnreplayedWindow window : windows.values()) {
            order[count++] = window.window;
        }
        Arrays.sort(order);
    }

    /** The window's pages, or null when the members have all of it. */
    UnreplayedWindow get(long window) {
        return windows.get(window);
    }

    /** Whether the members have all of it. */
    boolean isEmpty() {
        return windows.isEmpty();
    }

    /** Whether nothing is left that could be replayed. */
    boolean isOver() {
        return windows.size() == damagedCount;
    }

    /** The next window in member order that has not been looked at here, or {@link #NONE}. */
    long pollNext() {
        while (next < order.length) {
            UnreplayedWindow window = windows.get(order[next++]);
            if (window != null && !window.isDamaged()) {
                return window.window;
            }
        }
        return NONE;
    }

    /** The members have it. */
    void done(UnreplayedWindow window) {
        windows.remove(window.window);
    }

    /** It can never be replayed. */
    void damaged(UnreplayedWindow window) {
        window.damaged();
        damagedCount++;
    }
}
