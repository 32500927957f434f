package io.holdfast.raid.metadata;

import io.holdfast.blockdev.DeviceGeometry;

/**
 * A place in the list of devices of which an array is to be made.
 *
 * @param kind     what is in the place.
 * @param name     how people know the device; "missing" for none.
 * @param geometry of the device; null when missing.
 * @param previous the superblock the device carried until now, whose device uuid is kept; null when there is none.
 */
public record NewDevice(Kind kind, String name, DeviceGeometry geometry, Superblock previous) {
    /** What can be in a place. */
    public enum Kind {
        /** A member, or after as many as there are slots a spare. */
        MEMBER,
        /** Nothing yet: the array starts degraded. */
        MISSING,
        /** The journal, wherever in the list it stands. */
        JOURNAL
    }

    /**
     * A member or spare.
     *
     * @param name     how people know the device.
     * @param geometry of the device.
     * @return a place in the list.
     */
    public static NewDevice member(String name, DeviceGeometry geometry) {
        return new NewDevice(Kind.MEMBER, name, geometry, null);
    }

    /**
     * The journal.
     *
     * @param name     how people know the device.
     * @param geometry of the device.
     * @return a place in the list.
     */
    public static NewDevice journal(String name, DeviceGeometry geometry) {
        return new NewDevice(Kind.JOURNAL, name, geometry, null);
    }

    /** A slot for which there is no device yet. */
    public static NewDevice missing() {
        return new NewDevice(Kind.MISSING, "missing", null, null);
    }

    /**
     * The same, of a device that carried a superblock.
     *
     * @param superblock whose device uuid is to be kept; null for none.
     * @return a place in the list.
     */
    public NewDevice withPrevious(Superblock superblock) {
        return new NewDevice(kind, name, geometry, superblock);
    }
}
