package io.holdfast.raid.engine;

import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.ReplayProgress;
import org.agrona.concurrent.NanoClock;

/** The conductor's eye on the replay that goes on while the array runs. Confined to the conductor's thread, but for what says otherwise. */
final class ReplayWatch {
    private final BackgroundReplay replay;
    private final ArrayListener listener;
    private final NanoClock clock;
    private final ReplayBudget budget;
    private int shardsEnded;

    ReplayWatch(EngineStart start) {
        replay = start.replay();
        listener = start.listener();
        clock = start.nanoClock();
        budget = start.replayBudget();
    }

    void begin() {
        if (replay != null) {
            listener.onReplayStarted(progress());
        }
    }

    /** Whether something is left that can be replayed. */
    boolean isUnderWay() {
        return replay != null && !replay.isOver();
    }

    /** How far it has come; from any thread. */
    ReplayProgress progress() {
        return replay == null ? ReplayProgress.NONE : replay.progress(clock.nanoTime());
    }

    /**
     * A shard has done what it can.
     *
     * @param shardCount of the array.
     * @return whether all that was in the log is on the members now.
     */
    boolean shardEnded(int shardCount) {
        if (++shardsEnded < shardCount) {
            return false;
        }
        long nowNs = clock.nanoTime();
        replay.end(nowNs);
        budget.observe(replay.logLength(), nowNs - replay.scanSinceNs());
        ReplayProgress progress = progress();
        listener.onReplayEnded(progress);
        return progress.windowsDamaged() == 0;
    }
}
