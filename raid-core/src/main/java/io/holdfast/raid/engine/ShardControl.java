package io.holdfast.raid.engine;

import io.holdfast.journal.JournalWriter;
import java.util.function.Consumer;

/** What the conductor tells a shard, through a queue of its own so that it never waits behind callers' requests. */
sealed interface ShardControl {
    /** Serve the slots like this from now on. */
    record UseMembership(Membership membership) implements ShardControl {}

    /** Every survivor's superblock says what membership {@code version} says. */
    record MembershipRecorded(long version) implements ShardControl {}

    /** There is another device that may come to serve a slot; memberships that follow may name it. */
    record UseDevice(MemberDevice device) implements ShardControl {}

    /** No membership names this device any more: let go of it, and tell whether that could be done. */
    record DropDevice(int device, Consumer<Boolean> answer) implements ShardControl {}

    /** The array is marked dirty on disk: writes may start. */
    record OpenGate() implements ShardControl {}

    /** Hold back new writes if none is under way, and answer whether that is so. */
    record CloseGate() implements ShardControl {}

    /** The bits of these regions are set on every member: the shard's writes there may start. */
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record GrantRegions(int[] regions) implements ShardControl {}

    /** Give back the regions that nothing was written to for two sweeps, or, at once, where nothing is under way. */
    record SweepRegions(boolean atOnce) implements ShardControl {}

    /** Ask for regions from now on, or, with null, no more. Only while writes are held, and none is under way. */
    record UseBitmap(BitmapRegions regions) implements ShardControl {}

    /** More members are lost than the level tolerates: nothing more is written. */
    record ArrayFailed() implements ShardControl {}

    /** Answer writes when their data is in the journal; or do not, and let what is cached leave. */
    record UseWriteBack(boolean wanted) implements ShardControl {}

    /** Take no more writes. */
    record RefuseWrites() implements ShardControl {}

    /** Begin no write, and let what is cached leave: that is the hold of this number; or, with 0, go on. */
    record HoldWrites(long number) implements ShardControl {}

    /** Log to this journal from now on; null for none. Only while writes are held, and none is under way. */
    record UseJournal(JournalWriter journal) implements ShardControl {}

    /** Windows below this one have parity that fits their data; above, a resync has yet to vouch for it. */
    record ParityConsistent(long belowWindow) implements ShardControl {}
}
