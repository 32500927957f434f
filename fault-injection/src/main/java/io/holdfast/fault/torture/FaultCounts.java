package io.holdfast.fault.torture;

import java.util.EnumMap;
import java.util.Map;

/** How often each kind of fault was injected, met and survived. Not thread-safe. */
public final class FaultCounts {
    /** The counts of one kind. */
    public static final class Count {
        private long injected;
        private long survived;

        /** How often it was injected. */
        public long injected() {
            return injected;
        }

        /** How often everything was afterwards found as it must be. */
        public long survived() {
            return survived;
        }
    }

    private final Map<FaultKind, Count> counts = new EnumMap<>(FaultKind.class);

    /** Nothing counted. */
    public FaultCounts() {
        for (FaultKind kind : FaultKind.values()) {
            counts.put(kind, new Count());
        }
    }

    /**
     * The counts of a kind.
     *
     * @param kind of fault.
     */
    public Count of(FaultKind kind) {
        return counts.get(kind);
    }

    /** All faults injected. */
    public long injected() {
        return counts.values().stream().mapToLong(Count::injected).sum();
    }

    /** All faults survived. */
    public long survived() {
        return counts.values().stream().mapToLong(Count::survived).sum();
    }

    void inject(FaultKind kind) {
        counts.get(kind).injected++;
    }

    /** All that has been injected so far was survived: everything has been looked at, and is as it must be. */
    void surviveAll() {
        counts.values().forEach(count -> count.survived = count.injected);
    }

    /**
     * Add the counts of another run.
     *
     * @param other to add.
     */
    public void add(FaultCounts other) {
        other.counts.forEach((kind, count) -> {
            counts.get(kind).injected += count.injected;
            counts.get(kind).survived += count.survived;
        });
    }
}
