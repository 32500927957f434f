package io.holdfast.fault.torture;

/** What can be done to an array. Each kind is a switch of its own, with a rate. */
public enum FaultKind {
    /** The power fails: of what was not flushed anything may be gone. */
    POWER("power", Group.PROMISED, 0.02, "power loss"),
    /** The process is killed: devices keep what reached them. */
    KILL("kill", Group.PROMISED, 0.008, "killed process"),
    /** At a cut, writes survive in part: 512-byte sectors are whole. The rate is the share of cuts. */
    TORN("torn", Group.PROMISED, 0.75, "torn writes, 512 B"),
    /** The same on devices whose smallest block is 4 KiB. */
    TORN4K("torn4k", Group.PROMISED, 0.75, "torn writes, 4 KiB"),
    /** At a cut, later writes survive without earlier ones. The rate is the share of cuts. */
    REORDER("reorder", Group.PROMISED, 0.75, "reordered writes"),
    /** A place that cannot be read until it is overwritten. */
    EIO("eio", Group.PROMISED, 0.02, "unreadable sectors"),
    /** A write fails. */
    WRITE_ERROR("write-error", Group.PROMISED, 0.004, "failed writes"),
    /** Flushes fail. */
    FLUSH_ERROR("flush-error", Group.PROMISED, 0.002, "failed flushes"),
    /** A sparse device fills up. */
    ENOSPC("enospc", Group.PROMISED, 0.002, "no space left"),
    /** Operations take long. */
    SLOW("slow", Group.PROMISED, 0.01, "slow operations"),
    /** A device answers nothing for a while. */
    STUCK("stuck", Group.PROMISED, 0.002, "stuck device"),
    /** A device is gone, and later back with what it held. */
    VANISH("vanish", Group.PROMISED, 0.008, "vanished device"),
    /** A bit changes on the medium. */
    BITROT("bitrot", Group.SILENT, 0.01, "bit rot"),
    /** A write is answered and not done. */
    LOST("lost", Group.SILENT, 0.01, "lost write"),
    /** A flush is answered and not done. */
    LYING_FLUSH("lying-flush", Group.SILENT, 0.004, "lying flush"),
    /** A write lands somewhere else. */
    MISDIRECTED("misdirected", Group.SILENT, 0.01, "misdirected write"),
    /** A read comes from somewhere else. */
    MISREAD("misread", Group.SILENT, 0.01, "misdirected read"),
    /** A read brings what was there earlier. */
    STALE("stale", Group.SILENT, 0.01, "stale read");

    /** What is promised under a fault. */
    enum Group {
        /** Everything, within what the level tolerates. */
        PROMISED,
        /** No more than honesty where the level can tell: there are no checksums over data. */
        SILENT
    }

    private final String word;
    private final Group group;
    private final double defaultRate;
    private final String title;

    FaultKind(String word, Group group, double defaultRate, String title) {
        this.word = word;
        this.group = group;
        this.defaultRate = defaultRate;
        this.title = title;
    }

    /** The word that people use for it in a list of faults. */
    public String word() {
        return word;
    }

    /** What it is, for a table. */
    public String title() {
        return title;
    }

    /** The share of steps that inject it, or of cuts that show it, when nobody says otherwise. */
    public double defaultRate() {
        return defaultRate;
    }

    /** Whether an array is promised to survive it, within what its level tolerates. */
    public boolean isPromised() {
        return group == Group.PROMISED;
    }

    /** Whether it is a property of cuts, rather than something that a step does. */
    boolean belongsToCuts() {
        return this == TORN || this == TORN4K || this == REORDER;
    }

    /** Whether it is done to one device. */
    boolean hasDevice() {
        return this != POWER && this != KILL && !belongsToCuts();
    }

    /**
     * Find a kind.
     *
     * @param word as people type it.
     * @return the kind; null when there is none of that name.
     */
    static FaultKind of(String word) {
        for (FaultKind kind : values()) {
            if (kind.word.equals(word)) {
                return kind;
            }
        }
        return null;
    }
}
