package io.holdfast.nbd;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.ErrorHandler;
import org.slf4j.LoggerFactory;

/**
 * What a server is started with: at least one export, and where to listen. Hand it to {@link NbdServer#start} and do not
 * change it afterwards.
 */
public final class NbdServerContext {
    /** Names and defaults of the settings that can also be given as system properties. */
    public static final class Configuration {
        /** The port that clients try when they are told none. */
        public static final int PORT_DEFAULT = 10809;

        /** Property: {@code io_uring}, {@code epoll}, {@code nio}, or {@code auto} for the first that works. */
        public static final String TRANSPORT_PROPERTY = "holdfast.nbd.transport";

        /** Default transport. */
        public static final String TRANSPORT_DEFAULT = "auto";

        /** Property: threads that serve connections. */
        public static final String THREAD_COUNT_PROPERTY = "holdfast.nbd.threads";

        /** Default number of threads. */
        public static final int THREAD_COUNT_DEFAULT = 1;

        /** Property: clients served at once. */
        public static final String CONNECTION_LIMIT_PROPERTY = "holdfast.nbd.connections";

        /** Default number of clients. */
        public static final int CONNECTION_LIMIT_DEFAULT = 64;

        /** Property: requests of one client that may be under way at once. */
        public static final String REQUEST_LIMIT_PROPERTY = "holdfast.nbd.requests";

        /** Default number of requests. */
        public static final int REQUEST_LIMIT_DEFAULT = 128;

        /** Property: bytes of payload that may be held for one client. */
        public static final String WINDOW_LENGTH_PROPERTY = "holdfast.nbd.window.length";

        /** Default window: two of the largest requests, 64 MiB. */
        public static final long WINDOW_LENGTH_DEFAULT = 2L * RequestDescriptor.PAYLOAD_LENGTH_LIMIT;

        /** How long a client may take to choose an export: 30 seconds. */
        public static final long HANDSHAKE_TIMEOUT_NS_DEFAULT = 30_000_000_000L;

        /** How long closing waits for requests under way: 10 seconds. */
        public static final long DRAIN_TIMEOUT_NS_DEFAULT = 10_000_000_000L;

        private Configuration() {}

        static String transport() {
            return System.getProperty(TRANSPORT_PROPERTY, TRANSPORT_DEFAULT);
        }

        static int threadCount() {
            return Integer.getInteger(THREAD_COUNT_PROPERTY, THREAD_COUNT_DEFAULT);
        }

        static int connectionLimit() {
            return Integer.getInteger(CONNECTION_LIMIT_PROPERTY, CONNECTION_LIMIT_DEFAULT);
        }

        static int requestLimit() {
            return Integer.getInteger(REQUEST_LIMIT_PROPERTY, REQUEST_LIMIT_DEFAULT);
        }

        static long windowLength() {
            return Long.getLong(WINDOW_LENGTH_PROPERTY, WINDOW_LENGTH_DEFAULT);
        }
    }

    /** Longest path of a unix socket in bytes: what the kernel's address has room for. */
    private static final int SOCKET_PATH_LIMIT = 107;

    private final List<NbdExport> exports = new ArrayList<>();
    private Path socketPath;
    private InetSocketAddress address;
    private boolean insecure;
    private NbdTransport transport;
    private int threadCount = Configuration.threadCount();
    private int connectionLimit = Configuration.connectionLimit();
    private int requestLimit = Configuration.requestLimit();
    private long windowLength = Configuration.windowLength();
    private long handshakeTimeoutNs = Configuration.HANDSHAKE_TIMEOUT_NS_DEFAULT;
    private long drainTimeoutNs = Configuration.DRAIN_TIMEOUT_NS_DEFAULT;
    private ErrorHandler errorHandler =
            error -> LoggerFactory.getLogger(NbdServer.class).error("serving a client failed", error);

    /** What is served; a client that names none gets the first. */
    public List<NbdExport> exports() {
        return List.copyOf(exports);
    }

    /** Serve one more export. */
    public NbdServerContext export(NbdExport value) {
        exports.add(value);
        return this;
    }

    /** The unix socket to listen on, or null for TCP. */
    public Path socketPath() {
        return socketPath;
    }

    /**
     * Listen on a unix socket, which is made for the owner alone to use. A socket that was left there by a server which is
     * gone is replaced.
     */
    public NbdServerContext socketPath(Path value) {
        socketPath = value;
        return this;
    }

    /** The TCP address to listen on, or null for a unix socket. */
    public InetSocketAddress address() {
        return address;
    }

    /** Whether other machines may reach the server, although nothing is encrypted and nobody is asked who he is. */
    public boolean insecure() {
        return insecure;
    }

    /**
     * Allow an address that other machines reach. Whoever can connect then reads and writes everything, and whoever is on the way
     * can too. Default no.
     */
    public NbdServerContext insecure(boolean value) {
        insecure = value;
        return this;
    }

    /** Listen on TCP, on this machine's loopback unless it is {@linkplain #insecure insecure}. Port 0 takes one that is free. */
    public NbdServerContext address(InetSocketAddress value) {
        address = value;
        return this;
    }

