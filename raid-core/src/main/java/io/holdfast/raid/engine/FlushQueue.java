package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;
import java.util.ArrayDeque;

/**
 * The flushes that callers wait for, when there is no journal. One round of member flushes is in flight at a time; all
 * that piled up while it ran share the next.
 */
final class FlushQueue {
    private final MemberChannels channels;
    private final MemberView view;
    private final WindowMachine machine;
    private final ArrayDeque<ArrayRequest> waiting;
    private final ArrayDeque<ArrayRequest> served;
    private int pending;
    private boolean settling;

    FlushQueue(MemberChannels channels, MemberView view, WindowMachine machine, int capacity) {
        this.channels = channels;
        this.view = view;
        this.machine = machine;
        waiting = new ArrayDeque<>(capacity);
        served = new ArrayDeque<>(capacity);
    }

    void add(ArrayRequest request) {
        waiting.add(request);
    }

    /** Move on: start a round if none is in flight, or answer one whose failures, if any, are recorded. */
    int doWork() {
        if (settling && (view.arrayFailed() || isSettled())) {
            settling = false;
            IoStatus status = view.arrayFailed() ? IoStatus.GONE : IoStatus.OK;
            for (ArrayRequest request = served.poll(); request != null; request = served.poll()) {
                request.release(status);
            }
            return 1;
        }
        if (settling || !served.isEmpty() || waiting.isEmpty()) {
            return 0;
        }
        if (machine.cachedCount() > 0 && !view.arrayFailed()) {
            // The journal has failed, and what was answered out of it is still on its way to the members.
            return 0;
        }
        for (ArrayRequest request = waiting.poll(); request != null; request = waiting.poll()) {
            served.add(request);
        }
        Membership membership = view.membership();
        for (int slot = 0; slot < membership.slotCount(); slot++) {
            flush(slot, membership.device(slot));
            flush(slot, membership.replacement(slot));
        }
        settling = pending == 0;
        return 1;
    }

    private void flush(int slot, int device) {
        if (device >= 0 && !channels.isSuspect(device)) {
            pending++;
            channels.flush(device, IoToken.of(IoToken.ARRAY_FLUSH, 0, device, slot, 0, 0));
        }
    }

    void onFlushed(int device, IoStatus status) {
        if (status != IoStatus.OK) {
            // What the device held in its cache is in doubt for good, even if a later flush succeeds: it is no longer a
            // copy.
            view.lose(device, status, "flush");
        }
        pending--;
        settling = pending == 0;
    }

    private boolean isSuspect(int device) {
        return device >= 0 && channels.isSuspect(device);
    }

    private boolean isSettled() {
        Membership membership = view.membership();
        for (int slot = 0; slot < membership.slotCount(); slot++) {
            if (isSuspect(membership.device(slot)) || isSuspect(membership.replacement(slot))) {
                return false;
            }
        }
        return view.recordedVersion() >= membership.version();
    }
}
