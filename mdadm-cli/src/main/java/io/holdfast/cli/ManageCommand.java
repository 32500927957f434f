package io.holdfast.cli;

import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.ControlRequest;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.CommandLine.Deed;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * mdadm's manage mode: what is to be done with members of a running array, one after the other as typed. The first that cannot be
 * done ends it; what was done before stays done, and has been said.
 */
final class ManageCommand {
    private static final int UNCHANGED = 2;
    private static final Set<Option> KNOWN = Set.of(
            Option.FAIL, Option.REMOVE, Option.ADD, Option.ADD_SPARE, Option.RE_ADD, Option.REPLACE, Option.WITH);

    private final CommandLine line;
    private final Session session;

    ManageCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
    }

    int run() {
        if (line.words().isEmpty()) {
            throw UsageException.of("an md device must be given in this mode");
        }
        for (Option option : List.of(Option.RUN, Option.READONLY)) {
            if (line.has(option)) {
                throw UsageException.of(option.text()
                        + " of a running array is not available yet; stop it, and assemble it with "
                        + option.text() + ".");
            }
        }
        if (line.deeds().isEmpty()) {
            throw UsageException.of("nothing to do with " + line.words().get(0)
                    + ": name devices behind --add, --fail, --remove and so on.");
        }
        String name = RunningArray.name(line.words().get(0), session);
        List<ControlRequest> requests = requests();
        int changeCount = 0;
        try (ControlClient client = ControlClient.connect(session.runFolder(), name)) {
            for (ControlRequest request : requests) {
                changeCount += act(client, name, request);
            }
        } catch (DaemonException e) {
            session.say(e.getMessage());
            return e.exitCode();
        }
        return line.has(Option.TEST) && changeCount == 0 ? UNCHANGED : Session.OK;
    }

    /** All of them are understood before the first is sent. */
    private List<ControlRequest> requests() {
        List<ControlRequest> requests = new ArrayList<>();
        List<ControlRequest> unpaired = new ArrayList<>();
        for (Deed deed : line.deeds()) {
            if (!KNOWN.contains(deed.option())) {
                throw UsageException.of(deed.option().text()
                        + " is not available; 'holdfast journal add' gives a running array a journal.");
            }
            if (deed.option() == Option.WITH) {
                if (unpaired.isEmpty()) {
                    throw UsageException.of("--with " + deed.word() + " needs a --replace DEV before it");
                }
                unpaired.remove(0).with("with", StartRequest.absolute(deed.word()));
                continue;
            }
            ControlRequest request = ControlRequest.of(verb(deed.option()))
                    .with("word", deed.word())
                    .with("device", StartRequest.absolute(deed.word()))
                    .with("dryRun", line.has(Option.DRY_RUN));
            requests.add(request);
            if (deed.option() == Option.REPLACE) {
                unpaired.add(request);
            }
        }
        return requests;
    }

    private static String verb(Option option) {
        return switch (option) {
            case FAIL -> "fail";
            case REMOVE -> "remove";
            case RE_ADD -> "re-add";
            case REPLACE -> "replace";
            default -> "add";
        };
    }

    private int act(ControlClient client, String array, ControlRequest request) {
        Map<String, Object> result = client.call(request);
        List<?> devices = result.get("devices") instanceof List<?> list ? list : List.of();
        for (Object device : devices) {
            for (String said : said(request, String.valueOf(device), array, result.get("slot"))) {
                if (line.has(Option.DRY_RUN)) {
                    session.out().println("would have " + said);
                } else if (!line.has(Option.QUIET)) {
                    session.say(said);
                }
            }
        }
        return devices.size();
    }

    /** In mdadm's words. */
    private static List<String> said(ControlRequest request, String device, String array, Object slot) {
        return switch (request.verb()) {
            case "fail" -> List.of("set " + device + " faulty in " + array);
            case "remove" -> List.of("hot removed " + device + " from " + array);
            case "re-add" -> List.of("re-added " + device);
            case "replace" -> {
                String marked = "Marked " + device + " (device " + slot + " in " + array + ") for replacement";
                String with = request.text("with", null);
                yield with == null
                        ? List.of(marked)
                        : List.of(marked, "Marked " + with + " in " + array + " as replacement for device " + slot);
            }
            default -> List.of("added " + device);
        };
    }
}
