package io.holdfast.blockdev;

import java.util.ArrayList;
import java.util.List;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;

/**
 * The agents of one loop, and what happens to one that fails. Used by the loop's thread alone.
 *
 * <p>An agent that throws is reported, closed and forgotten: its state is unknown, so calling it again could do harm. The
 * others go on. {@link AgentTerminationException} is an agent's way to say that it has finished, and is not reported.
 */
final class AgentRoster {
    private final List<Agent> agents = new ArrayList<>();
    private final ErrorHandler errorHandler;

    AgentRoster(ErrorHandler errorHandler) {
        this.errorHandler = errorHandler;
    }

    boolean isEmpty() {
        return agents.isEmpty();
    }

    void add(Agent agent) {
        agents.add(agent);
        try {
            agent.onStart();
        } catch (Throwable t) {
            fail(agent, t);
        }
    }

    /** Close an agent; does nothing when it is not, or no longer, on the loop. */
    void remove(Agent agent) {
        // Identity, not equals(): two agents may compare equal.
        for (int i = 0; i < agents.size(); i++) {
            if (agents.get(i) == agent) {
                agents.remove(i);
                try {
                    agent.onClose();
                } catch (Throwable t) {
                    errorHandler.onError(t);
                }
                return;
            }
        }
    }

    /** Close every agent, the last to start first. */
    void removeAll() {
        while (!agents.isEmpty()) {
            remove(agents.get(agents.size() - 1));
        }
    }

    /** Call every agent once and return the work they did together. */
    int doWork() {
        int workCount = 0;
        // From the last to the first, so that one which removes itself or a later one disturbs nobody's turn.
        for (int i = agents.size() - 1; i >= 0; i--) {
            if (i < agents.size()) {
                Agent agent = agents.get(i);
                try {
                    workCount += agent.doWork();
                } catch (Throwable t) {
                    fail(agent, t);
                }
            }
        }
        return workCount;
    }

    private void fail(Agent agent, Throwable failure) {
        if (!(failure instanceof AgentTerminationException)) {
            errorHandler.onError(failure);
        }
        remove(agent);
    }
}