    /** How sockets reach the kernel; null before {@link #conclude()} for what the property says. */
    public NbdTransport transport() {
        return transport;
    }

    /** How sockets reach the kernel. Default: the best that works. */
    public NbdServerContext transport(NbdTransport value) {
        transport = value;
        return this;
    }

    /** Threads that serve connections; 1 to 64. */
    public int threadCount() {
        return threadCount;
    }

    /** Threads that serve connections; 1 to 64. */
    public NbdServerContext threadCount(int value) {
        threadCount = value;
        return this;
    }

    /** Clients served at once, 1 to 65536; one more is hung up on. */
    public int connectionLimit() {
        return connectionLimit;
    }

    /** Clients served at once, 1 to 65536; one more is hung up on. */
    public NbdServerContext connectionLimit(int value) {
        connectionLimit = value;
        return this;
    }

    /** Requests of one client that may be under way at once; 1 to 65536. */
    public int requestLimit() {
        return requestLimit;
    }

    /** Requests of one client that may be under way at once; 1 to 65536. */
    public NbdServerContext requestLimit(int value) {
        requestLimit = value;
        return this;
    }

    /** Bytes of payload that may be held for one client, at least 32 MiB, which is one request of the largest kind. */
    public long windowLength() {
        return windowLength;
    }

    /** Bytes of payload that may be held for one client, at least 32 MiB, which is one request of the largest kind. */
    public NbdServerContext windowLength(long value) {
        windowLength = value;
        return this;
    }

    /** Nanoseconds for a client to choose an export. */
    public long handshakeTimeoutNs() {
        return handshakeTimeoutNs;
    }

    /** Nanoseconds for a client to choose an export. */
    public NbdServerContext handshakeTimeoutNs(long value) {
        handshakeTimeoutNs = value;
        return this;
    }

    /** Nanoseconds that closing waits for requests under way. */
    public long drainTimeoutNs() {
        return drainTimeoutNs;
    }

    /** Nanoseconds that closing waits for requests under way. */
    public NbdServerContext drainTimeoutNs(long value) {
        drainTimeoutNs = value;
        return this;
    }

    /** Told of what can only be a bug. Default: logged. */
    public ErrorHandler errorHandler() {
        return errorHandler;
    }

    /** Told of what can only be a bug. Default: logged. */
    public NbdServerContext errorHandler(ErrorHandler value) {
        errorHandler = value;
        return this;
    }

    /**
     * Check the settings and fill in what was left open.
     *
     * @return this.
     * @throws IllegalArgumentException naming a setting, its value and what is possible.
     */
    public NbdServerContext conclude() {
        if ((socketPath == null) == (address == null)) {
            throw new IllegalArgumentException("a server listens on a unix socket or on TCP, one of them: socketPath="
                    + socketPath + " address=" + address);
        }
        if (socketPath != null && socketPath.toString().getBytes(StandardCharsets.UTF_8).length > SOCKET_PATH_LIMIT) {
            throw new IllegalArgumentException("socketPath=" + socketPath + " is longer than the " + SOCKET_PATH_LIMIT
                    + " bytes that the kernel allows: choose a shorter one");
        }
        if (address != null && address.isUnresolved()) {
            throw new IllegalArgumentException("address=" + address + ": there is no host of that name");
        }
        if (address != null && !insecure && !address.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("address=" + address
                    + " can be reached from other machines, and nothing would be encrypted or ask who is there:"
                    + " listen on 127.0.0.1 or on a unix socket, and tunnel");
        }
        if (transport == null) {
            transport = NbdTransport.of(Configuration.transport());
        }
        if (!transport.isAvailable()) {
            throw new IllegalArgumentException(
                    "transport=" + transport + " does not work on this machine: "
                            + transport.unavailability().getMessage(),
                    transport.unavailability());
        }
        checkRange("threadCount", threadCount, 1, 64);
        checkRange("connectionLimit", connectionLimit, 1, 65536);
        checkRange("requestLimit", requestLimit, 1, 65536);
        checkRange("windowLength", windowLength, RequestDescriptor.PAYLOAD_LENGTH_LIMIT, 1L << 40);
        checkRange("handshakeTimeoutNs", handshakeTimeoutNs, 1, Long.MAX_VALUE);
        checkRange("drainTimeoutNs", drainTimeoutNs, 0, Long.MAX_VALUE);
        return this;
    }

    private static void checkRange(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + "=" + value + " is out of range: " + least + " to " + most);
        }
    }

    @Override
    public String toString() {
        return "NbdServerContext{exports="
                + exports.stream().map(NbdExport::name).toList()
                + ", socketPath=" + socketPath
                + ", address=" + address
                + ", insecure=" + insecure
                + ", transport=" + transport
                + ", threadCount=" + threadCount
                + ", connectionLimit=" + connectionLimit
                + ", requestLimit=" + requestLimit
                + ", windowLength=" + windowLength
                + ", handshakeTimeoutNs=" + handshakeTimeoutNs
                + ", drainTimeoutNs=" + drainTimeoutNs
                + '}';
    }
}
