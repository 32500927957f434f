package io.holdfast.raid.metadata;

import io.holdfast.raid.metadata.AssemblyDecision.Outcome;
import io.holdfast.raid.metadata.DeviceVerdict.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What would be started from a set of devices, how, and why: the outcome of {@link AssemblyPlanner#plan}. Nothing has been
 * written.
 */
public final class AssemblyPlan {
    /** The features that each device has for itself; all others are the array's. */
    static final int DEVICE_FEATURES = SuperblockFeature.RECOVERY_OFFSET
            | SuperblockFeature.BAD_BLOCKS
            | SuperblockFeature.REPLACEMENT
            | SuperblockFeature.RECOVERY_BITMAP
            | SuperblockFeature.NEW_OFFSET;

    /** How the array stands to its journal. */
    public enum JournalState {
        /** It has none and needs none. */
        NOT_USED,
        /** It is there: the log is to be looked at before anything else, also when the array is clean. */
        PRESENT,
        /** It is not among the devices. */
        MISSING,
        /** It is there, but missed updates: what it holds may be older than what the members hold. */
        STALE,
        /** It is missing or stale, and the operator goes on without it. */
        GIVEN_UP
    }

    private final ArrayIdentity identity;
    private final List<DeviceVerdict> devices;
    private final DeviceVerdict[] inSync;
    private final DeviceVerdict[] recovering;
    private final JournalState journalState;
    private final long resyncOffsetSectors;
    private final AssemblyDecision decision;
    private final List<CarriedFeature> carried;
    private final String reason;
    private final Superblock reference;
    private final BitmapUse bitmap;
    private final boolean corrects;

    AssemblyPlan(
            ArrayIdentity identity,
            List<DeviceVerdict> devices,
            JournalState journalState,
            long resyncOffsetSectors,
            AssemblyDecision decision,
            List<CarriedFeature> carried,
            String reason,
            Superblock reference,
            BitmapUse bitmap) {
        this.identity = identity;
        this.devices = List.copyOf(devices);
        this.journalState = journalState;
        this.resyncOffsetSectors = resyncOffsetSectors;
        this.decision = decision;
        this.carried = List.copyOf(carried);
        this.reason = reason;
        this.reference = reference;
        this.bitmap = bitmap;
        int slotCount = identity == null ? 0 : identity.raidDisks();
        this.inSync = new DeviceVerdict[slotCount];
        this.recovering = new DeviceVerdict[slotCount];
        boolean forced = decision == AssemblyDecision.DIRTY_DEGRADED_FORCED;
        for (DeviceVerdict device : devices) {
            forced |= device.kind() == Kind.FORCED;
            if (device.isInSync()) {
                inSync[device.slot()] = device;
            } else if (device.kind() == Kind.RECOVERING) {
                recovering[device.slot()] = device;
            }
        }
        this.corrects = (forced || journalState == JournalState.GIVEN_UP)
                && outcome() != Outcome.REFUSED
                && outcome() != Outcome.READ_ONLY;
    }

    /** The freshest superblock; only where there is an array. */
    public Superblock reference() {
        return reference;
    }

    /** What the members agree upon; empty when no device has a superblock of an array that could be meant. */
    public Optional<ArrayIdentity> identity() {
        return Optional.ofNullable(identity);
    }

    /** What becomes of each device, in the order in which the devices were given. */
    public List<DeviceVerdict> devices() {
        return devices;
    }

    /**
     * The device of a slot that is good throughout.
     *
     * @param slot 0 to the number of slots - 1.
     * @return the device, or empty when the slot counts as missing.
     */
    public Optional<DeviceVerdict> inSync(int slot) {
        return Optional.ofNullable(inSync[slot]);
    }

    /**
     * The device that is being rebuilt into a slot.
     *
     * @param slot 0 to the number of slots - 1.
     * @return the device, good up to {@link DeviceVerdict#recoveredSectors()}; or empty.
     */
    public Optional<DeviceVerdict> recovering(int slot) {
        return Optional.ofNullable(recovering[slot]);
    }

    /** Slots without a device that is good throughout, ascending. */
    public List<Integer> missingSlots() {
        List<Integer> missing = new ArrayList<>();
        for (int slot = 0; slot < inSync.length; slot++) {
            if (inSync[slot] == null) {
                missing.add(slot);
            }
        }
        return missing;
    }

    /** Devices that wait for a slot. */
    public List<DeviceVerdict> spares() {
        return devices.stream().filter(device -> device.kind() == Kind.SPARE).toList();
    }

    /** The devices that hold the journal, a copy each. */
    public List<DeviceVerdict> journals() {
        return devices.stream().filter(device -> device.kind() == Kind.JOURNAL).toList();
    }

    /** The device that holds the journal, or the freshest of its copies. */
    public Optional<DeviceVerdict> journal() {
        return journals().stream().min(Comparator.comparingLong(DeviceVerdict::eventsBehind));
    }

    /** How the array stands to its journal. */
    public JournalState journalState() {
        return journalState;
    }

    /** Whether the log is to be looked at first. A journaled array is clean on disk even when there is something to replay. */
    public boolean isReplayToBeLookedAt() {
        return journalState == JournalState.PRESENT;
    }

    /** Member sectors below this have good parity; {@link SuperblockDescriptor#MAX_SECTOR} when all do. */
    public long resyncOffsetSectors() {
        return resyncOffsetSectors;
    }

    /** What is made of the array's write-intent bitmap; empty when it has none, or none that can be kept up to date. */
    public Optional<BitmapUse> bitmap() {
        return Optional.ofNullable(bitmap);
    }

    /** The row of the table that decided. */
    public AssemblyDecision decision() {
        return decision;
    }

    /** What happens to the array. */
    public Outcome outcome() {
        return decision.outcome();
    }

    /** Whether the array may be opened, for writing or for reading only. */
    public boolean isOpenable() {
        return outcome() != Outcome.REFUSED;
    }

    /** Whether the array may be written to. */
    public boolean isWritable() {
        return isOpenable() && outcome() != Outcome.READ_ONLY;
    }

    /** What the array carries that is not done here. */
    public List<CarriedFeature> carried() {
        return carried;
    }

    /** Why, in whole sentences for an operator. */
    public String reason() {
        return reason;
    }

    /** The plan as text: a line for each device, then what happens and why. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (DeviceVerdict device : devices) {
            lines.add(device.sentence());
        }
        lines.add(headline());
        lines.add(reason);
        return lines;
    }

    /**
     * The devices that take part, as {@link SuperblockUpdate#apply} wants them, each with a copy of its superblock that describes
     * the array as the freshest does. For a plan that {@link #isWritable()}.
     *
     * @return in the order in which the devices were given.
     */
    public List<SuperblockUpdate.Member> updateMembers() {
        List<SuperblockUpdate.Member> members = new ArrayList<>();
        for (DeviceVerdict device : devices) {
            if (device.isUsed()) {
                members.add(new SuperblockUpdate.Member(
                        device.superblock().deviceNumber(),
                        current(device.superblock())
                                .feature(SuperblockFeature.RECOVERY_BITMAP, device.byBitmap())
                                .updateChecksum(),
                        condition(device.kind()),
                        device.slot(),
                        recoveredSectors(device)));
            }
        }
        return members;
    }

    /**
     * How much of a device can be relied on. In an array that is dirty, degraded and started by force nothing that was
     * rebuilt can: stripes that were being written when it stopped have parity that does not fit, on either side of the mark,
     * so the rebuild begins again and makes them agree.
     */
    private long recoveredSectors(DeviceVerdict device) {
        boolean doubtful = decision == AssemblyDecision.DIRTY_DEGRADED_FORCED && device.kind() == Kind.RECOVERING;
        return doubtful ? 0 : device.recoveredSectors();
    }

    /**
     * The superblocks to write, and flush, before anything else when the array is started by force, so that what was insisted
     * upon once is what every superblock says from then on.
     *
     * @param updateTimeSeconds since 1970.
     * @return all devices that take part with their new superblocks; empty when nothing needs correcting.
     */
    public List<SuperblockUpdate.Member> corrections(long updateTimeSeconds) {
        if (!corrects) {
            return List.of();
        }
        List<SuperblockUpdate.Member> members = updateMembers();
        long tail = journal()
                .map(device -> device.superblock().journalTailSectors())
                .orElse(0L);
        // Where all parity is needed to stand in for what is missing, what is rebuilt from it fits it. What is left
        // over at
        // level 6 fits only after a resync, which waits for the rebuild: until then the array is not called clean, or a
        // crash would let it be forgotten.
        boolean rebuildSettlesIt = decision == AssemblyDecision.DIRTY_DEGRADED_FORCED
                && !isParityLeftInDoubt(decision, missingSlots().size(), identity.level());
        long resync = rebuildSettlesIt ? SuperblockDescriptor.MAX_SECTOR : resyncOffsetSectors;
        SuperblockUpdate.apply(members, identity.events() + 1, resync, tail, updateTimeSeconds);
        return members;
    }

    /** Whether a start by force leaves parity that nothing is rebuilt from, and that need not fit what is rebuilt. */
    static boolean isParityLeftInDoubt(AssemblyDecision decision, int missingCount, int level) {
        return decision == AssemblyDecision.DIRTY_DEGRADED_FORCED && missingCount < SuperblockCheck.parityCount(level);
    }

    /**
     * The superblocks of devices in use that are one update behind, telling what the freshest tells. To be written, and
     * flushed, before any newer superblock is: otherwise a start that is cut short twice would leave the same devices two
     * updates behind, and two is what a stale device is.
     *
     * @return each with the word of the freshest about the array, and its own about itself; empty when all are equal. For a
     *     plan that {@link #isWritable()}.
     */
    public List<SuperblockUpdate.Member> laggards() {
        List<SuperblockUpdate.Member> laggards = new ArrayList<>();
        for (DeviceVerdict device : devices) {
            // Not a member that the freshest call failed, and that is taken back because of the bitmap: they do not
            // grant it a
            // slot yet.
            boolean isTakenBack =
                    device.byBitmap() && !device.superblock().hasFeature(SuperblockFeature.RECOVERY_OFFSET);
            boolean counts =
                    device.kind() == Kind.IN_SYNC || device.kind() == Kind.RECOVERING || device.kind() == Kind.JOURNAL;
            if (counts && !isTakenBack && device.eventsBehind() == 1) {
                laggards.add(new SuperblockUpdate.Member(
                        device.superblock().deviceNumber(),
                        // With the new count it must not seem to be covered by bits that it is not covered by.
                        levelled(device.superblock())
                                .feature(SuperblockFeature.RECOVERY_BITMAP, device.byBitmap())
                                .updateChecksum(),
                        condition(device.kind()),
                        device.slot(),
                        device.recoveredSectors()));
            }
        }
        return laggards;
    }

    private Superblock levelled(Superblock own) {
        Superblock copy = current(own);
        int state = SuperblockDescriptor.UPDATE_TIME_OFFSET;
        copy.buffer()
                .putBytes(
                        copy.offset() + state,
                        reference.buffer(),
                        reference.offset() + state,
                        SuperblockDescriptor.LENGTH - state);
        return copy.updateChecksum();
    }

    private Superblock current(Superblock own) {
        Superblock copy = own.copy();
        copy.buffer()
                .putBytes(
                        copy.offset(), reference.buffer(), reference.offset(), SuperblockDescriptor.DATA_OFFSET_OFFSET);
        copy.featureMap((reference.featureMap() & ~DEVICE_FEATURES) | (own.featureMap() & DEVICE_FEATURES));
        if (journalState == JournalState.GIVEN_UP) {
            copy.feature(SuperblockFeature.JOURNAL, false);
        }
        return copy.updateChecksum();
    }

    private static MemberCondition condition(Kind kind) {
        return switch (kind) {
            case IN_SYNC, FORCED -> MemberCondition.IN_SYNC;
            case RECOVERING -> MemberCondition.RECOVERING;
            case JOURNAL -> MemberCondition.JOURNAL;
            // What it has of its slot may be older than the last write: it is a spare until it is filled again.
            case SPARE, REPLACEMENT -> MemberCondition.SPARE;
            default -> throw new IllegalStateException("not a device that takes part: kind=" + kind);
        };
    }

    private String headline() {
        if (identity == null) {
            return "No array.";
        }
        int slotCount = inSync.length;
        String what =
                "Array " + identity.uuid() + (identity.name().isEmpty() ? "" : " (" + printable(identity.name()) + ")")
                        + ", level " + identity.level() + ", "
                        + (slotCount - missingSlots().size()) + " of " + slotCount
                        + " members in sync: ";
        return what
                + switch (outcome()) {
                    case START_CLEAN -> "would start.";
                    case START_DEGRADED -> "would start degraded.";
                    case START_RESYNC ->
                        bitmap == null
                                ? "would start and recompute parity from member sector "
                                        + Long.toUnsignedString(resyncOffsetSectors) + " on."
                                : "would start with a resync of " + bitmap.extent() + " directed by the bitmap.";
                    case READ_ONLY -> "would open read-only.";
                    case REFUSED -> "would not start.";
                };
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
