package io.holdfast.raid.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RequestPoolTest {
    private static final int THREADS = 4;
    private static final int ROUNDS = 500_000;

    private final List<Throwable> errors = new ArrayList<>();

    @Test
    void shouldHoldAsManyAsItWasMadeFor() {
        RequestPool pool = new RequestPool(3, errors::add);
        List<ArrayRequest> taken = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            assertTrue(taken.add(pool.tryAcquire()));
            assertNotNull(taken.get(i));
            assertFalse(pool.isIdle());
        }
        assertNull(pool.tryAcquire());
        taken.forEach(pool::release);
        assertTrue(pool.isIdle());
        assertEquals(3, pool.capacity());
    }

    @Test
    void shouldNoticeARequestGivenBackTwice() {
        RequestPool pool = new RequestPool(2, errors::add);
        ArrayRequest request = pool.tryAcquire();
        pool.release(request);
        assertThrows(IllegalStateException.class, () -> pool.release(request));
    }

    /** A thread that is stopped in the middle of taking one request must not keep another from giving one back. */
    @Test
    void shouldTakeBackWhileOthersTake() throws InterruptedException {
        RequestPool pool = new RequestPool(THREADS, errors::add);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            threads.add(new Thread(() -> {
                try {
                    for (int round = 0; round < ROUNDS; round++) {
                        ArrayRequest request = pool.tryAcquire();
                        if (request != null) {
                            pool.release(request);
                        }
                    }
                } catch (RuntimeException e) {
                    failure.set(e);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertNull(failure.get());
        assertTrue(pool.isIdle());
    }
}
