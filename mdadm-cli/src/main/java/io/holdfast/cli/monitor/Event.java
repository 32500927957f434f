package io.holdfast.cli.monitor;

import java.util.Set;

/**
 * Something that happened to an array, by the name that mdadm gives it.
 *
 * @param name   such as Fail or RebuildStarted.
 * @param array  that it happened to.
 * @param device that it is about; null when it is about no one device.
 * @param remark more about it, which begins with a blank; may be empty.
 */
public record Event(String name, String array, String device, String remark) {
    private static final Set<String> WORTH_A_LETTER =
            Set.of("Fail", "FailSpare", "DegradedArray", "SparesMissing", "TestMessage");
    private static final Set<String> ALARMING = Set.of("Fail", "DeviceDisappeared");

    static Event of(String name, String array) {
        return new Event(name, array, null, "");
    }

    static Event of(String name, String array, String device) {
        return new Event(name, array, device, "");
    }

    /** Whether somebody is to be written to. */
    public boolean isWorthALetter() {
        return WORTH_A_LETTER.contains(name);
    }

    /** How syslog is to take it: critical, warning or info. */
    String severity() {
        return ALARMING.contains(name)
                ? "crit"
                : name.equals("FailSpare") || name.equals("DegradedArray") || name.equals("SparesMissing")
                        ? "warning"
                        : "info";
    }

    /** In mdadm's words. */
    public String sentence() {
        return name + " event detected on md device " + array + (device == null ? "" : ", component device " + device)
                + remark;
    }
}
