package io.holdfast.raid.engine;

import static io.holdfast.raid.engine.BlockMask.BLOCK_SHIFT;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.engine.WindowOperation.Phase;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The first half of a window operation: decides what has to be read, reads it, tries again where that fails, and plans anew
 * with every block that turns out not to be had from its member. Confined to its shard's thread.
 */
final class WindowReading {
    private final MemberView view;
    private final MemberChannels channels;
    private final ConductorLink conductor;
    private final WindowContent content;
    private final WindowFlow flow;
    private final WindowCache cache;
    private final int slotCount;
    private final int allBlocks;
    private final ShardLog log;

    /**
     * The reading half.
     *
     * @param view      of the members.
     * @param channels  to them.
     * @param conductor told of blocks that are lost.
     * @param content   knows which blocks work is about.
     * @param flow      goes on from here.
     * @param cache     has memory for what stripes held before.
     * @param slotCount of the array.
     * @param allBlocks of a window, as a mask.
     * @param log       where records of writes go.
     */
    WindowReading(
            MemberView view,
            MemberChannels channels,
            ConductorLink conductor,
            WindowContent content,
            WindowFlow flow,
            WindowCache cache,
            int slotCount,
            int allBlocks,
            ShardLog log) {
        this.view = view;
        this.channels = channels;
        this.conductor = conductor;
        this.content = content;
        this.flow = flow;
        this.cache = cache;
        this.slotCount = slotCount;
        this.allBlocks = allBlocks;
        this.log = log;
    }

    /** Decide what to read, and begin. */
    void plan(WindowOperation operation) {
        if (operation.replan && operation.work == Piece.Work.WRITE_OUT) {
            // Rows may be made another way now, with their blocks in the other buffer.
            Arrays.fill(operation.have, 0);
        }
        operation.replan = false;
        view.trust(operation);
        switch (operation.work) {
            case READ:
                planRead(operation);
                break;
            case WRITE:
                planWrite(operation);
                break;
            case WRITE_OUT:
                planWriteOut(operation);
                break;
            case SYNC:
            default:
                planSync(operation);
                break;
        }
    }

    private void planWrite(WindowOperation operation) {
        if (view.writesAreRefused() || view.tooManyAreLost()) {
            operation.status = view.writesAreRefused() ? view.refusal() : IoStatus.GONE;
            flow.finish(operation);
            return;
        }
        if (operation.touchedRows() == 0) {
            // A discard that covers no row of blocks in every data slot: there is nothing to log or write.
            flow.finish(operation);
            return;
        }
        int p = operation.stripe.pSlot();
        int q = operation.stripe.qSlot();
        // A record may be replayed when a member that is missing now has been rebuilt, so it always holds true parity.
        boolean wantP = log.exists() || view.isPresent(p);
        boolean wantQ = q >= 0 && (log.exists() || view.isPresent(q));
        WritePlan plan = operation.plan;
        plan.decide(
                operation.stripe,
                operation.whole,
                operation.partial,
                operation.untrusted,
                operation.anyUntrusted,
                view.isParityConsistent(operation),
                true,
                wantP,
                wantQ);
        if (plan.lostRows != 0) {
            reportUnreadable(operation, plan.lostRows);
            flow.answerPiecesOn(operation, plan.lostRows, lostStatus());
            if (operation.firstPiece == null) {
                flow.finishWhenRecorded(operation);
                return;
            }
            content.collectWrites(operation);
            planWrite(operation);
            return;
        }
        readWhatIsMissing(operation);
    }

    /**
     * Parity of what is cached. Old blocks of cached slots are read into memory of their own; while there is none, rows are
     * made from what is cached and the other data blocks alone, which takes more reads, or wait if that is not enough.
     */
    private void planWriteOut(WindowOperation operation) {
        if (view.arrayFailed() || view.tooManyAreLost()) {
            operation.status = IoStatus.GONE;
            flow.finish(operation);
            return;
        }
        decideWriteOut(operation, true);
        WritePlan plan = operation.plan;
        if (plan.lostRows != 0) {
            // Beyond what the level tolerates: no parity can be made. What can be saved is the data itself; other
            // blocks
            // of these rows were lost before, and nothing more is.
            reportUnreadable(operation, plan.lostRows);
            operation.bareRows |= plan.lostRows;
            // Parity that is left behind fits nothing any more: it must not be taken for what a lost block could be
            // made of, should the others become readable one day.
            view.wantListed(operation, operation.stripe.pSlot(), plan.lostRows);
            if (operation.stripe.qSlot() >= 0) {
                view.wantListed(operation, operation.stripe.qSlot(), plan.lostRows);
            }
            for (int slot = 0; slot < slotCount; slot++) {
                operation.whole[slot] &= ~plan.lostRows;
            }
            decideWriteOut(operation, true);
        }
        if ((plan.modifyRows | plan.recoverRows) != 0 && operation.old == null) {
            operation.old = cache.takeOld();
            if (operation.old == null) {
                decideWriteOut(operation, false);
                if (plan.recoverRows != 0) {
                    cache.waitForOld(operation);
                    return;
                }
            }
        }
        readWhatIsMissing(operation);
    }

