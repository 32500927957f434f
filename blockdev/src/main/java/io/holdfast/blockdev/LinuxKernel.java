package io.holdfast.blockdev;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/** The kernel of this machine, called through jnr-ffi. Loading this class loads native code. */
final class LinuxKernel implements Kernel {
    /** The only instance there need be. */
    static final LinuxKernel INSTANCE = new LinuxKernel();

    private static final int AT_EMPTY_PATH = 0x1000;

    private final LibC libc;
    private final Runtime runtime;

    private LinuxKernel() {
        libc = LibraryLoader.create(LibC.class).load("c");
        runtime = Runtime.getRuntime(libc);
    }

    @Override
    public int open(String path, int flags) {
        return (int) result(libc.open(path, flags, 0));
    }

    @Override
    public int close(int fd) {
        return (int) result(libc.close(fd));
    }

    @Override
    public long pread(int fd, long address, long length, long offset) {
        return result(libc.pread(fd, address, length, offset));
    }

    @Override
    public long pwrite(int fd, long address, long length, long offset) {
        return result(libc.pwrite(fd, address, length, offset));
    }

    @Override
    public int fdatasync(int fd) {
        return (int) result(libc.fdatasync(fd));
    }

    @Override
    public int fallocate(int fd, int mode, long offset, long length) {
        return (int) result(libc.fallocate(fd, mode, offset, length));
    }

    @Override
    public int ioctl(int fd, long request, long address) {
        return (int) result(libc.ioctl(fd, request, address));
    }

    @Override
    public int fcntl(int fd, int command, long address) {
        return (int) result(libc.fcntl(fd, command, address));
    }

    @Override
    public int flock(int fd, int operation) {
        return (int) result(libc.flock(fd, operation));
    }

    @Override
    public int statx(int fd, int mask, long address) {
        return (int) result(libc.statx(fd, "", AT_EMPTY_PATH, mask, address));
    }

    private long result(long returned) {
        return returned >= 0 ? returned : -runtime.getLastError();
    }

    /**
     * The C library's own signatures. A Java {@code long} stands for C's {@code long}, {@code size_t}, {@code off_t} and
     * pointers alike, all of 64 bits on the machines we run on. Public because jnr-ffi implements it from another loader.
     */
    public interface LibC {
        /** See open(2). */
        int open(String path, int flags, int mode);

        /** See close(2). */
        int close(int fd);

        /** See pread(2). */
        long pread(int fd, long address, long length, long offset);

        /** See pwrite(2). */
        long pwrite(int fd, long address, long length, long offset);

        /** See fdatasync(2). */
        int fdatasync(int fd);

        /** See fallocate(2). */
        int fallocate(int fd, int mode, long offset, long length);

        /** See ioctl(2). */
        int ioctl(int fd, long request, long address);

        /** See fcntl(2). */
        int fcntl(int fd, int command, long address);

        /** See flock(2). */
        int flock(int fd, int operation);

        /** See statx(2). */
        int statx(int directory, String path, int flags, int mask, long address);
    }
}
