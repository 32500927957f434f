package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalWriter;
import io.holdfast.journal.LogStart;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.metadata.MemberCondition;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The conductor's hand for the journal: moves its tail, decides what its loss means, and puts another in its place, or none,
 * while the array runs.
 *
 * <p>A change of journals, in this order:
 * <ol>
 *   <li><b>Hold.</b> Shards begin no write, finish those under way, and write out what is cached; an array without a journal
 *       is marked clean. Now everything that the old log holds is on the members; a replay that still goes on is waited for
 *       first, while writes go on.
 *   <li><b>Introduce.</b> The new journal, whose log is empty, gets its superblock, under the event number that all have.
 *       No member names it yet, so a start after a crash here sets it aside, and goes on with the old journal.
 *   <li><b>Switch.</b> Members are flushed, and then one generation of superblocks names the new journal and leaves out the
 *       old. After a crash in the middle of that the newest superblocks decide: those that have the new generation name a
 *       journal that is there and one event behind, which is as good as up to date; if none has it, the old one is replayed
 *       to no effect.
 *   <li><b>Release.</b> Shards log to the new journal, and begin the writes that waited.
 * </ol>
 *
 * <p>A journal that fails is replaced by none in the same way, if the array is to {@linkplain JournalLossPolicy#CONTINUE
 * continue}. Confined to the conductor's thread, but for what says otherwise.
 */
final class JournalKeeper {
    /** What the conductor does for it. */
    interface Host {
        /** Whether superblocks say all there is to say, the array is marked clean, and none are being written. */
        boolean isAtRest();

        /** Whether the journal may be changed at all: the array is writable, has not failed, and is not stopping. */
        boolean mayChange();

        /** Whether what the last run left in the log is still being written to the members. */
        boolean isReplaying();

        /** Take in a device that is to hold the journal, and write its superblock; {@link #introduced} is told. */
        int introduce(NewJournal journal);

        /** Write superblocks, after a flush of the members. */
        void recordWanted();

        /** Take no more requests. */
        void stopArray(String reason);

        /** Of a device. */
        String deviceName(int device);

        /** A device is not to be written to any more. */
        void abandon(int device);
    }

    private enum Step {
        NONE,
        HOLDING,
        INTRODUCING,
        SWITCHING
    }

    private final Host host;
    private final IoLoop loop;
    private final JournalAgent agent;
    private final JournalOpener opener;
    private final SuperblockSet superblocks;
    private final ArrayListener listener;
    private final JournalLossPolicy lossPolicy;
    private final Consumer<ShardControl> broadcast;
    private List<Shard> shards = List.of();

    private volatile JournalWriter writer;
    private volatile boolean down;
    private volatile JournalMode mode;
    private int device;
    private boolean toBeGivenUp;
    /** When the superblocks say that the journal has failed, the array takes no more requests. */
    private boolean stopsNext;

    private long recordedTail;
    private long writtenTail = -1;
    private boolean oldPartFreed;

    private Step step = Step.NONE;
    /** Shards have been told to hold writes. */
    private boolean holdTold;

    private NewJournal next;
    private int nextDevice = -1;
    private CompletableFuture<Void> done;
    private ArrayException changeFailure;

    /**
     * The journal as the array starts.
     *
     * @param host        what the conductor does.
     * @param loop        of the conductor.
     * @param start       what the array is.
     * @param device      index of the journal's device, or -1.
     * @param agent       that runs the journal.
     * @param broadcast   tells every shard.
     */
    JournalKeeper(
            Host host,
            IoLoop loop,
            EngineStart start,
            int device,
            JournalAgent agent,
            Consumer<ShardControl> broadcast) {
        this.host = host;
        this.loop = loop;
        this.agent = agent;
        this.device = device;
        this.broadcast = broadcast;
        writer = start.journal();
        opener = start.journalOpener();
        superblocks = start.superblocks();
        listener = start.listener();
        lossPolicy = start.journalLossPolicy();
        recordedTail = start.journalTailSectors();
        mode = start.journalMode();
    }

    void shards(List<Shard> all) {
        shards = all;
    }

    // ---- how it stands ----

    /** Whether the superblocks written next say that there is a journal. */
    boolean isJournaled() {
        return step == Step.SWITCHING ? next != null : writer != null;
    }

    /** Whether the array has a journal that has not failed; from any thread. */
    boolean isAlive() {
        return writer != null && !down;
    }

    /** Whether it has failed and nothing has taken its place; from any thread. */
    boolean isDown() {
        return down;
    }

    /** Whether writes are refused while it is down, rather than held until the array can do without; from any thread. */
    boolean refusesWrites() {
        return lossPolicy != JournalLossPolicy.CONTINUE;
    }

