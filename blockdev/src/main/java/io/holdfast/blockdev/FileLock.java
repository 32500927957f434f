package io.holdfast.blockdev;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Ownership of a regular file: one writer, or any number of readers, among all processes that ask the same way.
 *
 * <p>The lock belongs to the open file description, so it goes when the file is closed or the process dies, however it
 * dies, and a second opening within one process is refused too. Filesystems without such locks get {@code flock}, and
 * those without that either are left to the operator's care, with a warning by the caller.
 */
final class FileLock {
    /** How asking for the lock ended. */
    enum Outcome {
        HELD,
        IN_USE,
        UNAVAILABLE
    }

    private static final int F_OFD_SETLK = 37;
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final int LOCK_SH = 1;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;

    /** {@code struct flock}: type, whence, 4 bytes unused, start, length (0: to the end), process (0 for these locks). */
    private static final int FLOCK_LENGTH = 32;

    private FileLock() {}

    /**
     * Ask for the lock, without waiting.
     *
     * @param kernel   to ask.
     * @param fd       of the file.
     * @param isShared whether other readers may have it too.
     * @return how that ended.
     */
    static Outcome take(Kernel kernel, int fd, boolean isShared) {
        UnsafeBuffer range = BufferSlab.allocate(FLOCK_LENGTH);
        range.putShort(0, isShared ? F_RDLCK : F_WRLCK);
        int result = kernel.fcntl(fd, F_OFD_SETLK, range.addressOffset());
        if (result == -Errno.EINVAL || result == -Errno.ENOLCK || result == -Errno.EOPNOTSUPP) {
            result = kernel.flock(fd, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB);
        }
        if (result >= 0) {
            return Outcome.HELD;
        }
        return result == -Errno.EAGAIN || result == -Errno.EACCES ? Outcome.IN_USE : Outcome.UNAVAILABLE;
    }
}
