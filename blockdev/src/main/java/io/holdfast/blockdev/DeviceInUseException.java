package io.holdfast.blockdev;

/** A device that could not be opened because somebody else has it; the message names the holder where the system tells. */
public final class DeviceInUseException extends DeviceException {
    private static final long serialVersionUID = 1L;

    private final String holder;

    DeviceInUseException(String deviceName, String holder) {
        super(
                deviceName,
                IoStatus.UNSUPPORTED,
                deviceName + ": in use by " + holder + "; stop it first, or name another device");
        this.holder = holder;
    }

    /** Who has it, such as {@code process 1234 (java)}. */
    public String holder() {
        return holder;
    }
}
