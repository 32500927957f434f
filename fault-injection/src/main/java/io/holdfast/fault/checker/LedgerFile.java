package io.holdfast.fault.checker;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A ledger in a file. It should lie where the interruption does not reach: on another machine, or at least another disk.
 * Not a {@code FileChannel}, which an interrupted thread would close.
 */
public final class LedgerFile implements LedgerStore {
    private static final int TRANSFER_LENGTH = 1 << 16;

    private final Path path;
    private final RandomAccessFile file;
    private final byte[] transfer = new byte[TRANSFER_LENGTH];

    /**
     * Open a file, or make it.
     *
     * @param path of the file.
     * @throws LedgerException when it cannot be had.
     */
    public LedgerFile(Path path) {
        this.path = path;
        try {
            file = new RandomAccessFile(path.toFile(), "rw");
            file.seek(file.length());
        } catch (IOException e) {
            throw failure("opened", e);
        }
    }

    @Override
    public void read(ByteBuffer target, long offset) {
        try {
            file.seek(offset);
            while (target.hasRemaining()) {
                int count = file.read(transfer, 0, Math.min(transfer.length, target.remaining()));
                if (count < 0) {
                    break;
                }
                target.put(transfer, 0, count);
            }
            file.seek(file.length());
        } catch (IOException e) {
            throw failure("read", e);
        }
    }

    @Override
    public long length() {
        try {
            return file.length();
        } catch (IOException e) {
            throw failure("measured", e);
        }
    }

    @Override
    public void truncate(long length) {
        try {
            file.setLength(length);
            file.seek(length);
        } catch (IOException e) {
            throw failure("cut", e);
        }
    }

    @Override
    public void append(ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                int count = Math.min(transfer.length, bytes.remaining());
                bytes.get(transfer, 0, count);
                file.write(transfer, 0, count);
            }
        } catch (IOException e) {
            throw failure("written", e);
        }
    }

    @Override
    public void sync() {
        try {
            file.getFD().sync();
        } catch (IOException e) {
            throw failure("made durable", e);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw failure("closed", e);
        }
    }

    private LedgerException failure(String what, IOException cause) {
        return new LedgerException("the ledger " + path + " cannot be " + what + ": " + cause.getMessage(), cause);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
