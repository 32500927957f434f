package io.holdfast.blockdev;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;

/**
 * A loop with no thread: whoever made it calls its agents, in whatever order, on their own thread.
 *
 * <p>It is what a simulation and a test run the engine on. {@link #start} and {@link #stop} act at once, on the thread that
 * calls them; an agent that throws is not caught, so the test sees it. Everything but {@link #wake()} belongs to one
 * thread.
 *
 * <pre>{@code
 * ManualLoop loop = new ManualLoop("shard-0");
 * IoChannel channel = device.openChannel(loop, 32);
 * loop.start(shard);
 * while (!done) {
 *     loop.doWork(random.nextInt(loop.agentCount()));
 * }
 * }</pre>
 */
public final class ManualLoop implements IoLoop {
    private final String name;
    private final List<Agent> agents = new ArrayList<>();
    private final AtomicBoolean woken = new AtomicBoolean();

    /**
     * A loop with no agents.
     *
     * @param name for logs.
     */
    public ManualLoop(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void start(Agent agent) {
        agents.add(agent);
        agent.onStart();
    }

    @Override
    public void stop(Agent agent) {
        for (int i = 0; i < agents.size(); i++) {
            if (agents.get(i) == agent) {
                agents.remove(i);
                agent.onClose();
                return;
            }
        }
    }

    @Override
    public void wake() {
        woken.set(true);
    }

    /**
     * Whether {@link #wake()} was called since the last time this was asked. A simulation that runs only agents that have
     * reason to run asks this; one that runs them all need not.
     *
     * @return true once for any number of wakes.
     */
    public boolean takeWake() {
        return woken.getAndSet(false);
    }

    /** How many agents have been started and not stopped. */
    public int agentCount() {
        return agents.size();
    }

    /**
     * An agent, to be recognised.
     *
     * @param index in order of starting, from 0.
     * @return the agent.
     */
    public Agent agent(int index) {
        return agents.get(index);
    }

    /**
     * Call one agent once.
     *
     * @param index in order of starting, from 0.
     * @return the work it says it did.
     */
    public int doWork(int index) {
        Agent agent = agents.get(index);
        try {
            return agent.doWork();
        } catch (AgentTerminationException e) {
            stop(agent);
            return 0;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("agent failed: roleName=" + agent.roleName(), e);
        }
    }

    /**
     * Call every agent once, in order of starting. Agents may start and stop others meanwhile.
     *
     * @return the work they say they did together.
     */
    public int doWork() {
        int workCount = 0;
        for (Agent agent : agents.toArray(new Agent[0])) {
            int index = agents.indexOf(agent);
            if (index >= 0) {
                workCount += doWork(index);
            }
        }
        return workCount;
    }

    /**
     * Call every agent in turn until a whole round does no work. Agents on devices that complete in {@code poll} are then
     * at rest.
     *
     * @param roundLimit the most rounds to take; when it is reached, something is running in a circle.
     * @return the work they say they did together.
     * @throws IllegalStateException when the limit is reached.
     */
    public int doWorkUntilIdle(int roundLimit) {
        int workCount = 0;
        for (int round = 0; round < roundLimit; round++) {
            int done = doWork();
            if (done == 0) {
                return workCount;
            }
            workCount += done;
        }
        throw new IllegalStateException("agents still have work: name=" + name + " roundLimit=" + roundLimit);
    }

    @Override
    public void close() {
        while (!agents.isEmpty()) {
            stop(agents.get(agents.size() - 1));
        }
    }
}
