package io.holdfast.raid.engine;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalUse;
import io.holdfast.journal.JournalWriter;
import io.holdfast.journal.LogMirror;
import io.holdfast.journal.LogStart;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.metadata.MemberCondition;
import java.util.ArrayList;
import java.util.BitSet;
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
 * continue}. Another copy of the journal comes in the same way too: once nothing of the log is wanted any more, the empty
 * block that its tail designates is all there is to copy. A copy that fails while others are left is named failed by the next
 * superblocks, and what it missed is answered only then; see {@link LogMirror}.
 *
 * <p>Confined to the conductor's thread, but for what says otherwise.
 */
final class JournalKeeper {
    /** Why an array with a bitmap takes no journal. */
    static final String HAS_BITMAP = "the array has a write-intent bitmap, and md's format knows no array with both";

    /** What the conductor does for it. */
    interface Host {
        /** Whether superblocks say all there is to say, the array is marked clean, and none are being written. */
        boolean isAtRest();

        /** Whether the journal may be changed at all: the array is writable, has not failed, and is not stopping. */
        boolean mayChange();

        /** Whether the array keeps a write-intent bitmap. */
        boolean hasBitmap();

        /** Whether what the last run left in the log is still being written to the members. */
        boolean isReplaying();

        /**
         * Take in devices that are to hold the journal, and write their superblocks and the block that the log begins with;
         * {@link #introduced} is told.
         *
         * @param journal      that comes.
         * @param tailPosition of the block.
         * @param tailSequence its number.
         * @return the devices' indexes.
         */
        List<Integer> introduce(NewJournal journal, long tailPosition, long tailSequence);

        /** Write superblocks, after a flush of the members. */
        void recordWanted();

        /** Do something later, on the conductor's thread. */
        void command(Runnable command);

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
    private final NewMirror mirrors;
    private final ReplayBudget budget;
    private final SuperblockSet superblocks;
    private final ArrayListener listener;
    private volatile JournalLossPolicy lossPolicy;
    private final Consumer<ShardControl> broadcast;
    private List<Shard> shards = List.of();

    /** Null when there is no journal. */
    private volatile JournalSeat seat;

    private volatile boolean down;
    private volatile JournalMode mode;
    private boolean toBeGivenUp;
    /** When the superblocks say that the journal has failed, the array takes no more requests. */
    private boolean stopsNext;

    /** Copies that have failed and are not named so yet; and of these, those that the superblocks under way name. */
    private final BitSet copiesFailed = new BitSet();

    private final BitSet copiesWritten = new BitSet();
    private long recordedTail;
    private long writtenTail = -1;
    private boolean oldPartFreed;

    private Step step = Step.NONE;
    /** Shards have been told to hold writes. */
    private boolean holdTold;

    private long holdNumber;

    private NewJournal next;
    private boolean isCopyWanted;
    private List<Integer> nextDevices = List.of();
    private CompletableFuture<Void> done;
    private ArrayException changeFailure;

    /** Makes the mirror of a journal that comes. */
    @FunctionalInterface
    interface NewMirror {
        LogMirror of(List<LogMirror.Copy> copies, long length);
    }

    /**
     * The journal as the array starts.
     *
     * @param host        what the conductor does.
     * @param loop        of the conductor.
     * @param start       what the array is.
     * @param firstDevice index of the device that holds the first copy; the others follow.
     * @param agent       that runs the journal.
     * @param broadcast   tells every shard.
     */
    JournalKeeper(
            Host host,
            IoLoop loop,
            EngineStart start,
            int firstDevice,
            JournalAgent agent,
            Consumer<ShardControl> broadcast) {
        this.host = host;
        this.loop = loop;
        this.agent = agent;
        this.broadcast = broadcast;
        opener = start.journalOpener();
        mirrors = (copies, length) -> new LogMirror(copies, length, start.nanoClock(), start.deviceTimeLimitNs());
        budget = start.replayBudget();
        superblocks = start.superblocks();
        listener = start.listener();
        lossPolicy = start.journalLossPolicy();
        recordedTail = start.journalTailSectors();
        mode = start.journalMode();
        if (start.journal() != null) {
            List<Integer> devices = new ArrayList<>();
            for (int copy = 0; copy < start.journalMirror().copies().size(); copy++) {
                devices.add(firstDevice + copy);
                if (start.journalMirror().isFailed(copy)) {
                    host.abandon(firstDevice + copy);
                }
            }
            seat(new JournalSeat(start.journalMirror(), start.journal(), devices));
        }
    }

    private void seat(JournalSeat next) {
        seat = next;
        copiesFailed.clear();
        copiesWritten.clear();
        if (next != null) {
            next.mirror.listener((copy, status) -> host.command(() -> copyFailed(next, copy, status)));
        }
    }

    void shards(List<Shard> all) {
        shards = all;
    }

    // ---- how it stands ----

    /** Whether the superblocks written next say that there is a journal. */
    boolean isJournaled() {
        return (step == Step.SWITCHING && !isCopyWanted) ? next != null : seat != null;
    }

    /** Whether the array has a journal that has not failed; from any thread. */
    boolean isAlive() {
        return seat != null && !down;
    }

