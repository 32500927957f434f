package io.holdfast.raid.engine;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.ArrayRange;
import io.holdfast.raid.LostBlocks;
import io.holdfast.raid.Mismatch;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncProgress.Outcome;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.StripeMap;
import io.holdfast.raid.metadata.SuperblockDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The conductor's hand for resyncs, recoveries, checks and repairs: starts what is due, one session at a time, keeps the
 * resync's mark, and ends a session only when the superblocks say how it ended. Confined to the conductor's thread.
 */
final class Maintenance implements SyncSupport {
    /** What the conductor does when a session asks for it. */
    interface Host {
        /** Whether a session may begin: the array is neither failed nor stopping. */
        boolean mayStart();

        /** Whether superblocks are still written, so that an outcome can be recorded. */
        boolean canRecord();

        /** Name of the device that serves a slot; empty when none does. */
        String deviceName(int slot);

        /** Write superblocks that vouch for what the session did. */
        void recordWanted();

        /** Who sits where has changed. */
        void membershipChanged();

        /** Give every empty slot a spare, while there are any. */
        void activateSpares();

        /** Another device has taken a slot, and this one does not serve it any more. */
        void retired(int slot, int device);
    }

    private final Host host;
    private final IoLoop loop;
    private final WindowGeometry geometry;
    private final SlotTable slots;
    /** Null when the array has no bitmap. */
    private BitmapKeeper bitmap;

    private final SessionFactory sessions;
    private final ArrayListener listener;
    private final ArrayLayout layout;
    private final Consumer<ShardControl> broadcast;

    private List<Shard> shards = List.of();
    private long resyncedWindows;
    /** What the superblocks say, or are about to say, of the mark above. */
    private long vouchedResynced;

    private MaintenanceSession session;
    private MaintenanceSession ending;
    private Outcome endingOutcome;
    private boolean cutShort;

    /**
     * Maintenance with nothing going on.
     *
     * @param host            what the conductor does for sessions.
     * @param loop            of the conductor.
     * @param layout          of the array.
     * @param geometry        of the windows.
     * @param slots           who sits where.
     * @param sessions        makes resyncs and recoveries.
     * @param listener        told of sessions.
     * @param broadcast       tells every shard.
     * @param resyncedWindows windows whose parity is vouched for.
     */
    Maintenance(
            Host host,
            IoLoop loop,
            ArrayLayout layout,
            WindowGeometry geometry,
            SlotTable slots,
            SessionFactory sessions,
            ArrayListener listener,
            Consumer<ShardControl> broadcast,
            long resyncedWindows) {
        this.host = host;
        this.loop = loop;
        this.layout = layout;
        this.geometry = geometry;
        this.slots = slots;
        this.sessions = sessions;
        this.listener = listener;
        this.broadcast = broadcast;
        this.resyncedWindows = resyncedWindows;
        vouchedResynced = resyncedWindows;
    }

    /** Walk only where a bitmap sends us from now on, if that is known; or, with null, everywhere. */
    void bitmap(BitmapKeeper keeper) {
        bitmap = keeper;
    }

    void shards(List<Shard> all) {
        shards = all;
    }

    // ---- sessions ----

    /** Start what is due, if anything is. */
    void startPending() {
        SyncActivity activity = null;
        long first = 0;
        if (slots.anyRecovering()) {
            activity = SyncActivity.RECOVERY;
            first = slots.firstUnrecovered();
        } else if (resyncedWindows < geometry.windowCount()
                && slots.membership().missingCount() == 0) {
            activity = SyncActivity.RESYNC;
            first = resyncedWindows;
        }
        if (activity != null && host.mayStart()) {
            SyncStep.Action action =
                    activity == SyncActivity.RECOVERY ? SyncStep.Action.RECOVER : SyncStep.Action.RESYNC;
            tryStart(sessions.create(activity, action, first, this));
        }
    }

