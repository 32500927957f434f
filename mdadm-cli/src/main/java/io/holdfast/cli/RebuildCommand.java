package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.cli.report.JsonWriter;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ReplayProgress;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncTask;
import io.holdfast.raid.metadata.AddedDevice;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlanner;
import io.holdfast.raid.metadata.DeviceVerdict;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockReader;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import picocli.CommandLine.ParseResult;

/** {@code rebuild}: a missing member back, onto a new device. */
final class RebuildCommand {
    private final WordOptions options;
    private final Session session;
    private final String target;
    private final List<String> devices;

    RebuildCommand(ParseResult words, Session session) {
        this.options = new WordOptions(words, session);
        this.session = session;
        this.target = options.positional(0);
        this.devices = options.devices(1);
    }

    int run() {
        JournalLossPolicy lossPolicy = options.lossPolicy();
        Optional<String> running = RunningArray.find(devices, session);
        if (running.isPresent()) {
            return new RunningRebuild(options, target, running.get()).run();
        }
        List<String> all = new ArrayList<>(devices);
        all.add(target);
        Owner.checkDistinct(all);
        AssemblyPlan plan = plan();
        if (options.has("--dry-run")) {
            belongings(plan).forEach(session::remark);
            int slot = plan.missingSlots().stream()
                    .filter(missing -> plan.recovering(missing).isEmpty())
                    .findFirst()
                    .orElseThrow();
            session.out().println("would make " + target + " the member of slot " + slot + ", and rebuild all of it");
            return Session.OK;
        }
        if (!mayOverwrite(plan)) {
            session.say("rebuild aborted.");
            return Session.FAILED;
        }
        addSpare(plan, target, session);
        ArrayNews news = new ArrayNews();
        try (Interruption interruption = new Interruption();
                RaidArray array = new ArrayOpener()
                        .run(true)
                        .force(options.has("--force"))
                        .onJournalLoss(lossPolicy)
                        .listener(news)
                        .open(all)) {
            ReplayProgress replay = ReplayWait.await(array, options, interruption);
            SyncProgress end = finishPending(array, options::progress, interruption);
            int slot = slotOf(array.state(), target);
            if (slot >= 0 && array.state().slots().get(slot).inSync()) {
                report(slot, array, replay);
                return Session.OK;
            }
            session.say(
                    end != null && end.outcome() == SyncProgress.Outcome.STOPPED
                            ? "interrupted; " + target
                                    + " is a member now, and the rebuild goes on from where it was at the"
                                    + " next start."
                            : "the rebuild did not come to its end" + (end == null ? "." : ": " + end.message()));
            return Session.FAILED;
        } finally {
            news.tell(session, null);
        }
    }

    private AssemblyPlan plan() {
        AssemblyOptions wanted = new AssemblyOptions(options.has("--force"), true, false, null);
        AssemblyPlan plan = AssemblyPlanner.plan(Looker.examineAll(devices), wanted);
        if (!plan.isWritable()) {
            throw new ArrayException(IoStatus.UNSUPPORTED, plan.reason());
        }
        boolean hasRoom = plan.missingSlots().stream()
                .anyMatch(slot -> plan.recovering(slot).isEmpty());
        if (!hasRoom) {
            throw new ArrayException(
                    IoStatus.UNSUPPORTED,
                    "every slot of the array has a member among the devices given; there is nothing to rebuild onto "
                            + target + ".");
        }
        if (!plan.spares().isEmpty()
                && plan.spares().size() >= plan.missingSlots().size()) {
            throw new ArrayException(
                    IoStatus.UNSUPPORTED,
                    plan.spares().get(0).deviceName() + " stands by as a spare and will be rebuilt onto first;"
                            + " 'holdfast check --repair' with all devices does that.");
        }
        return plan;
    }

    private boolean mayOverwrite(AssemblyPlan plan) {
        if (options.has("--run")) {
            return true;
        }
        List<String> lines = belongings(plan);
        lines.forEach(session::remark);
        return lines.isEmpty() || session.isConfirmed("Continue rebuilding onto " + target + "? ");
    }

    /** What somebody may miss that is on the new device. */
    private List<String> belongings(AssemblyPlan plan) {
        return Looker.look(target, (device, examined) -> {
            boolean isReturning = examined.isValid()
                    && examined.superblock()
                            .setUuidText()
                            .equals(plan.identity().orElseThrow().uuid());
            return isReturning
                    ? List.<String>of()
                    : Belongings.on(device, examined, session.clock().getZone());
        });
    }

    /**
     * Make a device a spare of an array that is not running.
     *
     * @param plan    of the array, without the device.
     * @param name    of the device.
     * @param session for chance.
     */
    static void addSpare(AssemblyPlan plan, String name, Session session) {
        List<Superblock> present = new ArrayList<>();
        for (DeviceVerdict verdict : plan.devices()) {
            if (verdict.isUsed()) {
                present.add(verdict.superblock());
            }
        }
        Superblock freshest = plan.devices().stream()
                .filter(DeviceVerdict::isInSync)
                .map(DeviceVerdict::superblock)
                .max(Comparator.comparingLong(Superblock::events))
                .orElseThrow();
        try (BlockDevice device = Owner.open(name)) {
            ExaminedDevice examined = SuperblockReader.examine(device);
            if (examined.verdict() == ExaminedDevice.Verdict.UNREADABLE) {
                throw new DeviceException(name, IoStatus.MEDIA_ERROR, examined.reason());
            }
            Superblock previous = examined.isValid() ? examined.superblock() : null;
            Superblock superblock =
                    AddedDevice.spare(freshest, present, name, device.geometry(), previous, session.random());
            SuperblockWriter.zero(device);
            SuperblockWriter.write(device, superblock);
            device.flush();
        }
    }

    /** Wait for the resync or recovery that an array began when it was started; null when there was none. */
    static SyncProgress finishPending(
            RaidArray array, BiFunction<String, Long, Progress> progressFactory, Interruption interruption) {
        SyncProgress end = null;
        for (SyncTask task = array.currentSync(); task != null; task = next(array, task)) {
            String label = task.activity().name().toLowerCase(Locale.ROOT);
            Progress progress = progressFactory.apply(label, task.progress().totalLength());
            end = SyncWait.await(task, progress, interruption);
            if (end.outcome() == SyncProgress.Outcome.COMPLETE) {
                progress.finish();
            } else {
                progress.abandon();
                return end;
            }
        }
        return end;
    }

    private static SyncTask next(RaidArray array, SyncTask done) {
        SyncTask task = array.currentSync();
        return task == done ? null : task;
    }

    private static int slotOf(ArrayState state, String name) {
        for (int slot = 0; slot < state.slots().size(); slot++) {
            if (state.slots().get(slot).deviceName().equals(name)) {
                return slot;
            }
        }
        return -1;
    }

    private void report(int slot, RaidArray array, ReplayProgress replay) {
        if (options.has("--json")) {
            JsonWriter json =
                    new JsonWriter().beginObject().member("device", target).member("slot", slot);
            json.member("arrayUuid", array.description().uuid());
            ReplayWait.write(json, replay);
            session.out().print(json.endObject());
        } else {
            session.out()
                    .println(target + " is rebuilt and serves slot " + slot + " of "
                            + array.description().level() + " array "
                            + array.description().uuid() + ".");
        }
    }
}
