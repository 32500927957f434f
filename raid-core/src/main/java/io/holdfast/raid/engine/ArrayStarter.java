package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.CopyOnWriteDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoLoops;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalWriter;
import io.holdfast.journal.LogStart;
import io.holdfast.journal.MirrorRepair;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ArrayDescription;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.engine.Membership.SlotState;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.maintenance.SyncSession;
import io.holdfast.raid.metadata.ArrayIdentity;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlanner;
import io.holdfast.raid.metadata.BadBlockList;
import io.holdfast.raid.metadata.DeviceVerdict;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.HoldfastNote;
import io.holdfast.raid.metadata.MemberCondition;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockDescriptor;
import io.holdfast.raid.metadata.SuperblockReader;
import io.holdfast.raid.metadata.SuperblockUpdate;
import io.holdfast.raid.metadata.SuperblockWriter;
import io.holdfast.raid.parity.ParityCodecs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.agrona.CloseHelper;

/**
 * Takes an array from a heap of devices to a running engine: examine, plan, replay the journal, record what has changed,
 * start. Blocking, on the caller's thread; nothing is written before the plan says that the array may be written to.
 */
public final class ArrayStarter {
    private static final int MIN_OPERATIONS = 8;
    private static final int MAX_OPERATIONS = 256;

    /**
     * A running array.
     *
     * @param engine         that runs it.
     * @param description    of it.
     * @param releaseDevices closes the devices, if they are the array's to close.
     */
    public record Started(Engine engine, ArrayDescription description, Runnable releaseDevices) {}

    private final ArrayContext context;
    private final AssemblyPlan plan;
    private final ArrayIdentity identity;
    private final boolean writable;
    private final ArrayLayout layout;
    private final List<BlockDevice> opened;
    private final List<MemberDevice> members = new ArrayList<>();
    private final List<SuperblockUpdate.Member> updates = new ArrayList<>();
    /** Who was to take a slot when the array stopped: a spare until it is filled anew. */
    private final int[] replacementOfSlot;

    private final int[] deviceOfSlot;
    private final SlotState[] stateOfSlot;
    private final long[] recoveredSectors;
    private final BadBlockTable badBlocks = new BadBlockTable();
    private final List<String> summary = new ArrayList<>();
    private final BitSet lost = new BitSet();
    private final List<IoLoop> loops = new ArrayList<>();
    private IoLoops ioLoops;
    private final JournalCopies journals = new JournalCopies();
    /** Null when the array has no bitmap, or is not written to. */
    private BitmapCopies bitmap;

    private long scanSinceNs;

    private ArrayStarter(ArrayContext context, AssemblyPlan plan) {
        this.context = context;
        this.plan = plan;
        identity = plan.identity().orElseThrow();
        writable = plan.isWritable() && !context.readOnly();
        layout = new ArrayLayout(
                RaidLevel.of(identity.level()),
                identity.layout(),
                identity.raidDisks(),
                identity.chunkSectors() * DeviceGeometry.SECTOR_LENGTH,
                identity.sizeSectors() * DeviceGeometry.SECTOR_LENGTH);
        opened = new ArrayList<>(context.devices());
        deviceOfSlot = new int[identity.raidDisks()];
        stateOfSlot = new SlotState[identity.raidDisks()];
        recoveredSectors = new long[identity.raidDisks()];
        Arrays.fill(deviceOfSlot, -1);
        Arrays.fill(stateOfSlot, SlotState.MISSING);
        replacementOfSlot = new int[deviceOfSlot.length];
        Arrays.fill(replacementOfSlot, -1);
    }

    /**
     * What would be started, and how. Reads superblocks, writes nothing.
     *
     * @param context names the devices.
     * @return the plan.
     */
    public static AssemblyPlan plan(ArrayContext context) {
        List<ExaminedDevice> examined = new ArrayList<>();
        for (BlockDevice device : context.devices()) {
            examined.add(SuperblockReader.examine(device));
        }
        AssemblyOptions options = new AssemblyOptions(
                context.force(), context.run(), context.readOnly(), context.uuid(), context.withoutJournal());
        return AssemblyPlanner.plan(examined, options);
    }

