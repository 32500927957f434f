package io.holdfast.cli.report;

import io.holdfast.raid.metadata.ArrayIdentity;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.DeviceVerdict;
import java.util.Locale;
import java.util.Optional;

/** A plan of assembly, as text or JSON. */
public final class PlanReport {
    private final AssemblyPlan plan;
    private final Optional<Log> log;

    /**
     * What the log of a journaled array holds.
     *
     * @param blockCount valid log blocks from the tail on.
     * @param pageCount  pages of data and parity in them.
     * @param sentence   the same for people, and why the scan ended.
     */
    public record Log(long blockCount, long pageCount, String sentence) {}

    /**
     * Prepare a report.
     *
     * @param plan to describe.
     * @param log  what its journal holds; empty where there is none to look at.
     */
    public PlanReport(AssemblyPlan plan, Optional<Log> log) {
        this.plan = plan;
        this.log = log;
    }

    /** A line for each device, then what happens and why. */
    public String text() {
        StringBuilder text = new StringBuilder();
        plan.lines().forEach(line -> text.append(line).append('\n'));
        log.ifPresent(found -> text.append(found.sentence()).append('\n'));
        return text.toString();
    }

    /** One object. */
    public String json() {
        JsonWriter json = new JsonWriter().beginObject();
        Optional<ArrayIdentity> identity = plan.identity();
        json.member("arrayUuid", identity.map(ArrayIdentity::uuid).orElse(null));
        json.member("name", identity.map(ArrayIdentity::name).orElse(null));
        json.member("outcome", word(plan.outcome().name()));
        json.member("decision", word(plan.decision().name()));
        json.member("wouldStart", plan.isOpenable());
        json.member("writable", plan.isWritable());
        json.member("reason", plan.reason());
        json.member("journal", word(plan.journalState().name()));
        if (log.isPresent()) {
            json.member("journalBlocks", log.get().blockCount());
            json.member("journalPages", log.get().pageCount());
        }
        json.beginArray("missingSlots");
        plan.missingSlots().forEach(slot -> json.element(Integer.toString(slot)));
        json.endArray();
        json.beginArray("devices");
        for (DeviceVerdict device : plan.devices()) {
            json.beginObject().member("device", device.deviceName());
            json.member("verdict", word(device.kind().name()));
            if (device.slot() >= 0) {
                json.member("slot", device.slot());
            }
            json.member("eventsBehind", device.eventsBehind());
            json.member("sentence", device.sentence()).endObject();
        }
        return json.endArray().endObject().toString();
    }

    private static String word(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
