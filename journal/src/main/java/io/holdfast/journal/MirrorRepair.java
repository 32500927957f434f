package io.holdfast.journal;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoStatus;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes the copies of a log agree before it is read: a block that is torn, rotten or missing on one copy and whole on another
 * is written where it is not. Blocking; single-threaded; for a log that nobody writes to.
 *
 * <p>Afterwards every copy by itself leads to the same replay, whichever is lost next. That matters most for the last batch
 * before a crash, which may have reached one copy and not the other: nobody was answered, so it may be there or not, but once a
 * replay has begun to write it to the members it must not be lost again.
 *
 * <p>Behind the end, where a write that was cut short can have left different things on different copies, all are cleared;
 * see {@link JournalAppender#clearAhead}.
 */
public final class MirrorRepair {
    private static final int RUN_LENGTH = 1 << 20;

    private final LogMirror mirror;
    private final JournalArea area;
    private final List<JournalScanner> scanners = new ArrayList<>();
    private final UnsafeBuffer run = BufferSlab.allocate(RUN_LENGTH);
    private long repairedBlocks;
    private long foundSequence;

    /**
     * A repair.
     *
     * @param mirror of the log.
     * @param area   of the log, on the mirror.
     */
    public MirrorRepair(LogMirror mirror, JournalArea area) {
        this.mirror = mirror;
        this.area = area;
        for (LogMirror.Copy copy : mirror.copies()) {
            scanners.add(new JournalScanner(new JournalArea(
                    copy.device(), copy.offset() / DeviceGeometry.SECTOR_LENGTH, area.lengthSectors(), area.uuid())));
        }
    }

    /**
     * Compare and repair.
     *
     * @param recordedTail where the log begins; an impossible value counts as 0.
     * @return blocks that were written to some copy.
     * @throws DeviceException when the last copy fails.
     */
    public long run(long recordedTail) {
        if (mirror.aliveCount() < 2) {
            return 0;
        }
        long position = area.isPosition(recordedTail) ? recordedTail : 0;
        long scanned = 0;
        long sequence = -1;
        boolean isFirst = true;
        long sectors = level(position, sequence, isFirst, scanned);
        while (sectors > 0) {
            sequence = foundSequence + 1;
            isFirst = false;
            scanned += sectors;
            position = area.advance(position, sectors);
            sectors = level(position, sequence, false, scanned);
        }
        if (!isFirst) {
            clearBehind(position, sequence, scanned);
        }
        mirror.flush();
        return repairedBlocks;
    }

    /** Make one block whole on every copy; its length in sectors, or 0 when no copy has it. */
    private long level(long position, long sequence, boolean isFirst, long scanned) {
        int good = -1;
        long sectors = 0;
        int without = 0;
        for (int copy = mirror.firstAlive(0); copy >= 0; copy = mirror.firstAlive(copy + 1)) {
            JournalScanner scanner = scanners.get(copy);
            boolean isWhole;
            try {
                long expected = isFirst && good >= 0 ? foundSequence : sequence;
                isWhole = scanner.verdictOf(position, expected, isFirst && good < 0, scanned) == BlockVerdict.REPLAY;
            } catch (DeviceException e) {
                if (e.status() == IoStatus.GONE) {
                    mirror.fail(copy, e.status());
                    continue;
                }
                isWhole = false;
            }
            if (!isWhole) {
                without |= 1 << copy;
            } else if (good < 0) {
                good = copy;
                sectors = scanner.blockSectors();
                foundSequence = scanner.blockSequence();
            }
        }
        if (good < 0) {
            return 0;
        }
        for (int copy = 0; copy < scanners.size(); copy++) {
            if ((without & 1 << copy) != 0) {
                copy(good, copy, position, sectors);
                repairedBlocks++;
            }
        }
        return sectors;
    }

    private void copy(int good, int bad, long position, long sectors) {
        LogMirror.Copy from = mirror.copies().get(good);
        LogMirror.Copy to = mirror.copies().get(bad);
        long left = sectors;
        long at = position;
        while (left > 0) {
            long count = Math.min(Math.min(left, area.lengthSectors() - at), RUN_LENGTH / DeviceGeometry.SECTOR_LENGTH);
            int length = (int) count * DeviceGeometry.SECTOR_LENGTH;
            from.device().read(from.offset() + at * DeviceGeometry.SECTOR_LENGTH, run, 0, length);
            try {
                to.device().write(to.offset() + at * DeviceGeometry.SECTOR_LENGTH, run, 0, length);
            } catch (DeviceException e) {
                mirror.fail(bad, e.status());
                return;
            }
            at = area.advance(at, count);
            left -= count;
        }
        scanners.get(bad).forget();
    }

    /** One copy may hold, behind the end, what another does not, and what would continue the log one day. */
    private void clearBehind(long end, long sequence, long scanned) {
        boolean isTraced = false;
        for (int copy = mirror.firstAlive(0); copy >= 0; copy = mirror.firstAlive(copy + 1)) {
            isTraced |= scanners.get(copy).isAnythingBehind(end, sequence, scanned);
        }
        long room = area.lengthSectors() - scanned;
        if (isTraced && room > 0) {
            new JournalAppender(area, end, sequence).clearAhead(Math.min(JournalScanner.LOOK_AHEAD_SECTORS, room));
        }
    }
}
