package io.holdfast.blockdev;

/**
 * The few system calls that files and block devices need.
 *
 * <p>Every call returns what the kernel does: the result, or an error number negated, exactly as io_uring reports it, so
 * that one set of rules ({@link KernelResult}) judges both. Tests put a scripted kernel here. Thread-safe.
 */
interface Kernel {
    /** {@code open(2)}; returns a file descriptor. */
    int open(String path, int flags);

    /** {@code close(2)}. */
    int close(int fd);

    /** {@code pread(2)} into raw memory. */
    long pread(int fd, long address, long length, long offset);

    /** {@code pwrite(2)} from raw memory. */
    long pwrite(int fd, long address, long length, long offset);

    /** {@code fdatasync(2)}. */
    int fdatasync(int fd);

    /** {@code fallocate(2)}. */
    int fallocate(int fd, int mode, long offset, long length);

    /** {@code ioctl(2)} with a pointer argument. */
    int ioctl(int fd, long request, long address);

    /** {@code fcntl(2)} with a pointer argument. */
    int fcntl(int fd, int command, long address);

    /** {@code flock(2)}. */
    int flock(int fd, int operation);

    /** {@code statx(2)} of an open file. */
    int statx(int fd, int mask, long address);
}