    boolean tryStart(MaintenanceSession next) {
        if (session != null || ending != null || !host.mayStart()) {
            return false;
        }
        session = next;
        listener.onSyncStarted(next.activity());
        return true;
    }

    /** The session that runs, or whose outcome is being recorded; or null. */
    MaintenanceSession current() {
        return session == null ? ending : session;
    }

    /** Whether no session runs; one may still be ending. */
    boolean isIdle() {
        return session == null;
    }

    /** Whether a session has ended and the superblocks do not say so yet. */
    boolean isEnding() {
        return ending != null;
    }

    int doWork(long nowNs) {
        return session == null ? 0 : session.doWork(nowNs);
    }

    /** End at the checkpoint. */
    void stop() {
        if (session != null) {
            session.stop();
        }
    }

    /**
     * A member was lost. A recovery that lost its last target has nothing left to do. A resync that lost a member has nothing
     * left to compare at level 4 or 5: it must not walk on to the end and call parity good that nobody has seen, so it waits
     * until the slot is filled again.
     */
    void memberLost(boolean wasInSync) {
        if (session == null) {
            return;
        }
        boolean targetsGone = session.activity() == SyncActivity.RECOVERY && !slots.anyRecovering();
        boolean comparesNothing = session.activity() == SyncActivity.RESYNC && wasInSync;
        if (targetsGone || comparesNothing) {
            cutShort = true;
            session.stop();
        }
    }

    /** The array has failed: no superblock is written any more, so there is no record to wait for. */
    void arrayFailed() {
        stop();
        if (ending != null) {
            complete();
        }
    }

    /** The superblocks say how the session ended. */
    void recorded() {
        if (ending == null) {
            return;
        }
        if (endingOutcome == Outcome.COMPLETE
                && ending.activity() == SyncActivity.RECOVERY
                && slots.takeOver(geometry.windowCount(), host::retired)) {
            // Who was replaced is called failed in superblocks of their own, after those that call the new device
            // complete.
            host.membershipChanged();
            host.recordWanted();
            return;
        }
        complete();
    }

    /** The conductor goes; nobody will ever complete these. */
    void letGo(ArrayException reason) {
        for (MaintenanceSession left : new MaintenanceSession[] {session, ending}) {
            if (left != null) {
                left.completion().completeExceptionally(reason);
            }
        }
    }

    private void complete() {
        MaintenanceSession ended = ending;
        Outcome outcome = endingOutcome;
        ending = null;
        endingOutcome = null;
        SyncProgress progress = ended.progress();
        listener.onSyncEnded(progress);
        ended.completion().complete(progress);
        boolean again = cutShort;
        cutShort = false;
        if (host.canRecord() && (again || mayGoOn(ended.activity(), outcome))) {
            host.activateSpares();
            startPending();
        }
    }

    /** Whether what became due while a session ran may begin; what failed or was stopped is not begun again by itself. */
    private static boolean mayGoOn(SyncActivity activity, Outcome outcome) {
        boolean isDue = activity == SyncActivity.RECOVERY || activity == SyncActivity.RESYNC;
        return outcome == Outcome.COMPLETE || !isDue;
    }

    // ---- marks ----

    /** Member sectors below which parity is vouched for; {@link SuperblockDescriptor#MAX_SECTOR} when that is everywhere. */
    long goodUntilSectors() {
        return resyncedWindows >= geometry.windowCount()
                ? SuperblockDescriptor.MAX_SECTOR
                : memberSector(resyncedWindows);
    }

    /** Whether the resync has come further than the last superblocks said; see {@link SlotTable#vouch}. */
    boolean vouch() {
        boolean moved = vouchedResynced != resyncedWindows;
        vouchedResynced = resyncedWindows;
        return moved;
    }

    // ---- for sessions ----

    @Override
    public long windowCount() {
        return geometry.windowCount();
    }

    @Override
    public long windowLength() {
        return geometry.length();
    }

    @Override
    public long memberSector(long window) {
        return geometry.memberOffset(window) / DeviceGeometry.SECTOR_LENGTH;
    }

