package io.holdfast.cli.option;

import static io.holdfast.cli.option.Mode.ASSEMBLE;
import static io.holdfast.cli.option.Mode.AUTO_DETECT;
import static io.holdfast.cli.option.Mode.BUILD;
import static io.holdfast.cli.option.Mode.CREATE;
import static io.holdfast.cli.option.Mode.GROW;
import static io.holdfast.cli.option.Mode.INCREMENTAL;
import static io.holdfast.cli.option.Mode.MANAGE;
import static io.holdfast.cli.option.Mode.MISC;
import static io.holdfast.cli.option.Mode.MONITOR;

import java.util.List;
import java.util.Set;

/**
 * Every option that mdadm 4.2 knows, and ours: its names, whether it takes a value, and the modes it belongs to. Those that
 * Holdfast cannot act on yet are here too, so that they are recognised and refused by name.
 */
public enum Option {
    HELP(Kind.GENERAL, "help"),
    HELP_OPTIONS(Kind.GENERAL, "help-options"),
    VERSION(Kind.GENERAL, "version"),
    VERBOSE(Kind.GENERAL, "verbose"),
    QUIET(Kind.GENERAL, "quiet"),
    FORCE(Kind.GENERAL, "force"),
    SCAN(Kind.GENERAL, "scan"),
    CONFIG(Kind.GENERAL_VALUE, "config"),
    METADATA(Kind.GENERAL_VALUE, "metadata"),
    HOMEHOST(Kind.GENERAL_VALUE, "homehost"),
    PREFER(Kind.GENERAL_VALUE, "prefer"),
    HOME_CLUSTER(Kind.GENERAL_VALUE, "home-cluster"),
    OFFROOT(Kind.GENERAL, "offroot"),
    JSON(Kind.GENERAL, "json"),

    CREATE_MODE(CREATE, "create"),
    ASSEMBLE_MODE(ASSEMBLE, "assemble"),
    MISC_MODE(MISC, "misc"),
    MANAGE_MODE(MANAGE, "manage"),
    GROW_MODE(GROW, "grow"),
    INCREMENTAL_MODE(INCREMENTAL, "incremental"),
    MONITOR_MODE(MONITOR, "follow", "monitor"),
    BUILD_MODE(BUILD, "build"),
    AUTO_DETECT_MODE(AUTO_DETECT, "auto-detect"),

    DETAIL(Kind.ACTION, "detail"),
    EXAMINE(Kind.ACTION, "examine"),
    QUERY(Kind.ACTION, "query"),
    EXAMINE_BITMAP(Kind.ACTION, "examine-bitmap"),
    EXAMINE_BADBLOCKS(Kind.ACTION, "examine-badblocks"),
    ZERO_SUPERBLOCK(Kind.ACTION, "zero-superblock"),
    STOP(Kind.ACTION, "stop"),
    READWRITE(Kind.ACTION, "readwrite"),
    WAIT(Kind.ACTION, "wait"),
    WAIT_CLEAN(Kind.ACTION, "wait-clean"),
    DETAIL_PLATFORM(Kind.ACTION, "detail-platform"),
    UDEV_RULES(Kind.ACTION, "udev-rules"),
    ACTION(Kind.ACTION_VALUE, "action"),
    DUMP(Kind.ACTION_VALUE, "dump"),
    RESTORE(Kind.ACTION_VALUE, "restore"),
    KILL_SUBARRAY(Kind.ACTION_VALUE, "kill-subarray"),
    UPDATE_SUBARRAY(Kind.ACTION_VALUE, "update-subarray"),

