package io.holdfast.raid.engine;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.metadata.MemberCondition;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockDescriptor;
import io.holdfast.raid.metadata.SuperblockUpdate;
import java.util.Arrays;
import java.util.List;
import org.agrona.MutableDirectBuffer;

/** The superblocks of an array's devices, as they are to be written next. Confined to the conductor's thread. */
final class SuperblockSet {
    private final SuperblockUpdate.Member[] members;
    private long events;

    /**
     * Take over superblocks.
     *
     * @param members in index order; their superblocks are changed in place from now on.
     * @param events  of the freshest superblock, which may belong to a device that is not here.
     */
    SuperblockSet(List<SuperblockUpdate.Member> members, long events) {
        this.members = members.toArray(new SuperblockUpdate.Member[0]);
        this.events = events;
    }

    MemberCondition condition(int device) {
        return members[device].condition();
    }

    /** Say what a device is from now on; slot and recovered sectors count only where the condition has them. */
    void condition(int device, MemberCondition condition, int slot, long recoveredSectors) {
        SuperblockUpdate.Member old = members[device];
        members[device] =
                new SuperblockUpdate.Member(old.deviceNumber(), old.superblock(), condition, slot, recoveredSectors);
    }

    /** Blocks of 4 KiB were rewritten after a read error: counted in sectors in the member's superblock. */
    void addCorrectedBlocks(int device, int blockCount) {
        Superblock superblock = members[device].superblock();
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
        SuperblockUpdate.apply(
                Arrays.asList(members), events + 1, resyncOffsetSectors, journalTailSectors, updateTimeSeconds);
    }

    /** The generation made last is about to be written to some device. */
    void begun() {
        events++;
    }

    void copyTo(int device, MutableDirectBuffer target) {
        Superblock superblock = members[device].superblock();
        target.putBytes(0, superblock.buffer(), superblock.offset(), SuperblockDescriptor.LENGTH);
    }

    /** Byte offset of the superblock on the device. */
    long offset(int device) {
        return members[device].superblock().superOffsetSectors() * DeviceGeometry.SECTOR_LENGTH;
    }

    Superblock superblock(int device) {
        return members[device].superblock();
    }
}
