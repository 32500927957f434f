package io.holdfast.cli.daemon;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jnr.ffi.LibraryLoader;

/** The other side of {@link ProcessBackground}: what a process does that was started as a daemon in the background. */
public final class ChildProcess implements Background {
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final PrintStream errors;
    private boolean isToldOf;

    /**
     * Leave the terminal's session, so that neither its end nor its Ctrl-C is ours.
     *
     * @param log standard error as it is.
     */
    public ChildProcess(PrintStream log) {
        LibraryLoader.create(Session.class).load("c").setsid();
        errors = new PrintStream(new Tee(log), true, StandardCharsets.UTF_8);
    }

    /** The one call that Java has no name for. Public because jnr-ffi implements it from another loader. */
    public interface Session {
        /** See setsid(2). */
        int setsid();
    }

    /** Where the command says what goes wrong: into the log, and to who started it as long as he listens. */
    public PrintStream errors() {
        return errors;
    }

    @Override
    public Outcome launch(RunFolder folder, String name, List<String> words) {
        throw new IllegalStateException("a daemon starts no daemon: name=" + name);
    }

    @Override
    public void ready() {
        tell(0);
    }

    /**
     * Say how it went, if nothing was said yet.
     *
     * @param exitCode of the command.
     */
    public synchronized void tell(int exitCode) {
        if (isToldOf) {
            return;
        }
        isToldOf = true;
        Map<String, Object> outcome = new LinkedHashMap<>();
        outcome.put("exitCode", exitCode);
        outcome.put("lines", said.toString(StandardCharsets.UTF_8).lines().toList());
        // Closing one of the three standard descriptors makes it /dev/null.
        try (FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
            out.write((JSON.std.asString(outcome) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            errors.println("holdfast: whoever started this daemon is gone: " + e.getMessage());
        }
    }

    private final class Tee extends OutputStream {
        private final PrintStream log;

        Tee(PrintStream log) {
            this.log = log;
        }

        @Override
        public void write(int value) {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            synchronized (ChildProcess.this) {
                if (!isToldOf) {
                    said.write(bytes, offset, length);
                }
            }
            log.write(bytes, offset, length);
        }

        @Override
        public void flush() {
            log.flush();
        }
    }
}