    /** Whether the array must come to a stand before it can go on, or a failed journal has not been recorded. */
    boolean isBusy() {
        return step != Step.NONE || toBeGivenUp;
    }

    /** Whether it has failed, and superblocks still count on it. */
    boolean isBeingLost() {
        return down && (toBeGivenUp || step == Step.HOLDING || step == Step.INTRODUCING);
    }

    /** Whether writes are held back now, so that the array can be marked clean. */
    boolean isHolding() {
        return step != Step.NONE;
    }

    /** What writes wait for; from any thread. */
    JournalMode mode() {
        return mode;
    }

    /** What writes wait for from now on. */
    void use(JournalMode newMode) {
        mode = newMode;
        broadcast.accept(new ShardControl.UseWriteBack(mode == JournalMode.WRITE_BACK));
    }

    // ---- the tail ----

    /**
     * Where the tail is to be recorded, if it should be moved at all.
     *
     * @param all whether all that can be freed should be, and not only when space is wanted.
     */
    boolean wantsTailMoved(boolean all) {
        return isAlive()
                && step != Step.SWITCHING
                && writer.reclaimablePosition() != recordedTail
                && (all || oldPartFreed || writer.spaceWanted());
    }

    /** All that the last run left in the log is on the members: the sooner the tail says so, the less is replayed again. */
    void replayed() {
        if (writer != null) {
            writer.oldPartAtRest();
            oldPartFreed = true;
        }
    }

    /** The tail for the superblocks written next. */
    long tailToWrite(boolean isMoved) {
        oldPartFreed &= !isMoved;
        if (step == Step.SWITCHING) {
            writtenTail = next == null ? 0 : next.tailPosition();
        } else {
            writtenTail = isMoved ? writer.reclaimablePosition() : recordedTail;
        }
        return writtenTail;
    }

    /** The superblocks are durable on every device. */
    void recorded() {
        if (stopsNext) {
            stopsNext = false;
            host.stopArray("its journal has failed, and it is told to stop then");
        } else if (step == Step.SWITCHING) {
            release();
        } else if (isAlive() && writtenTail != recordedTail) {
            recordedTail = writtenTail;
            writer.tailMoved(writtenTail);
        }
    }

    // ---- duty ----

    int doWork() {
        if (toBeGivenUp) {
            giveUp();
        }
        if (step == Step.HOLDING && !holdTold && !host.isReplaying()) {
            // Nobody is to wait for the end of a replay: what is recorded until then goes to the old journal.
            holdTold = true;
            broadcast.accept(new ShardControl.HoldWrites(true));
        }
        if (step == Step.HOLDING && holdTold && allHoldStill() && host.isAtRest()) {
            if (next == null) {
                beginSwitch();
            } else {
                step = Step.INTRODUCING;
                nextDevice = host.introduce(next);
            }
            return 1;
        }
        return 0;
    }

    private boolean allHoldStill() {
        for (Shard shard : shards) {
            if (!shard.holdsStill()) {
                return false;
            }
        }
        return true;
    }

    // ---- changing it ----

    /**
     * Put another journal in the place of this one, or of none.
     *
     * @param journal prepared; null to go on without one.
     * @param changed completed when the array uses it; exceptionally, with an {@link ArrayException}, when it does not.
     */
    void change(NewJournal journal, CompletableFuture<Void> changed) {
        String reason = null;
        if (!host.mayChange()) {
            reason = "the array is being stopped, has failed, or is not writable";
        } else if (isBusy()) {
            reason = "another change is going on, or the journal is just being given up; wait for that first";
        } else if (journal == null && writer == null) {
            reason = "the array has none";
        }
        if (reason != null) {
            changed.completeExceptionally(
                    new ArrayException(IoStatus.UNSUPPORTED, "cannot change the journal: " + reason));
            return;
        }
        next = journal;
        begin(changed);
    }

    private void begin(CompletableFuture<Void> changed) {
        done = changed;
        changeFailure = null;
        nextDevice = -1;
        step = Step.HOLDING;
        holdTold = false;
        loop.wake();
    }

    /** The superblock of the new journal is durable on it, or is not. */
    void introduced(boolean isDurable) {
        if (isDurable) {
            beginSwitch();
        } else {
            // Nothing names it, and nothing has changed.
            abandonNext("its superblock could not be written");
            if (down) {
                step = Step.HOLDING;
            } else {
                end();
            }
        }
    }

