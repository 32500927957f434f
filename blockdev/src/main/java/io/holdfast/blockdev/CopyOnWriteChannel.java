package io.holdfast.blockdev;

/** Reads through a channel of the device underneath and lays the changes over what it brings; the rest is done in memory. */
final class CopyOnWriteChannel extends RequestChannel {
    private final CopyOnWriteDevice device;
    private final IoLoop loop;
    private final IoChannel underneath;
    private final IoRequest[] reads;
    private final IoRequest[] inMemory;
    private final IoCompletionHandler onRead = this::onRead;
    private int inMemoryCount;

    CopyOnWriteChannel(CopyOnWriteDevice device, BlockDevice underneath, IoLoop loop, int capacity) {
        super(device, capacity);
        this.device = device;
        this.loop = loop;
        this.underneath = underneath.openChannel(loop, capacity);
        this.reads = new IoRequest[capacity];
        this.inMemory = new IoRequest[capacity];
    }

    @Override
    void submit(IoRequest request) {
        if (request.kind == IoRequest.Kind.READ) {
            reads[request.id] = request;
            underneath.read(request.offset, request.buffer, request.index, (int) request.length, request.id);
        } else {
            inMemory[inMemoryCount++] = request;
            loop.wake();
        }
    }

    @Override
    void collect() {
        int count = inMemoryCount;
        inMemoryCount = 0;
        for (int i = 0; i < count; i++) {
            complete(inMemory[i], device.perform(inMemory[i]));
        }
        underneath.poll(onRead);
    }

    private void onRead(long id, IoStatus status) {
        IoRequest request = reads[(int) id];
        if (status == IoStatus.OK) {
            device.changes().overlay(request.offset, request.buffer, request.index, (int) request.length);
        }
        complete(request, status);
    }

    @Override
    void wakeOwner() {
        loop.wake();
    }

    @Override
    void drain() {
        collect();
    }

    @Override
    void release() {
        // Waits for the reads, whose completions nobody wants any more.
        underneath.close();
    }
}
