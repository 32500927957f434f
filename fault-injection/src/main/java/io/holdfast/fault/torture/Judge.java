package io.holdfast.fault.torture;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.ArrayBench;
import io.holdfast.fault.ContentModel;
import io.holdfast.fault.ContentModel.AtomicScope;
import io.holdfast.fault.Finding;
import io.holdfast.fault.ParityAudit;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.fault.device.UnflushedWrite;
import io.holdfast.fault.torture.Taints.Allowance;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.layout.ArrayLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads a whole array, looks at its devices behind its back, and says what is not as it must be: {@link ContentModel} knows
 * what must be read, {@link Taints} what may be read instead.
 */
final class Judge {
    private static final int BLOCK_LENGTH = 4096;
    private static final int LONGEST_WINDOW = 64 * 1024;
    private static final int READ_LENGTH = 256 * 1024;

    private final TortureWorld world;
    private final long stepLimit;
    private final long journalLength;

    /** What was read last, all of it. */
    private UnsafeBuffer captured;

    private final Set<Long> unreadable = new HashSet<>();

    private long firstDamage = -1;

    Judge(TortureWorld world, long journalLength, long stepLimit) {
        this.world = world;
        this.journalLength = journalLength;
        this.stepLimit = stepLimit;
    }

    /** Offset in the array of the first byte that was wrong; -1 while none was. */
    long firstDamage() {
        return firstDamage;
    }

    /** Whether something read while requests are under way may be other than the model has it. */
    boolean isExcusedWhileRunning(Finding finding) {
        // A write that fails halfway leaves a block that is half new, and somebody may read it before the failure is
        // known.
        boolean isHalfWritten = finding.kind() == Finding.Kind.TORN
                && world.mayBeOut(world.bench().layout().slot(finding.offset()));
        boolean isExcused = isHalfWritten || anyAllowance(finding) != Allowance.NOTHING;
        if (!isExcused) {
            damaged(finding.offset());
        }
        return isExcused;
    }

    /**
     * Read everything after a crash. Afterwards the model holds what was found.
     *
     * @param array started, nothing in flight.
     * @return what is wrong.
     */
    List<String> readAfterCrash(RaidArray array) {
        capture(array);
        return judge(world.model()
                .checkAfterCrash(
                        (offset, buffer, count) -> buffer.putBytes(0, captured, (int) offset, count),
                        new UnsafeBuffer(new byte[READ_LENGTH]),
                        atomicScope(),
                        offset -> false));
    }

    /**
     * Read everything.
     *
     * @param array running, nothing in flight.
     * @return what is wrong.
     */
    List<String> readAll(RaidArray array) {
        ContentModel model = world.model();
        long reading = model.beginRead();
        capture(array);
        return judge(model.checkRead(reading, 0, captured, 0, (int) model.length()));
    }

    /** Read all of it; once more where a device brought the wrong bytes for once, which shows nothing of what is there. */
    private void capture(RaidArray array) {
        if (captured == null) {
            captured = new UnsafeBuffer(new byte[Math.toIntExact(world.model().length())]);
        }
        long harmedReads;
        do {
            harmedReads = world.harmedReadCount();
            unreadable.clear();
            for (long offset = 0; offset < captured.capacity(); offset += READ_LENGTH) {
                read(array, offset, (int) Math.min(READ_LENGTH, captured.capacity() - offset));
            }
        } while (world.harmedReadCount() != harmedReads);
    }

    private void read(RaidArray array, long offset, int count) {
        ByteBuffer target = BufferSlab.allocate(count).byteBuffer().slice(0, count);
        IoStatus status = await(array, target, offset);
        if (status == IoStatus.OK) {
            captured.putBytes((int) offset, target, 0, count);
            return;
        }
        if (count == BLOCK_LENGTH) {
            unreadable.add(offset);
            captured.setMemory((int) offset, count, (byte) 0);
            return;
        }
        for (int done = 0; done < count; done += BLOCK_LENGTH) {
            read(array, offset + done, BLOCK_LENGTH);
        }
    }

    private IoStatus await(RaidArray array, ByteBuffer target, long offset) {
        IoStatus[] answer = new IoStatus[1];
        if (!array.read(target, offset, (token, status) -> answer[0] = status, 0)) {
            throw new IllegalStateException("refused although nothing is in flight: " + array.state());
        }
        if (!world.simulation().runUntil(() -> answer[0] != null, stepLimit)) {
            throw new CutException();
        }
        return answer[0];
    }

