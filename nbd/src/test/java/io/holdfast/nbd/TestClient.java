package io.holdfast.nbd;

import io.netty.buffer.ByteBuf;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A client on a real socket that waits for every answer it asks for. */
final class TestClient implements AutoCloseable {
    private final SocketChannel socket;
    private long cookie;

    private TestClient(SocketAddress address) {
        try {
            socket = SocketChannel.open(address);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Connected, and nothing more. */
    static TestClient connect(Path socketPath) {
        return new TestClient(UnixDomainSocketAddress.of(socketPath));
    }

    /** Connected, and nothing more. */
    static TestClient connect(int port) {
        return new TestClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Past negotiation, with the first export chosen. */
    TestClient chosen() {
        receive(18);
        send(Wire.clientFlags(3));
        send(Wire.option(1, new byte[0]));
        receive(10);
        return this;
    }

    void send(ByteBuf message) {
        ByteBuffer bytes = message.nioBuffer();
        try {
            while (bytes.hasRemaining()) {
                socket.write(bytes);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    ByteBuffer receive(int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        try {
            while (bytes.hasRemaining()) {
                if (socket.read(bytes) < 0) {
                    throw new EOFException("the server hung up after " + bytes.position() + " bytes");
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return bytes.flip();
    }

    /** The error of the next answer. */
    int receiveError() {
        return receive(16).getInt(4);
    }

    /** Whether the server has hung up. Waits until it says something, or has. */
    boolean isHungUp() {
        try {
            return socket.read(ByteBuffer.allocate(1)) < 0;
        } catch (IOException reset) {
            return true;
        }
    }

    byte[] read(long offset, int length) {
        send(Wire.request(Wire.READ, 0, ++cookie, offset, length));
        expectOk();
        return receive(length).array();
    }

    void write(long offset, byte[] payload) {
        send(Wire.write(0, ++cookie, offset, payload));
        expectOk();
    }

    int command(int command, int flags, long offset, long length) {
        send(Wire.request(command, flags, ++cookie, offset, length));
        return receiveError();
    }

    private void expectOk() {
        ByteBuffer reply = receive(16);
        if (reply.getInt(4) != 0 || reply.getLong(8) != cookie) {
            throw new AssertionError("error=" + reply.getInt(4) + " cookie=" + reply.getLong(8) + " wanted=" + cookie);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
