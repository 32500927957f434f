package io.holdfast.raid.engine;

import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalWriter;
import io.holdfast.journal.LogStart;

/** Makes the writer of a journal, with the settings of the array. */
@FunctionalInterface
interface JournalOpener {
    /**
     * Make a writer.
     *
     * @param area  of the log.
     * @param start where it goes on.
     * @return the writer, to be run by the journal's agent.
     */
    JournalWriter open(JournalArea area, LogStart start);
}
