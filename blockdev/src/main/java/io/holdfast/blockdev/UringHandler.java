package io.holdfast.blockdev;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoOps;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Netty's io_uring handler with the agents' rounds around it.
 *
 * <p>Scheduling the rounds as tasks of the event loop would do too, but would cost an allocation and a second visit to the
 * kernel for every burst; here the loop goes straight from completions to agents to the next visit.
 *
 * <p>The tick is one timer in the ring, armed again when it has fired. Netty's own way to wait with a deadline is one timer
 * a visit, each with a completion of its own.
 */
final class UringHandler implements IoHandler {
    private static final byte IORING_OP_TIMEOUT = 11;

    /**
     * Rounds before the next visit to the kernel. A second one shows whether the agents have come to rest, so that
     * submitting and waiting are one call; more would hold back what they submitted.
     */
    private static final int ROUND_LIMIT = 2;

    private final IoHandler ring;
    private final DutyCycle dutyCycle;
    private final List<UringChannel> channels = new ArrayList<>();
    private final Ticker ticker = new Ticker();
    private final VisitContext visit = new VisitContext();
    private boolean isIdle;
    private boolean isInRing;
    private boolean isPrepared;

    UringHandler(ThreadAwareExecutor executor, DutyCycle dutyCycle, int ringLength) {
        this.ring = IoUringIoHandler.newFactory(ringLength).newHandler(executor);
        this.dutyCycle = dutyCycle;
    }

    @Override
    public void initialize() {
        ring.initialize();
        try {
            ticker.registration = ring.register(ticker);
        } catch (Exception e) {
            throw new IllegalStateException("cannot register the tick", e);
        }
    }

    @Override
    public int run(IoHandlerContext context) {
        boolean mayPark = isIdle && dutyCycle.isRunning() && dutyCycle.tryPark();
        if (mayPark && dutyCycle.hasAgents()) {
            ticker.arm();
        }
        int completionCount = visitKernel(context, mayPark);
        isIdle = false;
        if (dutyCycle.isRunning()) {
            for (int i = 0; i < ROUND_LIMIT && !isIdle; i++) {
                dutyCycle.resume();
                isIdle = dutyCycle.round() == 0;
            }
        }
        return completionCount;
    }

    private int visitKernel(IoHandlerContext context, boolean mayPark) {
        visit.loopContext = context;
        visit.mayPark = mayPark;
        isInRing = true;
        try {
            return ring.run(visit);
        } finally {
            isInRing = false;
            visit.loopContext = null;
        }
    }

    /** Submit, wait for at least one completion, and collect; for a channel that closes with operations in flight. */
    void waitForCompletions() {
        if (isInRing) {
            throw new IllegalStateException("a channel cannot be closed from inside a completion of the ring");
        }
        visitKernel(null, true);
    }

    void register(UringChannel channel) {
        try {
            channel.registered(ring.register(channel));
            channels.add(channel);
        } catch (Exception e) {
            throw new IllegalStateException("cannot register a channel with the ring", e);
        }
    }

    void forget(UringChannel channel) {
        channels.remove(channel);
    }

    @Override
    public void prepareToDestroy() {
        dutyCycle.end();
        // Their owners should have done so; memory that the kernel may still write to must not be let go.
        while (!channels.isEmpty()) {
            channels.get(channels.size() - 1).close();
        }
        ring.prepareToDestroy();
        isPrepared = true;
    }

    @Override
    public void destroy() {
        // The event loop leaves this step out when it is asked to end between looking for that and its next turn.
        if (!isPrepared) {
            prepareToDestroy();
        }
        ring.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return ring.register(handle);
    }

    @Override
    public void wakeup() {
        ring.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return ring.isCompatible(handleType);
    }

    /** Lets the ring wait only when the agents are at rest. */
    private static final class VisitContext implements IoHandlerContext {
        IoHandlerContext loopContext;
        boolean mayPark;

        @Override
        public boolean canBlock() {
            return mayPark && (loopContext == null || loopContext.canBlock());
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
            return loopContext == null ? 0 : loopContext.delayNanos(currentTimeNanos);
        }

        @Override
        public long deadlineNanos() {
            return loopContext == null ? -1 : loopContext.deadlineNanos();
        }
    }

    /** One timer in the ring, so that a parked loop comes round. */
    private static final class Ticker implements IoUringIoHandle {
        /** Seconds and nanoseconds, 64 bits each; read by the kernel when it is armed. */
        private final UnsafeBuffer interval = BufferSlab.allocate(2 * Long.BYTES);

        private final IoUringIoOps operation;
        IoRegistration registration;
        private boolean isArmed;

        Ticker() {
            interval.putLong(Long.BYTES, IoLoop.TICK_NS);
            operation = new IoUringIoOps(
                    IORING_OP_TIMEOUT,
                    (byte) 0,
                    (short) 0,
                    -1,
                    0L,
                    interval.addressOffset(),
                    1,
                    0,
                    0L,
                    (short) 0,
                    (short) 0,
                    0,
                    0L);
        }

        void arm() {
            if (!isArmed) {
                isArmed = true;
                registration.submit(operation);
            }
        }

        @Override
        public void handle(IoRegistration source, IoEvent event) {
            isArmed = false;
        }

        @Override
        public void close() {
            registration.cancel();
        }
    }
}
