package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.VanishingDevice;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.IoCallback;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Callbacks and listeners that throw: it is reported, nobody else notices, no member is blamed, nothing is leaked. */
class ThrowingCallbackScenarioTest {
    private static final int CHUNK = 8192;

    @ParameterizedTest
    @CsvSource({"4, false", "5, true", "6, false", "6, true"})
    void shouldShrugOffCallbacksThatThrow(int level, boolean isJournaled) {
        Scene scene = Scene.of(make(level, isJournaled, 0), 1);
        scene.start();
        int thrown = 0;
        // More than there are requests: one that is not given back would be missed.
        for (int round = 0; round < 10; round++) {
            int[] calls = new int[1];
            int kind = round;
            IoCallback throwing = (token, status) -> {
                calls[0]++;
                switch (kind % 3) {
                    case 0 -> throw new IllegalStateException("a callback that throws");
                    case 1 -> throw new AssertionError("a callback that fails");
                    default -> throw new StackOverflowError("a callback without an end");
                }
            };
            ByteBuffer target = Scene.direct(new byte[2 * CHUNK]);
            Object change = scene.oracle().begin(512, new byte[3000]);
            assertTrue(scene.array().read(target, 100, throwing, 0));
            assertTrue(scene.array().writeZeroes(512, 3000, throwing, 0));
            assertTrue(scene.array().flush(throwing, 0));
            assertTrue(scene.array().discard(10, 20, throwing, 0));
            scene.await(() -> calls[0] == 4);
            scene.oracle().end(change, true);
            thrown += 4;
            assertEquals(IoStatus.OK, scene.write(CHUNK, Scene.bytes(round, 5000)));
        }
        assertEquals(thrown, scene.events().count("error"), () -> scene.events().toString());
        assertTrue(scene.settle());
        assertEquals(Condition.HEALTHY, scene.condition());
        assertArrayEquals(scene.oracle().newest(), scene.readAll());
        scene.stop();
        scene.assertParityFits("after callbacks that threw");
    }

    @ParameterizedTest
    @CsvSource({"5, false", "5, true", "6, true"})
    void shouldShrugOffAListenerThatThrows(int level, boolean isJournaled) {
        Scene scene = Scene.of(make(level, isJournaled, 1), 2);
        List<String> heard = new ArrayList<>();
        List<VanishingDevice> devices = new ArrayList<>();
        ArrayListener throwing = new ArrayListener() {
            @Override
            public void onMemberFailed(String deviceName, int slot, IoStatus status, String operation) {
                heard.add("failed " + deviceName);
                throw new IllegalStateException("a listener that throws");
            }

            @Override
            public void onSyncStarted(SyncActivity activity) {
                heard.add("started " + activity);
                throw new AssertionError("a listener that fails");
            }

            @Override
            public void onSyncEnded(SyncProgress progress) {
                heard.add("ended " + progress.outcome());
                throw new IllegalStateException("a listener that throws");
            }
        };
        scene.start(scene.context(device -> {
                    devices.add(new VanishingDevice(device));
                    return devices.get(devices.size() - 1);
                })
                .listener(throwing));
        devices.get(1).vanish();
        assertEquals(IoStatus.OK, scene.write(0, Scene.bytes(1, scene.oracle().length())));
        scene.await(() -> heard.contains("ended COMPLETE"));
        assertTrue(scene.settle());
        assertEquals(List.of("failed d1", "started RECOVERY", "ended COMPLETE"), heard);
        assertEquals(3, scene.events().count("error"));
        assertEquals(Condition.HEALTHY, scene.condition());
        assertArrayEquals(scene.oracle().newest(), scene.readAll());
        scene.stop();
        scene.assertParityFits("rebuilt under a listener that throws");
    }

    private static Snapshot make(int level, boolean isJournaled, int spareCount) {
        return Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 3, isJournaled, 512, 1, true),
                spareCount,
                256 * 1024);
    }
}