    private void decideWriteOut(WindowOperation operation, boolean mayModify) {
        operation.plan.decide(
                operation.stripe,
                operation.whole,
                operation.partial,
                operation.untrusted,
                operation.anyUntrusted,
                view.isParityConsistent(operation),
                mayModify,
                true,
                operation.stripe.qSlot() >= 0);
    }

    private void planRead(WindowOperation operation) {
        WritePlan plan = operation.plan;
        plan.decideRead(operation.stripe, operation.partial, operation.untrusted);
        if (plan.recoverRows != 0 && operation.isCached()) {
            // What is cached has no part in the parity on the members: nothing can be recovered with it.
            flow.writeOutFirst(operation);
            return;
        }
        if (plan.lostRows != 0) {
            reportUnreadable(operation, plan.lostRows);
            flow.answerPiecesOn(operation, plan.lostRows, lostStatus());
            if (operation.firstPiece == null) {
                flow.finishWhenRecorded(operation);
                return;
            }
            content.collectReads(operation);
            planRead(operation);
            return;
        }
        readWhatIsMissing(operation);
    }

    private void planSync(WindowOperation operation) {
        if (view.writesAreRefused() && operation.firstPiece.sync.action() != SyncStep.Action.CHECK) {
            operation.status = view.refusal();
            flow.finish(operation);
            return;
        }
        if (isCopy(operation)) {
            operation.plan.decideCopy(operation.copied, operation.untrusted);
        } else {
            operation.plan.decideSync(operation.untrusted, allBlocks);
        }
        int lost = operation.plan.lostRows;
        if (lost != 0) {
            reportUnreadable(operation, lost);
            if (operation.firstPiece.sync.action() == SyncStep.Action.RESYNC && !isOnLists(operation, lost)) {
                // Nothing would tell later that nobody has seen whether parity fits here.
                operation.status = IoStatus.MEDIA_ERROR;
                flow.finish(operation);
                return;
            }
            for (int slot = 0; slot < slotCount; slot++) {
                operation.plan.read[slot] &= ~lost;
            }
        }
        readWhatIsMissing(operation);
    }

    /**
     * Whether a step of a recovery has nothing to rebuild, and a member to copy: then it reads that member alone, and the others
     * only where it cannot be read. Notes what is to be copied.
     */
    private boolean isCopy(WindowOperation operation) {
        if (operation.firstPiece.sync.action() != SyncStep.Action.RECOVER) {
            return false;
        }
        boolean rebuilds = false;
        for (int slot = 0; slot < slotCount; slot++) {
            operation.copied[slot] = view.replacement(slot) >= 0 ? allBlocks : 0;
            rebuilds |= view.membership().state(slot) == Membership.SlotState.RECOVERING;
        }
        return !rebuilds;
    }

    /** Whether all that keeps some rows from being read is on bad block lists, or about to be. */
    private boolean isOnLists(WindowOperation operation, int rows) {
        SyncStep step = operation.firstPiece.sync;
        boolean areAll = true;
        for (int slot = 0; slot < slotCount; slot++) {
            int unreadable = operation.bad[slot] & rows;
            if ((unreadable & ~(operation.toList[slot] | view.listed(slot, operation))) != 0) {
                step.unreadable(slot);
                areAll = false;
            }
        }
        return areAll;
    }

