package io.holdfast.raid.engine;

import static io.holdfast.raid.engine.BlockMask.BLOCK_LENGTH;
import static io.holdfast.raid.engine.BlockMask.BLOCK_SHIFT;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.Mismatch.Remedy;
import io.holdfast.raid.engine.SyncStep.Action;
import io.holdfast.raid.layout.StripeMap;
import io.holdfast.raid.parity.StripeParity;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Compares parity with data in a window, finds out who is wrong, and puts it right. Confined to its shard's thread.
 *
 * <p>Comparing goes by blocks, which is what it costs when all fits. A block that does not fit is gone through by sectors of
 * 512 bytes, each with equations of its own: a sector is the least that a disk loses, misplaces or tears, so one block may
 * hold the lies of two members in two sectors, and either is proven by itself. Nothing is gained by going finer, where
 * fewer bytes have to agree before somebody is accused.
 *
 * <p>With P and Q both wrong, every byte that differs names the slot whose change would explain both; all of a sector must
 * name the same. One liar is always found. Two whose lies have nothing to do with each other are taken for a third only if
 * they lie in the very same bytes of a sector, with a chance of about {@code (slots - 2) / 255} for the first of these and
 * {@code 1 / 255} for each other; if either lies in a byte where the other does not, never.
 */
final class WindowScrub {
    private static final int SECTOR_LENGTH = DeviceGeometry.SECTOR_LENGTH;
    private static final int SECTORS_PER_BLOCK = BLOCK_LENGTH / SECTOR_LENGTH;
    private static final int NOBODY_KNOWS = -1;

    private final WindowContent content;
    private final StripeParity parity;
    private final int slotCount;
    private final long[] address;
    private final UnsafeBuffer scratch;
    private final long scratchAddress;

    /** Whether the parity of the run being looked at is there to be compared. */
    private boolean verifyP;

    private boolean verifyQ;
    /** Whether every block of the run is there, so that P and Q can testify against each other. */
    private boolean mayLocate;

    /** The finding that grows while the sectors that follow say the same. */
    private int runFirst;

    private int runCount;
    private int runSlot;
    private Remedy runRemedy;

    /**
     * A scrub of a shard's windows.
     *
     * @param content        of the operations.
     * @param parity         of the shard.
     * @param slotCount      of the array.
     */
    WindowScrub(WindowContent content, StripeParity parity, int slotCount) {
        this.content = content;
        this.parity = parity;
        this.slotCount = slotCount;
        scratch = BufferSlab.allocate(2 * BLOCK_LENGTH);
        scratchAddress = scratch.addressOffset();
        address = new long[slotCount];
    }

    /**
     * Compare, and do what the step is to do. Rows that had to be recovered prove nothing, unless one parity was left over: a
     * level 6 array with one member missing still has something to check.
     *
     * @param operation      with all that could be read.
     * @param step           told what was found.
     * @param allBlocks      of a window.
     * @param parityVouched  false while a resync has not been here: then parity may misfit because writes were cut off, and
     *                       proves nothing against anybody.
     */
    void run(WindowOperation operation, SyncStep step, int allBlocks, boolean parityVouched) {
        step.forgetFindings();
        int wrongP = 0;
        int wrongQ = 0;
        for (int rest = allBlocks; rest != 0; ) {
            int first = BlockMask.first(rest);
            int count = content.likeRun(operation, rest);
            if (prepare(operation, first, count)) {
                mayLocate &= parityVouched;
                for (int block = first; block < first + count; block++) {
                    int wrong = verify(operation, block);
                    wrongP |= (wrong & 1) << block;
                    wrongQ |= (wrong >>> 1 & 1) << block;
                    if (wrong != 0 && step.action().isScrub()) {
                        goThrough(operation, step, block);
                    }
                }
            }
            rest &= ~BlockMask.of(first, count);
        }
        endRun(step);
        step.wrong(wrongP, wrongQ);
        if (step.action() == Action.RESYNC) {
            rewrite(operation, operation.stripe.pSlot(), wrongP);
            rewrite(operation, operation.stripe.qSlot(), wrongQ);
        }
    }

