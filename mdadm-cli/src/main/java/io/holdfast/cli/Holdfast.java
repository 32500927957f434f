package io.holdfast.cli;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.cli.daemon.Background;
import io.holdfast.cli.daemon.ChildProcess;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.daemon.ProcessBackground;
import io.holdfast.cli.daemon.RunFolder;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.CommandLineParser;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.Suggestion;
import io.holdfast.cli.option.UsageException;
import io.holdfast.raid.ArrayException;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.Properties;
import java.util.Random;

/** The holdfast command. */
public final class Holdfast {
    private static final int OUTPUT_BUFFER_LENGTH = 1 << 16;

    private Holdfast() {}

    /**
     * Run the command and end the JVM with its exit code.
     *
     * @param args as typed.
     */
    public static void main(String[] args) {
        String trainingFolder = System.getProperty(ArchiveTraining.FOLDER_PROPERTY);
        if (trainingFolder != null) {
            ArchiveTraining.run(Path.of(trainingFolder));
            return;
        }
        if (List.of(args).contains(Option.FOREGROUND.text())) {
            // A daemon's log is what people read who were not there.
            logAtLeast("info");
        }
        ChildProcess child = Boolean.getBoolean(ProcessBackground.CHILD_PROPERTY) ? new ChildProcess(System.err) : null;
        PrintStream err = child == null ? System.err : child.errors();
        PrintStream out = new PrintStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUTPUT_BUFFER_LENGTH),
                false,
                outputCharset());
        boolean hasConsole = isTerminal("/proc/self/fd/0");
        Session session = new Session(
                out,
                err,
                new FileInputStream(FileDescriptor.in),
                hasConsole,
                isTerminal("/proc/self/fd/2"),
                hostname(),
                Clock.system(ZoneId.systemDefault()),
                new SecureRandomGenerator(),
                RunFolder.of(System::getenv),
                child == null ? new ProcessBackground(args.length) : child);
        int exitCode = run(args, session);
        if (child != null) {
            child.tell(exitCode);
        }
        out.flush();
        if (out.checkError() && exitCode == Session.OK) {
            exitCode = Session.FAILED;
        }
        System.exit(exitCode);
    }

    /** Before anything has a logger. */
    private static void logAtLeast(String level) {
        Properties properties = System.getProperties();
        properties.putIfAbsent("org.slf4j.simpleLogger.defaultLogLevel", level);
        properties.putIfAbsent("org.slf4j.simpleLogger.showDateTime", "true");
        properties.putIfAbsent("org.slf4j.simpleLogger.dateTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
        properties.putIfAbsent("org.slf4j.simpleLogger.log.io.netty", "warn");
    }

    /**
     * Run the command in this JVM.
     *
     * @param args as typed.
     * @param out  for what is asked for.
     * @param err  for what goes wrong.
     * @param in   for answers and images.
     * @return the exit code.
     */
    public static int run(String[] args, PrintStream out, PrintStream err, InputStream in) {
        Session session = new Session(
                out,
                err,
                in,
                false,
                false,
                hostname(),
                Clock.system(ZoneId.systemDefault()),
                new SecureRandomGenerator(),
                RunFolder.of(System::getenv),
                Background.NONE);
        int exitCode = run(args, session);
        out.flush();
        return exitCode;
    }

    static int run(String[] args, Session session) {
        try {
            if (args.length > 0 && Words.isWord(args[0])) {
                return Words.run(args, session);
            }
            return dispatch(CommandLineParser.parse(args), session);
        } catch (UsageException e) {
            session.say(e.getMessage());
            if (e.showsUsage()) {
                session.err().println("Usage: holdfast --help");
                session.err().println("  for help");
            }
            return e.exitCode();
        } catch (DeviceException | ArrayException e) {
            session.say(e.getMessage());
            return Session.FAILED;
        } catch (DaemonException e) {
            session.say(e.getMessage());
            return e.exitCode();
        }
    }

    private static int dispatch(CommandLine line, Session session) {
        if (line.has(Option.VERSION)) {
            session.err().println(HelpText.version());
            return Session.OK;
        }
        if (line.has(Option.HELP)) {
            session.out().print(HelpText.of(line.mode()));
            return Session.OK;
        }
        if (line.has(Option.HELP_OPTIONS)) {
            session.out().print(HelpText.options());
            return Session.OK;
        }
        return switch (line.mode()) {
            case CREATE -> new CreateCommand(line, session).run();
            case ASSEMBLE -> new AssembleCommand(line, session).run();
            case MONITOR -> new MonitorCommand(line, session).run();
            case MANAGE -> new ManageCommand(line, session).run();
            default -> runAction(line, session);
        };
    }

    private static int runAction(CommandLine line, Session session) {
        return switch (line.action()) {
            case EXAMINE -> new ExamineCommand(line, session).run();
            case DETAIL -> new DetailCommand(line, session).run();
            case EXAMINE_BITMAP, EXAMINE_BADBLOCKS -> new LogCommand(line, session).run();
            case STOP -> new StopCommand(line, session).run();
            case WAIT -> new WaitCommand(line, session).runWait();
            case WAIT_CLEAN -> new WaitCommand(line, session).runWaitClean();
            case ACTION -> new WaitCommand(line, session).runAction();
            case ZERO_SUPERBLOCK -> new ZeroCommand(line, session).run();
            case QUERY -> {
                refuseMisspeltWord(line);
                yield new QueryCommand(line, session).run();
            }
            default -> throw new IllegalStateException("not an action: " + line.action());
        };
    }

    /** A first word that is no file is more likely one of our commands, misspelt. */
    private static void refuseMisspeltWord(CommandLine line) {
        if (line.has(Option.QUERY) || line.words().isEmpty()) {
            return;
        }
        String word = line.words().get(0);
        if (word.indexOf('/') < 0 && !Files.exists(Path.of(word))) {
            String suggestion = Suggestion.of(word, Words.names(), "");
            if (!suggestion.isEmpty()) {
                throw UsageException.of(word + ": no such command, and no such file" + suggestion);
            }
        }
    }

    private static Charset outputCharset() {
        String encoding = System.getProperty("stdout.encoding", System.getProperty("sun.stdout.encoding"));
        if (encoding != null && Charset.isSupported(encoding)) {
            return Charset.forName(encoding);
        }
        return StandardCharsets.UTF_8;
    }

    /** Whether a descriptor is a terminal, told without loading anything for it. */
    private static boolean isTerminal(String descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of(descriptor)).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private static String hostname() {
        try {
            String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            int dot = name.indexOf('.');
            return dot < 0 ? name : name.substring(0, dot);
        } catch (IOException e) {
            return "";
        }
    }

    /** Takes up the JVM's source of randomness only when a command draws from it. */
    private static final class SecureRandomGenerator implements java.util.random.RandomGenerator {
        private Random random;

        @Override
        public long nextLong() {
            if (random == null) {
                random = new SecureRandom();
            }
            return random.nextLong();
        }
    }
}
