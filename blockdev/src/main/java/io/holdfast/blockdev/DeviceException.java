package io.holdfast.blockdev;

/** A device operation in blocking form, or the opening of a device, that failed. The message is a whole sentence for an operator. */
public class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String deviceName;
    private final IoStatus status;

    /**
     * Describe a failure.
     *
     * @param deviceName how people know the device.
     * @param status     how the operation ended.
     * @param message    what was being done, what was found and, where something can be done about it, what.
     */
    public DeviceException(String deviceName, IoStatus status, String message) {
        super(message);
        this.deviceName = deviceName;
        this.status = status;
    }

    /** How people know the device. */
    public String deviceName() {
        return deviceName;
    }

    /** How the operation ended. */
    public IoStatus status() {
        return status;
    }
}