    LEVEL(Kind.VALUE, Set.of(CREATE, GROW, BUILD), "level"),
    RAID_DEVICES(Kind.VALUE, Set.of(CREATE, GROW, BUILD), "raid-devices", "raid-disks"),
    SPARE_DEVICES(Kind.VALUE, Set.of(CREATE, GROW), "spare-devices", "spare-disks"),
    CHUNK(Kind.VALUE, Set.of(CREATE, GROW, BUILD), "chunk", "rounding"),
    LAYOUT(Kind.VALUE, Set.of(CREATE, GROW, BUILD), "layout", "parity"),
    SIZE(Kind.VALUE, Set.of(CREATE, GROW, BUILD), "size"),
    ARRAY_SIZE(Kind.VALUE, Set.of(GROW), "array-size"),
    BITMAP(Kind.VALUE, Set.of(CREATE, GROW, ASSEMBLE, BUILD), "bitmap"),
    BITMAP_CHUNK(Kind.VALUE, Set.of(CREATE, GROW, BUILD), "bitmap-chunk"),
    DELAY(Kind.VALUE, Set.of(CREATE, GROW, BUILD, MONITOR), "delay"),
    WRITE_BEHIND(Kind.OPTIONAL_VALUE, Set.of(CREATE, GROW, BUILD), "write-behind"),
    WRITE_MOSTLY(Kind.FLAG, Set.of(CREATE, BUILD, MANAGE), "write-mostly"),
    FAILFAST(Kind.FLAG, Set.of(CREATE, MANAGE), "failfast"),
    NOFAILFAST(Kind.FLAG, Set.of(MANAGE), "nofailfast"),
    ASSUME_CLEAN(Kind.FLAG, Set.of(CREATE, GROW, BUILD), "assume-clean"),
    DATA_OFFSET(Kind.VALUE, Set.of(CREATE, GROW), "data-offset"),
    NAME(Kind.VALUE, Set.of(CREATE, ASSEMBLE, MISC), "name"),
    UUID(Kind.VALUE, Set.of(CREATE, ASSEMBLE), "uuid"),
    RUN(Kind.FLAG, Set.of(CREATE, ASSEMBLE, INCREMENTAL, MISC, MANAGE, BUILD), "run"),
    NO_START(Kind.FLAG, Set.of(CREATE), "no-start"),
    READONLY(Kind.FLAG, Set.of(CREATE, ASSEMBLE, MISC, MANAGE), "readonly"),
    AUTO(Kind.VALUE, Set.of(CREATE, ASSEMBLE, INCREMENTAL, BUILD), "auto"),
    WRITE_JOURNAL(Kind.VALUE, Set.of(CREATE), "write-journal"),
    CONSISTENCY_POLICY(Kind.VALUE, Set.of(CREATE, GROW), "consistency-policy"),
    NODES(Kind.VALUE, Set.of(CREATE), "nodes"),
    SYMLINKS(Kind.VALUE, Set.of(CREATE, ASSEMBLE), "symlinks"),
    UPDATE(Kind.VALUE, Set.of(ASSEMBLE, MISC), "update"),
    NO_DEGRADED(Kind.FLAG, Set.of(ASSEMBLE), "no-degraded"),
    DRY_RUN(Kind.FLAG, Set.of(CREATE, ASSEMBLE, MANAGE, MISC), "dry-run"),
    FOREGROUND(Kind.FLAG, Set.of(CREATE, ASSEMBLE), "foreground"),
    LISTEN(Kind.VALUE, Set.of(CREATE, ASSEMBLE), "listen"),
    INSECURE(Kind.FLAG, Set.of(CREATE, ASSEMBLE), "insecure"),
    JOURNAL_MODE(Kind.VALUE, Set.of(CREATE, ASSEMBLE), "journal-mode"),
    ON_JOURNAL_LOSS(Kind.VALUE, Set.of(CREATE, ASSEMBLE), "on-journal-loss"),
    SCRUB(Kind.VALUE, Set.of(CREATE, ASSEMBLE), "scrub"),
    MAX_REPLAY(Kind.VALUE, Set.of(CREATE, ASSEMBLE), "max-replay"),
    SUPER_MINOR(Kind.VALUE, Set.of(ASSEMBLE), "super-minor"),
    BACKUP_FILE(Kind.VALUE, Set.of(ASSEMBLE, GROW), "backup-file"),
    INVALID_BACKUP(Kind.FLAG, Set.of(ASSEMBLE, GROW), "invalid-backup"),
    FREEZE_RESHAPE(Kind.FLAG, Set.of(ASSEMBLE, INCREMENTAL, GROW), "freeze-reshape"),
    CONTINUE(Kind.FLAG, Set.of(GROW), "continue"),
    ADD(Kind.FLAG, Set.of(MANAGE, GROW), "add"),
    RE_ADD(Kind.FLAG, Set.of(MANAGE), "re-add"),
    ADD_SPARE(Kind.FLAG, Set.of(MANAGE), "add-spare"),
    ADD_JOURNAL(Kind.FLAG, Set.of(MANAGE), "add-journal"),
    REMOVE(Kind.FLAG, Set.of(MANAGE), "remove"),
    FAIL(Kind.FLAG, Set.of(MANAGE, INCREMENTAL), "fail", "set-faulty"),
    REPLACE(Kind.FLAG, Set.of(MANAGE), "replace"),
    WITH(Kind.FLAG, Set.of(MANAGE), "with"),
    CLUSTER_CONFIRM(Kind.FLAG, Set.of(MANAGE), "cluster-confirm"),
    BRIEF(Kind.FLAG, Set.of(MISC), "brief"),
    EXPORT(Kind.FLAG, Set.of(MISC, INCREMENTAL), "export"),
    TEST(Kind.FLAG, Set.of(MISC, MANAGE, MONITOR), "test"),
    NO_DEVICES(Kind.FLAG, Set.of(MISC), "no-devices"),
    SPARC22(Kind.FLAG, Set.of(MISC, ASSEMBLE), "sparc2.2"),
    REBUILD_MAP(Kind.FLAG, Set.of(INCREMENTAL), "rebuild-map"),
    PATH(Kind.VALUE, Set.of(INCREMENTAL), "path"),
    MAIL(Kind.VALUE, Set.of(MONITOR), "mail"),
    PROGRAM(Kind.VALUE, Set.of(MONITOR), "program", "alert"),
    SYSLOG(Kind.FLAG, Set.of(MONITOR), "syslog"),
    WEBHOOK(Kind.VALUE, Set.of(MONITOR), "webhook"),
    MAIL_COMMAND(Kind.VALUE, Set.of(MONITOR), "mail-command"),
    INCREMENT(Kind.VALUE, Set.of(MONITOR), "increment"),
    DAEMONISE(Kind.FLAG, Set.of(MONITOR), "daemonise", "daemonize"),
    PID_FILE(Kind.VALUE, Set.of(MONITOR), "pid-file"),
    ONESHOT(Kind.FLAG, Set.of(MONITOR), "oneshot"),
    NO_SHARING(Kind.FLAG, Set.of(MONITOR), "no-sharing");

