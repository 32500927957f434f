package io.holdfast.cli.option;

/** What kind of thing a command line asks for, in mdadm's division. */
public enum Mode {
    /** Make a new array. */
    CREATE("create"),
    /** Put an existing array together. */
    ASSEMBLE("assemble"),
    /** Everything that has no mode of its own: reports, zeroing. */
    MISC("misc"),
    /** Change the members of a running array. */
    MANAGE("manage"),
    /** Change the shape of an array. */
    GROW("grow"),
    /** Add a device to whatever array it belongs to. */
    INCREMENTAL("incremental"),
    /** Watch arrays. */
    MONITOR("monitor"),
    /** Make an array without metadata. */
    BUILD("build"),
    /** Ask the kernel to look for arrays. */
    AUTO_DETECT("auto-detect");

    private final String word;

    Mode(String word) {
        this.word = word;
    }

    /** The word that messages use. */
    public String word() {
        return word;
    }

    /** Whether Holdfast can do it yet. */
    public boolean isAvailable() {
        return this == CREATE || this == ASSEMBLE || this == MISC || this == MANAGE || this == MONITOR;
    }
}
