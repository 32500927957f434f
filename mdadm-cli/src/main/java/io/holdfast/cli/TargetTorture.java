package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoLoops;
import io.holdfast.cli.option.UsageException;
import io.holdfast.fault.checker.CheckedArea;
import io.holdfast.fault.checker.CheckerContext;
import io.holdfast.fault.checker.CheckerReport;
import io.holdfast.fault.checker.DurabilityChecker;
import io.holdfast.fault.checker.Ledger;
import io.holdfast.fault.checker.LedgerException;
import io.holdfast.fault.checker.LedgerFile;
import io.holdfast.fault.checker.Promise;
import io.holdfast.nbd.NbdDevice;
import io.holdfast.nbd.NbdDeviceContext;
import io.holdfast.nbd.NbdUri;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The durability checker alone, on a device that exists: a file, a block device, or an export of an NBD server.
 *
 * <p>A plan is printed, and what is there is asked about, before the first byte is written. With a ledger that is there
 * already everything is looked at first, and the load goes on from there.
 */
final class TargetTorture {
    private static final String LEDGER_SUFFIX = ".holdfast-ledger";
    private static final int SECONDS_DEFAULT = 60;
    private static final long POLL_MS = 100;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    /** Shorter than an interruption waits for the end. */
    private static final long SILENCE_LIMIT_NS = 30 * NS_PER_SECOND;

    private static final double MIB = 1 << 20;

    private final Session session;

    TargetTorture(Session session) {
        this.session = session;
    }

    /**
     * Do it, and say what came of it.
     *
     * @param options checked.
     * @return the exit code: 0 all was as promised, 1 something was not, 2 nobody can tell.
     */
    int run(TortureOptions options) {
        try (BlockDevice device = open(options.target())) {
            return run(options, device);
        } catch (DeviceException | LedgerException e) {
            session.say(e.getMessage());
            return Session.USAGE;
        }
    }

    private static BlockDevice open(String target) {
        if (!NbdUri.isMeant(target)) {
            return Owner.open(target);
        }
        try {
            return NbdDevice.open(
                    new NbdDeviceContext().uri(NbdUri.parse(target)).silenceLimitNs(SILENCE_LIMIT_NS));
        } catch (IllegalArgumentException e) {
            throw UsageException.of("torture: --target " + e.getMessage());
        }
    }

    private int run(TortureOptions options, BlockDevice device) {
        Path ledgerPath = ledgerPath(options);
        boolean isKnown = Files.exists(ledgerPath);
        if (options.isVerify() && !isKnown) {
            throw new LedgerException(
                    "there is no ledger " + ledgerPath + " to verify " + options.target()
                            + " by; name the one that was written with it by --ledger.",
                    null);
        }
        if (device.isReadOnly() && !options.isVerify()) {
            session.say(options.target() + " takes no writes; only --verify can be used with it.");
            return Session.USAGE;
        }
        LedgerFile store = isKnown ? new LedgerFile(ledgerPath) : null;
        Ledger ledger = isKnown ? Ledger.open(store) : null;
        try {
            CheckedArea area = isKnown ? ledger.area() : area(device);
            if (!options.isQuiet()) {
                plan(options, device, area, ledgerPath, ledger).forEach(session.err()::println);
            }
            if (!options.isVerify() && !mayOverwrite(options, device, area)) {
                session.say("torture aborted; nothing was written.");
                return Session.USAGE;
            }
            if (!isKnown) {
                ledger = Ledger.create(
                        new LedgerFile(ledgerPath), session.random().nextLong(), area);
            }
            return check(options, device, ledger);
        } finally {
            if (ledger != null) {
                ledger.close();
            }
        }
    }

    private static CheckedArea area(BlockDevice device) {
        try {
            return CheckedArea.of(device.geometry(), CheckedArea.LENGTH_DEFAULT);
        } catch (IllegalArgumentException e) {
            throw new LedgerException(
                    device.name() + " has only " + device.geometry().length() + " bytes; it needs at least a block.",
                    e);
        }
    }

    /** Beside a file; in the current folder for what is no file. */
    private static Path ledgerPath(TortureOptions options) {
        String target = options.target();
        try {
            if (options.ledger() != null) {
                return Path.of(options.ledger());
            }
            if (!NbdUri.isMeant(target)) {
                Path path = Path.of(target);
                return Files.isRegularFile(path)
                        ? path.resolveSibling(path.getFileName() + LEDGER_SUFFIX)
                        : Path.of(path.getFileName() + LEDGER_SUFFIX);
            }
        } catch (InvalidPathException e) {
            throw UsageException.of(
                    "torture: --ledger " + e.getInput() + " is no name of a file: " + e.getReason() + ".");
        }
        NbdUri uri = NbdUri.parse(target);
        String server = uri.socketPath() == null
                ? uri.host() + "-" + uri.port()
                : String.valueOf(Path.of(uri.socketPath()).getFileName());
        String name = "nbd-" + server + (uri.exportName().isEmpty() ? "" : "-" + uri.exportName());
        return Path.of(name.replaceAll("[^A-Za-z0-9.:_-]", "_") + LEDGER_SUFFIX);
    }

