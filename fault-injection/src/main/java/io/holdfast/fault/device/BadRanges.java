package io.holdfast.fault.device;

import java.util.TreeMap;

/** A set of byte ranges that no two of which touch. Not thread-safe. */
final class BadRanges {
    private final TreeMap<Long, Long> endByFirst = new TreeMap<>();

    void add(long first, long end) {
        if (first >= end) {
            return;
        }
        long from = first;
        long to = end;
        var before = endByFirst.floorEntry(from);
        if (before != null && before.getValue() >= from) {
            from = before.getKey();
            to = Math.max(to, before.getValue());
        }
        var within = endByFirst.subMap(from, true, to, true);
        if (!within.isEmpty()) {
            to = Math.max(to, within.lastEntry().getValue());
            within.clear();
        }
        endByFirst.put(from, to);
    }

    void remove(long first, long end) {
        var before = endByFirst.lowerEntry(first);
        if (before != null && before.getValue() > first) {
            long beforeEnd = before.getValue();
            endByFirst.put(before.getKey(), first);
            if (beforeEnd > end) {
                endByFirst.put(end, beforeEnd);
            }
        }
        var within = endByFirst.subMap(first, true, end, false);
        if (!within.isEmpty()) {
            long lastEnd = within.lastEntry().getValue();
            within.clear();
            if (lastEnd > end) {
                endByFirst.put(end, lastEnd);
            }
        }
    }

    boolean touches(long first, long end) {
        var last = endByFirst.lowerEntry(end);
        return first < end && last != null && last.getValue() > first;
    }

    boolean isEmpty() {
        return endByFirst.isEmpty();
    }

    @Override
    public String toString() {
        return endByFirst.toString();
    }
}
