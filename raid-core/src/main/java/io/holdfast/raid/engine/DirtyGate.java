package io.holdfast.raid.engine;

import java.util.List;

/**
 * Decides when the superblocks call an array without a journal dirty.
 *
 * <pre>
 *            a write waits            recorded dirty
 *   CLEAN ------------------> DIRTYING -------------> DIRTY
 *     ^                                                | ^
 *     | recorded clean                 idle for a while| | some shard has a write under way
 *     |                        all shards hold         v |
 *   CLEANING <---------------------------------------- CLOSING
 * </pre>
 *
 * <p>"Dirty" is durable before the first write starts, so a crash in the middle of a stripe always leads to a resync; and
 * "clean" is written only when every shard has promised to hold writes back until told otherwise, and what was written is
 * flushed. Confined to the conductor's thread.
 */
final class DirtyGate {
    /** A shard, as far as the gate is concerned. */
    interface Writer {
        /** Writes started so far; from any thread. */
        long writeCount();

        /** Tell it to open or close; its answer to closing comes back through {@link #onGateClosed}. */
        void control(ShardControl control);
    }

    /** Where the array stands. */
    enum State {
        CLEAN,
        DIRTYING,
        DIRTY,
        CLOSING,
        CLEANING
    }

    private final long idleDelayNs;
    private State state = State.CLEAN;
    private Writer[] shards = {};
    private int answersAwaited;
    private boolean allClosed;
    private boolean writesWait;
    private long lastCount;
    private long quietSinceNs;

    DirtyGate(long idleDelayNs) {
        this.idleDelayNs = idleDelayNs;
    }

    void shards(List<? extends Writer> all) {
        // An array: a list would hand out an iterator in every duty cycle.
        shards = all.toArray(new Writer[0]);
    }

    /** Whether a superblock written now says dirty. */
    boolean isDirty() {
        return state != State.CLEAN && state != State.CLEANING;
    }

    boolean isClean() {
        return state == State.CLEAN;
    }

    /** Whether a superblock update is what the gate waits for. */
    boolean wantsUpdate() {
        return state == State.DIRTYING || state == State.CLEANING;
    }

    /** Whether what the superblocks are to say next rests on data that may still be in members' caches. */
    boolean vouches() {
        return state == State.CLEANING;
    }

    void onDirtyWanted() {
        switch (state) {
            case CLEAN:
                state = State.DIRTYING;
                break;
            case DIRTY:
                // Asked while the gate was closing, and opened again since.
                open();
                break;
            case CLOSING:
            case CLEANING:
                writesWait = true;
                break;
            case DIRTYING:
            default:
                break;
        }
    }

    void onGateClosed(boolean closed) {
        allClosed &= closed;
        if (--answersAwaited == 0 && state == State.CLOSING) {
            if (allClosed && !writesWait) {
                state = State.CLEANING;
            } else {
                state = State.DIRTY;
                open();
            }
        }
    }

    /** A generation of superblocks that said {@code dirty} is durable. */
    void onRecorded(boolean dirty) {
        if (state == State.DIRTYING && dirty) {
            state = State.DIRTY;
            open();
        } else if (state == State.CLEANING && !dirty) {
            state = State.CLEAN;
            if (writesWait) {
                writesWait = false;
                state = State.DIRTYING;
            }
        }
    }

    /** Begin to close when nothing was written for a while, or at once when {@code stopping}. */
    void tick(long nowNs, boolean stopping) {
        if (state != State.DIRTY) {
            return;
        }
        long count = 0;
        for (Writer shard : shards) {
            count += shard.writeCount();
        }
        if (count != lastCount) {
            lastCount = count;
            quietSinceNs = nowNs;
        }
        if (stopping || nowNs - quietSinceNs >= idleDelayNs) {
            state = State.CLOSING;
            quietSinceNs = nowNs;
            allClosed = true;
            answersAwaited = shards.length;
            for (Writer shard : shards) {
                shard.control(new ShardControl.CloseGate());
            }
        }
    }

    private void open() {
        writesWait = false;
        for (Writer shard : shards) {
            shard.control(new ShardControl.OpenGate());
        }
    }
}
