package io.holdfast.cli.daemon;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Lines of bounded length over a blocking socket. One thread at a time; any thread may close it, which ends a wait. */
final class LineChannel implements AutoCloseable {
    private final SocketChannel channel;
    private final int lineLimit;
    private ByteBuffer input = ByteBuffer.allocate(4096).flip();

    /**
     * Read and write lines.
     *
     * @param channel   connected, blocking; closed with this.
     * @param lineLimit longest line in bytes that is taken.
     */
    LineChannel(SocketChannel channel, int lineLimit) {
        this.channel = channel;
        this.lineLimit = lineLimit;
    }

    /** Somebody sent a line that nobody should. */
    static final class LineTooLongException extends IOException {
        private static final long serialVersionUID = 1L;

        LineTooLongException(int limit) {
            super("a line is longer than " + limit + " bytes");
        }
    }

    /**
     * Wait for a line.
     *
     * @return the line without its end; null at the end of the stream, where half a line counts for nothing.
     * @throws IOException when the socket fails or the line is too long.
     */
    String read() throws IOException {
        int scanned = 0;
        while (true) {
            for (; scanned < input.remaining(); scanned++) {
                if (input.get(input.position() + scanned) == '\n') {
                    byte[] line = new byte[scanned];
                    input.get(line);
                    input.get();
                    return new String(line, StandardCharsets.UTF_8);
                }
            }
            if (scanned > lineLimit) {
                throw new LineTooLongException(lineLimit);
            }
            input.compact();
            if (!input.hasRemaining()) {
                ByteBuffer larger = ByteBuffer.allocate(input.capacity() * 2);
                input.flip();
                larger.put(input);
                input = larger;
            }
            int count = channel.read(input);
            input.flip();
            if (count < 0) {
                return null;
            }
        }
    }

    /**
     * Send a line and wait until the kernel has it.
     *
     * @param line without its end.
     * @throws IOException when the socket fails, or nobody is there any more.
     */
    void write(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
