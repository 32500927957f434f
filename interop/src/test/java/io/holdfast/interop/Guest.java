package io.holdfast.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/**
 * A Linux kernel with md, running as an ordinary process over image files: the judge of what we write to disk.
 *
 * <p>A guest boots in about two seconds, sees the host's files read-only and its images as {@code /dev/ubda},
 * {@code /dev/ubdb}, ..., runs one shell script and powers off. What the script prints comes back line by line. Every guest
 * has a time limit, after which it is killed and the test fails with what the console said. {@link #kill()} is a crash: what
 * the guest had written to its devices is in the images, what it had not is gone.
 *
 * <p>One thread uses a guest.
 */
final class Guest implements AutoCloseable {
    /** The most images a guest can be given. */
    static final int MAX_IMAGES = 16;

    private static final Path KERNEL = Path.of("/usr/bin/linux.uml");
    private static final Path MDADM = Path.of("/usr/sbin/mdadm");
    private static final Path MODULES = Path.of("/usr/lib/uml/modules");
    private static final Path PERL = Path.of("/usr/bin/perl");
    private static final List<Path> HIDDEN_FROM_GUEST =
            List.of(Path.of("/dev"), Path.of("/proc"), Path.of("/run"), Path.of("/sys"));

    /**
     * The guest's programs must not use registers that its kernel cannot save (see {@code guest-launch.pl}): a page fault in
     * the middle of a copy through them would lose half of the bytes. An unknown word of the kernel's command line becomes
     * the environment of its first process.
     */
    private static final String NARROW_REGISTERS = "GLIBC_TUNABLES=glibc.cpu.hwcaps="
            + "-AVX,-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-XSAVEC,-AVX_Fast_Unaligned_Load";

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Path script;
    private final Process process;
    private final BufferedReader console;
    private final List<String> lines = new ArrayList<>();
    private final ScheduledExecutorService watchdog;
    private final int limitSeconds;
    private volatile boolean isOverdue;

