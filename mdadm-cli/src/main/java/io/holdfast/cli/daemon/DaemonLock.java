package io.holdfast.cli.daemon;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The right to run an array of some name in some folder. The kernel takes it back when the process ends, however that
 * happens, so whatever else is found there then is a dead daemon's. The file stays: removing it would let two processes lock
 * two files of the same name.
 */
final class DaemonLock implements AutoCloseable {
    private static final int PID_LIMIT = 32;

    private final FileChannel channel;
    private final FileLock lock;

    private DaemonLock(FileChannel channel, FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Take the lock and note the process in it.
     *
     * @param folder of the daemons.
     * @param name   of the array.
     * @param pid    of this process.
     * @return the lock.
     * @throws DaemonException when an array of that name runs already, or the file cannot be had.
     */
    static DaemonLock take(RunFolder folder, String name, long pid) {
        Path path = folder.lock(name);
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                String holder = holder(path);
                channel.close();
                throw new DaemonException(
                        "an array " + name + " is running already" + holder + "; stop it, or choose another name.");
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((pid + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
            return new DaemonLock(channel, lock);
        } catch (IOException e) {
            DaemonException refusal = new DaemonException("cannot lock " + path + ": " + e.getMessage());
            closeQuietly(channel, refusal);
            throw refusal;
        }
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Another daemon in this very process.
            return null;
        }
    }

    private static String holder(Path path) throws IOException {
        byte[] content = Files.readAllBytes(path);
        String pid = content.length > PID_LIMIT ? "" : new String(content, StandardCharsets.US_ASCII).strip();
        return pid.isEmpty() ? "" : " in process " + pid;
    }

    private static void closeQuietly(FileChannel channel, Throwable first) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                first.addSuppressed(e);
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.truncate(0);
            lock.release();
            channel.close();
        } catch (IOException e) {
            throw new DaemonException("cannot release " + channel + ": " + e.getMessage());
        }
    }
}
