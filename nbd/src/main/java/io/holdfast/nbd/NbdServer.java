package io.holdfast.nbd;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves exports to NBD clients, on a unix socket or on loopback TCP.
 *
 * <p>Fixed newstyle negotiation with simple replies; read, write, flush, trim, write-zeroes and force-unit-access; requests
 * of any alignment up to 32 MiB. Clients may use several connections at once: an export's flush covers what was answered
 * on any of them, see {@link NbdExport}.
 *
 * <p>The exports, and the arrays behind them, stay their owners': close the server first, then the array. Thread-safe.
 */
public final class NbdServer implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(NbdServer.class);
    private static final int LARGEST_RECEIVE_LENGTH = 256 * 1024;

    private final NbdServerContext context;
    private final ExportTable exports;
    private final Set<NbdConnection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final EventLoopGroup loops;
    private final Channel listener;

    private NbdServer(NbdServerContext context) {
        this.context = context.conclude();
        exports = new ExportTable(context.exports());
        loops = new MultiThreadIoEventLoopGroup(
                context.threadCount(),
                new DefaultThreadFactory("nbd"),
                context.transport().handlers());
        try {
            listener = listen();
        } catch (RuntimeException failure) {
            shutDownLoops();
            throw failure;
        }
        LOGGER.info("serving over NBD: {} transport={}", uri(), context.transport());
    }

    /**
     * Listen, and serve whoever comes.
     *
     * @param context names the exports and the address.
     * @return the running server.
     * @throws IllegalArgumentException when a setting is impossible, naming it.
     * @throws UncheckedIOException     when the address cannot be had, naming it.
     */
    public static NbdServer start(NbdServerContext context) {
        return new NbdServer(context);
    }

    private Channel listen() {
        Path path = context.socketPath();
        if (path != null) {
            removeStaleSocket(path);
        }
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(context.transport().serverChannel(path != null))
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(512, 16 * 1024, LARGEST_RECEIVE_LENGTH))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel);
                    }
                });
        if (path == null) {
            bootstrap
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childOption(ChannelOption.SO_KEEPALIVE, true);
        }
        ChannelFuture bound = bootstrap
                .bind(path == null ? context.address() : context.transport().unixAddress(path))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new UncheckedIOException(
                    "cannot listen on " + (path == null ? context.address() : path) + ": "
                            + bound.cause().getMessage(),
                    new IOException(bound.cause()));
        }
        if (path != null) {
            keepToOwner(path, bound.channel());
        }
        return bound.channel();
    }

    /** A socket outlives a server that was killed, and would be in the way of the next; one that answers is in use. */
    private static void removeStaleSocket(Path path) {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!isSocketOrTheLike(path)) {
            throw new UncheckedIOException(new IOException("cannot listen on " + path
                    + ": there is something else of that name; remove it or choose another"));
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw new UncheckedIOException(
                    new IOException("cannot listen on " + probe.getRemoteAddress() + ": another server does already"));
        } catch (ConnectException nobodyThere) {
            deleteSocket(path);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot listen on " + path + ": " + failure.getMessage(), failure);
        }
    }

    private static boolean isSocketOrTheLike(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot listen on " + path + ": " + failure.getMessage(), failure);
        }
    }

    private static void keepToOwner(Path path, Channel channel) {
        try {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException failure) {
            channel.close().awaitUninterruptibly();
            deleteSocket(path);
            throw new UncheckedIOException("cannot keep " + path + " to its owner: " + failure.getMessage(), failure);
        }
    }

    private static void deleteSocket(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove the old socket " + path, failure);
        }
    }

    // Closing and resting cannot fail in a way that anyone would have to hear of.
    @SuppressWarnings("FutureReturnValueIgnored")
    private void accept(Channel channel) {
        if (isClosed.get() || connections.size() >= context.connectionLimit()) {
            LOGGER.warn(
                    "client turned away: connections={} connectionLimit={}",
                    connections.size(),
                    context.connectionLimit());
            channel.close();
            return;
        }
        NbdConnection connection = new NbdConnection(
                exports,
                context.requestLimit(),
                context.windowLength(),
                context.handshakeTimeoutNs(),
                context.errorHandler());
        channel.pipeline().addLast(connection);
        connections.add(connection);
        connection.rest().thenRun(() -> connections.remove(connection));
    }

    /** Where the server listens; on TCP with the port it got. */
    public String uri() {
        return uri(context.exports().get(0).name());
    }

    /**
     * What a client is given to reach an export.
     *
     * @param exportName as it was given to the server.
     * @return a URI in the form that NBD clients share.
     */
    public String uri(String exportName) {
        String name = URLEncoder.encode(exportName, StandardCharsets.UTF_8).replace("+", "%20");
        if (context.socketPath() != null) {
            String path = URLEncoder.encode(context.socketPath().toString(), StandardCharsets.UTF_8)
                    .replace("+", "%20")
                    .replace("%2F", "/");
            return "nbd+unix:///" + name + "?socket=" + path;
        }
        InetSocketAddress bound = (InetSocketAddress) listener.localAddress();
        String host = bound.getAddress().getHostAddress();
        return "nbd://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + bound.getPort() + "/" + name;
    }

    /** The TCP port the server got, or -1 on a unix socket. */
    public int port() {
        return context.socketPath() == null ? ((InetSocketAddress) listener.localAddress()).getPort() : -1;
    }

    /** Clients connected now. */
    public int connectionCount() {
        return connections.size();
    }

    /**
     * Stop listening, answer the requests that are under way, and hang up. A request that comes after that is never begun.
     * Idempotent. Waits no longer than the drain timeout for exports and for clients that do not take their answers.
     */
    @Override
    public void close() {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        listener.close().awaitUninterruptibly();
        if (context.socketPath() != null) {
            deleteSocket(context.socketPath());
        }
        List<NbdConnection> open = List.copyOf(connections);
        open.forEach(NbdConnection::shutDown);
        CompletableFuture<Void> rest =
                CompletableFuture.allOf(open.stream().map(NbdConnection::rest).toArray(CompletableFuture<?>[]::new));
        try {
            rest.get(context.drainTimeoutNs(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            LOGGER.warn("closing with requests under way: connections={}", connections.size());
            open.forEach(NbdConnection::close);
        } catch (InterruptedException interrupted) {
            open.forEach(NbdConnection::close);
            Thread.currentThread().interrupt();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("a connection's rest cannot fail", impossible);
        } finally {
            shutDownLoops();
        }
    }

    private void shutDownLoops() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
