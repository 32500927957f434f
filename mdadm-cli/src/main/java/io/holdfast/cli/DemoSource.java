package io.holdfast.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The bytes of a file, or of all files of a folder one after the other, as one long run. Not thread-safe. */
final class DemoSource implements AutoCloseable {
    private final List<Path> files = new ArrayList<>();
    private final List<Long> starts = new ArrayList<>();
    private final long length;
    private FileChannel channel;
    private int channelIndex = -1;

    /**
     * Find the files.
     *
     * @param path of a file or folder.
     * @throws IOException when they cannot be listed.
     */
    DemoSource(Path path) throws IOException {
        long end = 0;
        try (Stream<Path> found = Files.walk(path)) {
            for (Path file : found.filter(Files::isRegularFile).sorted().toList()) {
                long size = Files.size(file);
                if (size > 0 && Files.isReadable(file)) {
                    files.add(file);
                    starts.add(end);
                    end += size;
                }
            }
        }
        length = end;
    }

    /** Bytes in the run. */
    long length() {
        return length;
    }

    /** How many files there are. */
    int fileCount() {
        return files.size();
    }

    /**
     * Read a part of the run.
     *
     * @param target filled from its position to its limit, or to the end of the run.
     * @param offset in the run.
     * @throws IOException when a file cannot be read, or has become shorter.
     */
    void read(ByteBuffer target, long offset) throws IOException {
        long at = offset;
        int index = indexOf(at);
        while (target.hasRemaining() && at < length) {
            long end = index + 1 < starts.size() ? starts.get(index + 1) : length;
            if (at == end) {
                index++;
                continue;
            }
            open(index);
            int limit = target.limit();
            target.limit((int) Math.min(limit, target.position() + (end - at)));
            int count = channel.read(target, at - starts.get(index));
            target.limit(limit);
            if (count < 0) {
                throw new IOException(files.get(index) + ": became shorter while it was read");
            }
            at += count;
        }
    }

    private int indexOf(long offset) {
        int index = 0;
        while (index + 1 < starts.size() && starts.get(index + 1) <= offset) {
            index++;
        }
        return index;
    }

    private void open(int index) throws IOException {
        if (channelIndex != index) {
            close();
            channel = FileChannel.open(files.get(index), StandardOpenOption.READ);
            channelIndex = index;
        }
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
            channel = null;
            channelIndex = -1;
        }
    }
}
