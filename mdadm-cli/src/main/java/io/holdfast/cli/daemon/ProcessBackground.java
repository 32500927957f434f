package io.holdfast.cli.daemon;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts daemons as processes: this very Java again, with other words. The new process leaves the terminal's session, has the
 * array's log for its standard error, and says on its standard output, in one line, that it serves or why it does not.
 */
public final class ProcessBackground implements Background {
    /** Property: set in a process that was started as a daemon in the background. */
    public static final String CHILD_PROPERTY = "holdfast.daemon.child";

    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
    private static final long LOG_LENGTH_LIMIT = 1 << 20;

    private final int wordCount;

    /**
     * For a command.
     *
     * @param wordCount how many words it was given, which are the last of the process's command line.
     */
    public ProcessBackground(int wordCount) {
        this.wordCount = wordCount;
    }

    @Override
    public Outcome launch(RunFolder folder, String name, List<String> words) {
        Path log = folder.log(name);
        try {
            makeRoom(log);
            Process process = new ProcessBuilder(commandLine(words))
                    .redirectInput(new File("/dev/null"))
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            // Its end of the pipe is closed once it serves, or by the kernel when it ends.
            try (BufferedReader said =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                String line = said.readLine();
                return line == null ? lost(process, log) : outcome(line);
            }
        } catch (IOException e) {
            throw new DaemonException("cannot start a daemon for array " + name + ": " + e.getMessage());
        }
    }

    private static Outcome lost(Process process, Path log) {
        int exitCode;
        try {
            exitCode = process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            exitCode = -1;
        }
        throw new DaemonException("the daemon ended with exit code " + exitCode + " before it served; see " + log);
    }

    private static Outcome outcome(String line) throws IOException {
        Map<String, Object> said = JSON.std.mapFrom(line);
        List<String> lines = new ArrayList<>();
        if (said.get("lines") instanceof List<?> list) {
            list.forEach(each -> lines.add(String.valueOf(each)));
        }
        return new Outcome(said.get("exitCode") instanceof Integer exitCode ? exitCode : 1, lines);
    }

    /** Nobody turns the log over, so that is done where it is taken up again. */
    private static void makeRoom(Path log) throws IOException {
        if (Files.exists(log) && Files.size(log) > LOG_LENGTH_LIMIT) {
            Files.move(log, log.resolveSibling(log.getFileName() + ".old"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private List<String> commandLine(List<String> words) throws IOException {
        String text = Files.readString(COMMAND_LINE, StandardCharsets.UTF_8);
        List<String> own =
                List.of(text.substring(0, Math.max(0, text.length() - 1)).split("\0", -1));
        List<String> result = new ArrayList<>();
        result.add(ProcessHandle.current().info().command().orElse(own.get(0)));
        result.add("-D" + CHILD_PROPERTY + "=true");
        for (String option : own.subList(1, own.size() - wordCount)) {
            // What makes a short command start sooner makes a long one slower.
            if (!option.equals("-XX:TieredStopAtLevel=1")) {
                result.add(option);
            }
        }
        result.addAll(words);
        return result;
    }

    @Override
    public void ready() {
        // This command is no daemon's child: whoever runs it in the foreground reads what it says.
    }
}
