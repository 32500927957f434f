package io.holdfast.raid.metadata;

import io.holdfast.raid.metadata.NewDevice.Kind;
import java.util.Arrays;
import java.util.List;

/** Which number and which role each device of a new array gets, from its place in the list. */
final class NewArrayRoles {
    private static final int NONE = -1;

    private final int[] numbers;
    private final int[] roles;
    private final int deviceCount;
    private final boolean journal;
    private final boolean degraded;

    private NewArrayRoles(int[] numbers, int[] roles, int deviceCount, boolean journal, boolean degraded) {
        this.numbers = numbers;
        this.roles = roles;
        this.deviceCount = deviceCount;
        this.journal = journal;
        this.degraded = degraded;
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
        int lastMember = NONE;
        boolean journal = false;
        for (int i = 0; i < numbers.length; i++) {
            Kind kind = devices.get(i).kind();
            numbers[i] = i;
            if (kind == Kind.JOURNAL) {
                roles[i] = Role.JOURNAL;
                journal = true;
            } else if (slot < raidDisks) {
                roles[i] = slot++;
                if (kind == Kind.MISSING) {
                    missing++;
                } else {
                    lastMember = i;
                }
            } else {
                roles[i] = Role.SPARE;
            }
        }
        boolean turnsOneIntoASpare = !asListed && missing == SuperblockCheck.parityCount(level) - 1;
        if (turnsOneIntoASpare) {
            numbers[lastMember] = numbers.length;
            roles[lastMember] = Role.SPARE;
        }
        int present =
                (int) devices.stream().filter(d -> d.kind() != Kind.MISSING).count();
        int inSync = raidDisks - missing - (turnsOneIntoASpare ? 1 : 0);
        return new NewArrayRoles(
                numbers, roles, raidDisks + present - inSync, journal, missing > 0 || turnsOneIntoASpare);
    }

    /** Devices the table of roles must have room for, as mdadm counts them. */
    int deviceCount() {
        return Math.max(deviceCount, Arrays.stream(numbers).max().orElse(0) + 1);
    }

    boolean hasJournal() {
        return journal;
    }

    /** Whether a slot starts without a member that is in sync. */
    boolean isDegraded() {
        return degraded;
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
