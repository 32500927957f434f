package io.holdfast.blockdev;

import org.agrona.MutableDirectBuffer;

/**
 * An opened block device: a fixed number of bytes, addressed by byte offset, read and written in whole logical blocks.
 *
 * <p>The contract, in terms a test can check ({@code BlockDeviceContract} in the test sources runs it against every
 * implementation):
 *
 * <ul>
 *   <li><b>Alignment.</b> Offsets and lengths are multiples of {@link DeviceGeometry#logicalBlockLength()}; buffers are
 *       off-heap and their address is aligned to {@link DeviceGeometry#bufferAlignment()}. Anything else, and any range
 *       that leaves the device, is {@link IllegalArgumentException} at submission: it is our bug, not the disk's.
 *   <li><b>Durability.</b> A completed write is visible to every later read at once, and survives power loss once a
 *       {@code flush} submitted after its completion has itself completed with {@link IoStatus#OK}. A write that
 *       completed before a flush that failed may be lost, and stays in doubt even if a later flush succeeds.
 *   <li><b>Power loss.</b> Of the writes not covered by a flush any subset survives, in any order, each possibly torn:
 *       the unit that is never torn is the logical block.
 *   <li><b>Overlap.</b> Overlapping operations in flight together have no order. Callers that care wait.
 *   <li><b>Failure.</b> What a disk may do is reported as an {@link IoStatus}; a failed write leaves each block of its
 *       range old or new. A read that fails leaves the buffer undefined.
 *   <li><b>Whole transfers.</b> Short reads and writes, interrupted calls and retriable errors are dealt with inside.
 * </ul>
 *
 * <p>Every method may be called from any thread. The blocking forms are for metadata, recovery and tools, where one
 * operation at a time is what is wanted; data moves through {@link #openChannel channels}.
 */
public interface BlockDevice extends AutoCloseable {
    /** How people know the device: usually its path. */
    String name();

    /** Length, block lengths and abilities; fixed while the device is open. */
    DeviceGeometry geometry();

    /** Whether writes of any kind are refused with {@link IoStatus#READ_ONLY}. */
    boolean isReadOnly();

    /**
     * A channel owned by the thread that {@code loop} runs on.
     *
     * @param loop     the loop whose thread alone will use the channel; it is woken when an operation completes.
     * @param capacity the most operations that will be outstanding at once; all memory is taken here.
     * @return the channel, closed by its caller before the device is.
     */
    IoChannel openChannel(IoLoop loop, int capacity);

    /**
     * Read and wait.
     *
     * @param offset in bytes from the start of the device.
     * @param buffer off-heap destination.
     * @param index  of the first byte in the buffer.
     * @param length in bytes.
     * @throws DeviceException when the device says anything but {@link IoStatus#OK}.
     */
    void read(long offset, MutableDirectBuffer buffer, int index, int length);

    /**
     * Write and wait. The bytes are not durable before {@link #flush()} returns.
     *
     * @param offset in bytes from the start of the device.
     * @param buffer off-heap source.
     * @param index  of the first byte in the buffer.
     * @param length in bytes.
     * @throws DeviceException when the device says anything but {@link IoStatus#OK}.
     */
    void write(long offset, MutableDirectBuffer buffer, int index, int length);

    /**
     * Make every write that completed before this call durable, and wait for it.
     *
     * @throws DeviceException when the device says anything but {@link IoStatus#OK}.
     */
    void flush();

    /**
     * Turn a range to zeroes by whatever means is cheapest, and wait.
     *
     * @param offset in bytes from the start of the device.
     * @param length in bytes.
     * @throws DeviceException when the device says anything but {@link IoStatus#OK}.
     */
    void writeZeroes(long offset, long length);

    /** Give up ownership. Idempotent. Channels must be closed first. */
    @Override
    void close();
}
