package io.holdfast.cli;

import io.holdfast.cli.daemon.Background;
import io.holdfast.cli.daemon.RunFolder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Commands in a run folder of their own, whose daemons run in this JVM: the very command that a daemon's process would run. */
final class DaemonBench implements Background, AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;

    private final RunFolder folder;
    private final List<Thread> daemons = new ArrayList<>();

    DaemonBench(Path folder) {
        this.folder = RunFolder.of(name -> switch (name) {
            case RunFolder.VARIABLE -> folder.toString();
            case RunFolder.STATE_VARIABLE -> folder.resolveSibling("state").toString();
            default -> null;
        });
    }

    RunFolder folder() {
        return folder;
    }

    CommandRun run(String words, List<String> more) {
        List<String> all = new ArrayList<>(List.of(words.split(" ")));
        all.addAll(more);
        return CommandRun.within(folder, this, new byte[0], all.toArray(new String[0]));
    }

    CommandRun run(String words) {
        return run(words, List.of());
    }

    @Override
    public Outcome launch(RunFolder where, String name, List<String> words) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        CompletableFuture<Integer> started = new CompletableFuture<>();
        Background child = new Background() {
            @Override
            public Outcome launch(RunFolder folder, String name, List<String> words) {
                throw new IllegalStateException("a daemon starts no daemon");
            }

            @Override
            public void ready() {
                started.complete(0);
            }
        };
        Session session = new Session(
                new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new ByteArrayInputStream(new byte[0]),
                false,
                false,
                CommandRun.HOSTNAME,
                Clock.fixed(CommandRun.NOW, ZoneOffset.UTC),
                new SplittableRandom(1),
                folder,
                child);
        Thread daemon = new Thread(
                () -> started.complete(Holdfast.run(words.toArray(new String[0]), session)), "daemon-" + name);
        daemon.start();
        daemons.add(daemon);
        try {
            int exitCode = started.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return new Outcome(
                    exitCode, err.toString(StandardCharsets.UTF_8).lines().toList());
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException("no daemon: " + err.toString(StandardCharsets.UTF_8), e);
        }
    }

    @Override
    public void ready() {
        throw new IllegalStateException("the bench is no daemon");
    }

    /** Stop what still runs. */
    @Override
    public void close() {
        run("--stop --scan --force");
        try {
            for (Thread daemon : daemons) {
                daemon.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
                if (daemon.isAlive()) {
                    throw new AssertionError("a daemon does not end: " + daemon);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