    @Override
    public Mismatch describe(SyncStep step, SyncStep.Finding finding) {
        long inWindow = (long) finding.firstSector() * DeviceGeometry.SECTOR_LENGTH;
        int length = finding.sectorCount() * DeviceGeometry.SECTOR_LENGTH;
        StripeMap stripe = layout.stripe(geometry.row(step.window()));
        int slot = finding.slot();
        List<ArrayRange> ranges = new ArrayList<>();
        for (int d = 0; d < stripe.dataCount(); d++) {
            if (slot < 0 || stripe.dataSlot(d) == slot) {
                ranges.add(new ArrayRange(geometry.arrayOffset(step.window(), d) + inWindow, length));
            }
        }
        Mismatch.Culprit culprit;
        if (slot < 0) {
            culprit = Mismatch.Culprit.UNKNOWN;
        } else if (slot == stripe.pSlot()) {
            culprit = Mismatch.Culprit.P;
        } else {
            culprit = slot == stripe.qSlot() ? Mismatch.Culprit.Q : Mismatch.Culprit.DATA;
        }
        return new Mismatch(
                geometry.memberOffset(step.window()) + inWindow,
                length,
                culprit,
                slot,
                slot < 0 ? "" : host.deviceName(slot),
                finding.remedy(),
                ranges);
    }

    @Override
    public LostBlocks describe(SyncStep step, SyncStep.Lost lost) {
        long inWindow = (long) lost.firstBlock() << BlockMask.BLOCK_SHIFT;
        long length = (long) lost.blockCount() << BlockMask.BLOCK_SHIFT;
        StripeMap stripe = layout.stripe(geometry.row(step.window()));
        List<ArrayRange> ranges = new ArrayList<>();
        for (int d = 0; d < stripe.dataCount(); d++) {
            if (lost.slots().contains(stripe.dataSlot(d))) {
                ranges.add(new ArrayRange(geometry.arrayOffset(step.window(), d) + inWindow, length));
            }
        }
        return new LostBlocks(geometry.memberOffset(step.window()) + inWindow, length, lost.slots(), ranges);
    }

    @Override
    public void onMismatch(Mismatch mismatch) {
        listener.onMismatch(mismatch);
    }

    @Override
    public long nextWindow(SyncActivity activity, long window) {
        long next = window;
        if (bitmap != null && activity == SyncActivity.RESYNC) {
            next = bitmap.nextDoubtful(window);
        } else if (bitmap != null && activity == SyncActivity.RECOVERY && slots.isGuided()) {
            next = bitmap.nextSet(window);
        }
        return Math.min(next, geometry.windowCount());
    }

    @Override
    public void submit(SyncStep step) {
        shards.get((int) (geometry.row(step.window()) % shards.size())).sync(step);
    }

    @Override
    public void onAdvance(SyncActivity activity, long doneBelow) {
        if (activity == SyncActivity.RECOVERY) {
            slots.recoveredBelow(doneBelow);
        } else if (activity == SyncActivity.RESYNC) {
            resyncedWindows = doneBelow;
            if (bitmap != null) {
                bitmap.resyncedBelow(doneBelow);
            }
            broadcast.accept(new ShardControl.ParityConsistent(doneBelow));
        }
    }

    @Override
    public void checkpoint() {
        if (session.activity() == SyncActivity.RECOVERY || session.activity() == SyncActivity.RESYNC) {
            host.recordWanted();
        }
    }

    @Override
    public void onEnd(MaintenanceSession ended, Outcome outcome) {
        session = null;
        ending = ended;
        endingOutcome = outcome;
        if (outcome == Outcome.COMPLETE && ended.activity() == SyncActivity.RECOVERY) {
            slots.promoteRecovered(geometry.windowCount());
            host.membershipChanged();
        }
        if (ended.activity() == SyncActivity.CHECK || !host.canRecord()) {
            complete();
        } else {
            host.recordWanted();
        }
    }

    @Override
    public void wake() {
        loop.wake();
    }
}
