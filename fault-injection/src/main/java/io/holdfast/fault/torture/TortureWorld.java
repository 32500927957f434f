package io.holdfast.fault.torture;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.fault.ArrayBench;
import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.ContentModel;
import io.holdfast.fault.Simulation;
import io.holdfast.fault.device.HarmListener;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SeededSurvival;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.fault.device.UnflushedWrite;
import io.holdfast.raid.ArrayContext;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * The devices of a history and what has been done to them: which members may be out, which places may hold what nobody wrote.
 * It injects faults, takes the power away and gives it back; it neither starts nor judges arrays.
 */
final class TortureWorld {
    private static final int BLOCK_LENGTH = 4096;
    private static final int SECTOR_LENGTH = 512;
    private static final int LOST_WITH_CRASH_ONE_IN = 5;

    private final History history;
    private final UnaryOperator<BlockDevice> sabotage;
    private final Simulation simulation;
    private final ArrayShape shape;
    private final FaultCounts counts = new FaultCounts();
    private final DeviceFaults[] members;
    private final int[] attackedAtStart;
    private ArrayBench bench;
    private ContentModel model;
    private Taints taints;
    private DeviceFaults journal;

    /** Slots that something was done to which the array may notice, so that it may do without them. */
    private BitSet loud;

    /** Slots that something was done to which nobody may notice. */
    private BitSet silent;

    /** Slots without a complete member, as the array had it when it was last asked. */
    private BitSet out;

    private LogDoubts log;
    private long lastSeed;
    private boolean synced;
    private int startCount;
    private int crashCount;
    private int arrayCount;
    private int replacementCount;
    private long harmedReadCount;

    TortureWorld(History history, UnaryOperator<BlockDevice> sabotage) {
        this.history = history;
        this.sabotage = sabotage;
        this.shape = history.shape();
        simulation = new Simulation(history.seed());
        members = new DeviceFaults[shape.memberCount()];
        attackedAtStart = new int[shape.memberCount()];
        renew();
    }

    /** Begin with a new array on new devices. */
    void renew() {
        simulation.restart();
        arrayCount++;
        bench = new ArrayBench(simulation, shape, history.journalLength());
        long seed = history.seed() + arrayCount;
        model = new ContentModel(bench.layout().arrayLength(), history.unitLength(), seed);
        bench.describeTo(model);
        taints = new Taints(bench.layout());
        loud = new BitSet();
        silent = new BitSet();
        out = new BitSet();
        for (int slot = 0; slot < members.length; slot++) {
            members[slot] = wrap(bench.member(slot), slot);
        }
        journal = shape.isJournaled() ? wrap(bench.journal(), Step.JOURNAL) : null;
        log = new LogDoubts(taints);
        synced = shape.isAssumedClean();
        if (!synced) {
            if (shape.level() == 6) {
                taints.doubtAllParity();
            } else {
                // A new array of these levels begins with its last member to be rebuilt.
                attack(members.length - 1);
            }
        }
    }

    private DeviceFaults wrap(SimulatedDevice device, int slot) {
        return new DeviceFaults(device, simulation.clock(), slot, this::onHarm, history.seed() ^ slot);
    }

    Simulation simulation() {
        return simulation;
    }

    ArrayBench bench() {
        return bench;
    }

    ContentModel model() {
        return model;
    }

    Taints taints() {
        return taints;
    }

    FaultCounts counts() {
        return counts;
    }

    int crashCount() {
        return crashCount;
    }

    int arrayCount() {
        return arrayCount;
    }

    BitSet out() {
        return out;
    }

    DeviceFaults member(int slot) {
        return members[slot];
    }

    /** Settings to start the array with, as its devices are now. */
    ArrayContext context() {
        startCount++;
        boolean[] without = new boolean[members.length];
        for (int slot = 0; slot < members.length; slot++) {
            without[slot] = members[slot].isGone();
        }
        return context(without);
    }

    ArrayContext context(boolean[] without) {
        boolean isWriteBack = new SplittableRandom(lastSeed).nextBoolean();
        return bench.context(without, this::outside)
                .run(true)
                .onJournalLoss(history.onJournalLoss())
                .journalMode(history.journal().startMode(isWriteBack));
    }

    /** Whether whoever starts the array now brings missing members back before insisting. */
    boolean isPatient() {
        return new SplittableRandom(~lastSeed).nextBoolean();
    }

    private BlockDevice outside(BlockDevice device) {
        for (int slot = 0; slot < members.length; slot++) {
            if (bench.member(slot) == device) {
                return asSeenByArrays(slot);
            }
        }
        return sabotage.apply(journal.device());
    }

    void reseed(long seed) {
        lastSeed = seed;
        SplittableRandom random = new SplittableRandom(seed);
        simulation.reschedule(random.nextLong());
        for (DeviceFaults member : members) {
            member.reseed(random.nextLong());
        }
        if (journal != null) {
            journal.reseed(random.nextLong());
        }
    }

    // ---- what was done to whom ----

    /** Whether the array may do without a member, and would be right to. */
    boolean mayBeOut(int slot) {
        return loud.get(slot) || silent.get(slot);
    }

