package io.holdfast.raid.metadata;

import io.holdfast.raid.metadata.DeviceVerdict.Kind;

/** A device on its way to a verdict. */
final class Candidate {
    final int index;
    final ExaminedDevice device;
    final Superblock superblock;
    Kind kind;
    int slot = -1;
    long recoveredSectors;
    boolean byBitmap;
    long eventsBehind;
    String sentence = "";

    Candidate(int index, ExaminedDevice device) {
        this.index = index;
        this.device = device;
        this.superblock = device.superblock();
    }

    String name() {
        return device.deviceName();
    }

    void decide(Kind newKind, String clause) {
        kind = newKind;
        sentence = name() + ": " + clause + ".";
    }

    /** The role the device gives itself; a slot beyond the last is a spare. */
    int role() {
        int role = superblock.ownRole();
        return Role.isSlot(role) && role >= superblock.raidDisks() ? Role.SPARE : role;
    }

    boolean hasSlot() {
        return Role.isSlot(role());
    }

    /** Whether the device may speak for the array: spares and failed devices may not. */
    boolean isWitness() {
        return hasSlot() || role() == Role.JOURNAL;
    }

    boolean isRecovering() {
        return superblock.hasFeature(SuperblockFeature.RECOVERY_OFFSET) && hasSlot();
    }

    long events() {
        return superblock.events();
    }

    /** Whether this superblock does not grant another device the role that the other gives itself. */
    boolean denies(Candidate other) {
        return superblock.role(other.superblock.deviceNumber()) != other.superblock.ownRole();
    }

    /**
     * Whether this, an older superblock, knows of a failure of a device that is fresh: then the two went on without each
     * other. That a device being rebuilt was still a spare, or had failed and has been taken back, is no failure, nor that a
     * journal was not there yet.
     */
    boolean reportsAsFailed(Candidate fresh) {
        int role = superblock.role(fresh.superblock.deviceNumber());
        boolean isNewJournal = role == Role.SPARE && fresh.role() == Role.JOURNAL;
        return role != fresh.superblock.ownRole() && !fresh.isRecovering() && !isNewJournal;
    }

    /** Whether a device has no entry in this one's table: it came later, or was removed. */
    boolean isUnknown(Candidate other) {
        return superblock.role(other.superblock.deviceNumber()) == Role.SPARE;
    }

    DeviceVerdict verdict() {
        return new DeviceVerdict(index, device, kind, slot, recoveredSectors, byBitmap, eventsBehind, sentence);
    }
}
