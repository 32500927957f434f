package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link IoLoop} with a thread of its own must do, as tests. */
public abstract class IoLoopContract {
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private IoLoop loop;

    /**
     * A running loop.
     *
     * @param name         of its thread.
     * @param errorHandler told of agents that throw.
     * @return the loop; closed by the contract.
     */
    protected abstract IoLoop createLoop(String name, ErrorHandler errorHandler);

    @BeforeEach
    void open() {
        loop = createLoop("loop-0", errors::add);
    }

    @AfterEach
    void close() {
        loop.close();
        loop.close();
    }

    @Test
    void shouldBeNamedAfterItsThread() throws Exception {
        assertEquals("loop-0", loop.name());
        CountingAgent agent = new CountingAgent();
        loop.start(agent);
        agent.started.await();
        assertEquals("loop-0", agent.thread.get().getName());
    }

    @Test
    void shouldRunAnAgentsWholeLifeOnItsThread() throws Exception {
        CountingAgent agent = new CountingAgent();
        loop.start(agent);
        agent.awaitRound();
        loop.stop(agent);
        assertEquals(1, agent.closes.get());
        assertNotSame(Thread.currentThread(), agent.thread.get());
        assertFalse(agent.sawOtherThread);
        int rounds = agent.rounds.get();
        loop.wake();
        loop.stop(agent);
        assertEquals(1, agent.closes.get(), "stopping twice closes once");
        assertEquals(rounds, agent.rounds.get(), "a stopped agent is not called");
    }

