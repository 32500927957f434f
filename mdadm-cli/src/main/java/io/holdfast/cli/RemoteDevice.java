package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.nbd.NbdDevice;
import io.holdfast.nbd.NbdUri;

/**
 * A device that is an export of an NBD server, such as {@code nbd://host/export}: a member may be one wherever a path will do.
 * Nothing keeps two from using an export at once, unless its server does; a link that breaks is a member that failed.
 */
final class RemoteDevice {
    private RemoteDevice() {}

    /** Whether a word means one, right or wrong. */
    static boolean isMeant(String name) {
        return NbdUri.isMeant(name);
    }

    /**
     * Connect.
     *
     * @param name the URI.
     * @return the device, to be closed by the caller.
     * @throws DeviceException when the URI makes no sense, or nobody is there.
     */
    static BlockDevice open(String name) {
        NbdUri uri;
        try {
            uri = NbdUri.parse(name);
        } catch (IllegalArgumentException e) {
            throw new DeviceException(name, IoStatus.UNSUPPORTED, e.getMessage());
        }
        return NbdDevice.open(uri);
    }
}
