package io.holdfast.cli;

import io.holdfast.cli.daemon.ArrayDaemon;
import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.DaemonContext;

/**
 * {@code --assemble --foreground}: the daemon itself. Ends when the array has been stopped, by request or by a signal; a signal
 * that cannot be caught is a crash, which the next start recovers from.
 */
final class DaemonRun {
    private final StartRequest request;
    private final Session session;

    DaemonRun(StartRequest request, Session session) {
        this.request = request.absolute();
        this.session = session;
    }

    int run() {
        ArrayDaemon daemon = ArrayDaemon.start(new DaemonContext(
                request.name(),
                session.runFolder(),
                request.listen(),
                request.isInsecure(),
                request.plan(),
                listener -> request.opener().listener(listener).open(request.devices()),
                Owner::open,
                name -> Looker.look(name, (device, examined) -> examined),
                request.scrubPeriodSeconds(),
                session.clock(),
                System::nanoTime));
        Thread hook = new Thread(daemon::stop, "holdfast-terminated");
        Runtime.getRuntime().addShutdownHook(hook);
        if (!request.isQuiet()) {
            session.say(started(daemon.status()));
        }
        session.background().ready();
        boolean isInOrder = daemon.awaitEnd();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending, which is why the array was stopped.
            return Session.OK;
        }
        return isInOrder ? Session.OK : Session.FAILED;
    }

    /** In mdadm's words. */
    static String started(ArrayStatus status) {
        StringBuilder text = new StringBuilder(status.name()).append(" has been started with ");
        int count = status.inSyncCount();
        text.append(count).append(count == 1 ? " drive" : " drives");
        if (count < status.slotCount()) {
            text.append(" (out of ").append(status.slotCount()).append(')');
        }
        append(text, status, ArrayStatus.REBUILDING, " rebuilding");
        append(text, status, ArrayStatus.SPARE, " spare");
        append(text, status, ArrayStatus.JOURNAL, " journal");
        return text.append('.').toString();
    }

    private static void append(StringBuilder text, ArrayStatus status, String role, String word) {
        long count = status.devices().stream()
                .filter(device -> device.role().equals(role))
                .count();
        if (count > 0) {
            text.append(" and ").append(count).append(word);
            if (count > 1 && role.equals(ArrayStatus.SPARE)) {
                text.append('s');
            }
        }
    }
}
