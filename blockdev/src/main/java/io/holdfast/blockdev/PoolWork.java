package io.holdfast.blockdev;

import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * The requests of one channel that an {@link IoPool} carries out: handed over without allocation, handed back through a
 * queue that the channel's thread drains.
 */
final class PoolWork {
    private final SynchronousDevice device;
    private final IoLoop loop;
    private final IoPool pool;
    private final Item[] items;
    private final ManyToOneConcurrentArrayQueue<Item> done;
    private final Item[] heldBack;
    private int heldBackHead;
    private int heldBackCount;
    private int inFlight;
    private volatile Thread waiter;

    /** What one request needs to travel: made once. */
    private final class Item implements IoPool.Job {
        IoRequest request;
        IoStatus status;
        Throwable failure;

        @Override
        public void run() {
            try {
                status = device.perform(request);
            } catch (Throwable t) {
                failure = t;
            }
            done.offer(this);
            LockSupport.unpark(waiter);
            loop.wake();
        }
    }

    PoolWork(SynchronousDevice device, IoLoop loop, IoPool pool, int capacity) {
        this.device = device;
        this.loop = loop;
        this.pool = pool;
        this.items = new Item[capacity];
        this.heldBack = new Item[capacity];
        this.done = new ManyToOneConcurrentArrayQueue<>(Math.max(2, capacity));
        for (int i = 0; i < capacity; i++) {
            items[i] = new Item();
        }
        pool.start();
    }

    void submit(IoRequest request) {
        Item item = items[request.id];
        item.request = request;
        item.failure = null;
        inFlight++;
        if (heldBackCount > 0 || !pool.offer(item)) {
            heldBack[(heldBackHead + heldBackCount++) % heldBack.length] = item;
        }
    }

    /** Pass every request that has ended to the channel. */
    void collect(RequestChannel channel) {
        while (heldBackCount > 0 && pool.offer(heldBack[heldBackHead])) {
            heldBackHead = (heldBackHead + 1) % heldBack.length;
            heldBackCount--;
        }
        for (Item item = done.poll(); item != null; item = done.poll()) {
            inFlight--;
            if (item.failure != null) {
                throw new IllegalStateException("device operation failed: device=" + device.name(), item.failure);
            }
            channel.complete(item.request, item.status);
        }
    }

    /** Wait for every request. */
    void drain(RequestChannel channel) {
        waiter = Thread.currentThread();
        boolean wasInterrupted = false;
        collect(channel);
        while (inFlight > 0) {
            // Bounded, because what was held back is offered again by us alone.
            LockSupport.parkNanos(this, IoLoop.TICK_NS);
            wasInterrupted |= Thread.interrupted();
            collect(channel);
        }
        waiter = null;
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