    /** What is known of the journal. */
    LogDoubts log() {
        return log;
    }

    /** Whether all requests of late went through a journal that works. */
    boolean isEveryRequestLogged() {
        return shape.isJournaled() && !(history.isJournalDispensable() && log.isAttacked());
    }

    /** Whether parity has once been right everywhere. */
    boolean isSynced() {
        return synced;
    }

    /** Slots whose members are out, or may be as soon as the array looks. */
    BitSet doubtful() {
        BitSet all = (BitSet) out.clone();
        all.or(loud);
        all.or(silent);
        return all;
    }

    /** Whether the level makes up for something being done to one more member. */
    boolean canAfford(int slot) {
        BitSet all = doubtful();
        all.set(slot);
        return synced && all.cardinality() <= shape.parityCount();
    }

    private void attack(int slot) {
        loud.set(slot);
        attackedAtStart[slot] = startCount;
        taints.memberUnsound(slot);
    }

    /**
     * Learn which members are complete.
     *
     * @param slot   asked about.
     * @param inSync whether it has a complete member.
     * @return whether that can be explained by what was done.
     */
    boolean learn(int slot, boolean inSync) {
        if (inSync) {
            if (out.get(slot)) {
                out.clear(slot);
                if (!loud.get(slot)) {
                    taints.memberSound(slot);
                }
            }
            return true;
        }
        boolean isExplained = out.get(slot) || mayBeOut(slot);
        out.set(slot);
        taints.memberUnsound(slot);
        return isExplained;
    }

    /**
     * A spare need not go where it was meant to: devices change places, so that each stands for the slot that it serves.
     *
     * @param slot       served.
     * @param deviceName of the device that serves it.
     */
    void seat(int slot, String deviceName) {
        if (members[slot].name().equals(deviceName)) {
            return;
        }
        for (int other = 0; other < members.length; other++) {
            if (members[other].name().equals(deviceName)) {
                DeviceFaults faults = members[slot];
                SimulatedDevice device = bench.member(slot);
                members[slot] = members[other];
                bench.member(slot, bench.member(other));
                members[other] = faults;
                bench.member(other, device);
                members[slot].slot(slot);
                members[other].slot(other);
                attack(slot);
                attack(other);
                return;
            }
        }
    }

    /** The array is at rest: what was done to a member that is complete, and is not still in store, is over. */
    void forgive(boolean hasJournal) {
        for (int slot = 0; slot < members.length; slot++) {
            boolean isOver = !out.get(slot)
                    && !members[slot].isArmed()
                    && !members[slot].owesFlush()
                    && startCount > attackedAtStart[slot];
            if (isOver && mayBeOut(slot)) {
                loud.clear(slot);
                silent.clear(slot);
                taints.memberSound(slot);
            }
        }
        if (out.isEmpty()) {
            synced = true;
        }
        if (journal != null && hasJournal && !journal.isArmed() && !journal.owesFlush()) {
            log.forgive();
        }
    }

    /** An orderly stop has left the log nothing to replay. */
    void logIsEmpty() {
        if (journal != null && !journal.isArmed() && !journal.owesFlush()) {
            log.emptied();
        }
    }

    /** Whether some device has an operation under way that only passing time brings to its end. */
    boolean isHolding() {
        boolean isHolding = journal != null && journal.isHolding();
        for (DeviceFaults member : members) {
            isHolding |= member.isHolding();
        }
        return isHolding;
    }

    /** Reads that brought other bytes than the device holds. */
    long harmedReadCount() {
        return harmedReadCount;
    }

    private void onHarm(int slot, HarmListener.Kind kind, long offset, long length) {
        harmedReadCount += kind == HarmListener.Kind.READ ? 1 : 0;
        if (slot == Step.JOURNAL) {
            // A read that went wrong once is asked again; only the superblock cannot tell that it is an old one.
            if (kind == HarmListener.Kind.STORED || offset < ArrayBench.DATA_OFFSET) {
                log.harm();
            }
            return;
        }
        silent.set(slot);
        attackedAtStart[slot] = startCount;
        taints.strike(slot, offset - ArrayBench.DATA_OFFSET, length);
    }

    /**
     * Do what a step asks for.
     *
     * @return what came of it, for the story.
     */
    String inject(Step step) {
        FaultKind kind = step.fault();
        if (!kind.hasDevice()) {
            simulation.power().cutAfter(kind == FaultKind.POWER ? Cut.POWER : Cut.PROCESS, step.amount());
            return "armed";
        }
        if (step.device() == Step.JOURNAL) {
            return injectIntoJournal(step);
        }
        int slot = step.device();
        if (!canAfford(slot)) {
            return "left out: the level could not make up for it";
        }
        counts.inject(kind);
        if (!kind.isPromised()) {
            silent.set(slot);
            attackedAtStart[slot] = startCount;
        } else if (kind != FaultKind.SLOW) {
            attack(slot);
        }
        if (kind == FaultKind.BITROT) {
            taints.strike(slot, step.offset() - ArrayBench.DATA_OFFSET, 1);
        }
        members[slot].inject(step);
        return "injected";
    }

