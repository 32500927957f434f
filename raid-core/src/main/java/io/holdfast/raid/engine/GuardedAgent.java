package io.holdfast.raid.engine;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;

/**
 * One of an engine's agents, which all end when one fails: what the failed one had in its hands will never be answered, and
 * the others would wait for it.
 */
final class GuardedAgent implements Agent {
    /** Told what becomes of the agents. */
    interface Ward {
        /** An agent was put on its loop; this is the loop's thread. */
        void onStarted(Thread thread);

        /** An agent failed: nothing that a disk or a caller may do, only a bug, leads here. */
        void onFailed(Throwable failure);

        /** Whether all agents are to end. */
        boolean isEnding();

        /** An agent has ended and will touch nothing any more. */
        void onEnded();
    }

    private final Agent agent;
    private final Ward ward;

    GuardedAgent(Agent agent, Ward ward) {
        this.agent = agent;
        this.ward = ward;
    }

    @Override
    public String roleName() {
        return agent.roleName();
    }

    @Override
    public void onStart() {
        ward.onStarted(Thread.currentThread());
        try {
            agent.onStart();
        } catch (Throwable t) {
            ward.onFailed(t);
            throw t;
        }
    }

    @Override
    public int doWork() throws Exception {
        if (ward.isEnding()) {
            throw new AgentTerminationException();
        }
        try {
            return agent.doWork();
        } catch (Throwable t) {
            ward.onFailed(t);
            throw t;
        }
    }

    @Override
    public void onClose() {
        try {
            agent.onClose();
        } finally {
            ward.onEnded();
        }
    }
}
