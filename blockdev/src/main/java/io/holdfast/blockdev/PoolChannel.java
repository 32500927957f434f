package io.holdfast.blockdev;

/** A channel whose operations are carried out by the threads of an {@link IoPool}. */
final class PoolChannel extends RequestChannel {
    private final IoLoop loop;
    private final PoolWork work;

    PoolChannel(SynchronousDevice device, IoLoop loop, IoPool pool, int capacity) {
        super(device, capacity);
        this.loop = loop;
        this.work = new PoolWork(device, loop, pool, capacity);
    }

    @Override
    void submit(IoRequest request) {
        work.submit(request);
    }

    @Override
    void collect() {
        work.collect(this);
    }

    @Override
    void wakeOwner() {
        loop.wake();
    }

    @Override
    void drain() {
        work.drain(this);
    }
}
