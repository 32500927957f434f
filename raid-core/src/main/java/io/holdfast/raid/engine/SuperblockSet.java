package io.holdfast.raid.engine;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.metadata.AddedDevice;
import io.holdfast.raid.metadata.HoldfastNote;
import io.holdfast.raid.metadata.MemberCondition;
import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockDescriptor;
import io.holdfast.raid.metadata.SuperblockFeature;
import io.holdfast.raid.metadata.SuperblockUpdate;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.agrona.MutableDirectBuffer;

/** The superblocks of an array's devices, as they are to be written next. Confined to the conductor's thread. */
final class SuperblockSet {
    private final List<SuperblockUpdate.Member> members;
    /** Devices that the array does not have: not yet, or not any more. */
    private final BitSet unlisted = new BitSet();
    /** Of these, those that it is to have: their numbers are not free. */
    private final BitSet introduced = new BitSet();

    private final BadBlockTable badBlocks;
    private long events;
    private int changeCount;

    /**
     * Take over superblocks.
     *
     * @param members in index order; their superblocks are changed in place from now on.
     * @param badBlocks their lists.
     * @param events  of the freshest superblock, which may belong to a device that is not here.
     */
    SuperblockSet(List<SuperblockUpdate.Member> members, BadBlockTable badBlocks, long events) {
        this.members = new ArrayList<>(members);
        this.badBlocks = badBlocks;
        this.events = events;
    }

    /** The count of updates that was used up last. */
    long events() {
        return events;
    }

    MemberCondition condition(int device) {
        return members.get(device).condition();
    }

    /** Say what a device is from now on; slot and recovered sectors count only where the condition has them. */
    void condition(int device, MemberCondition condition, int slot, long recoveredSectors) {
        SuperblockUpdate.Member old = members.get(device);
        changeCount += old.condition() == condition && old.slot() == slot ? 0 : 1;
        if (condition == MemberCondition.RECOVERING && old.condition() != condition) {
            guided(device, false);
        }
        members.set(
                device,
                new SuperblockUpdate.Member(old.deviceNumber(), old.superblock(), condition, slot, recoveredSectors));
    }

    /** Say whether a device that is being rebuilt lacks nothing but what the bits of the bitmap stand for. */
    void guided(int device, boolean isGuided) {
        members.get(device).superblock().feature(SuperblockFeature.RECOVERY_BITMAP, isGuided);
    }

    boolean isGuided(int device) {
        return members.get(device).superblock().hasFeature(SuperblockFeature.RECOVERY_BITMAP);
    }

    /** Blocks of 4 KiB were rewritten after a read error: counted in sectors in the member's superblock. */
    void addCorrectedBlocks(int device, int blockCount) {
        Superblock superblock = members.get(device).superblock();
        int sectors = blockCount * (BlockMask.BLOCK_LENGTH / DeviceGeometry.SECTOR_LENGTH);
        superblock.correctedReadSectors(superblock.correctedReadSectors() + sectors);
    }

    /**
     * Make the next generation. Its event number is used up only once {@link #begun} says that it is being written: devices
     * that end up more than one event apart cannot be told from stale ones.
     *
     * @param resyncOffsetSectors all ones when parity fits everywhere and no write is under way; else where it may not.
     * @param journalTailSectors  where a replay would begin.
     * @param updateTimeSeconds   since 1970.
     */
    void next(long resyncOffsetSectors, long journalTailSectors, long updateTimeSeconds) {
        for (int device = 0; device < members.size(); device++) {
            if (badBlocks.isMember(device) && members.get(device).superblock() != null) {
                members.get(device)
                        .superblock()
                        .feature(SuperblockFeature.BAD_BLOCKS, badBlocks.isAnythingListed(device));
            }
        }
        SuperblockUpdate.apply(listed(), events + 1, resyncOffsetSectors, journalTailSectors, updateTimeSeconds);
    }

    /** The generation made last is about to be written to some device. */
    void begun() {
        events++;
    }

    /** The bad block lists that go with the superblocks. */
    BadBlockTable badBlocks() {
        return badBlocks;
    }

