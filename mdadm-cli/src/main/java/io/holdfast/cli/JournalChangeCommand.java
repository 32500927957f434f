package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.JsonWriter;
import io.holdfast.journal.LogMirror;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ReplayProgress;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlan.JournalState;
import io.holdfast.raid.metadata.AssemblyPlanner;
import io.holdfast.raid.metadata.DeviceVerdict;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.agrona.CloseHelper;
import picocli.CommandLine.ParseResult;

/**
 * {@code journal add}, {@code add-copy}, {@code replace} and {@code remove}: another journal for an array. For one that is not
 * running: says what will happen, asks where something may be missed, starts the array, changes its journal as a running array does, and
 * stops it.
 */
final class JournalChangeCommand {
    private final JournalChange change;
    private final WordOptions options;
    private final Session session;
    private final List<String> added;
    private final List<String> devices;

    JournalChangeCommand(JournalChange change, ParseResult words, Session session) {
        this.change = change;
        this.options = new WordOptions(words, session);
        this.session = session;
        boolean adds = change != JournalChange.REMOVE;
        added = adds ? CreateCommand.journals(options.positional(0)) : List.of();
        devices = options.devices(adds ? 1 : 0);
    }

    int run() {
        checkNames();
        Optional<String> running = RunningArray.find(devices, session);
        if (running.isPresent()) {
            return new RunningJournalChange(change, options, added, running.get()).run();
        }
        AssemblyPlan plan = plan();
        checkState(plan);
        List<String> remarks = belongings(plan);
        if (!options.isQuiet()) {
            new JournalChangePlan(change, plan, added).lines().forEach(session.out()::println);
            // Before anything on the other stream.
            session.out().flush();
        }
        if (options.has("--dry-run")) {
            remarks.forEach(session::remark);
            if (options.has("--json")) {
                reportJson(plan, ReplayProgress.NONE);
            }
            return Session.OK;
        }
        if (!mayGoOn(plan, remarks)) {
            session.say("journal " + change.verb() + " aborted; nothing was written.");
            return Session.FAILED;
        }
        return change(plan);
    }

    private void checkNames() {
        if (change == JournalChange.ADD_COPY && added.size() > 1) {
            throw UsageException.of("journal add-copy: one copy is added at a time; name one new device.");
        }
        if (added.size() > LogMirror.MAX_COPIES) {
            throw UsageException.of("journal " + change.verb() + ": a journal has 1 to " + LogMirror.MAX_COPIES
                    + " copies, and not " + added.size());
        }
        if (added.contains("")) {
            throw UsageException.of("journal " + change.verb()
                    + ": there is nothing before or behind a comma; name the new devices as A or A,B.");
        }
        List<String> all = new ArrayList<>(added);
        all.addAll(devices);
        Owner.checkDistinct(all);
    }

    private AssemblyPlan plan() {
        boolean givesUp = options.has("--force") && change.mayGiveUp();
        AssemblyOptions wanted =
                new AssemblyOptions(options.has("--force"), options.has("--run"), false, null, givesUp);
        AssemblyPlan plan = AssemblyPlanner.plan(Looker.examineAll(devices), wanted);
        if (plan.isWritable()) {
            return plan;
        }
        boolean isLost = plan.journalState() == JournalState.MISSING || plan.journalState() == JournalState.STALE;
        throw new ArrayException(
                IoStatus.UNSUPPORTED,
                plan.reason()
                        + (isLost && change.mayGiveUp()
                                ? " If it will not come back, --force gives it up, with what only it held."
                                : isLost
                                        ? " 'holdfast journal replace --force' gives it up and puts another in its"
                                                + " place."
                                        : ""));
    }

    private void checkState(AssemblyPlan plan) {
        JournalState state = plan.journalState();
        String problem = null;
        if (change == JournalChange.ADD && state == JournalState.PRESENT) {
            problem = "the array has a journal, " + JournalChangePlan.names(plan.journals())
                    + ": 'holdfast journal add-copy' adds another copy of it, and 'holdfast journal replace' puts"
                    + " another in its place.";
        } else if (change != JournalChange.ADD && state == JournalState.NOT_USED) {
            problem = "the array has no journal"
                    + (change == JournalChange.REMOVE ? "." : "; 'holdfast journal add' gives it one.");
        } else if (change == JournalChange.ADD_COPY && plan.journals().size() == LogMirror.MAX_COPIES) {
            problem = "the journal has " + LogMirror.MAX_COPIES + " copies, and there can be no more.";
        }
        if (problem != null) {
            throw new ArrayException(IoStatus.UNSUPPORTED, problem);
        }
    }

