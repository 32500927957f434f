package io.holdfast.raid.metadata;

/**
 * What the operator asked of an assembly.
 *
 * @param force    start even if data may be lost by it: stale members, dirty and degraded, without the journal.
 * @param run      start although devices are missing that were there last time, and leave unusable ones out.
 * @param readOnly never write to any device.
 * @param uuid     text form of the array meant, so that devices of others are passed over; null to find out.
 * @param withoutJournal give up a journal that is lost, with what only it held, and go on without one.
 */
public record AssemblyOptions(boolean force, boolean run, boolean readOnly, String uuid, boolean withoutJournal) {
    /** Nothing asked for. */
    public static final AssemblyOptions DEFAULT = new AssemblyOptions(false, false, false, null);

    /**
     * A journal that is lost is not given up.
     *
     * @param force    start even if data may be lost by it.
     * @param run      start although devices are missing that were there last time.
     * @param readOnly never write to any device.
     * @param uuid     of the array meant; null to find out.
     */
    public AssemblyOptions(boolean force, boolean run, boolean readOnly, String uuid) {
        this(force, run, readOnly, uuid, false);
    }

    /** The same, and insist. */
    public AssemblyOptions withForce() {
        return new AssemblyOptions(true, run, readOnly, uuid, withoutJournal);
    }

    /** The same, and go on without what is missing. */
    public AssemblyOptions withRun() {
        return new AssemblyOptions(force, true, readOnly, uuid, withoutJournal);
    }

    /** The same, and write nothing. */
    public AssemblyOptions withReadOnly() {
        return new AssemblyOptions(force, run, true, uuid, withoutJournal);
    }

    /**
     * The same, of one array only.
     *
     * @param uuidText as {@link UuidText#format} writes it.
     * @return the options.
     */
    public AssemblyOptions withUuid(String uuidText) {
        return new AssemblyOptions(force, run, readOnly, uuidText, withoutJournal);
    }

    /** The same, and without a journal if that is lost. */
    public AssemblyOptions withJournalGivenUp() {
        return new AssemblyOptions(force, run, readOnly, uuid, true);
    }
}
