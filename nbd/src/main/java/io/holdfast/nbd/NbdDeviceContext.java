package io.holdfast.nbd;

import java.util.Objects;

/** What an {@link NbdDevice} is opened with. Hand it over and do not change it afterwards. */
public final class NbdDeviceContext {
    /** Requests in flight unless told otherwise. */
    public static final int REQUEST_LIMIT_DEFAULT = 64;

    /** How long connecting and choosing the export may take: 30 seconds. */
    public static final long HANDSHAKE_TIMEOUT_NS_DEFAULT = 30_000_000_000L;

    /** How long a server that owes answers may stay silent: 60 seconds. */
    public static final long SILENCE_LIMIT_NS_DEFAULT = 60_000_000_000L;

    private static final int REQUEST_LIMIT_LIMIT = 4096;

    private NbdUri uri;
    private NbdTransport transport;
    private int requestLimit = REQUEST_LIMIT_DEFAULT;
    private long handshakeTimeoutNs = HANDSHAKE_TIMEOUT_NS_DEFAULT;
    private long silenceLimitNs = SILENCE_LIMIT_NS_DEFAULT;

    /** Defaults, and no address. */
    public NbdDeviceContext() {}

    /** Where the export is; required. */
    public NbdDeviceContext uri(NbdUri value) {
        uri = value;
        return this;
    }

    /** How the socket reaches the kernel; default as the property {@code holdfast.nbd.transport} says. */
    public NbdDeviceContext transport(NbdTransport value) {
        transport = value;
        return this;
    }

    /** Requests in flight at once, 1 to 4096; further operations wait. */
    public NbdDeviceContext requestLimit(int value) {
        requestLimit = value;
        return this;
    }

    /** How long connecting and choosing the export may take, in nanoseconds. */
    public NbdDeviceContext handshakeTimeoutNs(long value) {
        handshakeTimeoutNs = value;
        return this;
    }

    /** How long a server that owes answers may send nothing before it is given up, in nanoseconds. */
    public NbdDeviceContext silenceLimitNs(long value) {
        silenceLimitNs = value;
        return this;
    }

    NbdUri uri() {
        return uri;
    }

    NbdTransport transport() {
        return transport;
    }

    int requestLimit() {
        return requestLimit;
    }

    long handshakeTimeoutNs() {
        return handshakeTimeoutNs;
    }

    long silenceLimitNs() {
        return silenceLimitNs;
    }

    NbdDeviceContext conclude() {
        Objects.requireNonNull(uri, "uri");
        if (transport == null) {
            transport = NbdTransport.of(NbdServerContext.Configuration.transport());
        }
        if (!transport.isAvailable()) {
            throw new IllegalArgumentException(
                    "transport=" + transport + ": not available on this machine: " + transport.unavailability());
        }
        if (requestLimit < 1 || requestLimit > REQUEST_LIMIT_LIMIT) {
            throw new IllegalArgumentException("requestLimit=" + requestLimit + ": must be 1 to 4096");
        }
        if (handshakeTimeoutNs < 1 || silenceLimitNs < 1) {
            throw new IllegalArgumentException("handshakeTimeoutNs=" + handshakeTimeoutNs + " silenceLimitNs="
                    + silenceLimitNs + ": times must be positive");
        }
        return this;
    }
}
