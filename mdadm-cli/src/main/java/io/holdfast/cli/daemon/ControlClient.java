package io.holdfast.cli.daemon;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.function.Consumer;

/** The command's end of a control socket. Not thread-safe. */
public final class ControlClient implements AutoCloseable {
    /** A status of an array of many members takes some room. */
    private static final int REPLY_LIMIT = 16 << 20;

    private final String name;
    private final LineChannel lines;

    private ControlClient(String name, LineChannel lines) {
        this.name = name;
        this.lines = lines;
    }

    /**
     * Connect to the daemon of an array.
     *
     * @param folder of the daemons.
     * @param name   of the array.
     * @return the connection.
     * @throws DaemonException when there is none, saying whether there ever was.
     */
    public static ControlClient connect(RunFolder folder, String name) {
        try {
            return new ControlClient(name, new LineChannel(ControlServer.connect(folder.control(name)), REPLY_LIMIT));
        } catch (IOException e) {
            if (!folder.isKnown(name) || e instanceof NoSuchFileException) {
                throw new DaemonException("no array " + name + " is running (run folder " + folder + ").");
            }
            if (e instanceof AccessDeniedException
                    || String.valueOf(e.getMessage()).contains("Permission denied")) {
                throw new DaemonException("the array " + name + " belongs to somebody else: cannot connect to "
                        + folder.control(name) + ": Permission denied");
            }
            throw new DaemonException("the daemon of array " + name
                    + " has ended without stopping it; assemble it again, which recovers what there is to recover.");
        }
    }

    /**
     * Whether the daemon of an array answers.
     *
     * @param folder of the daemons.
     * @param name   of the array.
     * @return false also for one that is dead.
     */
    public static boolean isAlive(RunFolder folder, String name) {
        try (ControlClient client = connect(folder, name)) {
            client.call(ControlRequest.of("ping"));
            return true;
        } catch (DaemonException e) {
            return false;
        }
    }

    /**
     * Ask once.
     *
     * @param folder  of the daemons.
     * @param name    of the array.
     * @param request to send.
     * @return the result.
     * @throws DaemonException with what the daemon refused, or when there is none.
     */
    public static Map<String, Object> ask(RunFolder folder, String name, ControlRequest request) {
        try (ControlClient client = connect(folder, name)) {
            return client.call(request);
        }
    }

    /**
     * Ask an array how it stands.
     *
     * @param folder of the daemons.
     * @param name   of the array.
     * @return the answer.
     * @throws DaemonException when there is none.
     */
    public static ArrayStatus status(RunFolder folder, String name) {
        return ArrayStatus.of(ask(folder, name, ControlRequest.of("status")));
    }

    /**
     * Ask, and wait for the answer.
     *
     * @param request to send.
     * @return the result.
     * @throws DaemonException with what the daemon refused.
     */
    public Map<String, Object> call(ControlRequest request) {
        return call(request, state -> {});
    }

    /**
     * Ask, and wait for the answer.
     *
     * @param request  to send.
     * @param progress told how far it has come.
     * @return the result.
     * @throws DaemonException with what the daemon refused, or when it is lost.
     */
    @SuppressWarnings("unchecked") // JSON's objects have texts for names
    public Map<String, Object> call(ControlRequest request, Consumer<Map<String, Object>> progress) {
        try {
            lines.write(request.line());
            for (String line = lines.read(); line != null; line = lines.read()) {
                Map<String, Object> reply = JSON.std.mapFrom(line);
                if (reply.get("progress") instanceof Map<?, ?> state) {
                    progress.accept((Map<String, Object>) state);
                } else if (reply.get("error") instanceof String message) {
                    int exitCode = reply.get("exitCode") instanceof Integer code ? code : 1;
                    throw new DaemonException(message, exitCode);
                } else {
                    return reply.get("result") instanceof Map<?, ?> result ? (Map<String, Object>) result : Map.of();
                }
            }
        } catch (IOException e) {
            throw new DaemonException("the daemon of array " + name + " was lost: " + e.getMessage());
        }
        throw new DaemonException("the daemon of array " + name + " hung up before it answered.");
    }

    @Override
    public void close() {
        try {
            lines.close();
        } catch (IOException e) {
            throw new DaemonException("cannot close the connection to array " + name + ": " + e.getMessage());
        }
    }
}
