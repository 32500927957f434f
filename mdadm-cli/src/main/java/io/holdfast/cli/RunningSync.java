package io.holdfast.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.ControlRequest;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.raid.SyncReport;
import java.io.IOException;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/** Long work of an array that a daemon runs: started, stopped and waited for over its control socket. */
final class RunningSync {
    private final Session session;
    private final String name;

    RunningSync(Session session, String name) {
        this.session = session;
        this.name = name;
    }

    /**
     * How work ended.
     *
     * @param waited            whether there was any.
     * @param activity          which it was.
     * @param outcome           complete, stopped or failed.
     * @param doneLength        bytes of every member dealt with.
     * @param mismatchedSectors where parity did not fit.
     * @param message           why it failed, or empty.
     * @param report            what it found.
     */
    record End(
            boolean waited,
            String activity,
            String outcome,
            long doneLength,
            long mismatchedSectors,
            String message,
            SyncReport report) {}

    /**
     * Start work, or end it.
     *
     * @param action check, repair, rewrite-parity or idle.
     */
    void act(String action) {
        ControlClient.ask(session.runFolder(), name, ControlRequest.of("sync").with("action", action));
    }

    /**
     * Wait until nothing is going on.
     *
     * @param progressOf   makes a progress, given the bytes there are to do; called once something is known of them.
     * @param isUnwanted   whether the work is to end; asked now and then.
     * @return how the last of it ended.
     */
    End await(LongFunction<Progress> progressOf, BooleanSupplier isUnwanted) {
        Progress[] progress = new Progress[1];
        boolean[] isStopped = new boolean[1];
        try (ControlClient client = ControlClient.connect(session.runFolder(), name)) {
            Map<String, Object> end = client.call(ControlRequest.of("wait"), state -> {
                if (progress[0] == null) {
                    progress[0] = progressOf.apply(number(state, "totalLength"));
                }
                progress[0].at(number(state, "doneLength"));
                if (isUnwanted.getAsBoolean() && !isStopped[0]) {
                    isStopped[0] = true;
                    act("idle");
                }
            });
            if (progress[0] != null) {
                progress[0].abandon();
            }
            return new End(
                    Boolean.TRUE.equals(end.get("waited")),
                    text(end, "activity"),
                    text(end, "outcome"),
                    number(end, "doneLength"),
                    number(end, "mismatchedSectors"),
                    text(end, "message"),
                    report(end));
        }
    }

    private static SyncReport report(Map<String, Object> members) {
        if (!(members.get("report") instanceof Map<?, ?> report)) {
            return SyncReport.NOTHING;
        }
        try {
            return JSON.std.beanFrom(SyncReport.class, JSON.std.asString(report));
        } catch (IOException e) {
            throw new DaemonException("the daemon sent a report that cannot be read: " + e.getMessage());
        }
    }

    private static long number(Map<String, Object> members, String name) {
        return members.get(name) instanceof Number number ? number.longValue() : 0;
    }

    private static String text(Map<String, Object> members, String name) {
        return members.get(name) instanceof String text ? text : "";
    }
}
