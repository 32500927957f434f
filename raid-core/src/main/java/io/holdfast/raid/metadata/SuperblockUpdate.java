package io.holdfast.raid.metadata;

import java.util.List;

/**
 * What all superblocks of an array say next: one consistent set, to be written to every device that has not failed, all before
 * anything is answered that depends on it.
 *
 * <p>Works on the superblocks in place and allocates nothing. What belongs to a device (its number, uuid, offsets, bad block
 * log, corrected reads) and what belongs to the array's shape is kept; what is state is set, the same in all copies.
 */
public final class SuperblockUpdate {
    /**
     * One device of the array.
     *
     * @param deviceNumber     its index in the table of roles.
     * @param superblock       its superblock, changed in place; may be null when {@link MemberCondition#FAULTY}.
     * @param condition        what it is.
     * @param slot             0 to the number of slots - 1; counts only when in sync or recovering.
     * @param recoveredSectors member sectors that are good, from the first on; counts only when recovering.
     */
    public record Member(
            int deviceNumber, Superblock superblock, MemberCondition condition, int slot, long recoveredSectors) {
        /** Check what must hold for every device. */
        public Member {
            if (superblock == null && condition != MemberCondition.FAULTY) {
                throw new IllegalArgumentException("a device without a superblock: deviceNumber=" + deviceNumber);
            }
            if (superblock != null && superblock.deviceNumber() != deviceNumber) {
                throw new IllegalArgumentException("not the superblock of this device: deviceNumber=" + deviceNumber
                        + " superblock=" + superblock);
            }
            if (deviceNumber < 0 || deviceNumber >= SuperblockDescriptor.MAX_DEVICE_COUNT) {
                throw new IllegalArgumentException("no such device number: deviceNumber=" + deviceNumber);
            }
        }

        /**
         * The role that the table is to show for the device: also a device being rebuilt shows its slot.
         *
         * @return a slot or a value of {@link Role}.
         */
        public int role() {
            return switch (condition) {
                case FAULTY -> Role.FAULTY;
                case IN_SYNC, RECOVERING, REPLACING -> slot;
                case JOURNAL -> Role.JOURNAL;
                case SPARE -> Role.SPARE;
            };
        }
    }

    private SuperblockUpdate() {}

    /**
     * What the resync offset is to be.
     *
     * @param active           whether writes may be in flight.
     * @param journaled        whether a journal makes writes in flight safe, so that parity that was good stays good.
     * @param goodUntilSectors member sectors, from the first on, whose parity is good when nothing is in flight;
     *                         {@link SuperblockDescriptor#MAX_SECTOR} when all of it is.
     * @return the value of the field: while writes are in flight without a journal a crash must restart from 0.
     */
    public static long resyncOffset(boolean active, boolean journaled, long goodUntilSectors) {
        boolean clean = goodUntilSectors == SuperblockDescriptor.MAX_SECTOR;
        if (!active || (journaled && clean)) {
            return goodUntilSectors;
        }
        return 0;
    }

    /**
     * Change the superblocks of all devices that have not failed to say what is so now, checksums included.
     *
     * <p>Devices that are not listed lose their entry in the table of roles, as a removed device does: a stale one can then never
     * be mistaken for current.
     *
     * @param members             every device that belongs to the array, faulty ones included; any order.
     * @param events              the new count of updates: one more than the last.
     * @param resyncOffsetSectors from {@link #resyncOffset}.
     * @param journalTailSectors  where replay is to begin, for the journal device; kept out of all others.
     * @param updateTimeSeconds   since 1970.
     */
    public static void apply(
            List<Member> members,
            long events,
            long resyncOffsetSectors,
            long journalTailSectors,
            long updateTimeSeconds) {
        int maxDev = 0;
        boolean hasJournal = false;
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            maxDev = Math.max(maxDev, member.deviceNumber() + 1);
            hasJournal |= member.condition() == MemberCondition.JOURNAL;
            if (member.superblock() != null) {
                maxDev = Math.max(maxDev, member.superblock().roleCount());
            }
        }
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            if (member.condition() != MemberCondition.FAULTY) {
                fillRoles(member.superblock(), maxDev, members);
                fillState(member, hasJournal, journalTailSectors);
                member.superblock()
                        .events(events)
                        .resyncOffsetSectors(resyncOffsetSectors)
                        .updateTime(updateTimeSeconds)
                        .updateChecksum();
            }
        }
    }

    private static void fillRoles(Superblock superblock, int maxDev, List<Member> members) {
        superblock.maxDev(maxDev);
        for (int deviceNumber = 0; deviceNumber < maxDev; deviceNumber++) {
            superblock.role(deviceNumber, Role.SPARE);
        }
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            superblock.role(member.deviceNumber(), member.role());
        }
    }

    private static void fillState(Member member, boolean hasJournal, long journalTailSectors) {
        Superblock superblock = member.superblock();
        superblock.feature(SuperblockFeature.RECOVERY_OFFSET, false);
        superblock.feature(SuperblockFeature.REPLACEMENT, member.condition() == MemberCondition.REPLACING);
        if (member.condition() != MemberCondition.RECOVERING) {
            // Whoever lets a member be rebuilt from the bitmap's bits sets this in its superblock, and here it stays.
            superblock.feature(SuperblockFeature.RECOVERY_BITMAP, false);
        }
        if (hasJournal) {
            superblock.feature(SuperblockFeature.JOURNAL, true);
        }
        switch (member.condition()) {
            case JOURNAL -> superblock.journalTailSectors(journalTailSectors);
            case RECOVERING ->
                superblock
                        .feature(SuperblockFeature.RECOVERY_OFFSET, true)
                        .recoveryOffsetSectors(member.recoveredSectors());
            case REPLACING -> {
                boolean isComplete = member.recoveredSectors() >= superblock.sizeSectors();
                superblock
                        .feature(SuperblockFeature.RECOVERY_OFFSET, !isComplete)
                        .recoveryOffsetSectors(isComplete ? 0 : member.recoveredSectors());
            }
            default -> superblock.recoveryOffsetSectors(0);
        }
    }
}
