package io.holdfast.blockdev;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoOps;

/**
 * A channel whose operations travel through the ring of a {@link UringLoop}.
 *
 * <p>Netty describes a submission by an object that cannot be reused, so each operation makes one of 72 bytes, which the
 * compiler usually does away with. Nothing else is allocated.
 */
final class UringChannel extends RequestChannel implements IoUringIoHandle {
    private static final byte IORING_OP_FSYNC = 3;
    private static final byte IORING_OP_FALLOCATE = 17;
    private static final byte IORING_OP_READ = 22;
    private static final byte IORING_OP_WRITE = 23;
    private static final int IORING_FSYNC_DATASYNC = 1;

    private final FileBlockDevice device;
    private final UringLoop loop;
    private final UringHandler handler;
    private final PoolWork helperWork;
    private final int blockLength;
    private final IoRequest[] requests;
    private final int[] retryCounts;

    /** Completions that the ring has handed over since the last poll, in their order: which request, and what came of it. */
    private final int[] arrivedIds;

    private final int[] arrivedResults;
    private int arrivedCount;
    private int inRingCount;
    private IoRegistration registration;

    UringChannel(FileBlockDevice device, UringLoop loop, IoPool helper, UringHandler handler, int capacity) {
        super(device, capacity);
        this.device = device;
        this.loop = loop;
        this.handler = handler;
        this.helperWork = new PoolWork(device, loop, helper, capacity);
        this.blockLength = device.geometry().logicalBlockLength();
        this.requests = new IoRequest[capacity];
        this.retryCounts = new int[capacity];
        this.arrivedIds = new int[capacity];
        this.arrivedResults = new int[capacity];
    }

    void registered(IoRegistration with) {
        registration = with;
    }

    boolean isRegistered() {
        return registration != null;
    }

    @Override
    void submit(IoRequest request) {
        requests[request.id] = request;
        retryCounts[request.id] = 0;
        switch (request.kind) {
            case READ, WRITE, FLUSH -> enterRing(request);
            case DISCARD, WRITE_ZEROES -> {
                if (device.isRawDevice() || request.length == 0) {
                    helperWork.submit(request);
                } else {
                    enterRing(request);
                }
            }
        }
        // From an agent's round the next visit to the kernel comes by itself; from elsewhere on the thread it is asked
        // for.
        loop.wake();
    }

    private void enterRing(IoRequest request) {
        inRingCount++;
        switch (request.kind) {
            case READ ->
                enterRing(
                        IORING_OP_READ,
                        request,
                        request.offset + request.transferred,
                        request.address(),
                        remaining(request),
                        0);
            case WRITE ->
                enterRing(
                        IORING_OP_WRITE,
                        request,
                        request.offset + request.transferred,
                        request.address(),
                        remaining(request),
                        0);
            case FLUSH -> enterRing(IORING_OP_FSYNC, request, 0, 0, 0, IORING_FSYNC_DATASYNC);
            case DISCARD ->
                enterRing(
                        IORING_OP_FALLOCATE,
                        request,
                        request.offset,
                        request.length,
                        FileBlockDevice.FALLOCATE_DISCARD,
                        0);
            case WRITE_ZEROES ->
                enterRing(
                        IORING_OP_FALLOCATE,
                        request,
                        request.offset,
                        request.length,
                        FileBlockDevice.FALLOCATE_ZEROES,
                        0);
        }
    }

    private void enterRing(byte opcode, IoRequest request, long offset, long address, int length, int flags) {
        registration.submit(new IoUringIoOps(
                opcode,
                (byte) 0,
                (short) 0,
                device.descriptor(),
                offset,
                address,
                length,
                flags,
                (long) request.id,
                (short) 0,
                (short) 0,
                0,
                0L));
    }

    private static int remaining(IoRequest request) {
        return (int) (request.length - request.transferred);
    }

    /** Called by the ring, inside its visit to the kernel; judged later, on the owner's time, in {@link #collect}. */
    @Override
    public void handle(IoRegistration source, IoEvent event) {
        IoUringIoEvent completion = (IoUringIoEvent) event;
        arrivedIds[arrivedCount] = (int) completion.userData();
        arrivedResults[arrivedCount] = completion.res();
        arrivedCount++;
    }

    @Override
    void collect() {
        int count = arrivedCount;
        arrivedCount = 0;
        inRingCount -= count;
        for (int i = 0; i < count; i++) {
            judge(requests[arrivedIds[i]], arrivedResults[i]);
        }
        helperWork.collect(this);
    }

    private void judge(IoRequest request, int result) {
        IoStatus status =
                KernelResult.status(request.kind, result, remaining(request), blockLength, retryCounts[request.id]);
        if (status == IoStatus.UNSUPPORTED && request.kind == IoRequest.Kind.WRITE_ZEROES) {
            helperWork.submit(request);
        } else if (status != null) {
            complete(request, status);
        } else {
            long moved = KernelResult.moved(result, blockLength);
            request.transferred += moved;
            retryCounts[request.id] = moved > 0 ? 0 : retryCounts[request.id] + 1;
            enterRing(request);
        }
    }

    @Override
    void wakeOwner() {
        loop.wake();
    }

    @Override
    void drain() {
        collect();
        while (inRingCount > 0) {
            handler.waitForCompletions();
            collect();
        }
        helperWork.drain(this);
    }

    @Override
    void release() {
        handler.forget(this);
        registration.cancel();
    }
}
