package io.holdfast.fault;

import io.holdfast.raid.JournalMode;

/** Whether an array of a trial has a journal, and what its writes wait for; or a bitmap instead. */
public enum JournalUse {
    /** No journal. */
    NONE("none"),
    /** No journal, but a write-intent bitmap. */
    BITMAP("bitmap"),
    /** Data and parity go to the journal before they go to the members. */
    WRITE_THROUGH("write-through"),
    /** Data alone goes to the journal, and lingers in memory. */
    WRITE_BACK("write-back"),
    /** Now the one, now the other, changed while the array runs and from start to start. */
    CHANGING("changing");

    private final String word;

    JournalUse(String word) {
        this.word = word;
    }

    /** The word that people use for it. */
    public String word() {
        return word;
    }

    /** Whether there is a journal. */
    public boolean isJournaled() {
        return this != NONE && this != BITMAP;
    }

    /**
     * What an array is started with.
     *
     * @param isWriteBack what a changing one is started with this time.
     * @return the mode.
     */
    public JournalMode startMode(boolean isWriteBack) {
        boolean isBack = this == WRITE_BACK || (this == CHANGING && isWriteBack);
        return isBack ? JournalMode.WRITE_BACK : JournalMode.WRITE_THROUGH;
    }

    /**
     * Find one.
     *
     * @param word as people type it.
     * @return it; null when there is none of that name.
     */
    public static JournalUse of(String word) {
        for (JournalUse use : values()) {
            if (use.word.equals(word)) {
                return use;
            }
        }
        return null;
    }
}
