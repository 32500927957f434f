package io.holdfast.raid.metadata;

import io.holdfast.blockdev.DeviceGeometry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** An array for tests of assembly: all its superblocks, to be altered one by one. Device i is called "d" + i. */
final class TestArray {
    static final DeviceGeometry GEOMETRY = new DeviceGeometry(32L << 20, 512, 512, 512);

    final List<Superblock> superblocks = new ArrayList<>();
    final List<String> names = new ArrayList<>();

    static TestArray clean(int level, int raidDisks) {
        return create(level, raidDisks, 0, false, 0);
    }

    static TestArray journaled(int level, int raidDisks) {
        return create(level, raidDisks, 0, true, 0);
    }

    static TestArray create(int level, int raidDisks, int spareDisks, boolean journal, long seed) {
        NewArray options = new NewArray()
                .level(level)
                .raidDisks(raidDisks)
                .spareDisks(spareDisks)
                .chunkSectors(128)
                .name("t")
                .assumeClean(true)
                .creationTimeSeconds(1_000_000_000L)
                .random(new SplittableRandom(seed));
        for (int i = 0; i < raidDisks + spareDisks; i++) {
            options.device(NewDevice.member("d" + i, GEOMETRY));
        }
        if (journal) {
            options.device(NewDevice.journal("j", GEOMETRY));
        }
        TestArray array = new TestArray();
        for (NewArrayPlan.Device device : options.plan().devices()) {
            array.superblocks.add(device.superblock().events(10).updateChecksum());
            array.names.add(device.name());
        }
        return array;
    }

    /** Change one superblock, and mend its checksum. */
    TestArray alter(int device, Consumer<Superblock> change) {
        change.accept(superblocks.get(device));
        superblocks.get(device).updateChecksum();
        return this;
    }

    /** Change all superblocks but some. */
    TestArray alterAllBut(List<Integer> excepted, Consumer<Superblock> change) {
        for (int i = 0; i < superblocks.size(); i++) {
            if (!excepted.contains(i)) {
                alter(i, change);
            }
        }
        return this;
    }

    /** What all others would say after the failure of one device had been recorded. */
    TestArray fail(int device) {
        return alterAllBut(
                List.of(device),
                superblock -> superblock.role(device, Role.FAULTY).events(superblock.events() + 1));
    }

    List<ExaminedDevice> examined() {
        List<ExaminedDevice> devices = new ArrayList<>();
        for (int i = 0; i < superblocks.size(); i++) {
            devices.add(ExaminedDevice.valid(names.get(i), GEOMETRY.sectors(), superblocks.get(i)));
        }
        return devices;
    }

    List<ExaminedDevice> without(Integer... devices) {
        List<ExaminedDevice> left = examined();
        for (int device :
                Arrays.stream(devices).sorted(Collections.reverseOrder()).toList()) {
            left.remove(device);
        }
        return left;
    }

    AssemblyPlan plan() {
        return plan(AssemblyOptions.DEFAULT);
    }

    AssemblyPlan plan(AssemblyOptions options) {
        return AssemblyPlanner.plan(examined(), options);
    }
}
