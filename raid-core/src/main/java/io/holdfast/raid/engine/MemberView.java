package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.engine.Membership.SlotState;

/**
 * The members as one shard sees them: what the conductor has decided, and what the shard has found out itself and the
 * conductor has not decided yet. Confined to its shard's thread.
 */
final class MemberView {
    private final MemberChannels channels;
    private final ConductorLink conductor;
    private final int parityCount;
    private final int allBlocks;

    private Membership membership;
    private long recordedVersion;
    private boolean arrayFailed;
    private boolean writesRefused;
    private long parityConsistentBelow;

    /**
     * A view.
     *
     * @param channels            to the members; they know which are under suspicion.
     * @param conductor           told of failures.
     * @param membership          to begin with.
     * @param parityCount         members the level can do without.
     * @param blockCount          of a window.
     * @param parityConsistentBelow the first window whose parity nobody vouches for.
     */
    MemberView(
            MemberChannels channels,
            ConductorLink conductor,
            Membership membership,
            int parityCount,
            int blockCount,
            long parityConsistentBelow) {
        this.channels = channels;
        this.conductor = conductor;
        this.membership = membership;
        this.parityCount = parityCount;
        this.allBlocks = BlockMask.of(0, blockCount);
        this.parityConsistentBelow = parityConsistentBelow;
    }

    // ---- what the conductor decided ----

    Membership membership() {
        return membership;
    }

    void membership(Membership next) {
        membership = next;
    }

    /** The newest membership that every survivor's superblock knows. */
    long recordedVersion() {
        return recordedVersion;
    }

    void recordedVersion(long version) {
        recordedVersion = Math.max(recordedVersion, version);
    }

    boolean arrayFailed() {
        return arrayFailed;
    }

    void failArray() {
        arrayFailed = true;
    }

    void refuseWrites() {
        writesRefused = true;
    }

    void allowWrites() {
        writesRefused = false;
    }

    boolean writesAreRefused() {
        return writesRefused || arrayFailed;
    }

    /** What a write is answered while {@link #writesAreRefused}. */
    IoStatus refusal() {
        return arrayFailed ? IoStatus.GONE : IoStatus.READ_ONLY;
    }

    void parityConsistentBelow(long window) {
        parityConsistentBelow = window;
    }

    // ---- what the shard knows ----

    /** Whether a slot's device can be sent anything. */
    boolean isPresent(int slot) {
        int serving = membership.device(slot);
        return serving >= 0 && !channels.isSuspect(serving);
    }

    /** Whether every slot is in sync, and nothing ever needs reconstructing. */
    boolean isWhole() {
        return membership.isWhole() && !channels.anySuspect();
    }

    /** Whether the array has failed, as far as this shard can tell before the conductor says so. */
    boolean tooManyAreLost() {
        if (!channels.anySuspect()) {
            return false;
        }
        int lost = 0;
        for (int slot = 0; slot < membership.slotCount(); slot++) {
            lost += membership.state(slot) == SlotState.IN_SYNC && isPresent(slot) ? 0 : 1;
        }
        return lost > parityCount;
    }

    /** Parity above the resync's mark is not to be built upon, unless it is all that stands in for a lost member. */
    boolean isParityConsistent(WindowOperation operation) {
        return operation.window < parityConsistentBelow || membership.missingCount() > 0 || isAnyAbsent(operation);
    }

    /** As of the last {@link #trust}: also a member whose failure the conductor has not confirmed yet is missed. */
    boolean isAnyAbsent(WindowOperation operation) {
        for (boolean absent : operation.absent) {
            if (absent) {
                return true;
            }
        }
        return false;
    }

    /** Note which blocks of which slots must not be taken from their members. */
    void trust(WindowOperation operation) {
        if (isWhole()) {
            return;
        }
        for (int slot = 0; slot < membership.slotCount(); slot++) {
            int mask = isPresent(slot)
                    ? membership.untrusted(slot, operation.window, operation.memberOffset, allBlocks)
                    : allBlocks;
            operation.absent[slot] = !isPresent(slot);
            // What was read before a member failed is still what the stripe held.
            operation.untrusted[slot] |= mask & ~operation.have[slot];
            operation.anyUntrusted |= operation.untrusted[slot] != 0;
        }
    }

    /** Stop using a device at once, and have the conductor decide. */
    void lose(int device, IoStatus status, String operation) {
        if (!channels.isSuspect(device)) {
            channels.suspect(device);
            conductor.deviceFailed(device, status, operation);
        }
    }
}