    /** Set up for a run of rows that lack the same slots; false when there is nothing to compare. */
    private boolean prepare(WindowOperation operation, int first, int count) {
        StripeMap stripe = operation.stripe;
        int lost = -1;
        int lostCount = 0;
        for (int slot = 0; slot < slotCount; slot++) {
            if ((operation.have[slot] >>> first & 1) == 0) {
                lost = slot;
                lostCount++;
            }
        }
        verifyP = true;
        verifyQ = stripe.qSlot() >= 0;
        mayLocate = verifyQ && lostCount == 0;
        if (lostCount == 0) {
            return true;
        }
        if (stripe.qSlot() < 0 || lostCount > 1) {
            return false;
        }
        if (lost == stripe.pSlot()) {
            verifyP = false;
        } else if (lost == stripe.qSlot()) {
            verifyQ = false;
        } else {
            // The lost data block is taken from P, so only Q can disagree.
            addresses(operation, first, 0);
            address[stripe.qSlot()] = 0;
            parity.recover(stripe, address, lost, -1, count << BLOCK_SHIFT);
            verifyP = false;
        }
        return true;
    }

    private void addresses(WindowOperation operation, int block, int sector) {
        for (int slot = 0; slot < slotCount; slot++) {
            address[slot] = operation.blockAddress(slot, block) + (long) sector * SECTOR_LENGTH;
        }
    }

    /** As {@link #addresses}, without the parity that is not to be compared. */
    private void comparable(WindowOperation operation, int block, int sector) {
        addresses(operation, block, sector);
        StripeMap stripe = operation.stripe;
        if (!verifyP) {
            address[stripe.pSlot()] = 0;
        }
        if (!verifyQ && stripe.qSlot() >= 0) {
            address[stripe.qSlot()] = 0;
        }
    }

    private int verify(WindowOperation operation, int block) {
        comparable(operation, block, 0);
        return parity.verify(operation.stripe, address, scratchAddress, BLOCK_LENGTH);
    }

    // ---- who is wrong ----

    private void goThrough(WindowOperation operation, SyncStep step, int block) {
        for (int sector = 0; sector < SECTORS_PER_BLOCK; sector++) {
            comparable(operation, block, sector);
            int slot = locate(operation.stripe);
            if (slot == StripeParity.NONE) {
                endRun(step);
                continue;
            }
            Remedy remedy = apply(operation, step.action(), block, slot);
            int culprit = slot == StripeParity.UNKNOWN ? NOBODY_KNOWS : slot;
            int index = block * SECTORS_PER_BLOCK + sector;
            if (runCount == 0 || index != runFirst + runCount || culprit != runSlot || remedy != runRemedy) {
                endRun(step);
                runFirst = index;
                runSlot = culprit;
                runRemedy = remedy;
            }
            runCount++;
        }
    }

    /** Of the sector that addresses point to. */
    private int locate(StripeMap stripe) {
        if (mayLocate) {
            return parity.locate(stripe, address, scratchAddress, SECTOR_LENGTH);
        }
        return parity.verify(stripe, address, scratchAddress, SECTOR_LENGTH) == 0
                ? StripeParity.NONE
                : StripeParity.UNKNOWN;
    }

    private Remedy apply(WindowOperation operation, Action action, int block, int slot) {
        StripeMap stripe = operation.stripe;
        if (action == Action.CHECK || (action == Action.CORRECT && slot == StripeParity.UNKNOWN)) {
            return Remedy.LEFT;
        }
        if (slot != StripeParity.UNKNOWN) {
            // Only that one: the other slots have just testified to what it should hold.
            parity.recover(stripe, address, slot, -1, SECTOR_LENGTH);
            operation.dirty[slot] |= 1 << block;
            return Remedy.CORRECTED;
        }
        parity.compute(stripe, address, SECTOR_LENGTH);
        if (verifyP) {
            operation.dirty[stripe.pSlot()] |= 1 << block;
        }
        if (verifyQ) {
            operation.dirty[stripe.qSlot()] |= 1 << block;
        }
        return Remedy.PARITY_REWRITTEN;
    }

    private void endRun(SyncStep step) {
        if (runCount > 0) {
            step.found(new SyncStep.Finding(runFirst, runCount, runSlot, runRemedy));
            runCount = 0;
        }
    }

    // ---- a resync ----

    private void rewrite(WindowOperation operation, int slot, int blocks) {
        if (slot < 0) {
            return;
        }
        StripeMap stripe = operation.stripe;
        for (int rest = blocks; rest != 0; rest &= rest - 1) {
            addresses(operation, BlockMask.first(rest), 0);
            if (slot == stripe.pSlot() && stripe.qSlot() >= 0) {
                address[stripe.qSlot()] = 0;
            } else if (slot != stripe.pSlot()) {
                address[stripe.pSlot()] = 0;
            }
            parity.compute(stripe, address, BLOCK_LENGTH);
        }
        operation.dirty[slot] |= blocks;
    }
}
