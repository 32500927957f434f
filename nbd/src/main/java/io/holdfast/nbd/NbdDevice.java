package io.holdfast.nbd;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.MutableDirectBuffer;

/**
 * An export of an NBD server, as a block device.
 *
 * <p>Reads, writes, flushes, trims and zeroes over one connection, many in flight; what the server cannot do is done in
 * another way where there is one: zeroes that it cannot make are sent, and without a flush every write is forced. A server that
 * can do neither promises nothing, and a flush is {@link IoStatus#UNSUPPORTED}.
 *
 * <p>A connection that breaks, a server that does not keep to the protocol, and one that owes answers and stays silent end
 * everything under way: {@link IoStatus#GONE}, or {@link IoStatus#TIMED_OUT} for silence; later operations are
 * {@link IoStatus#GONE}. It is not connected again. Logical blocks are 512 bytes or the server's minimum. What a torn request
 * leaves is up to the server. Thread-safe but for its channels.
 */
public final class NbdDevice implements BlockDevice {
    private static final WriteBufferWaterMark SEND_MARK = new WriteBufferWaterMark(1 << 20, 4 << 20);

    private static final int LEAVE_TIMEOUT_SECONDS = 5;

    private final String name;
    private final ClientExport export;
    private final DeviceGeometry geometry;
    private final boolean isReadOnly;
    private final boolean forcesWrites;
    private final EventLoopGroup group;
    private final Channel channel;
    private final ClientConnection connection;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private NbdDevice(
            String name, ClientExport export, EventLoopGroup group, Channel channel, ClientConnection connection) {
        this.name = name;
        this.export = export;
        this.geometry = export.geometry();
        this.isReadOnly = export.can(RequestDescriptor.EXPORT_READ_ONLY);
        this.forcesWrites = !export.can(RequestDescriptor.EXPORT_FLUSH) && export.can(RequestDescriptor.EXPORT_FUA);
        this.group = group;
        this.channel = channel;
        this.connection = connection;
    }

    /**
     * Connect with the usual settings.
     *
     * @param uri of the export.
     * @return the device.
     * @throws DeviceException when it cannot be had, saying why.
     */
    public static NbdDevice open(NbdUri uri) {
        return open(new NbdDeviceContext().uri(uri));
    }

