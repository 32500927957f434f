package io.holdfast.cli.daemon;

import com.fasterxml.jackson.jr.ob.JSON;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.metadata.ConfigurationException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control socket: one request, one reply, as JSON lines, as often as a client likes. A reply is a line with
 * {@code result} or with {@code error} and {@code exitCode}; lines with {@code progress} may come before it.
 *
 * <p>Each client has a thread of its own, so that none waits for another. What one may cost is bounded: the length of a
 * request, the time it may stay silent or not take its answers, and the number of clients. Thread-safe.
 */
final class ControlServer implements AutoCloseable {
    /** Longest request in bytes. */
    static final int REQUEST_LIMIT = 64 * 1024;

    private static final Logger LOGGER = LoggerFactory.getLogger(ControlServer.class);
    private static final int CLIENT_LIMIT = 64;
    private static final long DRAIN_LIMIT_NS = 5_000_000_000L;
    private static final long DRAIN_LOOK_MS = 100;

    /** What is done with requests. */
    interface Verbs {
        /**
         * Do what is asked; on the client's thread, which may wait.
         *
         * @param request  from a client.
         * @param progress told how far it has come; throws when the client is gone.
         * @return the result, of which JSON can be made.
         * @throws Exception whose message is for the operator.
         */
        Object run(ControlRequest request, Progress progress) throws Exception;
    }

    /** Where a verb tells how far it has come. */
    interface Progress {
        /**
         * Tell.
         *
         * @param state of which JSON can be made.
         * @throws IOException when nobody listens any more.
         */
        void tell(Object state) throws IOException;
    }

    private final Path path;
    private final Verbs verbs;
    private final LongSupplier nanoClock;
    private final long patienceNs;
    private final ServerSocketChannel listener;
    private final Set<Client> clients = ConcurrentHashMap.newKeySet();
    private final Object idle = new Object();
    private int busyCount;
    private volatile boolean isClosed;

    /**
     * Listen, and serve whoever comes.
     *
     * @param path       of the socket; whatever a dead server left there is replaced.
     * @param verbs      does what is asked.
     * @param nanoClock  for patience.
     * @param patienceNs how long a client may stay silent, or not take its answers, before {@link #tidy} hangs up.
     * @throws DaemonException when the socket cannot be had.
     */
    ControlServer(Path path, Verbs verbs, LongSupplier nanoClock, long patienceNs) {
        this.path = path;
        this.verbs = verbs;
        this.nanoClock = nanoClock;
        this.patienceNs = patienceNs;
        try {
            Files.deleteIfExists(path);
            listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listener.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new DaemonException("cannot listen on " + path + ": " + e.getMessage());
        }
        start(this::accept, "control");
    }

    private static void start(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!isClosed) {
            try {
                Client client = new Client(new LineChannel(listener.accept(), REQUEST_LIMIT));
                clients.add(client);
                if (clients.size() > CLIENT_LIMIT) {
                    LOGGER.warn("control client turned away: clients={} limit={}", clients.size(), CLIENT_LIMIT);
                    client.hangUp();
                } else {
                    start(client, "control-client");
                }
            } catch (IOException e) {
                if (!isClosed) {
                    LOGGER.error("the control socket failed: {}", e.toString());
                    return;
                }
            }
        }
    }

    /** Hang up on those whose time is over. To be called every second or so. */
    void tidy() {
        long now = nanoClock.getAsLong();
        for (Client client : clients) {
            if (client.isWaitedFor && now - client.sinceNs > patienceNs) {
                client.hangUp();
            }
        }
    }

    /** Clients connected now. */
    int clientCount() {
        return clients.size();
    }

    /** Requests under way now. */
    int busyCount() {
        synchronized (idle) {
            return busyCount;
        }
    }

    /** Take no more clients, and leave no socket behind; those that are there are served on. Idempotent. */
    void stopListening() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        try {
            listener.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOGGER.warn("cannot close {}: {}", path, e.toString());
        }
    }

    /** Take no more clients, let those that wait for an answer have it, for a moment, and hang up on everybody. Idempotent. */
    @Override
    public void close() {
        stopListening();
        synchronized (idle) {
            long deadlineNs = nanoClock.getAsLong() + DRAIN_LIMIT_NS;
            while (busyCount > 0 && nanoClock.getAsLong() < deadlineNs) {
                try {
                    idle.wait(DRAIN_LOOK_MS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
        }
        clients.forEach(Client::hangUp);
    }

    private void busy(int change) {
        synchronized (idle) {
            busyCount += change;
            idle.notifyAll();
        }
    }

    /** One client, on a thread of its own. */
    private final class Client implements Runnable, Progress {
        private final LineChannel lines;
        private volatile boolean isWaitedFor = true;
        private volatile long sinceNs = nanoClock.getAsLong();

        Client(LineChannel lines) {
            this.lines = lines;
        }

        @Override
        public void run() {
            try {
                for (String line = lines.read(); line != null; line = lines.read()) {
                    isWaitedFor = false;
                    busy(1);
                    try {
                        send(answer(line));
                    } finally {
                        busy(-1);
                    }
                }
            } catch (LineChannel.LineTooLongException e) {
                refuse(e);
            } catch (IOException e) {
                // Gone, in whatever manner: what it asked for is done or was refused, and nobody is left to tell.
                LOGGER.debug("control client gone: {}", e.toString());
            } finally {
                hangUp();
            }
        }

        private void refuse(LineChannel.LineTooLongException reason) {
            try {
                send(failure(reason.getMessage(), 1));
            } catch (IOException e) {
                LOGGER.debug("control client gone: {}", e.toString());
            }
        }

        @SuppressWarnings("InterruptedExceptionSwallowed") // verbs throw what they like, and the thread ends soon
        private String answer(String line) throws IOException {
            try {
                ControlRequest request = ControlRequest.parse(line);
                return json("result", verbs.run(request, this));
            } catch (DaemonException e) {
                return failure(e.getMessage(), e.exitCode());
            } catch (ArrayException | DeviceException | ConfigurationException | IllegalArgumentException e) {
                return failure(e.getMessage(), 1);
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                LOGGER.error("a request failed: {}", line, e);
                return failure("the daemon has a bug, and could not do this: " + e, 1);
            }
        }

        @Override
        public void tell(Object state) throws IOException {
            send(json("progress", state));
            isWaitedFor = false;
        }

        private void send(String line) throws IOException {
            sinceNs = nanoClock.getAsLong();
            isWaitedFor = true;
            lines.write(line);
            sinceNs = nanoClock.getAsLong();
        }

        void hangUp() {
            clients.remove(this);
            try {
                lines.close();
            } catch (IOException e) {
                LOGGER.debug("control client: {}", e.toString());
            }
        }
    }

    private static String json(String name, Object value) throws IOException {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put(name, value);
        return JSON.std.asString(reply);
    }

    private static String failure(String message, int exitCode) throws IOException {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("error", message);
        reply.put("exitCode", exitCode);
        return JSON.std.asString(reply);
    }

    /** A connection to a server, or to what is left of one. */
    static SocketChannel connect(Path path) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path));
    }
}