    /**
     * Blocks that their members cannot read are missing from these rows, and cannot be made of the others: tell of each once, and
     * have it listed as bad. They are not read again then before they are written; what is answered meanwhile does not wait for
     * the record, because a crash before it only means to find the error again.
     */
    private void reportUnreadable(WindowOperation operation, int rows) {
        int news = rows & ~operation.lostRows;
        operation.lostRows |= rows;
        for (int slot = 0; slot < slotCount; slot++) {
            int blocks = operation.bad[slot] & news;
            for (int rest = blocks; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
                int first = BlockMask.first(rest);
                conductor.blocksUnreadable(
                        slot, operation.memberOffset + ((long) first << BLOCK_SHIFT), BlockMask.runLength(rest));
            }
            // Not those that are going to be written now.
            view.wantListed(operation, slot, blocks & ~operation.cached[slot]);
        }
    }

    private void readWhatIsMissing(WindowOperation operation) {
        operation.phase = Phase.READING;
        for (int slot = 0; slot < slotCount; slot++) {
            int missing = operation.plan.read[slot] & ~operation.have[slot];
            int old = operation.old == null ? 0 : operation.plan.modifyRows | operation.plan.recoverRows;
            submitReads(operation, slot, missing & ~old, operation.buffer);
            submitReads(operation, slot, missing & old, operation.old);
        }
        if (operation.pending == 0) {
            readsDone(operation);
        }
    }

    private void submitReads(WindowOperation operation, int slot, int blocks, UnsafeBuffer target) {
        for (int rest = blocks; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
            submitRead(operation, slot, BlockMask.first(rest), BlockMask.runLength(rest), target);
        }
    }

    private void submitRead(WindowOperation operation, int slot, int first, int count, UnsafeBuffer target) {
        operation.pending++;
        channels.read(
                view.membership().device(slot),
                operation.memberOffset + ((long) first << BLOCK_SHIFT),
                target,
                operation.bufferIndex(slot, first),
                count << BLOCK_SHIFT,
                IoToken.of(
                        IoToken.WINDOW_READ, operation.index, view.membership().device(slot), slot, first, count));
    }

    void onRead(WindowOperation operation, int slot, int first, int count, int readDevice, IoStatus status) {
        operation.pending--;
        int blocks = BlockMask.of(first, count);
        if (status == IoStatus.OK) {
            operation.have[slot] |= blocks;
        } else if (status == IoStatus.GONE || status == IoStatus.TIMED_OUT) {
            operation.bufferHeld |= status == IoStatus.TIMED_OUT;
            view.lose(readDevice, status, "read");
            distrust(operation, slot, allBlocks & ~operation.have[slot]);
        } else if (operation.phase == Phase.RETRYING) {
            operation.bad[slot] |= blocks;
            distrust(operation, slot, blocks);
        } else {
            operation.retry[slot] |= blocks;
        }
        if (operation.pending == 0) {
            readsDone(operation);
        }
    }

    private void distrust(WindowOperation operation, int slot, int blocks) {
        operation.untrusted[slot] |= blocks;
        operation.have[slot] &= ~blocks;
        operation.retry[slot] &= ~blocks;
        operation.anyUntrusted = true;
        operation.replan = true;
    }

    private void readsDone(WindowOperation operation) {
        // Before anything is reconstructed where the member that did not answer would put its bytes, when it wakes up.
        operation.leaveHeldBuffer();
        boolean retrying = false;
        for (int slot = 0; slot < slotCount; slot++) {
            int again = operation.retry[slot];
            if (again == 0) {
                continue;
            }
            if (!view.isPresent(slot)) {
                distrust(operation, slot, again);
            } else {
                // One block at a time, so that a single bad sector costs one block and not its neighbours.
                operation.phase = Phase.RETRYING;
                operation.retry[slot] = 0;
                retrying = true;
                int old = operation.old == null ? 0 : operation.plan.modifyRows | operation.plan.recoverRows;
                for (int rest = again; rest != 0; rest &= rest - 1) {
                    boolean isOld = (old & Integer.lowestOneBit(rest)) != 0;
                    submitRead(operation, slot, BlockMask.first(rest), 1, isOld ? operation.old : operation.buffer);
                }
            }
        }
        if (retrying) {
            return;
        }
        if (operation.replan) {
            plan(operation);
            return;
        }
        flow.contentKnown(operation);
    }

    /** What a piece is told of whose blocks neither its member nor the others can give. */
    private IoStatus lostStatus() {
        return view.arrayFailed() ? IoStatus.GONE : IoStatus.MEDIA_ERROR;
    }
}
