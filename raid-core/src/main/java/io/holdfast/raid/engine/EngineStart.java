package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.journal.JournalWriter;
import io.holdfast.journal.LogMirror;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.parity.ParityCodec;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/**
 * Everything an {@link Engine} is made from.
 *
 * @param layout             of the array.
 * @param geometry           of its windows.
 * @param members            every device that holds or may come to hold a slot, in index order.
 * @param membership         who serves which slot; recorded on the members already.
 * @param replacements       by slot: index of the device that was to take it when the array stopped; -1 for none.
 * @param recoveredWindows   by slot: the watermarks that {@code membership} shares.
 * @param resyncedWindows    windows whose parity is known to fit.
 * @param bitmap             the write-intent bitmap that all members have, or null.
 * @param superblocks        of the members, then of the journal.
 * @param journalDevices     that hold the copies of the journal; none if there is no journal.
 * @param journalMirror      of the copies, in the same order; null if there is no journal.
 * @param journal            its writer, or null.
 * @param replay             what is left of the last run's log, or null.
 * @param journalTailSectors as recorded.
 * @param journalOpener      makes writers of journals that come later.
 * @param replayBudget       how much of a journal may be live.
 * @param journalLossPolicy  what the loss of a journal means.
 * @param journalMode        to begin with.
 * @param writable           false for an array that is only looked at.
 * @param codec              for parity.
 * @param operationCount     windows that one shard can own at once.
 * @param requestCount       the most requests admitted at once.
 * @param listener           told of events.
 * @param errorHandler       told of callbacks that throw.
 * @param nanoClock          for intervals.
 * @param epochClock         for times in superblocks.
 * @param idleDelayNs        without a write until an array without a journal is marked clean.
 * @param deviceTimeLimitNs  how long a device may take to answer.
 * @param random             for the numbers of new logs and devices.
 * @param sessions           makes resyncs and recoveries.
 */
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
record EngineStart(
        ArrayLayout layout,
        WindowGeometry geometry,
        List<MemberDevice> members,
        Membership membership,
        int[] replacements,
        AtomicLong[] recoveredWindows,
        long resyncedWindows,
        BitmapStart bitmap,
        SuperblockSet superblocks,
        List<BlockDevice> journalDevices,
        LogMirror journalMirror,
        JournalWriter journal,
        BackgroundReplay replay,
        long journalTailSectors,
        JournalOpener journalOpener,
        ReplayBudget replayBudget,
        JournalLossPolicy journalLossPolicy,
        JournalMode journalMode,
        boolean writable,
        ParityCodec codec,
        int operationCount,
        int requestCount,
        ArrayListener listener,
        ErrorHandler errorHandler,
        NanoClock nanoClock,
        EpochClock epochClock,
        long idleDelayNs,
        long deviceTimeLimitNs,
        RandomGenerator random,
        SessionFactory sessions) {}
