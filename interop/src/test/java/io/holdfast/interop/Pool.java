package io.holdfast.interop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * One sparse image file in which the members of many arrays lie side by side, so that one guest can work on all of them: a
 * guest takes sixteen images at most, and its loop devices as many slices of one as we like.
 */
final class Pool implements AutoCloseable {
    private static final long ALIGNMENT = 1 << 20;
    private static final int COPY_LENGTH = 1 << 20;

    private final Path path;
    private final FileChannel channel;
    private final List<Slice> slices = new ArrayList<>();
    private long end;

    /**
     * Make an empty pool.
     *
     * @param path of an image that does not exist yet.
     */
    Pool(Path path) throws IOException {
        this.path = path;
        channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** A range of the pool that the guest sees as a device. */
    record Slice(int number, long offset, long length) {
        /** The device in the guest. */
        String device() {
            return "/dev/loop" + number;
        }

        /** The device's name in the guest's sysfs. */
        String kernelName() {
            return "loop" + number;
        }
    }

    /** The image, to be given to the guest as its first. */
    Path path() {
        return path;
    }

    /** Set a new range aside; it reads as zeroes. */
    Slice allocate(long length) throws IOException {
        Slice slice = new Slice(slices.size() + 1, end, length);
        slices.add(slice);
        end += (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (channel.size() < end) {
            channel.write(ByteBuffer.allocate(1), end - 1);
        }
        return slice;
    }

    /** Set a new range aside and fill it with a file's content. */
    Slice allocate(Path content) throws IOException {
        try (FileChannel from = FileChannel.open(content, StandardOpenOption.READ)) {
            Slice slice = allocate(from.size());
            copy(from, 0, channel, slice.offset(), slice.length());
            return slice;
        }
    }

    /** The shell commands that give the guest these slices. */
    static String attach(List<Slice> slices) {
        StringBuilder script = new StringBuilder();
        for (Slice slice : slices) {
            script.append("slice %d %d %d%n".formatted(slice.number(), slice.offset(), slice.length()));
        }
        return script.toString();
    }

    /** The content of a slice. */
    byte[] read(Slice slice) throws IOException {
        byte[] content = new byte[Math.toIntExact(slice.length())];
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, slice.offset() + buffer.position()) < 0) {
                break; // A file's end is a hole: zeroes.
            }
        }
        return content;
    }

    /** Overwrite a slice. */
    void write(Slice slice, byte[] content) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
            channel.write(buffer, slice.offset() + buffer.position());
        }
    }

    /** Copy a slice to a file of its own. */
    void extract(Slice slice, Path to) throws IOException {
        try (FileChannel target = FileChannel.open(
                to, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            copy(channel, slice.offset(), target, 0, slice.length());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Copies what is not zero, so that holes stay holes. */
    private static void copy(FileChannel from, long fromOffset, FileChannel to, long toOffset, long length)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(COPY_LENGTH);
        for (long done = 0; done < length; ) {
            buffer.clear().limit((int) Math.min(COPY_LENGTH, length - done));
            int count = from.read(buffer, fromOffset + done);
            if (count < 0) {
                throw new IOException("ended early at offset=" + (fromOffset + done));
            }
            buffer.flip();
            boolean isLast = done + count == length;
            for (long at = toOffset + done; buffer.hasRemaining() && (isLast || !isZero(buffer)); ) {
                at += to.write(buffer, at);
            }
            done += count;
        }
    }

    private static boolean isZero(ByteBuffer buffer) {
        for (int i = buffer.position(); i < buffer.limit(); i++) {
            if (buffer.get(i) != 0) {
                return false;
            }
        }
        return true;
    }
}
