package io.holdfast.raid.engine;

import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalWriter;

/** Makes the writer of a journal, with the settings of the array. */
@FunctionalInterface
interface JournalOpener {
    /**
     * Make a writer.
     *
     * @param area         of the log.
     * @param tailPosition of an empty block, recorded as the tail.
     * @param tailSequence of that block.
     * @return the writer, to be run by the journal's agent.
     */
    JournalWriter open(JournalArea area, long tailPosition, long tailSequence);
}
