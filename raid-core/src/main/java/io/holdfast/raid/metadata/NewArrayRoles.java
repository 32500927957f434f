package io.holdfast.raid.metadata;

import io.holdfast.raid.metadata.NewDevice.Kind;
import java.util.Arrays;
import java.util.List;

/** Which number and which role each device of a new array gets, from its place in the list. */
final class NewArrayRoles {
    private final int[] numbers;
    private final int[] roles;
    private final int deviceCount;
    private final boolean journal;
    private final boolean clean;

    private NewArrayRoles(int[] numbers, int[] roles, int deviceCount, boolean journal, boolean clean) {
        this.numbers = numbers;
        this.roles = roles;
        this.deviceCount = deviceCount;
        this.journal = journal;
        this.clean = clean;
    }

    /**
     * Deal out numbers and roles.
     *
     * @param devices   the list, checked.
     * @param level     4, 5 or 6.
     * @param raidDisks number of slots.
     * @param asListed  whether no member may be turned into a spare.
     * @return what each gets.
     */
    static NewArrayRoles of(List<NewDevice> devices, int level, int raidDisks, boolean asListed) {
        int[] numbers = new int[devices.size()];
        int[] roles = new int[devices.size()];
        int slot = 0;
        int missing = 0;
        boolean journal = false;
        for (int i = 0; i < numbers.length; i++) {
            Kind kind = devices.get(i).kind();
            numbers[i] = i;
            if (kind == Kind.JOURNAL) {
                roles[i] = Role.JOURNAL;
                journal = true;
            } else if (slot < raidDisks) {
                // A missing device has a number and a slot, and neither is written: its entry is that of a free number.
                roles[i] = kind == Kind.MISSING ? Role.SPARE : slot;
                missing += kind == Kind.MISSING ? 1 : 0;
                slot++;
            } else {
                roles[i] = Role.SPARE;
            }
        }
        boolean turnsOneIntoASpare = !asListed && missing == SuperblockCheck.parityCount(level) - 1;
        if (turnsOneIntoASpare) {
            int turned = memberToTurn(devices, roles, raidDisks);
            numbers[turned] = numbers.length;
            roles[turned] = Role.SPARE;
        }
        int present =
                (int) devices.stream().filter(d -> d.kind() != Kind.MISSING).count();
        int inSync = raidDisks - missing - (turnsOneIntoASpare ? 1 : 0);
        boolean clean = turnsOneIntoASpare || missing == SuperblockCheck.parityCount(level);
        return new NewArrayRoles(numbers, roles, raidDisks + present - inSync, journal, clean);
    }

    /**
     * The member that starts as a spare: mdadm counts places in the list, the journal's too, and so with the journal in front
     * turns the last but one. Where that count ends on something else than a member, it is the last member.
     */
    private static int memberToTurn(List<NewDevice> devices, int[] roles, int raidDisks) {
        int place = raidDisks - 1;
        if (devices.get(place).kind() == Kind.MISSING) {
            place--;
        }
        if (isMember(devices, roles, place)) {
            return place;
        }
        int last = roles.length - 1;
        while (!isMember(devices, roles, last)) {
            last--;
        }
        return last;
    }

    private static boolean isMember(List<NewDevice> devices, int[] roles, int place) {
        return devices.get(place).kind() == Kind.MEMBER && Role.isSlot(roles[place]);
    }

    /** Devices the table of roles must have room for, as mdadm counts them. */
    int deviceCount() {
        return Math.max(deviceCount, Arrays.stream(numbers).max().orElse(0) + 1);
    }

    boolean hasJournal() {
        return journal;
    }

    /** Whether there is no parity to compute: every slot that parity could make up for is empty. */
    boolean isClean() {
        return clean;
    }

    int deviceNumber(int index) {
        return numbers[index];
    }

    /** Write the table of roles. */
    void fill(Superblock superblock) {
        for (int number = 0; number < superblock.roleCount(); number++) {
            superblock.role(number, Role.SPARE);
        }
        for (int i = 0; i < numbers.length; i++) {
            superblock.role(numbers[i], roles[i]);
        }
    }
}
