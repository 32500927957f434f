package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.DeviceInUseException;
import io.holdfast.cli.daemon.RunFolder;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.journal.JournalArea;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.layout.LayoutAlgorithm;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.metadata.ConfigurationException;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewArrayPlan;
import io.holdfast.raid.metadata.NewDevice;
import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.SuperblockLocation;
import io.holdfast.raid.metadata.SuperblockReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code --create}: write the metadata of a new array. Everything is checked, and what might be missed is asked about,
 * before the first byte is written. Then the array is started, unless it is to be left as it is.
 */
final class CreateCommand {
    private static final String MISSING = "missing";
    private static final int SECTORS_PER_KIB = 2;
    /** 100 GiB. */
    private static final long LARGE_MEMBER_SECTORS = 209_715_200L;

    private final CommandLine line;
    private final Session session;
    private final List<String> names;
    private final List<BlockDevice> devices = new ArrayList<>();
    private int journalIndex = -1;
    private int journalCount;

    CreateCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
        this.names = new ArrayList<>(line.words());
    }

    int run() {
        checkRequest();
        String array = names.remove(0);
        boolean isToStart = !line.has(Option.NO_START) && !line.has(Option.DRY_RUN);
        StartRequest start = isToStart ? startRequest(array) : null;
        if (line.has(Option.WRITE_JOURNAL)) {
            // Its number in the array follows from where in the list it stands.
            journalIndex = Math.min(Math.max(line.writeJournalIndex() - 1, 0), names.size());
            List<String> copies = journals(line.text(Option.WRITE_JOURNAL));
            journalCount = copies.size();
            names.addAll(journalIndex, copies);
        }
        try {
            Owner.checkDistinct(names);
            if (!openAll()) {
                return Session.USAGE;
            }
            int exitCode = create(array, start);
            if (exitCode != Session.OK || start == null) {
                return exitCode;
            }
        } catch (ConfigurationException e) {
            session.say(e.getMessage());
            return Session.FAILED;
        } finally {
            closeAll();
        }
        return start(start.with(present()));
    }

    /** What might be in the way of a start is found out before anything is written. */
    private StartRequest startRequest(String array) {
        StartRequest start = StartRequest.of(line, RunFolder.requireName(array), List.of());
        start.checkPlace(session);
        return start;
    }

    private List<String> present() {
        return names.stream().filter(name -> !name.equals(MISSING)).toList();
    }

    private int start(StartRequest request) {
        if (line.has(Option.FOREGROUND)) {
            return new DaemonRun(request, session).run();
        }
        int exitCode = AssembleCommand.launch(session, request.quiet());
        if (exitCode == Session.OK && !line.has(Option.QUIET)) {
            session.say("array " + request.name() + " started.");
        }
        return exitCode;
    }

    /** Several names, unless there is something of just that name. */
    static List<String> journals(String text) {
        return Files.exists(Path.of(text)) ? List.of(text) : List.of(text.split(",", -1));
    }

    private void checkRequest() {
        if (names.isEmpty()) {
            throw UsageException.of("an md device must be given in this mode");
        }
        if (line.raidDevices() == CommandLine.NOT_GIVEN) {
            throw UsageException.incomplete("no raid-devices specified.");
        }
        if (line.level() == null) {
            throw UsageException.incomplete("a RAID level is needed to create an array.");
        }
        RaidLevel level = line.level();
        if (line.raidDevices() < level.minMemberCount()) {
            throw UsageException.incomplete(
                    "at least " + level.minMemberCount() + " raid-devices needed for level " + level.number());
        }
        int listed = names.size() - 1;
        int wanted = line.raidDevices() + Math.max(0, line.spareDevices());
        if (listed < wanted) {
            throw UsageException.incomplete("You haven't given enough devices (real or missing) to create this array");
        }
        if (listed > wanted) {
            throw UsageException.incomplete(
                    "You have listed more devices (" + listed + ") than are in the array(" + wanted + ")!");
        }
    }

    private boolean openAll() {
        for (String name : names) {
            if (name.equals(MISSING)) {
                devices.add(null);
                continue;
            }
            try {
                devices.add(Owner.open(name));
            } catch (DeviceInUseException e) {
                session.say("cannot open " + name + ": Device or resource busy: " + e.getMessage());
                return false;
            } catch (DeviceException e) {
                // Opening as mdadm words it, where it is something it knows.
                session.say(peekProblem(name, e.getMessage()));
                return false;
            }
        }
        return true;
    }

    private static String peekProblem(String name, String otherwise) {
        try {
            Looker.open(name).close();
            return otherwise;
        } catch (DeviceException e) {
            return e.getMessage();
        }
    }

    private int create(String array, StartRequest start) {
        NewArray request = request(array);
        boolean mustAsk = false;
        for (int i = 0; i < names.size(); i++) {
            mustAsk |= add(request, i);
        }
        NewArrayPlan plan = plan(request);
        checkJournal(plan);
        announceDefaults(plan);
        for (String warning : plan.warnings()) {
            session.say(warning);
            mustAsk = true;
        }
        if (line.has(Option.DRY_RUN)) {
            tell(array, plan);
            return Session.OK;
        }
        if (mustAsk
                && !line.has(Option.RUN)
                && !line.has(Option.FORCE)
                && !session.isConfirmed("Continue creating array? ")) {
            session.say("create aborted.");
            return Session.FAILED;
        }
        RaidArray.create(plan, devices, session.random());
        if (start == null && !line.has(Option.QUIET)) {
            session.say("array " + array + " created, not started.");
        }
        return Session.OK;
    }

    /** What would be written, if it were. */
    private void tell(String array, NewArrayPlan plan) {
        for (NewArrayPlan.Device planned : plan.devices()) {
            int role = planned.superblock().ownRole();
            String what = planned.isJournal() ? "the journal" : Role.isSlot(role) ? "member " + role : "a spare";
            session.out().println("would make " + planned.name() + " " + what + " of " + array);
        }
        session.out()
                .println("would give " + array + " raid" + line.level().number() + " of "
                        + plan.sizeSectors() / SECTORS_PER_KIB + "K on each of " + line.raidDevices()
                        + " members, in chunks of " + plan.chunkSectors() / SECTORS_PER_KIB + "K"
                        + (line.has(Option.NO_START) ? "" : ", and start it"));
    }

    /** As mdadm does, an array of large members gets a bitmap unless it is said how it is to be kept consistent. */
    private NewArrayPlan plan(NewArray request) {
        NewArrayPlan plan = request.plan();
        boolean isSaid = line.has(Option.BITMAP) || line.consistencyPolicy() != null || journalCount > 0;
        if (isSaid || plan.sizeSectors() <= LARGE_MEMBER_SECTORS) {
            return plan;
        }
        if (line.has(Option.VERBOSE)) {
            session.say("automatically enabling write-intent bitmap on large array");
        }
        return request.bitmap(true).plan();
    }

    private NewArray request(String array) {
        NewArray request = new NewArray()
                .level(line.level().number())
                .raidDisks(line.raidDevices())
                .spareDisks(Math.max(0, line.spareDevices()))
                .name(line.has(Option.NAME) ? line.text(Option.NAME) : defaultName(array))
                .homehost(session.homehost(line))
                .assumeClean(line.has(Option.ASSUME_CLEAN))
                .force(line.has(Option.FORCE))
                .creationTimeSeconds(session.clock().instant().getEpochSecond())
                .random(session.random());
        if (line.layout() != CommandLine.NOT_GIVEN) {
            request.layout(line.layout());
        }
        if (line.chunkSectors() != CommandLine.NOT_GIVEN) {
            request.chunkSectors((int) line.chunkSectors());
        }
        if (line.sizeSectors() != CommandLine.NOT_GIVEN) {
            request.sizeSectors(line.sizeSectors());
        }
        if (line.dataOffsetSectors() != CommandLine.NOT_GIVEN) {
            request.dataOffsetSectors(line.dataOffsetSectors());
        }
        if (line.minorVersion() != CommandLine.NOT_GIVEN) {
            request.location(SuperblockLocation.ofMinorVersion(line.minorVersion()));
        }
        request.bitmap(line.hasBitmap());
        if (line.bitmapChunkSectors() != CommandLine.NOT_GIVEN) {
            request.bitmapChunkLength(line.bitmapChunkSectors() * DeviceGeometry.SECTOR_LENGTH);
        }
        if (line.bitmapDelaySeconds() != CommandLine.NOT_GIVEN) {
            request.bitmapFlushPeriodSeconds(line.bitmapDelaySeconds());
        }
        if (line.uuid() != null) {
            request.uuid(line.uuid());
        }
        return request;
    }

    /** An array is called after its device: {@code /dev/md0} and {@code md0} are 0, {@code /dev/md/home} is home. */
    private static String defaultName(String array) {
        String name = array.substring(array.lastIndexOf('/') + 1);
        boolean isNumbered = name.startsWith("md")
                && name.length() > 2
                && name.substring(2).chars().allMatch(c -> c >= '0' && c <= '9');
        return isNumbered ? name.substring(2) : name;
    }

    /** Put a device into the request, and say what it holds. Returns whether that is something to ask about. */
    private boolean add(NewArray request, int index) {
        BlockDevice device = devices.get(index);
        if (device == null) {
            request.device(NewDevice.missing());
            return false;
        }
        ExaminedDevice examined = SuperblockReader.examine(device);
        if (examined.verdict() == ExaminedDevice.Verdict.UNREADABLE) {
            throw new ConfigurationException("devices", examined.reason());
        }
        NewDevice entry = index >= journalIndex && index < journalIndex + journalCount
                ? NewDevice.journal(device.name(), device.geometry())
                : NewDevice.member(device.name(), device.geometry());
        request.device(examined.isValid() ? entry.withPrevious(examined.superblock()) : entry);
        List<String> lines = Belongings.on(device, examined, session.clock().getZone());
        lines.forEach(session::remark);
        return !lines.isEmpty();
    }

    private static void checkJournal(NewArrayPlan plan) {
        for (NewArrayPlan.Device planned : plan.devices()) {
            long sectors = planned.superblock().dataSizeSectors();
            if (planned.isJournal() && sectors < JournalArea.MIN_LENGTH_SECTORS) {
                throw new ConfigurationException(
                        "write-journal",
                        planned.name() + ": has room for " + sectors + " sectors of log, a journal needs at least "
                                + JournalArea.MIN_LENGTH_SECTORS + "; name a larger device.");
            }
        }
    }

    private void announceDefaults(NewArrayPlan plan) {
        if (line.has(Option.VERBOSE)) {
            if (line.layout() == CommandLine.NOT_GIVEN && line.level() != RaidLevel.RAID4) {
                session.say("layout defaults to " + LayoutAlgorithm.nameOf(line.level(), plan.layout()));
            }
            if (line.chunkSectors() == CommandLine.NOT_GIVEN) {
                session.say("chunk size defaults to " + plan.chunkSectors() / SECTORS_PER_KIB + "K");
            }
            if (line.sizeSectors() == CommandLine.NOT_GIVEN) {
                session.say("size set to " + plan.sizeSectors() / SECTORS_PER_KIB + "K");
            }
        }
        if (line.minorVersion() == CommandLine.NOT_GIVEN && !line.has(Option.QUIET)) {
            session.say("Defaulting to version 1.2 metadata");
        }
    }

    private void closeAll() {
        for (BlockDevice device : devices) {
            if (device != null) {
                device.close();
            }
        }
    }
}
