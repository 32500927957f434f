package io.holdfast.blockdev;

import java.util.concurrent.CountDownLatch;

/** Waiting that an interrupt does not cut short: an owner that gives up early would free memory still in use. */
final class Waits {
    private Waits() {}

    /** Wait for the latch; an interrupt that came meanwhile is left standing for the caller. */
    static void await(CountDownLatch latch) {
        boolean wasInterrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
