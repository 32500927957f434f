package io.holdfast.blockdev;

/** Linux error numbers that a device may answer with, and what each means here. The numbers are those of x86-64 and aarch64. */
final class Errno {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EIO = 5;
    static final int ENXIO = 6;
    static final int EBADF = 9;
    static final int EAGAIN = 11;
    static final int ENOMEM = 12;
    static final int EACCES = 13;
    static final int EFAULT = 14;
    static final int EBUSY = 16;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int ENOTTY = 25;
    static final int EFBIG = 27;
    static final int ENOSPC = 28;
    static final int EROFS = 30;
    static final int ENOLCK = 37;
    static final int ENOSYS = 38;
    static final int ETIME = 62;
    static final int ENOLINK = 67;
    static final int EOPNOTSUPP = 95;
    static final int ENOTCONN = 107;
    static final int ESHUTDOWN = 108;
    static final int ETIMEDOUT = 110;
    static final int ESTALE = 116;
    static final int EDQUOT = 122;
    static final int ENOMEDIUM = 123;

    private Errno() {}

    /** Whether the same call may succeed if it is simply made again. */
    static boolean isRetriable(int errno) {
        return errno == EINTR || errno == EAGAIN || errno == ENOMEM || errno == EBUSY;
    }

    /**
     * How an operation that failed with an error number ended.
     *
     * <p>An error that is not known to mean anything else is a {@link IoStatus#MEDIA_ERROR}: the one answer that claims
     * nothing about the rest of the device. The kernel has several numbers for it ({@code EIO}, {@code ENODATA},
     * {@code EILSEQ}, {@code EREMOTEIO}).
     *
     * @param errno positive.
     * @throws IllegalStateException for a bad file descriptor or address, which only our own bug can cause.
     */
    static IoStatus toStatus(int errno) {
        return switch (errno) {
            case ENOSPC, EDQUOT, EFBIG -> IoStatus.NO_SPACE;
            case ENXIO, ENODEV, ENOMEDIUM, ENOLINK, ENOTCONN, ESHUTDOWN, ESTALE -> IoStatus.GONE;
            case ETIMEDOUT, ETIME, EINTR, EAGAIN, ENOMEM, EBUSY -> IoStatus.TIMED_OUT;
            case EROFS, EPERM, EACCES -> IoStatus.READ_ONLY;
            case EOPNOTSUPP, ENOTTY, ENOSYS, EINVAL -> IoStatus.UNSUPPORTED;
            case EBADF, EFAULT ->
                throw new IllegalStateException("the kernel was given a bad argument: errno=" + errno);
            default -> IoStatus.MEDIA_ERROR;
        };
    }

    /** An error number in words, for the sentence of a failure to open. */
    static String describe(int errno) {
        return switch (errno) {
            case EPERM, EACCES -> "permission denied (run as root, or as a user who may use it)";
            case ENOENT -> "there is no such file or device";
            case EIO -> "the device reported an I/O error";
            case ENXIO, ENODEV -> "there is no device behind it";
            case ENOMEDIUM -> "there is no medium in the device";
            case EROFS -> "it is write-protected";
            default -> "the system refused with error number " + errno;
        };
    }
}