    /**
     * Start.
     *
     * @param context names the devices and the settings.
     * @return the running array.
     */
    public static Started start(ArrayContext context) {
        context.conclude();
        Runnable release = context.ownsDevices() ? () -> CloseHelper.closeAll(context.devices()) : () -> {};
        ArrayStarter starter = null;
        try {
            AssemblyPlan plan = plan(context);
            if (!plan.isOpenable()) {
                throw new ArrayException(IoStatus.UNSUPPORTED, String.join(" ", plan.lines()));
            }
            starter = new ArrayStarter(context, plan);
            return starter.start(release);
        } catch (Throwable t) {
            // Also when there is not enough memory for the buffers: threads and locks must not outlive the attempt.
            if (starter != null) {
                CloseHelper.quietCloseAll(starter.loops);
                CloseHelper.quietClose(starter.ioLoops);
            }
            release.run();
            throw t;
        }
    }

    private Started start(Runnable release) {
        summary.addAll(plan.lines());
        seatDevices();
        if (!journals.isEmpty()) {
            journals.open(context);
        }
        if (writable) {
            flushAll();
        }
        long resyncOffsetSectors = plan.resyncOffsetSectors();
        long events = identity.events();
        long now = context.epochClock().time() / 1000;
        if (writable) {
            write(plan.laggards());
        }
        if (writable && plan.bitmap().isPresent()) {
            bitmap = new BitmapCopies(plan.bitmap().get(), opened, updates, identity.events(), summary);
            recordBitmap(events);
        }
        List<SuperblockUpdate.Member> corrections = writable ? plan.corrections(now) : List.of();
        if (!corrections.isEmpty()) {
            recordBitmap(corrections.get(0).superblock().events());
            writeCorrections(corrections);
            events = corrections.get(0).superblock().events();
            resyncOffsetSectors = corrections.get(0).superblock().resyncOffsetSectors();
        }
        boolean journaled = plan.isReplayToBeLookedAt();
        JournalReplay.Result log = null;
        if (journaled) {
            log = replay();
        }
        // A slot that the superblocks still call good, and that nothing serves, must be named before the first write is
        // answered: the missing member would otherwise come back as fresh as the others. And a log that was replayed is
        // let go of only when every member that has what it held says so.
        SuperblockSet superblocks = superblockSet(events);
        summary.addAll(journals.problems());
        if (writable && (isMissingUnrecorded() || (log != null && log.tailChanged()))) {
            recordStart(
                    superblocks,
                    resyncOffsetSectors,
                    log == null ? 0 : log.start().tailPosition(),
                    now);
        }
        return launch(superblocks, resyncOffsetSectors, log, release);
    }

    // ---- who is who ----

    private void seatDevices() {
        List<SuperblockUpdate.Member> plannedUpdates = plan.updateMembers();
        int used = 0;
        for (DeviceVerdict verdict : plan.devices()) {
            if (!verdict.isUsed()) {
                continue;
            }
            SuperblockUpdate.Member update = plannedUpdates.get(used++);
            if (plan.isReplayToBeLookedAt() && !writable) {
                int index = verdict.index();
                opened.set(index, new CopyOnWriteDevice(opened.get(index), context.overlayLimit()));
            }
            BlockDevice device = opened.get(verdict.index());
            if (verdict.kind() == DeviceVerdict.Kind.JOURNAL) {
                journals.add(device, update, verdict.eventsBehind() == 0);
                continue;
            }
            Superblock superblock = update.superblock();
            MemberDevice member = new MemberDevice(
                    members.size(),
                    device,
                    superblock.dataOffsetSectors() * DeviceGeometry.SECTOR_LENGTH,
                    superblock.deviceNumber());
            members.add(member);
            updates.add(update);
            badBlocks.join(member, badBlockList(device, update));
            if (update.condition() == MemberCondition.IN_SYNC || update.condition() == MemberCondition.RECOVERING) {
                seat(member, update);
            }
            if (verdict.kind() == DeviceVerdict.Kind.REPLACEMENT) {
                replacementOfSlot[verdict.slot()] = member.index();
            }
        }
    }

    private void seat(MemberDevice member, SuperblockUpdate.Member update) {
        int slot = update.slot();
        boolean inSync = update.condition() == MemberCondition.IN_SYNC;
        if (deviceOfSlot[slot] >= 0 && !inSync) {
            return;
        }
        deviceOfSlot[slot] = member.index();
        stateOfSlot[slot] = inSync ? SlotState.IN_SYNC : SlotState.RECOVERING;
        recoveredSectors[slot] = update.recoveredSectors();
    }

    /** The list of a device; of a spare, whose data nobody reads yet, one that cannot be read counts for none. */
    private BadBlockList badBlockList(BlockDevice device, SuperblockUpdate.Member update) {
        try {
            return BadBlockList.read(device, update.superblock());
        } catch (DeviceException e) {
            if (update.condition() == MemberCondition.IN_SYNC || update.condition() == MemberCondition.RECOVERING) {
                throw e;
            }
            summary.add(e.getMessage());
            return BadBlockList.none();
        }
    }