    void copyTo(int device, MutableDirectBuffer target) {
        Superblock superblock = members.get(device).superblock();
        target.putBytes(0, superblock.buffer(), superblock.offset(), SuperblockDescriptor.LENGTH);
    }

    /** Byte offset of the superblock on the device. */
    long offset(int device) {
        return members.get(device).superblock().superOffsetSectors() * DeviceGeometry.SECTOR_LENGTH;
    }

    /** Bytes of the superblock to be written to the device. */
    int length(int device, DeviceGeometry geometry) {
        return Math.min(
                SuperblockDescriptor.LENGTH,
                SuperblockWriter.writtenLength(members.get(device).superblock(), geometry));
    }

    Superblock superblock(int device) {
        return members.get(device).superblock();
    }

    /**
     * A device that is to hold the journal, which gets the next index and a free number. No superblock names it before it is
     * {@link #list}ed; its own says what the others do, under the same event number, and that it is a journal.
     *
     * @param superblock         of the device; the number in it does not matter.
     * @param journalTailSectors of its log.
     */
    void introduceJournal(Superblock superblock, long journalTailSectors) {
        Superblock reference = reference();
        int own = AddedDevice.freeNumber(reference, present());
        superblock.deviceNumber(own).maxDev(Math.max(reference.roleCount(), own + 1));
        for (int number = 0; number < superblock.roleCount(); number++) {
            superblock.role(number, number < reference.roleCount() ? reference.role(number) : Role.SPARE);
        }
        superblock
                .role(own, Role.JOURNAL)
                .events(events)
                .journalTailSectors(journalTailSectors)
                .updateChecksum();
        unlisted.set(members.size());
        introduced.set(members.size());
        members.add(new SuperblockUpdate.Member(superblock.deviceNumber(), superblock, MemberCondition.JOURNAL, -1, 0));
    }

    /** A superblock that says how the array is, and not what is peculiar to its device. */
    Superblock reference() {
        return listed().stream()
                .filter(member -> member.condition() != MemberCondition.FAULTY)
                .findFirst()
                .orElseThrow()
                .superblock();
    }

    /** A device that is a spare from now on, which gets the next index; the next generation says so. */
    void addSpare(Superblock superblock) {
        changeCount++;
        members.add(new SuperblockUpdate.Member(superblock.deviceNumber(), superblock, MemberCondition.SPARE, -1, 0));
    }

    /** Another number whenever {@link #describe} would say something else of some device, or there is another. */
    int changeCount() {
        return changeCount;
    }

    /** What people are told of a device. */
    ArrayState.Device describe(int device, String name) {
        SuperblockUpdate.Member member = members.get(device);
        return new ArrayState.Device(name, member.deviceNumber(), member.condition(), member.slot());
    }

    /** Superblocks of all that the array has or is about to have. Of several that come together the first has its number before any is listed. */
    List<Superblock> present() {
        List<Superblock> present = new ArrayList<>();
        for (int device = 0; device < members.size(); device++) {
            if (isListed(device) || introduced.get(device)) {
                present.add(members.get(device).superblock());
            }
        }
        return present;
    }

    /** The array has this device from now on. */
    void list(int device) {
        changeCount++;
        unlisted.clear(device);
        introduced.clear(device);
    }

    /** The array does not have this device any more; its number is free. */
    void remove(int device) {
        changeCount++;
        unlisted.set(device);
    }

    boolean isListed(int device) {
        return !unlisted.get(device);
    }

    /** Note what the loss of the journal means. */
    void note(JournalLossPolicy policy) {
        for (SuperblockUpdate.Member member : members) {
            HoldfastNote.policy(member.superblock(), policy.code());
        }
    }

    /** Say whether the array needs a journal. */
    void journaled(boolean isJournaled) {
        for (SuperblockUpdate.Member member : listed()) {
            member.superblock().feature(SuperblockFeature.JOURNAL, isJournaled);
        }
    }

    private List<SuperblockUpdate.Member> listed() {
        List<SuperblockUpdate.Member> listed = new ArrayList<>(members.size());
        for (int device = 0; device < members.size(); device++) {
            if (isListed(device)) {
                listed.add(members.get(device));
            }
        }
        return listed;
    }
}
