package io.holdfast.fault.exhaustive;

import io.holdfast.blockdev.BlockDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.NanoClock;

/**
 * Tries every state that a crash of a small workload can leave.
 *
 * <p>The workload runs once on the production engine and is recorded. Then, for each crash point, every image that the device contract
 * allows is started with every tolerated set of members missing, read, stopped, and compared with what had been promised;
 * and each of those recoveries is crashed in the same way. Images that a recovery cannot tell apart are started once.
 *
 * <p>What is tried, and the order of findings, follow from the options alone, not from the number of threads. {@link #stop} and
 * {@link #progress} may be called from any thread.
 */
public final class ExhaustiveRun {
    private static final int PART_COUNT = 16;

    private final ExhaustiveOptions options;
    private final UnaryOperator<BlockDevice> recordWrap;
    private final UnaryOperator<BlockDevice> recoverWrap;
    private final AtomicInteger pointsDone = new AtomicInteger();
    private final AtomicLong engineRuns = new AtomicLong();
    private volatile int pointCount;
    private volatile boolean isStopped;

    /**
     * How far a run is.
     *
     * @param pointsDone     crash points done.
     * @param pointCount     of so many; 0 while the workload is recorded.
     * @param engineRunCount starts of the engine, in the parts that are finished.
     */
    public record Progress(int pointsDone, int pointCount, long engineRunCount) {}

    /**
     * A run, not begun.
     *
     * @param options what to try.
     */
    public ExhaustiveRun(ExhaustiveOptions options) {
        this(options, UnaryOperator.identity(), UnaryOperator.identity());
    }

    /**
     * A run on devices that are not what they should be.
     *
     * @param options     what to try.
     * @param recordWrap  put around each device while the workload is recorded.
     * @param recoverWrap put around each device in recoveries.
     */
    ExhaustiveRun(
            ExhaustiveOptions options, UnaryOperator<BlockDevice> recordWrap, UnaryOperator<BlockDevice> recoverWrap) {
        this.options = options;
        this.recordWrap = recordWrap;
        this.recoverWrap = recoverWrap;
    }

    /** How far it is. */
    public Progress progress() {
        return new Progress(pointsDone.get(), pointCount, engineRuns.get());
    }

    /** End it soon; what was done by then is the result. */
    public void stop() {
        isStopped = true;
    }

    /**
     * Run, and wait for the end.
     *
     * @param executor carries out the parts; its threads are the run's.
     * @param clock    for the time limit and the time taken.
     * @return what came of it.
     * @throws InterruptedException when the caller is interrupted; the parts end soon.
     */
    public ExhaustiveResult run(ExecutorService executor, NanoClock clock) throws InterruptedException {
        long startNs = clock.nanoTime();
        Recording recording = new Recorder(options, recordWrap).record();
        Tally tally = new Tally();
        if (!recording.problem().isEmpty()) {
            tally.find("recording", recording.problem());
        }
        int count = recording.points().size();
        pointCount = count;
        List<Callable<Tally>> parts = new ArrayList<>();
        for (int part = 0; part < PART_COUNT; part++) {
            int from = part * count / PART_COUNT;
            int to = (part + 1) * count / PART_COUNT;
            parts.add(() -> explore(recording, from, to, clock, startNs));
        }
        try {
            for (Future<Tally> part : executor.invokeAll(parts)) {
                tally.add(part.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a part of an exhaustive run ended with an error: " + options, e);
        } finally {
            isStopped |= Thread.currentThread().isInterrupted();
        }
        int lossSets = LossSets.tolerated(
                        options.shape().memberCount(), options.shape().parityCount())
                .size();
        return ExhaustiveResult.of(recording, lossSets, tally, clock.nanoTime() - startNs);
    }

    /**
     * Go through one crash state again, and tell what happens.
     *
     * @param options of the run that found it.
     * @param state   its name.
     * @return what happens.
     * @throws IllegalArgumentException when there is no such state.
     */
    public static StateStory replay(ExhaustiveOptions options, String state) {
        return new StateReplay(options, new Recorder(options, UnaryOperator.identity()).record()).replay(state);
    }

    private Tally explore(Recording recording, int from, int to, NanoClock clock, long startNs) {
        Explorer explorer = new Explorer(
                options,
                recording.pool(),
                recoverWrap,
                () -> isStopped || clock.nanoTime() - startNs > options.timeLimitNs());
        // Backwards: the last crash point before a flush leaves all that those before it could.
        for (int point = to - 1; point >= from; point--) {
            explorer.explore(recording.points().get(point), point);
            pointsDone.incrementAndGet();
        }
        Tally tally = explorer.tally();
        engineRuns.addAndGet(tally.engineRunCount);
        return tally;
    }
}
