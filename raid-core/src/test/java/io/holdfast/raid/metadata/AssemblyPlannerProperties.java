package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.metadata.DeviceVerdict.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class AssemblyPlannerProperties {
    @Property(tries = 2000)
    void shouldNotDependOnTheOrderOfDevices(@ForAll long seed, @ForAll Random order) {
        List<ExaminedDevice> devices = scenario(new Random(seed));
        AssemblyOptions options = options(seed);
        AssemblyPlan plan = AssemblyPlanner.plan(devices, options);

        List<ExaminedDevice> shuffled = new ArrayList<>(devices);
        Collections.shuffle(shuffled, order);
        AssemblyPlan again = AssemblyPlanner.plan(shuffled, options);

        assertEquals(plan.decision(), again.decision());
        assertEquals(plan.identity(), again.identity());
        assertEquals(plan.journalState(), again.journalState());
        assertEquals(plan.resyncOffsetSectors(), again.resyncOffsetSectors());
        assertEquals(verdicts(plan), verdicts(again));
    }

    @Property(tries = 2000)
    void shouldSeatOnlyDevicesThatEveryFreshOneGrantsTheirSlot(@ForAll long seed) {
        seatsOnlyWhatIsGranted(seed);
    }

    /** A device denied only by one that is denied itself: its own word about a third must still count. */
    @Example
    void shouldHearADeviceThatIsDeniedByOneThatIsNotHeard() {
        seatsOnlyWhatIsGranted(89019);
    }

    private static void seatsOnlyWhatIsGranted(long seed) {
        List<ExaminedDevice> devices = scenario(new Random(seed));
        AssemblyPlan plan = AssemblyPlanner.plan(devices, AssemblyOptions.DEFAULT.withRun());
        if (!plan.isOpenable()) {
            return;
        }
        long freshest = plan.identity().orElseThrow().events();
        for (DeviceVerdict device : plan.devices()) {
            if (!device.isInSync()) {
                continue;
            }
            assertTrue(device.superblock().events() + 1 >= freshest);
            for (DeviceVerdict witness : plan.devices()) {
                boolean speaks =
                        witness.isInSync() || witness.kind() == Kind.RECOVERING || witness.kind() == Kind.JOURNAL;
                if (speaks && witness.superblock().events() == freshest) {
                    assertEquals(
                            device.slot(),
                            witness.superblock().role(device.superblock().deviceNumber()));
                }
            }
        }
        int parityCount = plan.identity().orElseThrow().parityCount();
        assertTrue(plan.missingSlots().size() <= parityCount);
    }

    @Property(tries = 300)
    void shouldReassembleToTheSameAfterAnyCrashWithinOneUpdate(
            @ForAll @IntRange(min = 0, max = 31) int written, @ForAll @IntRange(min = 0, max = 3) int failed) {
        // Device "failed" fails; the survivors' superblocks are being written when power is lost.
        TestArray array = TestArray.journaled(5, 4);
        TestArray after = TestArray.journaled(5, 4).fail(failed);
        boolean recorded = false;
        for (int device = 0; device < 5; device++) {
            if (device != failed && (written >> device & 1) == 1) {
                array.superblocks.set(device, after.superblocks.get(device));
                recorded = true;
            }
        }

        AssemblyPlan plan = array.plan(AssemblyOptions.DEFAULT.withRun());

        assertEquals(recorded ? AssemblyDecision.DEGRADED : AssemblyDecision.CLEAN, plan.decision());
        assertEquals(recorded ? List.of(failed) : List.of(), plan.missingSlots());
        for (int device = 0; device < 4; device++) {
            if (device != failed) {
                assertEquals(Kind.IN_SYNC, plan.devices().get(device).kind());
            }
        }
    }

    private static AssemblyOptions options(long seed) {
        AssemblyOptions options = AssemblyOptions.DEFAULT;
        if ((seed & 1) != 0) {
            options = options.withRun();
        }
        return (seed & 6) == 6 ? options.withForce() : options;
    }

    /** An array to which things happened, some devices of which were found. */
    private static List<ExaminedDevice> scenario(Random random) {
        int level = 4 + random.nextInt(3);
        int raidDisks = 4 + random.nextInt(3);
        TestArray array = TestArray.create(level, raidDisks, random.nextInt(2), random.nextBoolean(), 7);
        int count = array.superblocks.size();
        int happenings = random.nextInt(5);
        for (int i = 0; i < happenings; i++) {
            int device = random.nextInt(count);
            switch (random.nextInt(7)) {
                case 0 -> array.fail(device);
                case 1 -> array.alter(device, s -> s.events(s.events() - 1));
                case 2 -> array.alter(device, s -> s.events(s.events() - 3));
                case 3 ->
                    array.alter(device, s -> s.feature(SuperblockFeature.RECOVERY_OFFSET, true)
                            .recoveryOffsetSectors(512));
                case 4 -> array.alter(device, s -> s.role(random.nextInt(count), Role.FAULTY));
                case 5 -> array.alter(device, s -> s.resyncOffsetSectors(random.nextInt(2) * 4096L));
                default -> array.alter(device, s -> s.role(s.deviceNumber(), random.nextInt(raidDisks)));
            }
        }
        List<ExaminedDevice> devices = array.examined();
        if (random.nextInt(4) == 0) {
            devices.remove(random.nextInt(devices.size()));
        }
        if (random.nextInt(6) == 0) {
            Superblock stranger = TestArray.clean(5, 3).superblocks.get(0);
            devices.add(ExaminedDevice.valid("x", TestArray.GEOMETRY.sectors(), stranger));
        }
        return devices;
    }

    private static Map<String, String> verdicts(AssemblyPlan plan) {
        Map<String, String> verdicts = new TreeMap<>();
        for (DeviceVerdict device : plan.devices()) {
            verdicts.put(
                    device.deviceName(),
                    device.kind() + " " + device.slot() + " " + device.recoveredSectors() + " " + device.sentence());
        }
        return verdicts;
    }
}
