package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.CrashImages.Image;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.VanishingDevice;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Power fails between the superblock updates of different devices: at every boundary of a life that has every kind of
 * update, each combination of devices keeps all that was not flushed, and the others nothing. So every cut between the members is
 * among them; and a flush that only the members have obeyed, and not the journal, or the other way round.
 */
class SuperblockCutScenarioTest {
    private static final int CHUNK = 4096;
    private static final Aftermath AFTERMATH = new Aftermath();

    @ParameterizedTest
    @CsvSource({"5, false", "5, true", "6, false", "6, true"})
    void shouldKeepItsPromisesWhicheverDevicesWereReached(int level, boolean isJournaled) {
        Snapshot made = Scene.make(
                new ArrayShape(level, 2, level == 5 ? 3 : 4, CHUNK, 2, isJournaled, 512, 1, true),
                level == 5 ? 1 : 0,
                128 * 1024);
        Scene scene = Scene.of(made, 6);
        Map<String, VanishingDevice> devices = new TreeMap<>();
        int count = scene.deviceCount();
        CrashImages images = new CrashImages(scene, CrashImages.eachDeviceByItself(count));
        scene.start(device -> {
            VanishingDevice vanishing = new VanishingDevice(device);
            devices.put(device.name(), vanishing);
            return vanishing;
        });
        assertEquals(IoStatus.OK, scene.await(scene.submitWrite(512, Scene.bytes(1, 2000), true)));
        devices.get("d1").vanish();
        assertEquals(IoStatus.OK, scene.await(scene.submitWrite(0, Scene.bytes(2, 2 * CHUNK), true)));
        assertEquals(1, scene.events().count("memberFailed d1"));
        assertTrue(scene.settle());
        scene.simulation().clock().advanceNs(1_000_000_000);
        assertTrue(scene.settle());
        assertTrue(scene.tryStop());
        List<Image> all = images.end();
        assertTrue(all.size() > 50, "images=" + all.size());
        for (Image image : all) {
            AFTERMATH.judge(image.snapshot(), Set.of(), made.shape() + " " + image.what());
        }
    }

    @AfterAll
    static void tellWhatWasTried() {
        System.out.println("superblock cuts=" + AFTERMATH.imageCount() + " refused=" + AFTERMATH.refusedCount());
    }
}