    /** What somebody may miss that is on the new devices. */
    private List<String> belongings(AssemblyPlan plan) {
        String uuid = plan.identity().orElseThrow().uuid();
        List<String> lines = new ArrayList<>();
        for (String name : added) {
            lines.addAll(Looker.look(name, (device, examined) -> {
                if (examined.verdict() == ExaminedDevice.Verdict.UNREADABLE) {
                    throw new ArrayException(IoStatus.MEDIA_ERROR, examined.reason());
                }
                boolean wasJournal = examined.isValid()
                        && examined.superblock().setUuidText().equals(uuid)
                        && examined.superblock().ownRole() == Role.JOURNAL
                        && plan.journalState() != JournalState.GIVEN_UP;
                // The array's own journal of earlier holds nothing that the members do not.
                return wasJournal
                        ? List.<String>of()
                        : Belongings.on(device, examined, session.clock().getZone());
            }));
        }
        return lines;
    }

    private boolean mayGoOn(AssemblyPlan plan, List<String> remarks) {
        remarks.forEach(session::remark);
        boolean isAnythingLost = plan.journalState() == JournalState.GIVEN_UP;
        if (isAnythingLost) {
            session.say(plan.reason());
        }
        return (remarks.isEmpty() && !isAnythingLost)
                || options.has("--yes")
                || options.has("--run")
                || session.isConfirmed("Continue changing the journal? ");
    }

    private int change(AssemblyPlan plan) {
        List<BlockDevice> opened = new ArrayList<>();
        boolean isHandedOver = false;
        ArrayNews news = new ArrayNews();
        try (Interruption interruption = new Interruption()) {
            for (String name : added) {
                opened.add(Owner.open(name));
            }
            ReplayProgress replay;
            try (RaidArray array = new ArrayOpener()
                    .run(options.has("--run"))
                    .force(options.has("--force"))
                    .withoutJournal(plan.journalState() == JournalState.GIVEN_UP)
                    .listener(news)
                    .open(devices)) {
                replay = ReplayWait.await(array, options, interruption);
                if (interruption.isRequested()) {
                    session.say("interrupted; the journal is as it was.");
                    return Session.FAILED;
                }
                isHandedOver = true;
                change(array, opened);
                if (plan.journalState() == JournalState.GIVEN_UP) {
                    finishResync(array, interruption);
                }
            }
            news.tell(session, null);
            report(plan, replay);
            return Session.OK;
        } finally {
            news.tell(session, null);
            if (!isHandedOver) {
                CloseHelper.quietCloseAll(opened);
            }
        }
    }

    private void change(RaidArray array, List<BlockDevice> opened) {
        if (change == JournalChange.ADD_COPY) {
            array.addJournalCopy(opened.get(0));
        } else if (!opened.isEmpty()) {
            array.useJournal(opened.toArray(new BlockDevice[0]));
        } else if (array.state().journaled()) {
            array.removeJournal();
        }
    }

    /** What the lost log would have put right. The next start goes on with it, but until then parity is not to be relied on. */
    private void finishResync(RaidArray array, Interruption interruption) {
        SyncProgress end = RebuildCommand.finishPending(array, options::progress, interruption);
        if (end != null && end.outcome() != SyncProgress.Outcome.COMPLETE) {
            session.say("the resync did not come to its end; it goes on at the next start.");
        }
    }

    private void report(AssemblyPlan plan, ReplayProgress replay) {
        if (options.has("--json")) {
            reportJson(plan, replay);
            return;
        }
        List<String> after = after(plan);
        List<String> freed = change == JournalChange.ADD_COPY ? List.of() : before(plan);
        session.out()
                .println(
                        after.isEmpty()
                                ? "The array has no journal now."
                                : "The array's journal is on " + String.join(", ", after) + " now.");
        if (!freed.isEmpty() && !options.isQuiet()) {
            session.out()
                    .println(String.join(", ", freed) + (freed.size() == 1 ? " is" : " are")
                            + " free: 'holdfast --zero-superblock " + String.join(" ", freed)
                            + "' makes a stranger of " + (freed.size() == 1 ? "it." : "them."));
        }
    }

    private void reportJson(AssemblyPlan plan, ReplayProgress replay) {
        JsonWriter json = new JsonWriter().beginObject().member("change", change.verb());
        json.member("arrayUuid", plan.identity().orElseThrow().uuid());
        json.member("done", !options.has("--dry-run"));
        json.member("givenUp", plan.journalState() == JournalState.GIVEN_UP);
        write(json, "before", before(plan));
        write(json, "after", after(plan));
        ReplayWait.write(json, replay);
        session.out().print(json.endObject());
    }

    private static List<String> before(AssemblyPlan plan) {
        return plan.journals().stream().map(DeviceVerdict::deviceName).toList();
    }

    private List<String> after(AssemblyPlan plan) {
        List<String> after = new ArrayList<>(change == JournalChange.ADD_COPY ? before(plan) : List.of());
        after.addAll(added);
        return after;
    }

    private static void write(JsonWriter json, String name, List<String> values) {
        json.beginArray(name);
        values.forEach(json::element);
        json.endArray();
    }
}
