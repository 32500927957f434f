package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.LogMirror;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockUpdate;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The devices that hold the journal, one copy of the log each, while an array starts. A copy that fails is done without as
 * long as another is left. Blocking; single-threaded.
 */
final class JournalCopies {
    private final List<BlockDevice> devices = new ArrayList<>();
    private final List<SuperblockUpdate.Member> updates = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private long tailSectors;
    private boolean tailIsFresh;
    private LogMirror mirror;

    /**
     * Another copy.
     *
     * @param device  that holds it.
     * @param update  its superblock.
     * @param isFresh whether it has missed no update.
     */
    void add(BlockDevice device, SuperblockUpdate.Member update, boolean isFresh) {
        devices.add(device);
        updates.add(update);
        if (!tailIsFresh) {
            // Members were flushed before any superblock named the newer tail, so a replay may begin there.
            tailSectors = update.superblock().journalTailSectors();
            tailIsFresh = isFresh;
        }
    }

    boolean isEmpty() {
        return devices.isEmpty();
    }

    /** In the order of the copies of the {@link #mirror}. */
    List<BlockDevice> devices() {
        return devices;
    }

    List<SuperblockUpdate.Member> updates() {
        return updates;
    }

    /** Where the newest superblock lets the log begin. */
    long tailSectors() {
        return tailSectors;
    }

    LogMirror mirror() {
        return mirror;
    }

    /** What went wrong with single copies, for an operator. */
    List<String> problems() {
        return problems;
    }

    /** Put the copies together; before anything else is asked of them. */
    void open(ArrayContext context) {
        long lengthSectors = Long.MAX_VALUE;
        List<LogMirror.Copy> copies = new ArrayList<>();
        for (int i = 0; i < devices.size(); i++) {
            Superblock superblock = updates.get(i).superblock();
            lengthSectors = Math.min(lengthSectors, superblock.dataSizeSectors() & -8L);
            copies.add(
                    new LogMirror.Copy(devices.get(i), superblock.dataOffsetSectors() * DeviceGeometry.SECTOR_LENGTH));
        }
        if (lengthSectors < JournalArea.MIN_LENGTH_SECTORS) {
            throw new ArrayException(
                    IoStatus.NO_SPACE,
                    devices.get(0).name() + ": its superblock leaves " + lengthSectors
                            + " sectors for the log, which is too few for any: at least "
                            + JournalArea.MIN_LENGTH_SECTORS + " are needed. Use a larger device as journal.");
        }
        mirror = new LogMirror(
                copies, lengthSectors * DeviceGeometry.SECTOR_LENGTH, context.nanoClock(), context.deviceTimeLimitNs());
    }

    /** The log, on all copies. */
    JournalArea area() {
        return new JournalArea(
                mirror,
                0,
                mirror.geometry().sectors(),
                updates.get(0).superblock().setUuid());
    }

    void flush() {
        onAll((copy, device) -> device.flush());
    }

    /** Write a superblock for every copy, and flush it. */
    void record(SuperblockSet superblocks, int firstIndex) {
        onAll((copy, device) -> {
            SuperblockWriter.write(device, superblocks.superblock(firstIndex + copy));
            device.flush();
        });
    }

    /** Do something on the device of a number. */
    void on(int deviceNumber, Consumer<BlockDevice> operation) {
        onAll((copy, device) -> {
            if (updates.get(copy).deviceNumber() == deviceNumber) {
                operation.accept(device);
            }
        });
    }

    /** Something to be done on one copy. */
    private interface Work {
        void run(int copy, BlockDevice device);
    }

    private void onAll(Work work) {
        for (int copy = 0; copy < devices.size(); copy++) {
            if (mirror.isFailed(copy)) {
                continue;
            }
            try {
                work.run(copy, devices.get(copy));
            } catch (DeviceException e) {
                mirror.fail(copy, e.status());
                if (mirror.aliveCount() == 0) {
                    throw e;
                }
                problems.add(e.getMessage() + " The journal goes on without that copy.");
            }
        }
    }

    int failedCount() {
        return devices.size() - mirror.aliveCount();
    }

    /** Whether a superblock still names a copy that is not here, or has failed: it must not be believed when it comes back. */
    boolean isMissingUnrecorded(Superblock superblock) {
        for (int number = 0; number < superblock.maxDev(); number++) {
            if (superblock.role(number) == Role.JOURNAL && !isHere(number)) {
                return true;
            }
        }
        return false;
    }

    private boolean isHere(int deviceNumber) {
        for (int copy = 0; copy < updates.size(); copy++) {
            if (updates.get(copy).deviceNumber() == deviceNumber) {
                return !mirror.isFailed(copy);
            }
        }
        return false;
    }
}