    /** The power was cut while everything was read: there is nothing to judge. */
    static final class CutException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CutException() {
            super("the power was cut", null, false, false);
        }
    }

    private List<String> judge(List<Finding> findings) {
        List<String> wrong = new ArrayList<>();
        SparseContents[] contents = new SparseContents[world.bench().layout().memberCount()];
        Finding last = null;
        for (Finding finding : findings) {
            long block = finding.offset() / BLOCK_LENGTH * BLOCK_LENGTH;
            if (!unreadable.contains(block) && !isExcused(finding, contents)) {
                Finding longer = last == null ? null : last.with(finding);
                if (longer != null) {
                    wrong.remove(wrong.size() - 1);
                }
                last = longer == null ? finding : longer;
                wrong.add(last.toString());
                damaged(finding.offset());
            }
        }
        for (long offset : unreadable) {
            if (world.taints().allowance(offset) == Allowance.NOTHING) {
                wrong.add("cannot be read, with no fault to blame: offset=" + offset);
                damaged(offset);
            }
        }
        return wrong;
    }

    private void damaged(long offset) {
        firstDamage = firstDamage < 0 ? offset : firstDamage;
    }

    private boolean isExcused(Finding finding, SparseContents[] contents) {
        if (world.taints().isEmpty()) {
            return false;
        }
        if (finding.kind() == Finding.Kind.SPLIT) {
            return anyAllowance(finding) != Allowance.NOTHING;
        }
        return switch (world.taints().allowance(finding.offset())) {
            case NOTHING -> false;
            case ANYTHING -> true;
            case STORED -> isStored(finding, contents);
        };
    }

    private Allowance anyAllowance(Finding finding) {
        Allowance most = Allowance.NOTHING;
        for (long at = finding.offset() / BLOCK_LENGTH * BLOCK_LENGTH;
                at < finding.offset() + finding.length();
                at += BLOCK_LENGTH) {
            Allowance here = world.taints().allowance(at);
            most = here.compareTo(most) > 0 ? here : most;
        }
        return most;
    }

    private boolean isStored(Finding finding, SparseContents[] contents) {
        ArrayLayout layout = world.bench().layout();
        int slot = layout.slot(finding.offset());
        if (contents[slot] == null) {
            contents[slot] = world.member(slot).contents();
        }
        UnsafeBuffer stored = new UnsafeBuffer(new byte[finding.length()]);
        long at = ArrayBench.DATA_OFFSET + layout.memberOffset(finding.offset());
        contents[slot].read(at, stored, 0, finding.length());
        return stored.equals(new UnsafeBuffer(captured, (int) finding.offset(), finding.length()));
    }

    private AtomicScope atomicScope() {
        if (!world.isEveryRequestLogged()) {
            return AtomicScope.NONE;
        }
        // A record is a window, which is the smaller the smaller the log: a quarter of the log holds two windows of
        // every member.
        int window = Math.min(world.bench().layout().chunkLength(), LONGEST_WINDOW);
        int memberCount = world.bench().layout().memberCount();
        while (window > BLOCK_LENGTH && 2L * window * memberCount > (journalLength - LONGEST_WINDOW) / 4) {
            window /= 2;
        }
        int length = window;
        return (offset, count) -> offset / length == (offset + count - 1) / length;
    }

    /**
     * Look at parity where all members are there and nothing is under way: it must fit wherever nothing speaks against it,
     * and where it fits although something did, the place is as good as any other from now on.
     *
     * @return what is wrong.
     */
    List<String> auditParity() {
        ArrayLayout layout = world.bench().layout();
        Taints taints = world.taints();
        SparseContents[] contents = new SparseContents[layout.memberCount()];
        for (int slot = 0; slot < contents.length; slot++) {
            contents[slot] = world.member(slot).contents();
        }
        ParityAudit.SlotReader reader = (slot, memberOffset, buffer) ->
                contents[slot].read(ArrayBench.DATA_OFFSET + memberOffset, buffer, 0, buffer.capacity());
        List<String> wrong = new ArrayList<>();
        long columnCount = layout.memberLength() / BLOCK_LENGTH;
        Set<Long> unflushed = null;
        for (long column = 0; column < columnCount; column++) {
            boolean fits = ParityAudit.fits(layout, taints.row(column), taints.offsetInChunk(column), reader);
            if (!fits && !taints.mayParityStayWrong(column)) {
                // That it was in doubt after a crash is no excuse: there has been a resync or a rebuild since.
                wrong.add("parity does not fit: row=" + taints.row(column) + " offsetInChunk="
                        + taints.offsetInChunk(column));
                damaged(taints.row(column) * layout.dataCount() * layout.chunkLength() + taints.offsetInChunk(column));
            }
            if (fits && taints.isTainted(column)) {
                unflushed = unflushed == null ? unflushedColumns() : unflushed;
                if (!unflushed.contains(column)) {
                    adopt(column, reader);
                }
            }
        }
        return wrong;
    }

    /** Columns that a crash could still change. */
    private Set<Long> unflushedColumns() {
        Set<Long> columns = new HashSet<>();
        for (int slot = 0; slot < world.bench().layout().memberCount(); slot++) {
            for (UnflushedWrite write : world.unflushed(slot)) {
                long first = write.offset() - ArrayBench.DATA_OFFSET;
                for (long at = Math.max(0, first) / BLOCK_LENGTH * BLOCK_LENGTH;
                        at < first + write.length();
                        at += BLOCK_LENGTH) {
                    columns.add(at / BLOCK_LENGTH);
                }
            }
        }
        return columns;
    }

    /** What is stored in a column is consistent, whatever it is: from now on that is what the array holds. */
    private void adopt(long column, ParityAudit.SlotReader reader) {
        ArrayLayout layout = world.bench().layout();
        ContentModel model = world.model();
        UnsafeBuffer block = new UnsafeBuffer(new byte[BLOCK_LENGTH]);
        long[] offsets = new long[layout.dataCount()];
        for (int index = 0; index < offsets.length; index++) {
            offsets[index] = (world.taints().row(column) * layout.dataCount() + index) * layout.chunkLength()
                    + world.taints().offsetInChunk(column);
        }
        if (Arrays.stream(offsets).anyMatch(offset -> model.isInDoubt(offset, BLOCK_LENGTH))) {
            return;
        }
        for (long offset : offsets) {
            reader.read(layout.slot(offset), layout.memberOffset(offset), block);
            model.adopt(offset, block, 0, BLOCK_LENGTH);
        }
        world.taints().clean(column);
    }
}