    /** Whether it has failed and nothing has taken its place; from any thread. */
    boolean isDown() {
        return down;
    }

    /** Whether writes are refused while it is down, rather than held until the array can do without; from any thread. */
    boolean refusesWrites() {
        return lossPolicy != JournalLossPolicy.CONTINUE;
    }

    /** The journal's copies, or null; from any thread. */
    LogMirror mirror() {
        JournalSeat now = seat;
        return now == null || down ? null : now.mirror;
    }

    /** How much of it is in use, or null; from any thread. */
    JournalUse use() {
        JournalSeat now = seat;
        return now == null || down ? null : now.writer.use();
    }

    /** What its loss means. */
    JournalLossPolicy lossPolicy() {
        return lossPolicy;
    }

    /** What its loss means from now on; noted with the array. */
    void use(JournalLossPolicy policy) {
        lossPolicy = policy;
        superblocks.note(policy);
        host.recordWanted();
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

    /** Whether nothing of the log is to be wanted any more. */
    boolean isEmptying() {
        return step == Step.HOLDING && isCopyWanted && holdTold && allHoldStill();
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
                && seat.writer.reclaimablePosition() != recordedTail
                && (all || oldPartFreed || seat.writer.spaceWanted());
    }

    /** All that the last run left in the log is on the members: the sooner the tail says so, the less is replayed again. */
    void replayed() {
        if (seat != null) {
            seat.writer.oldPartAtRest();
            budget.applyTo(seat.writer);
            oldPartFreed = true;
        }
    }

    /** The tail for the superblocks written next, which name the copies that have failed until now. */
    long tailToWrite(boolean isMoved) {
        oldPartFreed &= !isMoved;
        copiesWritten.clear();
        copiesWritten.or(copiesFailed);
        if (step == Step.SWITCHING && !isCopyWanted) {
            writtenTail = 0;
        } else {
            writtenTail = isMoved ? seat.writer.reclaimablePosition() : recordedTail;
        }
        return writtenTail;
    }

    /** The superblocks are durable on every device. */
    void recorded() {
        if (seat != null) {
            // What these copies missed may be answered now.
            copiesWritten.stream().forEach(seat.mirror::failureRecorded);
            copiesFailed.andNot(copiesWritten);
        }
        if (stopsNext) {
            stopsNext = false;
            host.stopArray("its journal has failed, and it is told to stop then");
        } else if (step == Step.SWITCHING) {
            release();
        } else if (isAlive() && writtenTail != recordedTail) {
            recordedTail = writtenTail;
            seat.writer.tailMoved(writtenTail);
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
            holdNumber++;
            broadcast.accept(new ShardControl.HoldWrites(holdNumber));
        }
        if (step == Step.HOLDING && holdTold && allHoldStill() && host.isAtRest()) {
            if (next == null) {
                beginSwitch();
            } else if (isCopyWanted) {
                if (!closeClean()) {
                    return 0;
                }
                introduce(recordedTail, seat.writer.lastSequence());
            } else {
                introduce(0, next.sequence());
            }
            return 1;
        }
        return 0;
    }

    private boolean allHoldStill() {
        for (Shard shard : shards) {
            if (!shard.holdsStill(holdNumber)) {
                return false;
            }
        }
        return true;
    }

    // ---- changing it ----

    /**
     * Put another journal in the place of this one, or none, or add a copy to it.
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
        } else if (journal != null && host.hasBitmap()) {
            reason = HAS_BITMAP;
        } else if ((journal == null || journal.isCopy()) && seat == null) {
            reason = "the array has none";
        } else if (journal != null && journal.isCopy()) {
            if (down) {
                reason = "it has failed; put another in its place";
            } else if (journal.lengthSectors() != seat.mirror.geometry().sectors()) {
                reason = "it is another one now; try again";
            } else if (seat.devices().size() == LogMirror.MAX_COPIES) {
                reason = "it has had " + LogMirror.MAX_COPIES + " copies already; put another in its place";
            }
        }
        if (reason != null) {
            changed.completeExceptionally(
                    new ArrayException(IoStatus.UNSUPPORTED, "cannot change the journal: " + reason));
            return;
        }
        next = journal;
        isCopyWanted = journal != null && journal.isCopy();
        begin(changed);
    }

    private void begin(CompletableFuture<Void> changed) {
        done = changed;
        changeFailure = null;
        nextDevices = List.of();
        step = Step.HOLDING;
        holdTold = false;
        loop.wake();
    }

    private void introduce(long tailPosition, long tailSequence) {
        step = Step.INTRODUCING;
        nextDevices = host.introduce(next, tailPosition, tailSequence);
    }

    /** What makes the new devices known is durable on them, or is not. */
    void introduced(boolean isDurable) {
        if (isDurable) {
            beginSwitch();
            return;
        }
        // Nothing names them, and nothing has changed.
        abandonNext("its superblock could not be written");
        if (down) {
            isCopyWanted = false;
            step = Step.HOLDING;
        } else {
            end();
        }
    }

    /** From here on, until it is durable, a start finds either the old journal or the new. */
    private void beginSwitch() {
        if (isCopyWanted && down) {
            // What it was to be a copy of has failed meanwhile.
            abandonNext("the journal has failed");
            isCopyWanted = false;
        }
        if (seat != null && !isCopyWanted) {
            for (int device : seat.devices()) {
                if (down) {
                    superblocks.condition(device, MemberCondition.FAULTY, -1, 0);
                } else {
                    superblocks.remove(device);
                }
                host.abandon(device);
            }
        }
        if (next != null) {
            nextDevices.forEach(superblocks::list);
        }
        step = Step.SWITCHING;
        superblocks.journaled(isJournaled());
        host.recordWanted();
    }

    private void abandonNext(String why) {
        List<String> names = nextDevices.stream().map(host::deviceName).toList();
        changeFailure = new ArrayException(
                IoStatus.MEDIA_ERROR,
                String.join(", ", names) + " cannot be the journal: " + why
                        + ". The array goes on without; use another device.");
        nextDevices.forEach(host::abandon);
        next = null;
    }

    private void release() {
        String oldName = seat == null ? "" : seat.name();
        if (!isCopyWanted) {
            replaceSeat();
        } else if (next != null) {
            seat.add(next.copy(0), nextDevices.get(0));
        }
        listener.onJournalChanged(oldName, seat == null ? "" : seat.name());
        end();
    }

    private void replaceSeat() {
        JournalSeat fresh = null;
        if (next != null) {
            List<LogMirror.Copy> copies = new ArrayList<>();
            for (int i = 0; i < next.devices().size(); i++) {
                copies.add(next.copy(i));
            }
            LogMirror mirror = mirrors.of(copies, next.lengthSectors() * DeviceGeometry.SECTOR_LENGTH);
            JournalArea area = new JournalArea(
                    mirror, 0, next.lengthSectors(), next.superblocks().get(0).setUuid());
            JournalWriter writer = opener.open(area, LogStart.behindEmptyBlock(area, 0, next.sequence()));
            fresh = new JournalSeat(mirror, writer, nextDevices);
        }
        seat(fresh);
        recordedTail = 0;
        down = false;
        JournalWriter writer = fresh == null ? null : fresh.writer;
        agent.use(writer);
        broadcast.accept(new ShardControl.UseJournal(writer));
    }

    private void end() {
        step = Step.NONE;
        next = null;
        isCopyWanted = false;
        broadcast.accept(new ShardControl.HoldWrites(0));
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

    /** Whether a device holds, or is about to hold, the journal. */
    boolean owns(int device) {
        return (seat != null && seat.copyOn(device) >= 0) || (step != Step.NONE && nextDevices.contains(device));
    }

    /** A device of the journal failed at a superblock. */
    void deviceFailed(int device, IoStatus status) {
        int copy = seat == null ? -1 : seat.copyOn(device);
        if (copy >= 0) {
            host.abandon(device);
            // The mirror tells, through a command, what that means.
            seat.mirror.fail(copy, status);
        } else if (next != null && step == Step.SWITCHING) {
            // Some superblock may name it already; the next generation calls it failed.
            abandonNext("it failed while the array began to use it");
            nextDevices.forEach(each -> superblocks.condition(each, MemberCondition.FAULTY, -1, 0));
            superblocks.journaled(isJournaled());
        }
    }

    private void copyFailed(JournalSeat of, int copy, IoStatus status) {
        if (of != seat || down) {
            return;
        }
        if (of.mirror.aliveCount() == 0) {
            failed(status);
            return;
        }
        int device = of.devices().get(copy);
        host.abandon(device);
        superblocks.condition(device, MemberCondition.FAULTY, -1, 0);
        copiesFailed.set(copy);
        listener.onJournalCopyFailed(host.deviceName(device), status);
        host.recordWanted();
    }

    /** The journal can take no more records. */
    void failed(IoStatus status) {
        if (down || seat == null || (step == Step.SWITCHING && !isCopyWanted)) {
            return;
        }
        down = true;
        String name =
                String.join(",", seat.devices().stream().map(host::deviceName).toList());
        seat.devices().forEach(host::abandon);
        // Also when it was a superblock that could not be written: no record may become durable from here on.
        seat.writer.fail(status);
        listener.onJournalFailed(name, status);
        if (step != Step.NONE) {
            return;
        }
        if (lossPolicy == JournalLossPolicy.CONTINUE && host.mayChange()) {
            next = null;
            isCopyWanted = false;
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
        seat.devices().forEach(device -> superblocks.condition(device, MemberCondition.FAULTY, -1, 0));
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
        if (seat != null) {
            seat.writer.refuse(IoStatus.GONE);
        }
        letGo(reason);
    }

    /** Leave the next start nothing to replay; call again until it says so. */
    boolean closeClean() {
        if (!isAlive()) {
            return true;
        }
        boolean closed = seat.writer.closeClean();
        if (seat.writer.isFailed()) {
            // Nothing answered is lost: the next start replays from the old tail.
            failed(IoStatus.MEDIA_ERROR);
            return false;
        }
        return closed && !wantsTailMoved(true);
    }
}
