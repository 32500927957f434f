package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class IoPoolTest {
    private static final int SUBMITTERS = 6;
    private static final int JOBS = 400_000;

    /** No job may wait for the next one to come: there may be none. */
    @Test
    void shouldForgetNoJobWhenSeveralThreadsHandThemOver() throws InterruptedException {
        AtomicInteger run = new AtomicInteger();
        try (IoPool pool = new IoPool("pool", 2)) {
            pool.start();
            List<Thread> submitters = new ArrayList<>();
            for (int i = 0; i < SUBMITTERS; i++) {
                submitters.add(new Thread(() -> {
                    for (int job = 0; job < JOBS; job++) {
                        while (!pool.offer(run::incrementAndGet)) {
                            Thread.onSpinWait();
                        }
                    }
                }));
            }
            submitters.forEach(Thread::start);
            for (Thread submitter : submitters) {
                submitter.join();
            }
            while (run.get() < SUBMITTERS * JOBS && !Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
        }
        assertEquals(SUBMITTERS * JOBS, run.get());
    }
}
