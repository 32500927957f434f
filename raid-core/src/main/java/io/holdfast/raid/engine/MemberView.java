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

    /** Who is being filled for a slot and is to be written whatever its device is; -1 for nobody. */
    int replacement(int slot) {
        return membership.replacement(slot);
    }

    /** Whether a device can be sent anything. */
    boolean isWell(int device) {
        return !channels.isSuspect(device);
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

    /** The blocks of a slot that are listed as bad on its device. */
    int listed(int slot, WindowOperation operation) {
        return isPresent(slot) ? membership.listed(slot, operation.memberOffset, allBlocks) : 0;
    }

    /**
     * Have blocks of a slot listed as bad, if they are not, and the operation wait for that. Where the slot's member keeps no list
     * it makes no difference, unless that member is being rebuilt: then it fails.
     */
    void wantListed(WindowOperation operation, int slot, int blocks) {
        int news = blocks & ~operation.toList[slot];
        if (news == 0 || !isPresent(slot) || !mayBeListed(slot) || writesAreRefused()) {
            return;
        }
        operation.toList[slot] |= news;
        operation.listDevice[slot] = membership.device(slot);
        int unlisted = news & ~listed(slot, operation);
        for (int rest = unlisted; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
            conductor.blocksBad(membership.device(slot), blockOffset(operation, rest), BlockMask.runLength(rest));
        }
    }

    /** Have what an operation has written taken off the bad block lists, and the operation wait for that. */
    void wantCleared(WindowOperation operation) {
        if (!membership.isAnyListed()) {
            return;
        }
        for (int slot = 0; slot < membership.slotCount(); slot++) {
            int blocks = operation.dirty[slot] & listed(slot, operation);
            if (blocks == 0 || operation.failedDevice[slot] >= 0) {
                continue;
            }
            operation.toClear[slot] = blocks;
            operation.listDevice[slot] = membership.device(slot);
            for (int rest = blocks; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
                conductor.blocksGood(membership.device(slot), blockOffset(operation, rest), BlockMask.runLength(rest));
            }
        }
    }

    private static long blockOffset(WindowOperation operation, int blocks) {
        return operation.memberOffset + ((long) BlockMask.first(blocks) << BlockMask.BLOCK_SHIFT);
    }

    /**
     * Whether the bad block lists say, on disk, what the operation wants them to.
     *
     * <p>Entry before answer: consider a rebuild that skips a block it cannot compute.
     * 1. The mark moves over the block, and is recorded.
     * 2. Power fails before the entry is.
     * 3. The next start reads what the new member held there before: bytes of some other life, and no error.
     */
    boolean isListSettled(WindowOperation operation) {
        boolean isAnyWanted = false;
        for (int slot = 0; slot < membership.slotCount(); slot++) {
            int wanted = operation.toList[slot] | operation.toClear[slot];
            if (wanted == 0 || membership.device(slot) != operation.listDevice[slot]) {
                continue;
            }
            isAnyWanted = true;
            int listed = membership.listed(slot, operation.memberOffset, allBlocks);
            boolean isListed = (operation.toList[slot] & ~listed) == 0 || !mayBeListed(slot);
            if (!isListed || (operation.toClear[slot] & listed) != 0) {
                return false;
            }
        }
        return !isAnyWanted || recordedVersion >= membership.version();
    }

    private boolean mayBeListed(int slot) {
        return membership.isListKept(slot) || membership.state(slot) == SlotState.RECOVERING;
    }

    /** Stop using a device at once, and have the conductor decide. */
    void lose(int device, IoStatus status, String operation) {
        if (!channels.isSuspect(device)) {
            channels.suspect(device);
            conductor.deviceFailed(device, status, operation);
        }
    }
}
