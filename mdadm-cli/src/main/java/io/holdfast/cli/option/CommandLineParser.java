package io.holdfast.cli.option;

import java.util.EnumSet;
import java.util.Set;

/**
 * Reads a command line from left to right, as mdadm does: an option may depend on those before it, and the first that is
 * wrong ends the reading.
 */
public final class CommandLineParser {
    /** What mdadm knows and Holdfast cannot do yet, or never will because no parity array has a use for it. */
    private static final Set<Option> UNAVAILABLE = EnumSet.of(
            Option.READWRITE,
            Option.DETAIL_PLATFORM,
            Option.UDEV_RULES,
            Option.DUMP,
            Option.RESTORE,
            Option.KILL_SUBARRAY,
            Option.UPDATE_SUBARRAY,
            Option.WRITE_BEHIND,
            Option.WRITE_MOSTLY,
            Option.FAILFAST,
            Option.NOFAILFAST,
            Option.CLUSTER_CONFIRM,
            Option.NODES,
            Option.HOME_CLUSTER,
            Option.SUPER_MINOR,
            Option.BACKUP_FILE,
            Option.INVALID_BACKUP,
            Option.FREEZE_RESHAPE,
            Option.SPARC22);

    private final CommandLine line = new CommandLine();
    private final OptionValues values = new OptionValues(line);
    private final OptionScanner scanner;
    private Option deed;

    private CommandLineParser(String[] words) {
        this.scanner = new OptionScanner(words);
    }

    /**
     * Read a command line.
     *
     * @param words as typed, without the name of the program.
     * @return what is meant. Its mode is null only where help or the version is asked for.
     * @throws UsageException when that cannot be told.
     */
    public static CommandLine parse(String... words) {
        return new CommandLineParser(words).parse();
    }

    private CommandLine parse() {
        while (scanner.next(line.mode, !line.words().isEmpty())) {
            Option option = scanner.option();
            if (option == null) {
                addWord(scanner.value());
                continue;
            }
            if (option == Option.HELP || option == Option.HELP_OPTIONS || option == Option.VERSION) {
                line.give(option, null);
                return line;
            }
            enterMode(option);
            if (option.isAction()) {
                act(option);
            } else if (!option.setsMode()) {
                take(option);
            }
        }
        conclude();
        return line;
    }

    private void addWord(String word) {
        if (line.mode != Mode.MANAGE || line.words().isEmpty()) {
            line.addWord(word);
        } else if (deed == null) {
            throw noDeed(word);
        } else {
            line.addDeed(deed, word);
        }
    }

    private static UsageException noDeed(String word) {
        return UsageException.of("Must give one of -a/-r/-f for subsequent devices at " + word);
    }

    private void enterMode(Option option) {
        Mode implied = option.impliedMode();
        if (line.mode == null) {
            if (implied == null && !option.isGeneral() && line.words().isEmpty()) {
                throw UsageException.of(
                        scanner.spelling() + " does not set the mode, and so cannot be the first option.");
            }
            if (implied != null) {
                line.mode = implied;
                if (!implied.isAvailable()) {
                    throw unavailable(implied.word() + " mode (" + scanner.spelling() + ")");
                }
            } else if (!option.isGeneral()) {
                enterModeAfterWord(option);
            }
        } else if (implied != null && implied != line.mode && !option.isValidIn(line.mode)) {
            if (option.setsMode() || option.isAction()) {
                throw UsageException.of(scanner.spelling() + " would set the mode to \"" + implied.word()
                        + "\", but it is already set to \"" + line.mode.word() + "\".");
            }
            throw notValid();
        } else if (!option.isValidIn(line.mode)) {
            throw notValid();
        }
    }

    /** A device came first and then an option: that is how mdadm's manage mode begins. */
    private void enterModeAfterWord(Option option) {
        if (option.isValidIn(Mode.MANAGE)) {
            line.mode = Mode.MANAGE;
        } else if (option.isValidIn(Mode.MISC)) {
            line.mode = Mode.MISC;
        } else {
            throw UsageException.of(scanner.spelling()
                    + " does not set the mode; begin with an option that does, such as --create or --examine.");
        }
    }

    private UsageException notValid() {
        return UsageException.of("option " + scanner.spelling() + " not valid in " + line.mode.word() + " mode");
    }

    private void act(Option option) {
        if (UNAVAILABLE.contains(option)) {
            throw unavailable(scanner.spelling());
        }
        if (line.action != null && line.action != option) {
            throw UsageException.of(line.action.text() + " cannot be given with " + scanner.spelling());
        }
        line.action = option;
        if (scanner.value() != null) {
            line.give(option, scanner.value());
        }
    }

    private void take(Option option) {
        if (UNAVAILABLE.contains(option)) {
            throw unavailable(scanner.spelling());
        }
        values.take(option, scanner.value());
        line.give(option, scanner.value());
        if (line.mode == Mode.MANAGE && option.impliedMode() == Mode.MANAGE) {
            deed = option;
        }
    }

    private void conclude() {
        if (line.mode == null) {
            if (line.words().isEmpty()) {
                throw UsageException.ofWord(
                        line.has(Option.SCAN)
                                ? "--scan does not set the mode; add --examine, or begin with it."
                                : "nothing to do was given");
            }
            line.mode = Mode.MISC;
        }
        if (line.mode == Mode.MISC && line.action == null) {
            line.action = Option.QUERY;
        }
        if (line.mode == Mode.MANAGE && line.words().size() > 1) {
            throw noDeed(line.words().get(1));
        }
        if (line.mode == Mode.CREATE) {
            values.checkPolicy();
        }
    }

    private static UsageException unavailable(String what) {
        return UsageException.of(what + " is not available yet; 'holdfast --help' lists what is.");
    }
}