    /** From here on, until it is durable, a start finds either the old journal or the new. */
    private void beginSwitch() {
        if (device >= 0) {
            if (down) {
                superblocks.condition(device, MemberCondition.FAULTY, -1, 0);
            } else {
                superblocks.remove(device);
            }
            host.abandon(device);
        }
        if (next != null) {
            superblocks.list(nextDevice);
        }
        superblocks.journaled(next != null);
        step = Step.SWITCHING;
        host.recordWanted();
    }

    private void abandonNext(String why) {
        changeFailure = new ArrayException(
                IoStatus.MEDIA_ERROR,
                host.deviceName(nextDevice) + " cannot be the journal: " + why
                        + ". The array goes on without it; use another device.");
        host.abandon(nextDevice);
        next = null;
    }

    private void release() {
        String oldName = device < 0 ? "" : host.deviceName(device);
        device = next == null ? -1 : nextDevice;
        writer = next == null
                ? null
                : opener.open(
                        next.area(), LogStart.behindEmptyBlock(next.area(), next.tailPosition(), next.tailSequence()));
        recordedTail = next == null ? 0 : next.tailPosition();
        down = false;
        agent.use(writer);
        broadcast.accept(new ShardControl.UseJournal(writer));
        listener.onJournalChanged(oldName, device < 0 ? "" : host.deviceName(device));
        end();
    }

    private void end() {
        step = Step.NONE;
        next = null;
        broadcast.accept(new ShardControl.HoldWrites(false));
        CompletableFuture<Void> ended = done;
        done = null;
        if (changeFailure == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(changeFailure);
        }
    }

    /** The array has failed, or the conductor goes: nothing will ever come of it. */
    void letGo(ArrayException reason) {
        if (step != Step.NONE) {
            changeFailure = reason;
            end();
        }
    }

    // ---- losing it ----

    /** Whether a device is, or is about to be, the journal's. */
    boolean owns(int failedDevice) {
        return failedDevice >= 0 && (failedDevice == device || (failedDevice == nextDevice && step != Step.NONE));
    }

    /** A device of the journal failed. */
    void deviceFailed(int failedDevice, IoStatus status) {
        if (failedDevice == device) {
            failed(status);
        } else if (next != null && step == Step.SWITCHING) {
            // Some superblock may name it already; the next generation calls it failed.
            abandonNext("it failed while the array began to use it");
            superblocks.condition(nextDevice, MemberCondition.FAULTY, -1, 0);
            superblocks.journaled(false);
        }
    }

    /** The journal can take no more records. */
    void failed(IoStatus status) {
        if (down || writer == null || step == Step.SWITCHING) {
            return;
        }
        down = true;
        host.abandon(device);
        // Also when it was a superblock that could not be written: no record may become durable from here on.
        writer.fail(status);
        listener.onJournalFailed(host.deviceName(device), status);
        if (step != Step.NONE) {
            return;
        }
        if (lossPolicy == JournalLossPolicy.CONTINUE && host.mayChange()) {
            next = null;
            begin(new CompletableFuture<>());
        } else {
            toBeGivenUp = true;
            broadcast.accept(new ShardControl.RefuseWrites());
        }
        loop.wake();
    }

    /**
     * Call the journal failed once nothing that it holds a record of is still on its way to the members, or waits for that.
     *
     * <p>From then on nobody replays the log. A crash while a stripe is half written would otherwise find neither a record to
     * finish it with nor a mark that it is dirty. What was answered may be nowhere but in the log and in members' caches, so
     * the generation flushes first.
     */
    private void giveUp() {
        if (host.isReplaying()) {
            return;
        }
        for (Shard shard : shards) {
            if (shard.writesUnderWay() > 0 || shard.cachedCount() > 0) {
                return;
            }
        }
        toBeGivenUp = false;
        superblocks.condition(device, MemberCondition.FAULTY, -1, 0);
        if (lossPolicy == JournalLossPolicy.CONTINUE) {
            // It is being stopped: all is on the members, and the next start is to go on without a journal.
            superblocks.journaled(false);
        }
        stopsNext = lossPolicy == JournalLossPolicy.STOP;
        host.recordWanted();
    }

    // ---- the end ----

    /** The array has failed: the tail will not move any more, so nothing may wait for that. */
    void arrayFailed(ArrayException reason) {
        if (writer != null) {
            writer.refuse(IoStatus.GONE);
        }
        letGo(reason);
    }

    /** Leave the next start nothing to replay; call again until it says so. */
    boolean closeClean() {
        if (!isAlive()) {
            return true;
        }
        boolean closed = writer.closeClean();
        if (writer.isFailed()) {
            // Nothing answered is lost: the next start replays from the old tail.
            failed(IoStatus.MEDIA_ERROR);
            return false;
        }
        return closed && !wantsTailMoved(true);
    }
}
