package io.holdfast.raid.metadata;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Whether an array may start, as a table: every combination of the inputs matches exactly one row.
 *
 * <p>An input that a row neither requires nor forbids does not matter to it.
 */
public enum AssemblyDecision {
    /** It carries something that cannot be opened at all. */
    UNSUPPORTED(Outcome.REFUSED, of(Input.UNSUPPORTED), none()),
    /** The devices contradict each other, or some of those listed do not belong. */
    CONFLICT(Outcome.REFUSED, of(Input.CONFLICT), of(Input.UNSUPPORTED)),
    /** More slots are missing than parity makes up for. */
    TOO_FEW(Outcome.REFUSED, of(Input.TOO_FEW), of(Input.UNSUPPORTED, Input.CONFLICT)),
    /** A device that was there last time is missing, and nobody said to go on without it. */
    INCOMPLETE(Outcome.REFUSED, of(Input.INCOMPLETE), of(Input.UNSUPPORTED, Input.CONFLICT, Input.TOO_FEW)),
    /** What only the journal holds would be missed. */
    JOURNAL_LOST(Outcome.REFUSED, of(Input.JOURNAL_LOST), sound(Input.FORCE)),
    /** Without its journal the array can be looked at, no more. */
    JOURNAL_LOST_FORCED(Outcome.READ_ONLY, of(Input.JOURNAL_LOST, Input.FORCE), sound()),
    /** What was being written when it stopped cannot be told from what parity would compute for the missing slot. */
    DIRTY_DEGRADED(Outcome.REFUSED, of(Input.DIRTY, Input.DEGRADED), ready(Input.FORCE)),
    /** As {@link #DIRTY_DEGRADED}, insisted upon, but it carries what cannot be maintained. */
    DIRTY_DEGRADED_LIMITED(Outcome.READ_ONLY, of(Input.DIRTY, Input.DEGRADED, Input.FORCE, Input.LIMITED), ready()),
    /** As {@link #DIRTY_DEGRADED}, insisted upon, for reading. */
    DIRTY_DEGRADED_READ_ONLY(
            Outcome.READ_ONLY, of(Input.DIRTY, Input.DEGRADED, Input.FORCE, Input.READ_ONLY), ready(Input.LIMITED)),
    /** As {@link #DIRTY_DEGRADED}, insisted upon. */
    DIRTY_DEGRADED_FORCED(
            Outcome.START_DEGRADED,
            of(Input.DIRTY, Input.DEGRADED, Input.FORCE),
            ready(Input.LIMITED, Input.READ_ONLY)),
    /** Slots are missing, and it carries what cannot be maintained. */
    DEGRADED_LIMITED(Outcome.READ_ONLY, of(Input.DEGRADED, Input.LIMITED), ready(Input.DIRTY)),
    /** Slots are missing; for reading. */
    DEGRADED_READ_ONLY(Outcome.READ_ONLY, of(Input.DEGRADED, Input.READ_ONLY), ready(Input.DIRTY, Input.LIMITED)),
    /** Slots are missing; parity makes up for them. */
    DEGRADED(Outcome.START_DEGRADED, of(Input.DEGRADED), ready(Input.DIRTY, Input.LIMITED, Input.READ_ONLY)),
    /** Parity is in doubt, and it carries what cannot be maintained. */
    DIRTY_LIMITED(Outcome.READ_ONLY, of(Input.DIRTY, Input.LIMITED), ready(Input.DEGRADED)),
    /** Parity is in doubt; for reading. */
    DIRTY_READ_ONLY(Outcome.READ_ONLY, of(Input.DIRTY, Input.READ_ONLY), ready(Input.DEGRADED, Input.LIMITED)),
    /** Parity is in doubt and will be recomputed. */
    DIRTY(Outcome.START_RESYNC, of(Input.DIRTY), ready(Input.DEGRADED, Input.LIMITED, Input.READ_ONLY)),
    /** All is well, but it carries what cannot be maintained. */
    CLEAN_LIMITED(Outcome.READ_ONLY, of(Input.LIMITED), ready(Input.DEGRADED, Input.DIRTY)),
    /** All is well; for reading. */
    CLEAN_READ_ONLY(Outcome.READ_ONLY, of(Input.READ_ONLY), ready(Input.DEGRADED, Input.DIRTY, Input.LIMITED)),
    /** All is well. */
    CLEAN(Outcome.START_CLEAN, none(), ready(Input.DEGRADED, Input.DIRTY, Input.LIMITED, Input.READ_ONLY));

    /** What happens to the array. */
    public enum Outcome {
        /** Starts; nothing to make good. */
        START_CLEAN,
        /** Starts with slots missing. */
        START_DEGRADED,
        /** Starts, and recomputes parity. */
        START_RESYNC,
        /** Opens for reading. */
        READ_ONLY,
        /** Does not start. */
        REFUSED
    }

    /** What the decision depends on. */
    enum Input {
        UNSUPPORTED(0x1),
        CONFLICT(0x2),
        TOO_FEW(0x4),
        INCOMPLETE(0x8),
        JOURNAL_LOST(0x10),
        DEGRADED(0x20),
        DIRTY(0x40),
        LIMITED(0x80),
        FORCE(0x100),
        READ_ONLY(0x200);

        private final int mask;

        Input(int mask) {
            this.mask = mask;
        }

        int mask() {
            return mask;
        }
    }

    private final Outcome outcome;
    private final int required;
    private final int forbidden;

    AssemblyDecision(Outcome outcome, int required, int forbidden) {
        this.outcome = outcome;
        this.required = required;
        this.forbidden = forbidden;
    }

    /** What happens to the array. */
    public Outcome outcome() {
        return outcome;
    }

    boolean matches(Set<Input> inputs) {
        int mask = inputs.stream().mapToInt(Input::mask).reduce(0, (a, b) -> a | b);
        return (mask & required) == required && (mask & forbidden) == 0;
    }

    static AssemblyDecision of(Set<Input> inputs) {
        List<AssemblyDecision> rows =
                Arrays.stream(values()).filter(row -> row.matches(inputs)).toList();
        if (rows.size() != 1) {
            throw new IllegalStateException("not exactly one row: inputs=" + inputs + " rows=" + rows);
        }
        return rows.get(0);
    }

    private static int none() {
        return 0;
    }

    private static int of(Input... inputs) {
        int mask = 0;
        for (Input input : inputs) {
            mask |= input.mask();
        }
        return mask;
    }

    /** Nothing that stops the array before its journal is looked at, nor any of some more. */
    private static int sound(Input... more) {
        return of(Input.UNSUPPORTED, Input.CONFLICT, Input.TOO_FEW, Input.INCOMPLETE) | of(more);
    }

    /** As {@link #sound}, and the journal, if there is to be one, is there. */
    private static int ready(Input... more) {
        return sound(Input.JOURNAL_LOST) | of(more);
    }
}
