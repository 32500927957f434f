package io.holdfast.blockdev;

/**
 * What to do after a system call, or a ring completion, returned: the rules that turn short transfers, interruptions and
 * errors into whole transfers or one {@link IoStatus}.
 *
 * <p>A file that was cut short ends a read early or with nothing: the device has shrunk, so the range is gone. A partial
 * logical block counts as not moved at all, because direct I/O could not go on from the middle of it.
 */
final class KernelResult {
    /** How often in a row a call that made no progress is made again, before the device is said not to answer. */
    static final int RETRY_LIMIT = 1000;

    private KernelResult() {}

    /**
     * How an operation ended, if it did.
     *
     * @param kind        of operation.
     * @param result      bytes moved, or an error number negated.
     * @param remaining   bytes that were asked for; 0 where none move.
     * @param blockLength of the device, in bytes.
     * @param retryCount  how many calls in a row, before this one, made no progress.
     * @return the outcome, or null when the rest, after {@link #moved}, is to be asked for again.
     */
    static IoStatus status(IoRequest.Kind kind, long result, long remaining, int blockLength, int retryCount) {
        if (result < 0) {
            int errno = (int) -result;
            boolean isAgain = Errno.isRetriable(errno) && (errno == Errno.EINTR || retryCount < RETRY_LIMIT);
            return isAgain ? null : Errno.toStatus(errno);
        }
        boolean isTransfer = kind == IoRequest.Kind.READ || kind == IoRequest.Kind.WRITE;
        if (!isTransfer || result == remaining) {
            return IoStatus.OK;
        }
        if (result > remaining) {
            throw new IllegalStateException(
                    "more was moved than asked for: result=" + result + " remaining=" + remaining);
        }
        if (moved(result, blockLength) == 0) {
            return kind == IoRequest.Kind.READ ? IoStatus.GONE : IoStatus.MEDIA_ERROR;
        }
        return null;
    }

    /** How many bytes of a result count as moved: whole logical blocks. */
    static long moved(long result, int blockLength) {
        return result < 0 ? 0 : result & -(long) blockLength;
    }
}
