package io.holdfast.nbd;

/** Whether a request can be done at all, before anything is held for it. What a client sends is not to be trusted. */
final class RequestCheck {
    private final boolean readOnly;
    private final long exportLength;
    private final int alignmentMask;

    /** Take what matters of an export, once. */
    RequestCheck(NbdExport export) {
        readOnly = export.readOnly();
        exportLength = export.length();
        alignmentMask = export.minimumBlockLength() - 1;
    }

    /** What is wrong with a request; {@link ReplyDescriptor#OK} when nothing is. */
    int error(NbdRequest request) {
        int command = request.command();
        int knownFlags = RequestDescriptor.FLAG_FUA;
        switch (command) {
            case RequestDescriptor.READ, RequestDescriptor.WRITE, RequestDescriptor.TRIM -> {}
            case RequestDescriptor.WRITE_ZEROES -> knownFlags |= RequestDescriptor.FLAG_NO_HOLE;
            case RequestDescriptor.FLUSH -> {
                boolean isPlain = request.offset() == 0 && request.length() == 0;
                return isPlain && (request.flags() & ~knownFlags) == 0 ? ReplyDescriptor.OK : ReplyDescriptor.EINVAL;
            }
            default -> {
                return ReplyDescriptor.EINVAL;
            }
        }
        if ((request.flags() & ~knownFlags) != 0) {
            return ReplyDescriptor.EINVAL;
        }
        if (readOnly && command != RequestDescriptor.READ) {
            return ReplyDescriptor.EPERM;
        }
        return rangeError(request);
    }

    private int rangeError(NbdRequest request) {
        long offset = request.offset();
        long length = request.length();
        if (request.hasPayload() && length > RequestDescriptor.PAYLOAD_LENGTH_LIMIT) {
            return ReplyDescriptor.EINVAL;
        }
        if (offset < 0 || length > exportLength || offset > exportLength - length) {
            boolean isWrite =
                    request.command() == RequestDescriptor.WRITE || request.command() == RequestDescriptor.WRITE_ZEROES;
            return isWrite ? ReplyDescriptor.ENOSPC : ReplyDescriptor.EINVAL;
        }
        return ((offset | length) & alignmentMask) == 0 ? ReplyDescriptor.OK : ReplyDescriptor.EINVAL;
    }
}
