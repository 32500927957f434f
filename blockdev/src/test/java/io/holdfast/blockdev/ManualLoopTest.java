package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.junit.jupiter.api.Test;

class ManualLoopTest {
    private final List<String> events = new ArrayList<>();
    private final ManualLoop loop = new ManualLoop("manual");

    @Test
    void shouldStartAndStopAtOnce() {
        Agent a = agent("a", 0);
        loop.start(a);
        assertEquals(1, loop.agentCount());
        assertSame(a, loop.agent(0));
        loop.stop(a);
        loop.stop(a);
        assertEquals(0, loop.agentCount());
        assertEquals(List.of("a start", "a close"), events);
    }

    @Test
    void shouldCallTheAgentAskedFor() {
        loop.start(agent("a", 0));
        loop.start(agent("b", 3));
        events.clear();
        assertEquals(3, loop.doWork(1));
        assertEquals(0, loop.doWork(0));
        assertEquals(3, loop.doWork());
        assertEquals(List.of("b", "a", "a", "b"), events);
    }

    @Test
    void shouldRememberAWakeUntilAskedAboutIt() {
        assertFalse(loop.takeWake());
        loop.wake();
        loop.wake();
        assertTrue(loop.takeWake());
        assertFalse(loop.takeWake());
    }

    @Test
    void shouldLetATestSeeWhatAnAgentThrows() {
        loop.start(new Agent() {
            @Override
            public int doWork() {
                throw new IllegalStateException("as planned");
            }

            @Override
            public String roleName() {
                return "failing";
            }
        });
        assertThrows(IllegalStateException.class, loop::doWork);
        assertEquals(1, loop.agentCount());
    }

    @Test
    void shouldStopAnAgentThatTerminates() {
        loop.start(new Agent() {
            @Override
            public int doWork() {
                throw new AgentTerminationException();
            }

            @Override
            public String roleName() {
                return "finishing";
            }
        });
        assertEquals(0, loop.doWork());
        assertEquals(0, loop.agentCount());
    }

    @Test
    void shouldRunUntilNobodyHasWorkAndNoticeACircle() {
        int[] left = {5};
        loop.start(new Agent() {
            @Override
            public int doWork() {
                return left[0] > 0 ? left[0]-- : 0;
            }

            @Override
            public String roleName() {
                return "counting";
            }
        });
        assertEquals(5 + 4 + 3 + 2 + 1, loop.doWorkUntilIdle(6));
        loop.start(agent("busy", 1));
        assertThrows(IllegalStateException.class, () -> loop.doWorkUntilIdle(100));
    }

    @Test
    void shouldStopTheLastToStartFirstWhenItCloses() {
        loop.start(agent("a", 0));
        loop.start(agent("b", 0));
        events.clear();
        loop.close();
        loop.close();
        assertEquals(List.of("b close", "a close"), events);
    }

    private Agent agent(String name, int workCount) {
        return new Agent() {
            @Override
            public void onStart() {
                events.add(name + " start");
            }

            @Override
            public int doWork() {
                events.add(name);
                return workCount;
            }

            @Override
            public void onClose() {
                events.add(name + " close");
            }

            @Override
            public String roleName() {
                return name;
            }
        };
    }
}