    /** Whether an option takes a value, and whether it says what to do. */
    private enum Kind {
        GENERAL,
        GENERAL_VALUE,
        MODE,
        ACTION,
        ACTION_VALUE,
        FLAG,
        VALUE,
        OPTIONAL_VALUE
    }

    private final Kind kind;

    @SuppressWarnings("ImmutableEnumChecker") // made by Set.of
    private final Set<Mode> modes;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> names;

    Option(Kind kind, String... names) {
        this.kind = kind;
        this.modes = kind == Kind.ACTION || kind == Kind.ACTION_VALUE ? Set.of(MISC) : Set.of(Mode.values());
        this.names = List.of(names);
    }

    Option(Mode mode, String... names) {
        this.kind = Kind.MODE;
        this.modes = Set.of(mode);
        this.names = List.of(names);
    }

    Option(Kind kind, Set<Mode> modes, String... names) {
        this.kind = kind;
        this.modes = modes;
        this.names = List.of(names);
    }

    /** Its long names without the dashes; the first is the one that messages use. */
    List<String> names() {
        return names;
    }

    /** The name that messages use, with the dashes. */
    public String text() {
        return "--" + names.get(0);
    }

    boolean takesValue() {
        return kind == Kind.VALUE || kind == Kind.GENERAL_VALUE || kind == Kind.ACTION_VALUE;
    }