    /**
     * Connect.
     *
     * @param context settings.
     * @return the device.
     * @throws IllegalArgumentException when a setting is impossible, naming it.
     * @throws DeviceException          when it cannot be had, saying why.
     */
    public static NbdDevice open(NbdDeviceContext context) {
        NbdDeviceContext settings = context.conclude();
        String name = settings.uri().toString();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("nbd-client"), settings.transport().handlers());
        try {
            return connect(name, settings, group);
        } catch (RuntimeException failure) {
            shutDown(group);
            throw failure;
        }
    }

    private static NbdDevice connect(String name, NbdDeviceContext settings, EventLoopGroup group) {
        String problem = null;
        for (SocketAddress address : addresses(name, settings)) {
            ClientConnection connection = new ClientConnection(name, settings);
            Bootstrap bootstrap = new Bootstrap()
                    .group(group)
                    .channel(settings.transport().clientChannel(settings.uri().socketPath() != null))
                    .option(ChannelOption.WRITE_BUFFER_WATER_MARK, SEND_MARK)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                            Math.min(Integer.MAX_VALUE, settings.handshakeTimeoutNs() / 1_000_000 + 1))
                    .handler(connection);
            if (settings.uri().socketPath() == null) {
                bootstrap.option(ChannelOption.TCP_NODELAY, true).option(ChannelOption.SO_KEEPALIVE, true);
            }
            ChannelFuture connected = bootstrap.connect(address).awaitUninterruptibly();
            if (connected.isSuccess()) {
                ClientExport export = negotiated(name, settings, connection);
                return new NbdDevice(name, export, group, connected.channel(), connection);
            }
            problem = explain(connected.cause());
        }
        throw new DeviceException(name, IoStatus.GONE, "cannot connect to " + name + ": " + problem);
    }

    /** What the kernel said, without the name of the call that said it. */
    private static String explain(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (message != null && !message.isBlank()) {
                return message.substring(message.lastIndexOf("): ") < 0 ? 0 : message.lastIndexOf("): ") + 3);
            }
        }
        return failure.getClass().getSimpleName();
    }

    private static ClientExport negotiated(String name, NbdDeviceContext settings, ClientConnection connection) {
        try {
            // The connection itself keeps the time; twice that is a bug of ours.
            return connection.ready().get(2 * settings.handshakeTimeoutNs(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new DeviceException(
                    name,
                    IoStatus.GONE,
                    "cannot open " + name + ": the server " + e.getCause().getMessage());
        } catch (TimeoutException e) {
            throw new IllegalStateException("a connection neither succeeded nor failed: device=" + name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeviceException(name, IoStatus.GONE, "cannot open " + name + ": interrupted");
        }
    }

    private static List<SocketAddress> addresses(String name, NbdDeviceContext settings) {
        NbdUri uri = settings.uri();
        if (uri.socketPath() != null) {
            try {
                Path path = Path.of(uri.socketPath());
                if (!Files.exists(path)) {
                    throw new DeviceException(
                            name, IoStatus.GONE, "cannot connect to " + name + ": there is no socket " + path);
                }
                return List.of(settings.transport().unixAddress(path));
            } catch (InvalidPathException e) {
                throw new DeviceException(name, IoStatus.GONE, "cannot connect to " + name + ": " + e.getMessage());
            }
        }
        try {
            List<SocketAddress> addresses = new ArrayList<>();
            for (InetAddress address : InetAddress.getAllByName(uri.host())) {
                addresses.add(new InetSocketAddress(address, uri.port()));
            }
            return addresses;
        } catch (UnknownHostException e) {
            throw new DeviceException(
                    name, IoStatus.GONE, "cannot connect to " + name + ": no host is known by the name " + uri.host());
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DeviceGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean isReadOnly() {
        return isReadOnly;
    }

    /** Whether one write can be made durable by itself. */
    public boolean hasDurableWrites() {
        return export.can(RequestDescriptor.EXPORT_FUA);
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        if (isClosed.get()) {
            throw closed();
        }
        return new NbdChannel(this, loop, capacity);
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        checkTransfer(offset, buffer, index, length);
        run("read", RequestDescriptor.READ, offset, buffer, index, length);
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        checkTransfer(offset, buffer, index, length);
        run("write", RequestDescriptor.WRITE, offset, buffer, index, length);
    }

    @Override
    public void flush() {
        run("flush", RequestDescriptor.FLUSH, 0, null, 0, 0);
    }

    @Override
    public void writeZeroes(long offset, long length) {
        geometry.checkRange(offset, length);
        run("write zeroes", RequestDescriptor.WRITE_ZEROES, offset, null, 0, length);
    }

    private void run(String what, int command, long offset, MutableDirectBuffer buffer, int index, long length) {
        CountDownLatch done = new CountDownLatch(1);
        ClientOperation operation =
                new ClientOperation(ended -> done.countDown()).set(command, offset, buffer, index, length);
        IoStatus status = earlyStatus(operation);
        if (status == null) {
            execute(() -> {
                connection.submit(operation);
                connection.pump();
            });
            await(done);
            status = operation.status();
        }
        if (status != IoStatus.OK) {
            throw new DeviceException(
                    name,
                    status,
                    name + ": cannot " + what + " offset=" + offset + " length=" + length + ": " + explain(status));
        }
    }

    /** The memory is in use until the operation has ended, so an interrupt cannot cut the wait short. */
    private static void await(CountDownLatch done) {
        boolean wasInterrupted = false;
        while (true) {
            try {
                done.await();
                break;
            } catch (InterruptedException e) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static String explain(IoStatus status) {
        return switch (status) {
            case OK -> "all is well";
            case MEDIA_ERROR -> "the server reported an I/O error";
            case NO_SPACE -> "the server has no space left";
            case GONE -> "the connection to the server is lost";
            case TIMED_OUT -> "the server did not answer in time";
            case READ_ONLY -> "the export is read-only";
            case UNSUPPORTED -> "the server cannot do this";
        };
    }

    // ---- for channels ----

    ClientConnection connection() {
        return connection;
    }

    void checkTransfer(long offset, MutableDirectBuffer buffer, int index, int length) {
        geometry.checkRange(offset, length);
        buffer.boundsCheck(index, length);
        if (buffer.byteArray() != null) {
            throw new IllegalArgumentException("a device moves bytes from and to off-heap memory only: " + buffer);
        }
    }

    /** How an operation ends that the server need not or cannot be asked for; null for all others. */
    IoStatus earlyStatus(ClientOperation operation) {
        int command = operation.command();
        if (command == RequestDescriptor.FLUSH) {
            if (export.can(RequestDescriptor.EXPORT_FLUSH)) {
                return null;
            }
            return isReadOnly || forcesWrites ? IoStatus.OK : IoStatus.UNSUPPORTED;
        }
        if (command != RequestDescriptor.READ && isReadOnly) {
            return IoStatus.READ_ONLY;
        }
        if (operation.isEmpty()) {
            return IoStatus.OK;
        }
        if (command == RequestDescriptor.TRIM && !export.can(RequestDescriptor.EXPORT_TRIM)) {
            return IoStatus.UNSUPPORTED;
        }
        if (forcesWrites && command != RequestDescriptor.READ) {
            operation.isDurable(true);
        }
        return null;
    }

    /** Run on the connection's event loop. */
    void execute(Runnable task) {
        try {
            channel.eventLoop().execute(task);
        } catch (RejectedExecutionException e) {
            IllegalStateException closed = closed();
            closed.addSuppressed(e);
            throw closed;
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("device is closed: name=" + name);
    }

    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            execute(connection::leave);
            // A server that no longer takes anything is not waited for.
            channel.closeFuture().awaitUninterruptibly(LEAVE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            shutDown(group);
        }
    }

    private static void shutDown(EventLoopGroup group) {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Override
    public String toString() {
        return "NbdDevice{name=" + name + " geometry=" + geometry + " isReadOnly=" + isReadOnly + "}";
    }
}