    @Test
    void shouldGoRoundAgainWhileAgentsHaveWork() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        AtomicInteger left = new AtomicInteger(10_000);
        loop.start(new CountingAgent() {
            @Override
            public int doWork() {
                if (left.get() == 0) {
                    done.countDown();
                    return 0;
                }
                return left.getAndDecrement() > 0 ? 1 : 0;
            }
        });
        // Were each round a tick, this would take minutes.
        done.await();
        assertEquals(0, left.get());
    }

    @Test
    void shouldKeepTimeForIdleAgents() throws Exception {
        CountingAgent agent = new CountingAgent();
        loop.start(agent);
        // Nobody wakes the loop: the tick alone must bring it round.
        for (int i = 0; i < 3; i++) {
            agent.awaitRound();
        }
        assertTrue(agent.rounds.get() >= 3);
    }

    @Test
    void shouldLoseNoWake() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        AtomicInteger served = new AtomicInteger();
        CountingAgent agent = new CountingAgent() {
            @Override
            public int doWork() {
                int wanted = requests.get();
                if (wanted == served.get()) {
                    return 0;
                }
                served.set(wanted);
                return 1;
            }
        };
        loop.start(agent);
        // A lost wake costs a tick: a loop that loses them all is ended by the time allowed to the whole test run.
        int count = 10_000;
        for (int i = 1; i <= count; i++) {
            requests.set(i);
            loop.wake();
            while (served.get() != i) {
                Thread.onSpinWait();
            }
        }
        assertEquals(count, served.get());
    }

    @Test
    void shouldReportAndStopAnAgentThatThrowsAndGoOnWithTheOthers() throws Exception {
        CountingAgent healthy = new CountingAgent();
        IllegalStateException failure = new IllegalStateException("as planned");
        CountingAgent failing = new CountingAgent() {
            @Override
            public int doWork() {
                throw failure;
            }
        };
        loop.start(healthy);
        loop.start(failing);
        failing.closed.await();
        healthy.awaitRound();
        healthy.awaitRound();
        assertEquals(List.of(failure), errors);
        assertEquals(1, failing.closes.get());
    }

    @Test
    void shouldReportAndStopAnAgentThatCannotStart() throws Exception {
        IllegalStateException failure = new IllegalStateException("as planned");
        CountingAgent failing = new CountingAgent() {
            @Override
            public void onStart() {
                throw failure;
            }
        };
        loop.start(failing);
        failing.closed.await();
        assertEquals(List.of(failure), errors);
        assertEquals(0, failing.rounds.get());
    }

    @Test
    void shouldTakeTerminationAsAnAgentsOwnWish() throws Exception {
        CountingAgent finishing = new CountingAgent() {
            @Override
            public int doWork() {
                throw new AgentTerminationException();
            }
        };
        loop.start(finishing);
        finishing.closed.await();
        assertEquals(List.of(), errors);
    }

    @Test
    void shouldLetAnAgentStartAndStopOthers() throws Exception {
        CountingAgent second = new CountingAgent();
        CountDownLatch stopped = new CountDownLatch(1);
        CountingAgent first = new CountingAgent() {
            @Override
            public int doWork() {
                int round = rounds.getAndIncrement();
                if (round == 0) {
                    loop.start(second);
                } else if (round == 3) {
                    loop.stop(second);
                    stopped.countDown();
                }
                return round < 5 ? 1 : 0;
            }
        };
        loop.start(first);
        stopped.await();
        assertEquals(1, second.closes.get());
    }

    @Test
    void shouldCloseEveryAgentWhenItCloses() throws Exception {
        CountingAgent first = new CountingAgent();
        CountingAgent second = new CountingAgent();
        loop.start(first);
        loop.start(second);
        second.awaitRound();
        loop.close();
        assertEquals(1, first.closes.get());
        assertEquals(1, second.closes.get());
        loop.stop(first);
        assertEquals(1, first.closes.get());
        assertThrows(IllegalStateException.class, () -> loop.start(new CountingAgent()));
        loop.wake();
    }

    @Test
    void shouldCloseFromItsOwnThread() throws Exception {
        CountingAgent agent = new CountingAgent() {
            @Override
            public int doWork() {
                loop.close();
                return 0;
            }
        };
        loop.start(agent);
        agent.closed.await();
        loop.close();
        agent.thread.get().join();
        assertEquals(1, agent.closes.get());
    }

    @Test
    void shouldShrugOffAnInterrupt() throws Exception {
        CountingAgent agent = new CountingAgent();
        loop.start(agent);
        agent.started.await();
        agent.thread.get().interrupt();
        agent.awaitRound();
        agent.awaitRound();
        loop.stop(agent);
        assertEquals(1, agent.closes.get());
        assertEquals(List.of(), errors);
    }

    @Test
    void shouldSaveTheCallersInterruptWhileItWaits() throws Exception {
        CountingAgent agent = new CountingAgent();
        loop.start(agent);
        Thread.currentThread().interrupt();
        loop.stop(agent);
        assertTrue(Thread.interrupted());
        assertEquals(1, agent.closes.get());
        assertSame(0, errors.size());
    }

    /** An agent that does no work and remembers who called it. */
    private static class CountingAgent implements Agent {
        final AtomicInteger rounds = new AtomicInteger();
        final AtomicInteger closes = new AtomicInteger();
        final CountDownLatch started = new CountDownLatch(1);
        final CountDownLatch closed = new CountDownLatch(1);
        final AtomicReference<Thread> thread = new AtomicReference<>();
        volatile boolean sawOtherThread;

        @Override
        public void onStart() {
            thread.set(Thread.currentThread());
            started.countDown();
        }

        @Override
        public int doWork() {
            sawOtherThread |= Thread.currentThread() != thread.get();
            rounds.incrementAndGet();
            return 0;
        }

        @Override
        public void onClose() {
            sawOtherThread |= thread.get() != null && Thread.currentThread() != thread.get();
            closes.incrementAndGet();
            closed.countDown();
        }

        @Override
        public String roleName() {
            return "counting";
        }

        /** Wait for a round that began after this call. */
        void awaitRound() {
            int seen = rounds.get();
            while (rounds.get() == seen) {
                Thread.onSpinWait();
            }
        }
    }
}