    private String injectIntoJournal(Step step) {
        FaultKind kind = step.fault();
        counts.inject(kind);
        if (kind != FaultKind.SLOW) {
            log.attack();
        }
        if (kind == FaultKind.BITROT || kind == FaultKind.EIO) {
            log.harm();
        }
        journal.inject(step);
        return "injected";
    }

    /** Take back what is in store for a device. */
    void heal(int device) {
        if (device != Step.JOURNAL) {
            members[device].heal();
        } else if (journal != null) {
            journal.heal();
        }
    }

    /**
     * Take back everything that is in store.
     *
     * @return whether there was anything.
     */
    boolean healAll() {
        boolean any = journal != null && journal.isArmed();
        for (int slot = 0; slot < members.length; slot++) {
            any |= members[slot].isArmed();
            heal(slot);
        }
        heal(Step.JOURNAL);
        return any;
    }

    // ---- power ----

    /**
     * Everything stops, if it has not; then there is power again.
     *
     * @param how         it stops.
     * @param isJournaled whether the array had a journal until then.
     * @param random of what survives.
     */
    void crash(Cut how, boolean isJournaled, SplittableRandom random) {
        simulation.power().cutNow(how);
        Cut cut = simulation.power().cut();
        crashCount++;
        FaultPlan faults = history.faults();
        FaultKind torn = shape.logicalBlockLength() == SECTOR_LENGTH ? FaultKind.TORN : FaultKind.TORN4K;
        boolean tears = draws(torn, faults, random);
        boolean reorders = draws(FaultKind.REORDER, faults, random);
        counts.inject(cut == Cut.POWER ? FaultKind.POWER : FaultKind.KILL);
        loseMembers(random);
        doubtWhatWasUnderWay(cut, isJournaled);
        bench.powerOn(new SeededSurvival(random.nextLong(), tears, reorders));
        for (int slot = 0; slot < members.length; slot++) {
            members[slot].plug(bench.member(slot));
            members[slot].forgiveLies();
        }
        if (journal != null) {
            journal.plug(bench.journal());
            journal.forgiveLies();
        }
    }

    /** Members may go with everything else: they are missing at the next start, and no other was told. */
    private void loseMembers(SplittableRandom random) {
        for (int i = 0; i < shape.parityCount(); i++) {
            int slot = random.nextInt(members.length);
            boolean isDrawn = random.nextInt(LOST_WITH_CRASH_ONE_IN) == 0;
            if (isDrawn && history.faults().isAimedAtMembers(FaultKind.VANISH) && canAfford(slot)) {
                counts.inject(FaultKind.VANISH);
                attack(slot);
                members[slot].vanish();
            }
        }
    }

    private boolean draws(FaultKind kind, FaultPlan faults, SplittableRandom random) {
        boolean isDrawn = random.nextDouble() < faults.rate(kind);
        if (isDrawn) {
            counts.inject(kind);
        }
        return isDrawn;
    }

    private void doubtWhatWasUnderWay(Cut cut, boolean isJournaled) {
        boolean journalLied = journal != null && journal.owesFlush() && cut == Cut.POWER;
        log.crash(journalLied);
        for (int slot = 0; slot < members.length; slot++) {
            boolean lied = members[slot].owesFlush() && cut == Cut.POWER;
            if (lied || log.isAttacked()) {
                strikeUnflushed(slot);
            }
        }
        if (!isJournaled || (history.isJournalDispensable() && log.isAttacked())) {
            for (long offset = 0; offset < model.length(); offset += BLOCK_LENGTH) {
                if (model.isInDoubt(offset, BLOCK_LENGTH)) {
                    taints.doubtParity(offset);
                }
            }
        }
    }

    private void strikeUnflushed(int slot) {
        for (UnflushedWrite write : unflushed(slot)) {
            taints.strike(slot, write.offset() - ArrayBench.DATA_OFFSET, write.length());
        }
    }

    List<UnflushedWrite> unflushed(int slot) {
        return bench.member(slot).image().unflushedWrites();
    }

    /** A name that no device of the array has had. */
    String nextName(int slot) {
        return "d" + slot + "." + ++replacementCount;
    }

    /** A journal for an array that has lost its own, as it is to see it; {@link #takeJournal} makes it part of this world. */
    DeviceFaults newJournal() {
        return wrap(bench.newJournal("journal." + ++replacementCount), Step.JOURNAL);
    }

    /** The array uses this journal from now on. */
    void takeJournal(DeviceFaults device) {
        bench.journal(device.simulated());
        journal = device;
        log = new LogDoubts(taints);
    }

    /** A slot that nobody serves gets a device, so that from now on something may be rebuilt onto it. */
    void replace(int slot, SimulatedDevice device) {
        bench.member(slot, device);
        members[slot] = wrap(device, slot);
        attack(slot);
    }

    /** Somebody is about to have a member failed. */
    void willBeFailed(int slot) {
        attack(slot);
    }

    /** The device of a slot, as an array is given it. */
    BlockDevice asSeenByArrays(int slot) {
        return sabotage.apply(members[slot].device());
    }
}
