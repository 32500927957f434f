package io.holdfast.cli.report;

import io.holdfast.journal.JournalArea;
import io.holdfast.journal.LogBlock;
import io.holdfast.journal.LogBlockVisitor;
import io.holdfast.journal.LogEnd;
import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.Superblock;
import java.util.Locale;

/**
 * A log on its way to the screen: what is told of it is printed at once, so that a log of any length takes no memory. Begin,
 * have it visited, finish.
 */
public abstract class LogReport implements LogBlockVisitor {
    private boolean isReadable = true;

    LogReport() {}

    /**
     * Say whose log it is.
     *
     * @param name       of the device.
     * @param superblock of the device.
     * @param area       of the log.
     */
    public abstract void begin(String name, Superblock superblock, JournalArea area);

    /** All has been told. */
    public abstract void finish();

    abstract void end(LogEnd end);

    @Override
    public final void onEnd(LogEnd end) {
        isReadable = end.isReadable();
        end(end);
    }

    /** Whether the log could be read up to its end. */
    public final boolean isReadable() {
        return isReadable;
    }

    /**
     * What a device is in its array.
     *
     * @param superblock of the device.
     * @return a phrase such as "member 2".
     */
    public static String roleOf(Superblock superblock) {
        int role = superblock.ownRole();
        return switch (role) {
            case Role.JOURNAL -> "the journal";
            case Role.SPARE -> "a spare";
            case Role.FAULTY -> "a failed device";
            default -> "member " + role;
        };
    }

    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static String checksum(LogBlock.Page page) {
        return String.format(Locale.ROOT, "%08x", page.checksum());
    }
}