    private Guest(Path script, Process process, int limitSeconds) {
        this.script = script;
        this.process = process;
        this.limitSeconds = limitSeconds;
        console = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        watchdog = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "guest-watchdog");
            thread.setDaemon(true);
            return thread;
        });
        var unused = watchdog.schedule(this::giveUp, limitSeconds, TimeUnit.SECONDS);
    }

    /**
     * Skip the calling test, with one loud line, where a guest cannot run; fail it instead where the environment variable
     * {@code CI} is set.
     */
    static void require() {
        String reason = whyUnavailable();
        if (reason == null) {
            return;
        }
        String line = "INTEROP TESTS SKIPPED: " + reason + "; install mdadm and user-mode-linux";
        if (System.getenv("CI") != null) {
            throw new AssertionError(line + " (CI is set, so a skip is a failure)");
        }
        System.err.println(line);
        Assumptions.abort(line);
    }

    private static String whyUnavailable() {
        for (Path needed : List.of(KERNEL, MDADM, MODULES, PERL)) {
            if (!Files.exists(needed)) {
                return needed + " is missing";
            }
        }
        return null;
    }

    /**
     * Boot a guest and start its script.
     *
     * @param directory    an existing directory for the script, in a place the guest can see.
     * @param limitSeconds after which the guest is killed.
     * @param script       shell commands; {@code guest-lib.sh} is read first, and a command that fails ends the script.
     * @param images       for {@code /dev/ubda}, {@code /dev/ubdb}, ... in this order.
     * @return the running guest.
     */
    static Guest start(Path directory, int limitSeconds, String script, Path... images) throws IOException {
        if (images.length > MAX_IMAGES) {
            throw new IllegalArgumentException("a guest has room for " + MAX_IMAGES + " images, not " + images.length);
        }
        Path home = directory.toRealPath();
        for (Path hidden : HIDDEN_FROM_GUEST) {
            if (home.startsWith(hidden)) {
                throw new IllegalArgumentException(home + ": a guest has its own " + hidden + " and cannot see this");
            }
        }
        String name = "guest-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
        Path init = copyResource("guest-init.sh", home.resolve(name + "-init.sh"));
        Path launcher = copyResource("guest-launch.pl", home.resolve(name + "-launch.pl"));
        Path scriptPath = home.resolve(name + ".sh");
        Files.writeString(scriptPath, resourceText("guest-lib.sh") + script);

        List<String> command = new ArrayList<>(List.of(
                PERL.toString(),
                launcher.toString(),
                KERNEL.toString(),
                "mem=512M",
                "root=/dev/root",
                "rootfstype=hostfs",
                "rootflags=/",
                "ro",
                "init=" + init,
                "SCRIPT=" + scriptPath));
        for (int i = 0; i < images.length; i++) {
            command.add("ubd" + i + "=" + images[i].toRealPath());
        }
        command.addAll(List.of("quiet", "con=null", "con0=null,fd:1", NARROW_REGISTERS));
        ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.redirectErrorStream(true);
        builder.environment().put("TMPDIR", Files.isDirectory(Path.of("/dev/shm")) ? "/dev/shm" : home.toString());
        return new Guest(scriptPath, builder.start(), limitSeconds);
    }

    /**
     * Boot a guest, run a script in it to its end, and insist that it succeeded.
     *
     * @see #start
     * @return what the script printed.
     */
    static List<String> run(Path directory, int limitSeconds, String script, Path... images) throws IOException {
        try (Guest guest = start(directory, limitSeconds, script, images)) {
            return guest.finish();
        }
    }

    /**
     * Wait for the script to print a line.
     *
     * @param prefix that the line begins with.
     * @return the line.
     */
    String awaitLine(String prefix) throws IOException {
        for (String line = readLine(); line != null; line = readLine()) {
            if (line.startsWith(prefix)) {
                return line;
            }
        }
        throw failure("the guest ended without printing \"" + prefix + "\"");
    }

    /** Wait for the script to end and the guest to power off; insist that the script succeeded. */
    List<String> finish() throws IOException {
        String verdict = null;
        for (String line = readLine(); line != null; line = readLine()) {
            if (line.startsWith("guest-exit: ")) {
                verdict = line;
            }
        }
        if (!"guest-exit: 0".equals(verdict)) {
            throw failure("the guest's script did not end well");
        }
        return List.copyOf(lines);
    }

    /** Cut the power: kill every process of the guest at once, and read what is left on its console. */
    List<String> kill() throws IOException {
        killProcesses();
        for (String line = readLine(); line != null; line = readLine()) {
            // Read to the end: a line the guest printed before it died counts.
        }
        return List.copyOf(lines);
    }

    @Override
    public void close() {
        killProcesses();
        watchdog.shutdownNow();
        process.destroyForcibly();
        try {
            console.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String readLine() throws IOException {
        String line = console.readLine();
        if (line != null) {
            lines.add(line);
        } else if (isOverdue) {
            throw failure("the guest did not end within " + limitSeconds + " seconds");
        }
        return line;
    }

    private AssertionError failure(String what) {
        return new AssertionError(what + "; its console said:\n" + String.join("\n", lines));
    }

    private void giveUp() {
        isOverdue = true;
        killProcesses();
    }

    /** A guest is several processes, all with the command line of the first: they are known by the script's path. */
    private void killProcesses() {
        String mark = "SCRIPT=" + script;
        boolean isAnyLeft = true;
        for (int attempt = 0; isAnyLeft && attempt < 100; attempt++) {
            isAnyLeft = false;
            try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
                for (Path entry : processes) {
                    if (commandLine(entry).contains(mark)) {
                        isAnyLeft = true;
                        var unused = ProcessHandle.of(
                                        Long.parseLong(entry.getFileName().toString()))
                                .map(ProcessHandle::destroyForcibly);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static String commandLine(Path process) {
        try {
            return new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return ""; // It ended while we looked.
        }
    }

    private static Path copyResource(String name, Path to) throws IOException {
        Files.writeString(to, resourceText(name));
        if (!to.toFile().setExecutable(true)) {
            throw new IOException(to + ": cannot be made executable");
        }
        return to;
    }

    private static String resourceText(String name) throws IOException {
        try (InputStream in = Guest.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("missing resource " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
