package io.holdfast.cli;

import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Mode;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlanner;
import io.holdfast.raid.metadata.UuidText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** An array that is to be started and served: understood and checked, but for its devices. */
final class StartRequest {
    private static final Set<Option> FORCING = Set.of(Option.FORCE, Option.RUN);
    private static final Set<Option> FLAGS = Set.of(Option.FORCE, Option.RUN, Option.READONLY, Option.INSECURE);
    private static final Set<Option> VALUES =
            Set.of(Option.LISTEN, Option.JOURNAL_MODE, Option.ON_JOURNAL_LOSS, Option.MAX_REPLAY, Option.SCRUB);
    private static final int PORT_LIMIT = 65535;

    private final CommandLine line;
    private final String name;
    private final List<String> devices;
    private final boolean isQuiet;
    private final InetSocketAddress listen;
    private final JournalMode journalMode;
    private final JournalLossPolicy onJournalLoss;
    private final Duration maxReplay;
    private final long scrubPeriodSeconds;

    private StartRequest(CommandLine line, String name, List<String> devices, boolean isQuiet) {
        this.line = line;
        this.name = name;
        this.isQuiet = isQuiet;
        this.devices = List.copyOf(devices);
        listen = line.has(Option.LISTEN) ? listenAddress(line.text(Option.LISTEN), line.has(Option.INSECURE)) : null;
        String mode = line.text(Option.JOURNAL_MODE);
        journalMode = mode == null ? JournalMode.WRITE_THROUGH : PolicyWords.mode("--journal-mode: ", mode);
        String loss = line.text(Option.ON_JOURNAL_LOSS);
        onJournalLoss = loss == null ? null : PolicyWords.lossPolicy("--on-journal-loss: ", loss);
        String replay = line.text(Option.MAX_REPLAY);
        maxReplay = replay == null ? null : PolicyWords.duration("--max-replay: ", replay);
        String scrub = line.text(Option.SCRUB);
        scrubPeriodSeconds = scrub == null ? 0 : PolicyWords.periodSeconds("--scrub: ", scrub);
    }

    /**
     * Understand what a command line says about a start.
     *
     * @param line    as parsed.
     * @param name    of the array.
     * @param devices of the array.
     * @return the request.
     * @throws UsageException when it makes no sense.
     */
    static StartRequest of(CommandLine line, String name, List<String> devices) {
        return new StartRequest(line, name, devices, line.has(Option.QUIET));
    }

    /** A device's path from the root on, whether there is anything or not. */
    static String absolute(String device) {
        return RemoteDevice.isMeant(device)
                ? device
                : Path.of(device).toAbsolutePath().normalize().toString();
    }

    private static InetSocketAddress listenAddress(String text, boolean isInsecure) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        String port = text.substring(colon + 1);
        boolean isNumber = !port.isEmpty() && port.length() <= 5 && port.chars().allMatch(c -> c >= '0' && c <= '9');
        if (host.isEmpty() || !isNumber || Integer.parseInt(port) > PORT_LIMIT) {
            throw UsageException.of("--listen: '" + text + "' is no address; use HOST:PORT, such as 127.0.0.1:10809.");
        }
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        InetAddress address;
        try {
            address = InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw UsageException.of("--listen: there is no host " + host + ".");
        }
        if (!address.isLoopbackAddress() && !isInsecure) {
            throw UsageException.of("--listen: other machines can reach " + host
                    + ", and nothing would be encrypted or ask who is there; use 127.0.0.1 and a tunnel, or insist with"
                    + " --insecure.");
        }
        return new InetSocketAddress(address, Integer.parseInt(port));
    }

    /** The same, with these devices. */
    StartRequest with(List<String> names) {
        return new StartRequest(line, name, names, isQuiet);
    }

    /** The same, with devices that can be found from everywhere: a daemon outlives the folder that its command was typed in. */
    StartRequest absolute() {
        return with(devices.stream().map(StartRequest::absolute).toList());
    }

    /** The same, without a word when it has been done. */
    StartRequest quiet() {
        return new StartRequest(line, name, devices, true);
    }

    /**
     * Find out whether an array of this name can run here.
     *
     * @param session of the command.
     * @throws DaemonException when it cannot.
     */
    void checkPlace(Session session) {
        session.runFolder().prepare(name);
        if (ControlClient.isAlive(session.runFolder(), name)) {
            throw new DaemonException("an array " + name + " is running already; stop it, or choose another name.");
        }
    }

    /** What an assembly would do. */
    AssemblyPlan plan() {
        Owner.checkDistinct(devices);
        return AssemblyPlanner.plan(
                Looker.examineAll(devices),
                new AssemblyOptions(has(Option.FORCE), has(Option.RUN), has(Option.READONLY), uuid()));
    }

    String name() {
        return name;
    }

    List<String> devices() {
        return devices;
    }

    InetSocketAddress listen() {
        return listen;
    }

    /** Seconds between checks that start by themselves; 0 for none. */
    long scrubPeriodSeconds() {
        return scrubPeriodSeconds;
    }

    boolean isInsecure() {
        return line.has(Option.INSECURE);
    }

    boolean isQuiet() {
        return isQuiet;
    }

    /** Some options mean something else where an array is made: not to ask, for one. */
    private boolean has(Option option) {
        return (line.mode() == Mode.ASSEMBLE || !FORCING.contains(option)) && line.has(option);
    }

    /** The array that is meant among several; null for whichever is found. */
    private String uuid() {
        return line.mode() == Mode.ASSEMBLE && line.uuid() != null ? UuidText.format(line.uuid()) : null;
    }

    /** How the array is to be opened. */
    ArrayOpener opener() {
        return new ArrayOpener()
                .readOnly(has(Option.READONLY))
                .run(has(Option.RUN))
                .force(has(Option.FORCE))
                .journalMode(journalMode)
                .onJournalLoss(onJournalLoss)
                .maxReplay(maxReplay);
    }

    /** The words of a command that does this in the foreground. */
    List<String> words() {
        List<String> words = new ArrayList<>(List.of("--assemble", name, "--foreground"));
        for (Option option : Option.values()) {
            if (FLAGS.contains(option) && has(option)) {
                words.add(option.text());
            } else if (VALUES.contains(option) && has(option)) {
                words.add(option.text() + "=" + line.text(option));
            }
        }
        if (uuid() != null) {
            words.add(Option.UUID.text() + "=" + uuid());
        }
        if (isQuiet) {
            words.add(Option.QUIET.text());
        }
        words.add("--");
        words.addAll(absolute().devices);
        return words;
    }
}
