package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.raid.metadata.AssemblyDecision;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlanner;
import io.holdfast.raid.metadata.DeviceVerdict;
import io.holdfast.raid.metadata.DeviceVerdict.Kind;
import io.holdfast.raid.metadata.ExaminedDevice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of arrays that Linux left behind: stopped, killed, degraded, or carrying what we do not keep. */
class GoldenAssemblyTest {
    static Stream<String> layouts() {
        return GoldenArrays.names("layout-").stream();
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void shouldStartWhatLinuxStopped(String name) {
        assertEquals(AssemblyDecision.CLEAN, plan(name, device -> true).decision());
    }

    @ParameterizedTest
    @CsvSource({
        "spare-raid5, CLEAN",
        "degraded-raid5, DEGRADED",
        "degraded-raid6, DEGRADED",
        "dirty-raid5, DIRTY",
        "bitmap-raid5, CLEAN",
        "bitmap-raid6-dirty, DIRTY",
        "ppl-raid5, CLEAN_LIMITED",
        "ppl-raid5-dirty, DIRTY_LIMITED",
        "badblocks-raid6, CLEAN",
        "journal-raid5-stopped, CLEAN",
        "journal-raid5-wrapped, CLEAN",
        "journal-raid4-powerloss, CLEAN",
        "journal-raid5-powerloss, CLEAN",
        "journal-raid6-powerloss, CLEAN",
        "writeback-raid5-killed, CLEAN",
        "writeback-raid6-killed, CLEAN",
    })
    void shouldDecideAsTheTableSays(String name, AssemblyDecision expected) {
        AssemblyPlan plan = plan(name, device -> true);
        assertEquals(expected, plan.decision(), () -> String.join("\n", plan.lines()));
        boolean isJournaled = name.startsWith("journal-") || name.startsWith("writeback-");
        assertEquals(isJournaled, plan.isReplayToBeLookedAt());
    }

    @Test
    void shouldTestEveryArray() {
        List<String> others = GoldenArrays.names().stream()
                .filter(name -> !name.startsWith("layout-"))
                .toList();
        assertEquals(16, others.size(), "a new golden array needs a row above");
    }

    @Test
    void shouldLeaveTheFailedMembersOut() {
        AssemblyPlan plan = plan("degraded-raid6", device -> true);
        assertEquals(List.of(0, 3), plan.missingSlots());
        assertEquals(Kind.STALE, verdict(plan, "d0").kind());
        assertEquals(Kind.STALE, verdict(plan, "d3").kind());
        assertEquals(Kind.IN_SYNC, verdict(plan, "d4").kind());
    }

    @Test
    void shouldNotStartFromTheFailedMembersAlone() {
        AssemblyPlan plan = plan("degraded-raid6", device -> device.role().startsWith("stale"));
        assertEquals(AssemblyDecision.TOO_FEW, plan.decision());
    }

    @Test
    void shouldNotStartWithoutTheJournal() {
        AssemblyPlan plan = plan("journal-raid5-powerloss", device -> device.slot() >= 0);
        assertEquals(AssemblyDecision.JOURNAL_LOST, plan.decision());
    }

    @Test
    void shouldNotStartDirtyAndDegraded() {
        AssemblyPlan plan = plan("dirty-raid5", device -> device.slot() != 1, AssemblyOptions.DEFAULT.withRun());
        assertEquals(AssemblyDecision.DIRTY_DEGRADED, plan.decision());
    }

    @Test
    void shouldFindTheSpare() {
        AssemblyPlan plan = plan("spare-raid5", device -> true);
        assertEquals(1, plan.spares().size());
        assertEquals("d4", plan.spares().get(0).deviceName());
    }

    private static AssemblyPlan plan(String name, Predicate<GoldenArray.Device> isThere) {
        return plan(name, isThere, AssemblyOptions.DEFAULT);
    }

    private static AssemblyPlan plan(String name, Predicate<GoldenArray.Device> isThere, AssemblyOptions options) {
        GoldenArray golden = GoldenArrays.load(name);
        List<ExaminedDevice> devices = new ArrayList<>();
        for (GoldenArray.Device device : golden.devices()) {
            if (isThere.test(device)) {
                devices.add(GoldenMembers.examine(golden, device.name()));
            }
        }
        AssemblyPlan plan = AssemblyPlanner.plan(devices, options);
        Collections.reverse(devices);
        assertEquals(plan.decision(), AssemblyPlanner.plan(devices, options).decision(), "order of devices");
        return plan;
    }

    private static DeviceVerdict verdict(AssemblyPlan plan, String name) {
        return plan.devices().stream()
                .filter(device -> device.deviceName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