    boolean mayTakeValue() {
        return takesValue() || kind == Kind.OPTIONAL_VALUE;
    }

    /** Whether it may stand anywhere, even before the option that sets the mode. */
    boolean isGeneral() {
        return kind == Kind.GENERAL || kind == Kind.GENERAL_VALUE;
    }

    boolean isAction() {
        return kind == Kind.ACTION || kind == Kind.ACTION_VALUE;
    }

    boolean setsMode() {
        return kind == Kind.MODE;
    }

    boolean isValidIn(Mode mode) {
        return modes.contains(mode);
    }

    /** The mode that it stands for, or that it implies where none has been set; null when it says nothing about that. */
    Mode impliedMode() {
        return switch (this) {
            case ADD, RE_ADD, ADD_SPARE, ADD_JOURNAL, REMOVE, FAIL, REPLACE, WITH -> MANAGE;
            default -> setsMode() || isAction() ? modes.iterator().next() : null;
        };
    }

    /**
     * The option of a letter, which depends on the mode.
     *
     * @param letter after the single dash.
     * @param mode   set so far; null before any is.
     * @return the option, or null when the letter is none.
     */
    static Option ofLetter(char letter, Mode mode) {
        boolean shapes = mode == CREATE || mode == GROW || mode == BUILD;
        return switch (letter) {
            case 'h' -> HELP;
            case 'V' -> VERSION;
            case 'v' -> VERBOSE;
            case 'q' -> QUIET;
            case 's' -> SCAN;
            case 'e' -> METADATA;
            case 'C' -> CREATE_MODE;
            case 'A' -> ASSEMBLE_MODE;
            case 'B' -> BUILD_MODE;
            case 'G' -> GROW_MODE;
            case 'I' -> INCREMENTAL_MODE;
            case 'F' -> MONITOR_MODE;
            case 'D' -> DETAIL;
            case 'E' -> EXAMINE;
            case 'Q' -> QUERY;
            case 'X' -> EXAMINE_BITMAP;
            case 'S' -> STOP;
            case 'w' -> mode == MANAGE || mode == MISC || mode == null ? READWRITE : null;
            case 'W' -> mode == MISC || mode == null ? WAIT : WRITE_MOSTLY;
            case 'l' -> LEVEL;
            case 'n' -> RAID_DEVICES;
            case 'x' -> SPARE_DEVICES;
            case 'c' -> shapes ? CHUNK : CONFIG;
            case 'p' -> mode == MONITOR ? PROGRAM : LAYOUT;
            case 'z' -> SIZE;
            case 'Z' -> ARRAY_SIZE;
            case 'b' -> shapes || mode == ASSEMBLE ? BITMAP : BRIEF;
            case 'd' -> DELAY;
            case 'N' -> NAME;
            case 'u' -> UUID;
            case 'R' -> RUN;
            case 'o' -> READONLY;
            case 'a' -> mode == CREATE || mode == ASSEMBLE || mode == INCREMENTAL || mode == BUILD ? AUTO : ADD;
            case 'k' -> CONSISTENCY_POLICY;
            case 'U' -> UPDATE;
            case 'm' -> mode == MONITOR ? MAIL : SUPER_MINOR;
            case 'f' -> mode == MANAGE ? FAIL : mode == MONITOR ? DAEMONISE : FORCE;
            case 'r' -> mode == INCREMENTAL ? REBUILD_MAP : mode == MONITOR ? INCREMENT : REMOVE;
            case 'Y' -> EXPORT;
            case 't' -> TEST;
            case 'y' -> SYSLOG;
            case 'i' -> PID_FILE;
            case '1' -> ONESHOT;
            default -> null;
        };
    }
}
