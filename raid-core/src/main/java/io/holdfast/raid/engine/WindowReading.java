package io.holdfast.raid.engine;

import static io.holdfast.raid.engine.BlockMask.BLOCK_SHIFT;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.engine.WindowOperation.Phase;

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
    private final int slotCount;
    private final int allBlocks;
    private final boolean journaled;

    /**
     * The reading half.
     *
     * @param view      of the members.
     * @param channels  to them.
     * @param conductor told of blocks that are lost.
     * @param content   knows which blocks work is about.
     * @param flow      goes on from here.
     * @param slotCount of the array.
     * @param allBlocks of a window, as a mask.
     * @param journaled whether records of writes go to a journal.
     */
    WindowReading(
            MemberView view,
            MemberChannels channels,
            ConductorLink conductor,
            WindowContent content,
            WindowFlow flow,
            int slotCount,
            int allBlocks,
            boolean journaled) {
        this.view = view;
        this.channels = channels;
        this.conductor = conductor;
        this.content = content;
        this.flow = flow;
        this.slotCount = slotCount;
        this.allBlocks = allBlocks;
        this.journaled = journaled;
    }

    /** Decide what to read, and begin. */
    void plan(WindowOperation operation) {
        operation.replan = false;
        view.trust(operation);
        switch (operation.work) {
            case READ:
                planRead(operation);
                break;
            case WRITE:
                planWrite(operation);
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
        boolean wantP = journaled || view.isPresent(p);
        boolean wantQ = q >= 0 && (journaled || view.isPresent(q));
        WritePlan plan = operation.plan;
        plan.decide(
                operation.stripe,
                operation.whole,
                operation.partial,
                operation.untrusted,
                operation.anyUntrusted,
                view.isParityConsistent(operation),
                wantP,
                wantQ);
        if (plan.lostRows != 0) {
            flow.answerPiecesOn(operation, plan.lostRows, lostStatus());
            if (operation.firstPiece == null) {
                flow.finish(operation);
                return;
            }
            content.collectWrites(operation);
            planWrite(operation);
            return;
        }
        readWhatIsMissing(operation);
    }

    private void planRead(WindowOperation operation) {
        WritePlan plan = operation.plan;
        plan.decideRead(operation.stripe, operation.partial, operation.untrusted);
        if (plan.lostRows != 0) {
            reportUnreadable(operation, plan.lostRows);
            flow.answerPiecesOn(operation, plan.lostRows, lostStatus());
            if (operation.firstPiece == null) {
                flow.finish(operation);
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
        operation.plan.decideSync(operation.untrusted, allBlocks);
        if (operation.plan.lostRows != 0) {
            reportUnreadable(operation, operation.plan.lostRows);
            SyncStep step = operation.firstPiece.sync;
            for (int slot = 0; slot < slotCount; slot++) {
                if ((operation.bad[slot] & operation.plan.lostRows) != 0) {
                    step.unreadable(slot);
                }
            }
            operation.status = IoStatus.MEDIA_ERROR;
            flow.finish(operation);
            return;
        }
        readWhatIsMissing(operation);
    }

    private void reportUnreadable(WindowOperation operation, int rows) {
        for (int slot = 0; slot < slotCount; slot++) {
            for (int rest = operation.bad[slot] & rows; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
                int first = BlockMask.first(rest);
                conductor.blocksUnreadable(
                        slot, operation.memberOffset + ((long) first << BLOCK_SHIFT), BlockMask.runLength(rest));
            }
        }
    }

    private void readWhatIsMissing(WindowOperation operation) {
        operation.phase = Phase.READING;
        for (int slot = 0; slot < slotCount; slot++) {
            int missing = operation.plan.read[slot] & ~operation.have[slot];
            for (int rest = missing; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
                submitRead(operation, slot, BlockMask.first(rest), BlockMask.runLength(rest));
            }
        }
        if (operation.pending == 0) {
            readsDone(operation);
        }
    }

    private void submitRead(WindowOperation operation, int slot, int first, int count) {
        operation.pending++;
        channels.read(
                view.membership().device(slot),
                operation.memberOffset + ((long) first << BLOCK_SHIFT),
                operation.buffer,
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
                for (int rest = again; rest != 0; rest &= rest - 1) {
                    submitRead(operation, slot, BlockMask.first(rest), 1);
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
