package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.raid.ArrayImages.Image;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlanner;
import io.holdfast.raid.metadata.BadBlockLog;
import io.holdfast.raid.metadata.Bitmap;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.SuperblockReader;
import io.holdfast.raid.metadata.SuperblockUpdate;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.agrona.CloseHelper;

/**
 * Everything that reads metadata, on damaged arrays of Linux: whatever the bytes, the answer is a verdict or an error about the
 * device, after a bounded number of reads, in bounded memory.
 */
class ParserFuzzProperties {
    private static final int TRIES = 20;
    private static final long OPERATION_LIMIT = 64;
    private static final long READ_LIMIT = 2 << 20;
    private static final long HEAP_LIMIT = 16 << 20;
    private static final long DIRECT_LIMIT = 16 << 20;
    private static final int MAX_BAD_RANGES = 512;

    private static final List<AssemblyOptions> OPTIONS = List.of(
            AssemblyOptions.DEFAULT,
            AssemblyOptions.DEFAULT.withRun(),
            AssemblyOptions.DEFAULT.withForce(),
            AssemblyOptions.DEFAULT.withRun().withForce());

    @Property(tries = 20, shrinking = ShrinkingMode.OFF)
    void metadataShouldBeJudgedWhateverItSays(@ForAll long seed) {
        FuzzRun.run(seed, TRIES, ParserFuzzProperties::attempt);
    }

    @Example
    void limitsShouldBeAbleToFail() {
        assertThrows(
                AssertionError.class,
                () -> FuzzRun.withinMemory(1 << 16, 1 << 20, () -> assertNotNull(new byte[1 << 20])));
        MemoryBlockDevice device = new MemoryBlockDevice("d", 1 << 20);
        assertThrows(
                WatchedDevice.LimitError.class,
                () -> SuperblockReader.examine(new WatchedDevice(device, 1, READ_LIMIT)));
    }

    private static void attempt(long seed, List<String> story) {
        SplittableRandom random = new SplittableRandom(seed);
        List<String> names = GoldenArrays.names();
        ArrayImages images = ArrayImages.golden(names, seed, 0);
        ArrayImages stranger = ArrayImages.golden(names, seed, 1);
        ImageMutator mutator = new ImageMutator(random.nextLong());
        int blockLength = random.nextInt(4) == 0 ? 4096 : 512;
        story.add(images.origin() + " blockLength=" + blockLength);
        mutator.mutate(images, stranger);
        story.addAll(mutator.story());
        List<WatchedDevice> devices = new ArrayList<>();
        for (Image image : images.all()) {
            devices.add(new WatchedDevice(image.device(blockLength), OPERATION_LIMIT, READ_LIMIT));
        }
        try {
            FuzzRun.withinMemory(HEAP_LIMIT, DIRECT_LIMIT, () -> judge(devices));
        } finally {
            CloseHelper.closeAll(devices);
        }
    }

    private static void judge(List<WatchedDevice> devices) {
        List<ExaminedDevice> examined = new ArrayList<>();
        for (WatchedDevice device : devices) {
            ExaminedDevice found = SuperblockReader.examine(device);
            examined.add(found);
            assertFalse(!found.isValid() && found.reason().isBlank(), "no reason is given");
            if (found.isValid()) {
                readBesides(device, found);
            }
        }
        for (AssemblyOptions options : OPTIONS) {
            AssemblyPlan plan = AssemblyPlanner.plan(examined, options);
            assertFalse(plan.lines().isEmpty());
            if (plan.isOpenable()) {
                assertFalse(plan.updateMembers().isEmpty());
            }
            if (plan.isOpenable() && plan.isWritable()) {
                List<SuperblockUpdate.Member> changes = new ArrayList<>(plan.corrections(1));
                changes.addAll(plan.laggards());
                for (SuperblockUpdate.Member change : changes) {
                    checkWritable(plan, change, devices);
                }
            }
        }
    }

    /** What the start of an array would write must be what a later one believes. */
    private static void checkWritable(AssemblyPlan plan, SuperblockUpdate.Member change, List<WatchedDevice> devices) {
        WatchedDevice device = plan.devices().stream()
                .filter(verdict -> verdict.isUsed() && verdict.superblock().deviceNumber() == change.deviceNumber())
                .map(verdict -> devices.get(verdict.index()))
                .findFirst()
                .orElseThrow();
        SuperblockWriter.checkWritable(change.superblock(), device.name(), device.geometry());
    }

    private static void readBesides(WatchedDevice device, ExaminedDevice found) {
        try {
            Bitmap bitmap = Bitmap.read(device, found.superblock());
            assertTrue(bitmap.dirtyCount() <= bitmap.bitCount(), bitmap::toString);
        } catch (DeviceException e) {
            assertSentence(device, e);
        }
        try {
            List<BadBlockLog.Range> ranges = BadBlockLog.read(device, found.superblock());
            assertTrue(ranges.size() <= MAX_BAD_RANGES);
            for (BadBlockLog.Range range : ranges) {
                assertTrue(
                        range.deviceSector() >= 0
                                && range.sectors() >= 0
                                && range.deviceSector() + range.sectors()
                                        <= device.geometry().sectors(),
                        range::toString);
            }
        } catch (DeviceException e) {
            assertSentence(device, e);
        }
    }

    private static void assertSentence(WatchedDevice device, DeviceException e) {
        assertTrue(
                e.getMessage().startsWith(device.name() + ": ")
                        && e.getMessage().endsWith("."),
                e.getMessage());
    }
}
