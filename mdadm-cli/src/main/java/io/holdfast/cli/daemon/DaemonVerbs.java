package io.holdfast.cli.daemon;

import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ScrubMode;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncTask;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What can be asked of a daemon, verb by verb. */
final class DaemonVerbs implements ControlServer.Verbs {
    private static final long LOOK_MS = 500;

    private final ArrayDaemon daemon;
    private final RaidArray array;
    private final MemberVerbs members;
    private final JournalVerbs journals;
    private volatile SyncTask lastStarted;

    DaemonVerbs(ArrayDaemon daemon) {
        this.daemon = daemon;
        this.array = daemon.array();
        this.members = new MemberVerbs(daemon);
        this.journals = new JournalVerbs(daemon);
    }

    @Override
    public Object run(ControlRequest request, ControlServer.Progress progress) throws Exception {
        return switch (request.verb()) {
            case "ping" -> Map.of("name", daemon.context().name());
            case "status" -> daemon.status();
            case "stop" -> stop(request);
            case "sync" -> startSync(request);
            case "wait" -> await(progress);
            case "journal" -> journals.change(request);
            case "journal-policy" -> journals.policy(request);
            case "fail", "remove", "add", "re-add", "replace" -> members.run(request);
            default -> throw new DaemonException("a daemon of this version has no verb \"" + request.verb() + "\"", 2);
        };
    }

    private Map<String, Object> stop(ControlRequest request) {
        int clientCount = daemon.clientCount();
        if (clientCount > 0 && !request.flag("force")) {
            throw new DaemonException(
                    "Cannot get exclusive access to " + daemon.context().name()
                            + ":Perhaps a running process, mounted filesystem or active volume group? " + clientCount
                            + (clientCount == 1 ? " NBD connection is" : " NBD connections are")
                            + " open; --force hangs up on them.");
        }
        daemon.stop();
        return Map.of("stopped", true);
    }

    private Map<String, Object> startSync(ControlRequest request) {
        String action = request.text("action");
        switch (action) {
            case "check" -> lastStarted = array.check(ScrubMode.CHECK);
            case "repair" -> lastStarted = array.check(ScrubMode.CORRECT);
            case "rewrite-parity" -> lastStarted = array.check(ScrubMode.CORRECT_OR_REWRITE_PARITY);
            case "idle" -> {
                SyncTask task = array.currentSync();
                if (task != null) {
                    task.stop();
                    task.completion().join();
                }
            }
            case "pause" -> {
                SyncTask stopped = daemon.scrubs().pause();
                if (stopped != null) {
                    stopped.completion().join();
                }
            }
            case "resume" -> daemon.scrubs().resume();
            default ->
                throw new DaemonException(
                        "action must be one of idle, check, repair, rewrite-parity, pause, resume", 2);
        }
        return Map.of("action", action);
    }

    /** Wait until nothing long is going on; tells whether there was anything. */
    private Map<String, Object> await(ControlServer.Progress progress) throws IOException, InterruptedException {
        SyncProgress last = null;
        SyncTask ended = null;
        SyncTask task = array.currentSync();
        while (task != null) {
            try {
                last = task.completion().get(LOOK_MS, TimeUnit.MILLISECONDS);
                ended = task;
                SyncTask next = array.currentSync();
                task = next == task ? null : next;
            } catch (TimeoutException e) {
                if (daemon.isStopping()) {
                    throw new DaemonException("the array is being stopped; its work goes on at the next start.");
                }
                progress.tell(daemon.status().sync());
            } catch (ExecutionException e) {
                throw new IllegalStateException("work ended without an outcome: activity=" + task.activity(), e);
            }
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("waited", last != null);
        if (last == null && lastStarted != null) {
            // Work on a small array is over before its client can ask about it.
            ended = lastStarted;
            last = ended.completion().join();
        }
        if (last != null) {
            result.put("activity", ArrayDaemon.word(last.activity().name()));
            result.put("outcome", ArrayDaemon.word(last.outcome().name()));
            result.put("doneLength", last.doneLength());
            result.put("mismatchedSectors", last.mismatchedSectors());
            result.put("message", last.message());
            result.put("report", ended.report());
        }
        return result;
    }
}
