package io.holdfast.nbd;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

/** A server that does what a test tells it, right or wrong, to the one client that comes. */
final class ScriptedServer implements AutoCloseable {
    static final int FLAGS_ALL = 0x1 | 0x4 | 0x8 | 0x20 | 0x40;

    private final Path path;
    private final ServerSocketChannel listener;
    private final Thread thread;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** What it does. */
    interface Script {
        void run(Peer peer) throws IOException;
    }

    ScriptedServer(Path folder, Script script) throws IOException {
        path = folder.resolve("scripted.sock");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path));
        thread = new Thread(
                () -> {
                    try (SocketChannel socket = listener.accept()) {
                        script.run(new Peer(socket));
                    } catch (EOFException | ClosedChannelException gone) {
                        // The client had enough.
                    } catch (IOException broken) {
                        if (!String.valueOf(broken.getMessage()).contains("Broken pipe")
                                && !String.valueOf(broken.getMessage()).contains("reset")) {
                            failure.set(broken);
                        }
                    } catch (Throwable t) {
                        failure.set(t);
                    }
                },
                "scripted-server");
        thread.start();
    }

    NbdDeviceContext client() {
        return new NbdDeviceContext().uri(NbdUri.parse("nbd+unix:///disk?socket=" + path));
    }

    @Override
    public void close() throws IOException {
        listener.close();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
        if (failure.get() != null) {
            throw new AssertionError("the script failed", failure.get());
        }
    }

    /** The client, as the server sees it. */
    static final class Peer {
        private final SocketChannel socket;

        Peer(SocketChannel socket) {
            this.socket = socket;
        }

        void send(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                socket.write(bytes);
            }
        }

        ByteBuffer receive(int length) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(length);
            while (bytes.hasRemaining()) {
                if (socket.read(bytes) < 0) {
                    throw new EOFException();
                }
            }
            return bytes.flip();
        }

        /** Until the client hangs up. */
        void drain() throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(4096);
            while (socket.read(bytes.clear()) >= 0) {
                // Whatever it says.
            }
        }

        void greet(int flags) throws IOException {
            send(ByteBuffer.allocate(18)
                    .putLong(HandshakeDescriptor.MAGIC)
                    .putLong(HandshakeDescriptor.OPTION_MAGIC)
                    .putShort((short) flags)
                    .flip());
            receive(4);
        }

        /** Returns the option's number. */
        int receiveOption() throws IOException {
            ByteBuffer header = receive(16);
            receive(header.getInt(12));
            return header.getInt(8);
        }

        void reply(int type, byte[] data) throws IOException {
            send(ByteBuffer.allocate(20 + data.length)
                    .putLong(OptionDescriptor.REPLY_MAGIC)
                    .putInt(OptionDescriptor.GO)
                    .putInt(type)
                    .putInt(data.length)
                    .put(data)
                    .flip());
        }

        void reply(int type, String text) throws IOException {
            reply(type, text.getBytes(StandardCharsets.UTF_8));
        }

        void describe(long length, int flags) throws IOException {
            reply(
                    OptionDescriptor.REPLY_INFO,
                    ByteBuffer.allocate(12)
                            .putShort((short) 0)
                            .putLong(length)
                            .putShort((short) flags)
                            .array());
        }

        void blockSizes(int minimum, int preferred, int maximum) throws IOException {
            reply(
                    OptionDescriptor.REPLY_INFO,
                    ByteBuffer.allocate(14)
                            .putShort((short) 3)
                            .putInt(minimum)
                            .putInt(preferred)
                            .putInt(maximum)
                            .array());
        }

        /** All of a negotiation as it should be. */
        void agree(long length, int flags) throws IOException {
            greet(3);
            receiveOption();
            describe(length, flags);
            reply(OptionDescriptor.REPLY_ACK, new byte[0]);
        }

        Request receiveRequest() throws IOException {
            ByteBuffer header = receive(28);
            int command = header.getShort(6);
            int length = header.getInt(24);
            ByteBuffer payload = command == RequestDescriptor.WRITE ? receive(length) : null;
            return new Request(command, header.getShort(4), header.getLong(8), header.getLong(16), length, payload);
        }

        void answer(int error, long cookie) throws IOException {
            send(ByteBuffer.allocate(16)
                    .putInt(ReplyDescriptor.MAGIC)
                    .putInt(error)
                    .putLong(cookie)
                    .flip());
        }
    }

    /** What the client asked. */
    record Request(int command, int flags, long cookie, long offset, int length, ByteBuffer payload) {}
}