    private List<String> plan(
            TortureOptions options, BlockDevice device, CheckedArea area, Path ledgerPath, Ledger ledger) {
        String checked = area.stretchCount() == 1
                ? "the first " + mib(area.length()) + ", in blocks of " + area.blockLength() + " bytes"
                : area.stretchCount() + " stretches of " + mib(area.stretchLength())
                        + ", from the first block to the last";
        String remembered = ledger == null
                ? "new"
                : "remembers " + ledger.writeCount() + " writes"
                        + (ledger.droppedLength() > 0
                                ? "; its last " + ledger.droppedLength() + " bytes were cut off and are left out"
                                : "");
        String work = options.isVerify()
                ? "read everything, write nothing"
                : (ledger == null ? "" : "read everything; ") + "overwrite what is checked; write, flush and read "
                        + (operationLimit(options) == Long.MAX_VALUE
                                ? "for " + seconds(options) + " seconds"
                                : operationLimit(options) + " times")
                        + "; read everything";
        return List.of(
                "target:   " + options.target() + ", " + mib(device.geometry().length()) + " in logical blocks of "
                        + device.geometry().logicalBlockLength() + " bytes",
                "checked:  " + checked,
                "ledger:   " + ledgerPath + ", " + remembered,
                "promise:  what it " + (options.isAnswered() ? "answered" : "flushed") + " survives any interruption",
                "seed:     " + options.seed(),
                "will:     " + work);
    }

    private boolean mayOverwrite(TortureOptions options, BlockDevice device, CheckedArea area) {
        List<String> remarks = TargetLook.at(device, area, session.clock().getZone());
        if (remarks.isEmpty() || options.isRun()) {
            return true;
        }
        remarks.forEach(session::remark);
        return session.isConfirmed("Overwrite " + options.target() + "? ");
    }

    private static long operationLimit(TortureOptions options) {
        return options.steps() == 0 ? Long.MAX_VALUE : options.steps();
    }

    /** Seconds to run; 0 for as long as it takes. */
    private static int seconds(TortureOptions options) {
        return options.seconds() == 0 && options.steps() == 0 ? SECONDS_DEFAULT : options.seconds();
    }

    private int check(TortureOptions options, BlockDevice device, Ledger ledger) {
        TargetProgress progress = new TargetProgress(options.isQuiet() ? null : session.err(), options.isTerminal());
        try (Interruption interruption = new Interruption();
                IoLoops loops = IoLoops.create(error -> session.say("torture: " + error))) {
            IoLoop loop = loops.newLoop("durability-checker");
            DurabilityChecker checker = new DurabilityChecker(new CheckerContext()
                    .device(device)
                    .loop(loop)
                    .ledger(ledger)
                    .listener(progress)
                    .seed(options.seed())
                    .promise(options.isAnswered() ? Promise.ANSWERED : Promise.FLUSHED)
                    .operationLimit(operationLimit(options))
                    .isVerifyOnly(options.isVerify()));
            loop.start(checker);
            try {
                CheckerReport report = await(checker, interruption, seconds(options));
                progress.finish();
                return conclude(options, report, interruption.isRequested());
            } finally {
                loop.stop(checker);
            }
        }
    }

    private static CheckerReport await(DurabilityChecker checker, Interruption interruption, int seconds) {
        long startNs = System.nanoTime();
        while (true) {
            try {
                return checker.completion().get(POLL_MS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                boolean isTimeUp = seconds > 0 && System.nanoTime() - startNs >= seconds * NS_PER_SECOND;
                if (interruption.isRequested() || isTimeUp) {
                    checker.stop();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                checker.stop();
                return checker.completion().join();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof LedgerException ledgerFailure) {
                    throw ledgerFailure;
                }
                throw new CompletionException(e.getCause());
            }
        }
    }

    private int conclude(TortureOptions options, CheckerReport report, boolean isInterrupted) {
        if (options.isJson()) {
            session.out().print(TargetReport.json(options, report));
        } else {
            TargetReport.text(options, report, isInterrupted).forEach(session.out()::println);
        }
        // Before the interruption lets the JVM end.
        session.out().flush();
        if (report.findingCount() > 0) {
            return Session.FAILED;
        }
        return report.outcome() == CheckerReport.Outcome.COMPLETE ? Session.OK : Session.USAGE;
    }

    private static String mib(long length) {
        return String.format(Locale.ROOT, "%.1f MiB", length / MIB);
    }
}
