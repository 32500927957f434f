package io.holdfast.blockdev;

/**
 * A channel that carries its operations out on its own thread, inside {@link #poll}.
 *
 * <p>Not at submission: a caller that touches a buffer before the completion, or counts on a result before it polled,
 * is found out here as it would be on a real disk.
 */
final class InlineChannel extends RequestChannel {
    private final SynchronousDevice device;
    private final IoLoop loop;
    private final IoRequest[] pending;
    private int pendingCount;

    InlineChannel(SynchronousDevice device, IoLoop loop, int capacity) {
        super(device, capacity);
        this.device = device;
        this.loop = loop;
        this.pending = new IoRequest[capacity];
    }

    @Override
    void submit(IoRequest request) {
        pending[pendingCount++] = request;
        loop.wake();
    }

    @Override
    void collect() {
        int count = pendingCount;
        pendingCount = 0;
        for (int i = 0; i < count; i++) {
            IoRequest request = pending[i];
            pending[i] = null;
            complete(request, device.perform(request));
        }
    }

    @Override
    void wakeOwner() {
        loop.wake();
    }

    @Override
    void drain() {
        collect();
    }
}
