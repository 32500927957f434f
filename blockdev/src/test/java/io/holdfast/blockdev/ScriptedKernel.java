package io.holdfast.blockdev;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** A kernel that answers as a test says: first what was scripted, then success; and that remembers what it was asked. */
final class ScriptedKernel implements Kernel {
    static final int FD = 77;

    final Deque<Long> opens = new ArrayDeque<>();
    final Deque<Long> transfers = new ArrayDeque<>();
    final Deque<Long> flushes = new ArrayDeque<>();
    final Deque<Long> fallocates = new ArrayDeque<>();
    final Deque<Long> ioctls = new ArrayDeque<>();
    final Deque<Long> locks = new ArrayDeque<>();
    final Deque<Long> stats = new ArrayDeque<>();
    final List<String> calls = new ArrayList<>();

    /** What {@code statx} says: a regular file of a mebibyte without rules for direct I/O, unless a test changes it. */
    int mode = 0x8000 | 0644;

    long size = 1 << 20;
    int directOffsetAlignment;
    int directMemoryAlignment;
    int openCount;

    @Override
    public int open(String path, int flags) {
        int result = (int) next(opens, FD);
        calls.add("open " + Integer.toHexString(flags));
        openCount += result >= 0 ? 1 : 0;
        return result;
    }

    @Override
    public int close(int fd) {
        openCount--;
        calls.add("close");
        return 0;
    }

    @Override
    public long pread(int fd, long address, long length, long offset) {
        calls.add("pread " + offset + "+" + length);
        return next(transfers, length);
    }

    @Override
    public long pwrite(int fd, long address, long length, long offset) {
        calls.add("pwrite " + offset + "+" + length);
        return next(transfers, length);
    }

    @Override
    public int fdatasync(int fd) {
        calls.add("fdatasync");
        return (int) next(flushes, 0);
    }

    @Override
    public int fallocate(int fd, int mode, long offset, long length) {
        calls.add("fallocate " + mode + " " + offset + "+" + length);
        return (int) next(fallocates, 0);
    }

    @Override
    public int ioctl(int fd, long request, long address) {
        calls.add("ioctl " + Long.toHexString(request));
        return (int) next(ioctls, 0);
    }

    @Override
    public int fcntl(int fd, int command, long address) {
        UnsafeBuffer range = new UnsafeBuffer(0, 0);
        range.wrap(address, 32);
        calls.add("lock " + (range.getShort(0) == 1 ? "exclusive" : "shared"));
        return (int) next(locks, 0);
    }

    @Override
    public int flock(int fd, int operation) {
        calls.add("flock " + operation);
        return (int) next(locks, 0);
    }

    @Override
    public int statx(int fd, int mask, long address) {
        long result = next(stats, 0);
        if (result == 0) {
            UnsafeBuffer stat = new UnsafeBuffer(0, 0);
            stat.wrap(address, 256);
            stat.putInt(0, directOffsetAlignment > 0 ? 0x27FF : 0x7FF);
            stat.putShort(0x1C, (short) mode);
            stat.putLong(0x28, size);
            stat.putInt(0x98, directMemoryAlignment);
            stat.putInt(0x9C, directOffsetAlignment);
        }
        return (int) result;
    }

    private static long next(Deque<Long> script, long otherwise) {
        Long scripted = script.poll();
        return scripted == null ? otherwise : scripted;
    }
}
