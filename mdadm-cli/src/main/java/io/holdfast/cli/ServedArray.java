package io.holdfast.cli;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.nbd.NbdDevice;
import io.holdfast.nbd.NbdUri;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.agrona.concurrent.UnsafeBuffer;

/** The bytes of an array that a daemon runs, over its NBD socket. */
final class ServedArray implements ByteStore, AutoCloseable {
    private static final int REQUESTS_IN_FLIGHT = 8;

    private final ArrayStatus status;
    private final NbdDevice device;
    private final int blockLength;
    private final ExecutorService requests;

    /**
     * Connect.
     *
     * @param status of the array, which says where it is served.
     * @throws io.holdfast.blockdev.DeviceException when nobody is there.
     */
    ServedArray(ArrayStatus status) {
        this.status = status;
        device = NbdDevice.open(NbdUri.parse(status.uris().get(0)));
        blockLength = device.geometry().logicalBlockLength();
        requests = Executors.newFixedThreadPool(REQUESTS_IN_FLIGHT, work -> {
            Thread thread = new Thread(work, "copy");
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public String level() {
        return "raid" + status.level();
    }

    @Override
    public String uuid() {
        return status.uuid();
    }

    @Override
    public long length() {
        return status.arrayLength();
    }

    @Override
    public CompletableFuture<Void> readAsync(ByteBuffer target, long offset) {
        UnsafeBuffer memory = new UnsafeBuffer(target, target.position(), target.remaining());
        return CompletableFuture.runAsync(() -> device.read(offset, memory, 0, memory.capacity()), requests);
    }

    @Override
    public CompletableFuture<Void> writeAsync(ByteBuffer source, long offset) {
        int length = source.remaining();
        int rest = length % blockLength;
        UnsafeBuffer memory = rest == 0
                ? new UnsafeBuffer(source, source.position(), length)
                : completed(source, length, rest, offset);
        return CompletableFuture.runAsync(() -> device.write(offset, memory, 0, memory.capacity()), requests);
    }

    /** An image need not end where a block does: what follows it in the array is written back as it was. */
    private UnsafeBuffer completed(ByteBuffer source, int length, int rest, long offset) {
        int whole = length - rest + blockLength;
        ByteBuffer all = source.duplicate();
        all.limit(all.position() + whole);
        UnsafeBuffer memory = new UnsafeBuffer(all, all.position(), whole);
        UnsafeBuffer last = new BufferSlab(blockLength).carve(blockLength);
        device.read(offset + whole - blockLength, last, 0, blockLength);
        memory.putBytes(length, last, rest, blockLength - rest);
        return memory;
    }

    @Override
    public void flush() {
        device.flush();
    }

    /** All requests are to have been answered. */
    @Override
    public void close() {
        requests.shutdown();
        device.close();
    }
}
