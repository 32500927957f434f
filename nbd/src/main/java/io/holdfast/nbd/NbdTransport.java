package io.holdfast.nbd;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Locale;

/** How sockets reach the kernel, best first. Each serves unix and TCP sockets alike. */
public enum NbdTransport {
    /** One ring for each thread: fewest system calls, where the kernel has it and lets us. */
    IO_URING,
    /** Linux's readiness calls through a native library. */
    EPOLL,
    /** The JDK's own, everywhere. */
    NIO;

    /**
     * The first of the transports that works here.
     *
     * @return never null: {@link #NIO} always does.
     */
    public static NbdTransport best() {
        for (NbdTransport transport : values()) {
            if (transport.isAvailable()) {
                return transport;
            }
        }
        throw new IllegalStateException("no transport at all");
    }

    /**
     * The transport of a name.
     *
     * @param name {@code io_uring}, {@code epoll} or {@code nio}, in any case, or {@code auto} for the best.
     * @return the transport, which may not be available.
     * @throws IllegalArgumentException when there is none of that name.
     */
    public static NbdTransport of(String name) {
        if (name.equalsIgnoreCase("auto")) {
            return best();
        }
        for (NbdTransport transport : values()) {
            if (transport.name().equalsIgnoreCase(name)) {
                return transport;
            }
        }
        throw new IllegalArgumentException("transport=" + name + ": must be io_uring, epoll, nio or auto");
    }

    /** Whether it works on this machine. */
    public boolean isAvailable() {
        return unavailability() == null;
    }

    /**
     * Why it does not work on this machine.
     *
     * @return null when it does.
     */
    public Throwable unavailability() {
        return switch (this) {
            case IO_URING -> IoUring.isAvailable() ? null : IoUring.unavailabilityCause();
            case EPOLL -> Epoll.isAvailable() ? null : Epoll.unavailabilityCause();
            case NIO -> null;
        };
    }

    IoHandlerFactory handlers() {
        return switch (this) {
            case IO_URING -> IoUringIoHandler.newFactory();
            case EPOLL -> EpollIoHandler.newFactory();
            case NIO -> NioIoHandler.newFactory();
        };
    }

    Class<? extends ServerChannel> serverChannel(boolean isUnix) {
        return switch (this) {
            case IO_URING -> isUnix ? IoUringServerDomainSocketChannel.class : IoUringServerSocketChannel.class;
            case EPOLL -> isUnix ? EpollServerDomainSocketChannel.class : EpollServerSocketChannel.class;
            case NIO -> isUnix ? NioServerDomainSocketChannel.class : NioServerSocketChannel.class;
        };
    }

    Class<? extends Channel> clientChannel(boolean isUnix) {
        return switch (this) {
            case IO_URING -> isUnix ? IoUringDomainSocketChannel.class : IoUringSocketChannel.class;
            case EPOLL -> isUnix ? EpollDomainSocketChannel.class : EpollSocketChannel.class;
            case NIO -> isUnix ? NioDomainSocketChannel.class : NioSocketChannel.class;
        };
    }

    SocketAddress unixAddress(Path path) {
        return this == NIO ? UnixDomainSocketAddress.of(path) : new DomainSocketAddress(path.toString());
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
