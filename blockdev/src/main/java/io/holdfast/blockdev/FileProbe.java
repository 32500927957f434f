package io.holdfast.blockdev;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the kernel says about an open file or block device: its kind, length and block lengths.
 *
 * <p>Offsets within {@code struct statx} and the request numbers are Linux's, the same on every 64-bit machine.
 */
record FileProbe(Type type, long length, int logicalBlockLength, int physicalBlockLength, int memoryAlignment) {
    /** Kinds of file. */
    enum Type {
        REGULAR,
        BLOCK,
        OTHER
    }

    private static final int PAGE_LENGTH = 4096;

    private static final int STATX_LENGTH = 256;
    private static final int STATX_MODE_OFFSET = 0x1C;
    private static final int STATX_SIZE_OFFSET = 0x28;
    private static final int STATX_MASK_OFFSET = 0;
    private static final int STATX_DIO_MEMORY_ALIGNMENT_OFFSET = 0x98;
    private static final int STATX_DIO_OFFSET_ALIGNMENT_OFFSET = 0x9C;

    private static final int STATX_BASIC_STATS = 0x7FF;
    private static final int STATX_DIOALIGN = 0x2000;

    private static final int TYPE_MASK = 0xF000;
    private static final int TYPE_REGULAR = 0x8000;
    private static final int TYPE_BLOCK = 0x6000;

    private static final long BLKGETSIZE64 = 0x80081272L;
    private static final long BLKSSZGET = 0x1268;
    private static final long BLKPBSZGET = 0x127B;

    /**
     * Ask.
     *
     * @param kernel   to ask.
     * @param fd       of the open file.
     * @param isDirect whether it was opened for direct I/O, whose rules then apply.
     * @return the answer.
     * @throws ProbeException with the error number where the kernel refused.
     */
    static FileProbe of(Kernel kernel, int fd, boolean isDirect) throws ProbeException {
        UnsafeBuffer stat = BufferSlab.allocate(STATX_LENGTH);
        check(kernel.statx(fd, STATX_BASIC_STATS | STATX_DIOALIGN, stat.addressOffset()));
        return switch (stat.getShort(STATX_MODE_OFFSET) & TYPE_MASK) {
            case TYPE_REGULAR -> ofRegularFile(stat, isDirect);
            case TYPE_BLOCK -> ofBlockDevice(kernel, fd);
            default -> new FileProbe(Type.OTHER, 0, 0, 0, 0);
        };
    }

    private static FileProbe ofRegularFile(UnsafeBuffer stat, boolean isDirect) {
        int blockLength = DeviceGeometry.SECTOR_LENGTH;
        int memoryAlignment = DeviceGeometry.SECTOR_LENGTH;
        if (isDirect && (stat.getInt(STATX_MASK_OFFSET) & STATX_DIOALIGN) != 0) {
            // 0 from a filesystem that takes the flag and copies through the page cache all the same: no rules then.
            blockLength = Math.max(blockLength, stat.getInt(STATX_DIO_OFFSET_ALIGNMENT_OFFSET));
            memoryAlignment = Math.max(memoryAlignment, stat.getInt(STATX_DIO_MEMORY_ALIGNMENT_OFFSET));
        }
        long length = stat.getLong(STATX_SIZE_OFFSET);
        return new FileProbe(
                Type.REGULAR,
                length - length % blockLength,
                blockLength,
                Math.max(blockLength, PAGE_LENGTH),
                memoryAlignment);
    }

    private static FileProbe ofBlockDevice(Kernel kernel, int fd) throws ProbeException {
        UnsafeBuffer answer = BufferSlab.allocate(Long.BYTES);
        check(kernel.ioctl(fd, BLKGETSIZE64, answer.addressOffset()));
        long length = answer.getLong(0);
        check(kernel.ioctl(fd, BLKSSZGET, answer.addressOffset()));
        int logicalBlockLength = answer.getInt(0);
        check(kernel.ioctl(fd, BLKPBSZGET, answer.addressOffset()));
        int physicalBlockLength = answer.getInt(0);
        return new FileProbe(
                Type.BLOCK,
                length - length % logicalBlockLength,
                logicalBlockLength,
                Math.max(physicalBlockLength, logicalBlockLength),
                logicalBlockLength);
    }

    /** Whether {@link BufferSlab} memory and 4 KiB transfers satisfy what direct I/O asks here. */
    boolean isWithinReach() {
        return logicalBlockLength <= PAGE_LENGTH && memoryAlignment <= BufferSlab.ALIGNMENT;
    }

    DeviceGeometry geometry() {
        return new DeviceGeometry(length, logicalBlockLength, physicalBlockLength, memoryAlignment);
    }

    private static void check(int result) throws ProbeException {
        if (result < 0) {
            throw new ProbeException(-result);
        }
    }

    /** The kernel refused to say. */
    static final class ProbeException extends Exception {
        private static final long serialVersionUID = 1L;

        final int errno;

        ProbeException(int errno) {
            super("errno=" + errno);
            this.errno = errno;
        }
    }
}