    private BadBlocks[] badBlocksOfSlots() {
        BadBlocks[] bySlot = new BadBlocks[deviceOfSlot.length];
        Arrays.setAll(bySlot, slot -> badBlocks.of(deviceOfSlot[slot]));
        return bySlot;
    }

    private JournalLossPolicy notedLossPolicy() {
        return JournalLossPolicy.of(HoldfastNote.policy(plan.reference()).orElse(JournalLossPolicy.CONTINUE.code()));
    }

    private boolean isMissingUnrecorded() {
        for (int slot = 0; slot < stateOfSlot.length; slot++) {
            if (stateOfSlot[slot] == SlotState.MISSING) {
                for (SuperblockUpdate.Member update : updates) {
                    if (grantsSlotElsewhere(update.superblock(), slot)) {
                        return true;
                    }
                }
            }
        }
        if (!journals.isEmpty()) {
            for (SuperblockUpdate.Member update : updates) {
                if (journals.isMissingUnrecorded(update.superblock())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean grantsSlotElsewhere(Superblock superblock, int slot) {
        for (int number = 0; number < superblock.maxDev(); number++) {
            if (superblock.role(number) == slot) {
                return true;
            }
        }
        return false;
    }

    private SuperblockSet superblockSet(long events) {
        List<SuperblockUpdate.Member> all = new ArrayList<>(updates);
        all.addAll(journals.updates());
        return new SuperblockSet(all, badBlocks, events);
    }

    /** Members that failed during the replay are called so from now on. */
    private void markLost(SuperblockSet superblocks) {
        for (int i = 0; i < updates.size(); i++) {
            SuperblockUpdate.Member update = updates.get(i);
            boolean seated =
                    update.condition() == MemberCondition.IN_SYNC || update.condition() == MemberCondition.RECOVERING;
            if (lost.get(i) || (seated && deviceOfSlot[update.slot()] != i)) {
                superblocks.condition(i, MemberCondition.FAULTY, update.slot(), 0);
            }
        }
        for (int copy = 0; copy < journals.devices().size(); copy++) {
            if (journals.mirror().isFailed(copy)) {
                superblocks.condition(members.size() + copy, MemberCondition.FAULTY, -1, 0);
            }
        }
    }

    // ---- writing superblocks before anything runs ----

    /**
     * Write what a start by force puts right: first, and durably, that nothing of a member being rebuilt is to be relied on.
     *
     * <p>Only that member's own superblock says how far it is. If the others called the array clean first, and power failed
     * before it had been written, the next start would find a clean array and go on rebuilding at the old mark, above
     * stripes whose parity does not fit.
     */
    private void writeCorrections(List<SuperblockUpdate.Member> corrections) {
        write(corrections.stream()
                .filter(update -> update.condition() == MemberCondition.RECOVERING)
                .toList());
        write(corrections.stream()
                .filter(update -> update.condition() != MemberCondition.RECOVERING)
                .toList());
    }

    /** Write superblocks as they are, then flush; a member that fails is done without, if that can be. */
    private void write(List<SuperblockUpdate.Member> corrected) {
        for (SuperblockUpdate.Member update : corrected) {
            onDevice(update, device -> SuperblockWriter.write(device, update.superblock()));
        }
        for (SuperblockUpdate.Member update : corrected) {
            onDevice(update, BlockDevice::flush);
        }
    }

    private void onDevice(SuperblockUpdate.Member update, Consumer<BlockDevice> operation) {
        for (MemberDevice member : members) {
            if (member.devNumber() == update.deviceNumber()) {
                attempt(member, () -> operation.accept(member.device()));
                return;
            }
        }
        journals.on(update.deviceNumber(), operation);
    }

    /**
     * Make durable what was read, before anything rests upon it.
     *
     * <p>Consider a process that is killed while its last log record is still in the journal's cache:
     * 1. This start reads the record, which is valid, and writes the first of its pages to the members.
     * 2. Power fails. The journal forgets the record; a member keeps part of a page.
     * 3. No record is left to finish the write, and the block is half old and half new for good.
     * The same holds for a superblock that names a member failed and was not durable yet.
     */
    private void flushAll() {
        for (MemberDevice member : members) {
            attempt(member, member.device()::flush);
        }
        if (!journals.isEmpty()) {
            journals.flush();
        }
    }

    /**
     * Write superblocks, flush them; again, if a member fails on the way. All that under one event number: the journal still
     * has the one before, and must not fall two behind. What they vouch for is durable already: replay ends with a flush.
     */
    private void recordStart(SuperblockSet superblocks, long resyncOffsetSectors, long tail, long now) {
        int lostBefore;
        do {
            lostBefore = lostCount();
            markLost(superblocks);
            // What a replay has written over is good, and durable: lists say so before the tail moves over its record.
            for (MemberDevice member : members) {
                attempt(member, () -> badBlocks.write(member.index(), member.device()));
            }
            badBlocks.ended(true);
            superblocks.next(resyncOffsetSectors, tail, now);
            recordBitmap(superblocks.events() + 1);
            for (MemberDevice member : members) {
                attempt(member, () -> SuperblockWriter.write(member.device(), superblocks.superblock(member.index())));
            }
            flushMembers();
            if (!journals.isEmpty() && lostCount() == lostBefore) {
                // Last: until every member is known to be up to date, a replay must still find the old tail.
                journals.record(superblocks, members.size());
            }
        } while (lostCount() != lostBefore);
        superblocks.begun();
    }

    private boolean isSeated(MemberDevice member) {
        for (int device : deviceOfSlot) {
            if (device == member.index()) {
                return true;
            }
        }
        return false;
    }

    private void recordBitmap(long events) {
        if (bitmap != null) {
            bitmap.record(events, members.stream().filter(this::isSeated).toList(), this::attempt);
        }
    }

    /** Where parity has to be compared, and what the engine needs to keep the bitmap. */
    private BitmapStart bitmapStart(WindowGeometry geometry, long resyncOffsetSectors) {
        if (bitmap == null) {
            return null;
        }
        // A crash says 0, for all that was being written; a resync that was stopped says how far it had come.
        return bitmap.start(geometry, windowsBelow(geometry, resyncOffsetSectors), context.bitmapSweepIntervalNs());
    }

    private int lostCount() {
        return lost.cardinality() + (journals.isEmpty() ? 0 : journals.failedCount());
    }

    private void flushMembers() {
        for (MemberDevice member : members) {
            attempt(member, member.device()::flush);
        }
    }

    /** Do something on a device that is not lost yet; it is, if that fails, and the start goes on if it can do without. */
    private void attempt(MemberDevice member, Runnable operation) {
        if (lost.get(member.index())) {
            return;
        }
        try {
            operation.run();
        } catch (DeviceException e) {
            lost.set(member.index());
            summary.add(e.getMessage());
            int missing = 0;
            for (int slot = 0; slot < deviceOfSlot.length; slot++) {
                if (deviceOfSlot[slot] == member.index()) {
                    deviceOfSlot[slot] = -1;
                    stateOfSlot[slot] = SlotState.MISSING;
                }
                missing += stateOfSlot[slot] == SlotState.IN_SYNC ? 0 : 1;
            }
            if (missing > layout.parityCount()) {
                throw new ArrayException(
                        e.status(),
                        e.getMessage() + "; with it, " + missing
                                + " slots have no complete member, and the array cannot"
                                + " start: bring the member back and assemble again.");
            }
        }
    }

    // ---- the journal ----

    private JournalReplay.Result replay() {
        JournalArea area = journals.area();
        if (writable) {
            checkRoom(area);
        }
        long repaired = new MirrorRepair(journals.mirror(), area).run(journals.tailSectors());
        if (repaired > 0) {
            summary.add("The copies of the journal differed: " + repaired
                    + " blocks were whole on one only, and have been copied to the others.");
        }
        JournalReplay replay = new JournalReplay(
                layout, area, members, deviceOfSlot, stateOfSlot, badBlocks, ParityCodecs.fastest(), context.random());
        scanSinceNs = context.nanoClock().nanoTime();
        JournalReplay.Result result = replay.run(journals.tailSectors(), writable);
        summary.add(result.sentence());
        return result;
    }

    /** Before anything is written: the smallest write of all, a block of each member, must fit into the log. */
    private void checkRoom(JournalArea area) {
        long needed = (layout.memberCount() + 1L) * BlockMask.BLOCK_LENGTH;
        long room = JournalWriter.maxTransactionLength(area);
        if (needed > room) {
            throw new ArrayException(
                    IoStatus.NO_SPACE,
                    area.device().name() + ": this journal is too small for an array of " + layout.memberCount()
                            + " members: a write may take " + needed + " bytes of log, and it can hold " + room
                            + " at once. Use a larger device as journal.");
        }
    }

    // ---- off we go ----

    private Started launch(
            SuperblockSet superblocks, long resyncOffsetSectors, JournalReplay.Result log, Runnable release) {
        int maxWindow = WindowGeometry.MAX_LENGTH;
        if (log != null) {
            maxWindow = largestWindowFor(log.area());
        }
        WindowGeometry geometry = new WindowGeometry(layout, maxWindow);
        AtomicLong[] recovered = new AtomicLong[stateOfSlot.length];
        for (int slot = 0; slot < recovered.length; slot++) {
            recovered[slot] = new AtomicLong(windowsBelow(geometry, recoveredSectors[slot]));
        }
        Membership membership = new Membership(0, deviceOfSlot, stateOfSlot, recovered, badBlocksOfSlots());
        for (int i = 0; i < context.shardCount(); i++) {
            loops.add(makeLoop("holdfast-" + identity.name() + "-" + i));
        }
        ReplayBudget budget = new ReplayBudget(context.maxReplay().toNanos());
        JournalOpener opener = (area, where) -> openJournal(area, where, budget);
        JournalWriter journal = log == null || !writable ? null : opener.open(log.area(), log.start());
        long operationLength = (long) layout.memberCount() * geometry.length();
        int operationCount =
                (int) Math.max(MIN_OPERATIONS, Math.min(MAX_OPERATIONS, context.cacheLength() / operationLength));
        Engine engine = new Engine(
                new EngineStart(
                        layout,
                        geometry,
                        members,
                        membership,
                        replacementOfSlot,
                        recovered,
                        windowsBelow(geometry, resyncOffsetSectors),
                        bitmapStart(geometry, resyncOffsetSectors),
                        superblocks,
                        writable ? journals.devices() : List.of(),
                        journals.mirror(),
                        journal,
                        journal == null ? null : backgroundReplay(log, geometry),
                        log == null ? 0 : log.start().tailPosition(),
                        opener,
                        budget,
                        context.onJournalLoss() == null ? notedLossPolicy() : context.onJournalLoss(),
                        context.journalMode(),
                        writable,
                        ParityCodecs.fastest(),
                        operationCount,
                        context.requestCount(),
                        new GuardedListener(context.listener(), context.errorHandler()),
                        context.errorHandler(),
                        context.nanoClock(),
                        context.epochClock(),
                        context.idleDelayNs(),
                        context.deviceTimeLimitNs(),
                        context.random()::getAsLong,
                        (activity, action, first, support) ->
                                new SyncSession(activity, action, first, support, context.checkpointIntervalNs())),
                loops);
        engine.start();
        ArrayDescription description =
                new ArrayDescription(identity.name(), identity.uuid(), layout, String.join("\n", summary));
        return new Started(engine, description, () -> {
            CloseHelper.close(ioLoops);
            release.run();
        });
    }

    private JournalWriter openJournal(JournalArea area, LogStart where, ReplayBudget budget) {
        JournalWriter journal = new JournalWriter(
                area,
                loops.get(0),
                where,
                Integer.highestOneBit(MAX_OPERATIONS * context.shardCount() * 2 - 1),
                context.nanoClock(),
                // The mirror gives up copies one by one, and waits for that to be recorded; this is for what it cannot
                // see.
                4 * context.deviceTimeLimitNs());
        journal.batchDelay(context.journalBatchDelayNs());
        budget.applyTo(journal);
        return journal;
    }

    private BackgroundReplay backgroundReplay(JournalReplay.Result log, WindowGeometry geometry) {
        return log.left().isEmpty() && !log.start().isLive()
                ? null
                : new BackgroundReplay(
                        log,
                        layout,
                        geometry,
                        context.shardCount(),
                        scanSinceNs,
                        context.nanoClock().nanoTime());
    }

    private IoLoop makeLoop(String name) {
        if (context.loops() != null) {
            return context.loops().apply(name);
        }
        if (ioLoops == null) {
            ioLoops = IoLoops.create(context.errorHandler());
        }
        return ioLoops.newLoop(name);
    }

    /** A transaction is a window with its parity; a quarter of the log must hold one, so that the log can turn over. */
    private int largestWindowFor(JournalArea area) {
        int window = WindowGeometry.MAX_LENGTH;
        while (window > BlockMask.BLOCK_LENGTH
                && Shard.leastLogLength(window, layout.memberCount())
                        > area.lengthSectors() * DeviceGeometry.SECTOR_LENGTH) {
            window /= 2;
        }
        return window;
    }

    private static long windowsBelow(WindowGeometry geometry, long memberSectors) {
        if (memberSectors == SuperblockDescriptor.MAX_SECTOR) {
            return geometry.windowCount();
        }
        return Math.min(geometry.windowCount(), memberSectors * DeviceGeometry.SECTOR_LENGTH / geometry.length());
    }
}
