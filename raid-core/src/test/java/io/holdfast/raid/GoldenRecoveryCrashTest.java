package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice.Operation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Logs that Linux left behind, replayed by a machine whose power fails in the middle of that, and again by one whose power
 * does not: the second replay must not notice the first.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class GoldenRecoveryCrashTest {
    /** Cuts tried for each array and each way to lose power, spread over the whole replay. */
    private static final int CUTS = 20;

    static Stream<String> logNeeded() {
        return Stream.concat(
                GoldenArrays.names("writeback-").stream(),
                GoldenArrays.names("journal-").stream().filter(name -> name.endsWith("-powerloss")));
    }

    @ParameterizedTest
    @MethodSource("logNeeded")
    void shouldComeToTheSameWhereverTheFirstReplayWasCut(String name) {
        GoldenArray golden = GoldenArrays.load(name);
        int changes = new Attempt(golden, -1).cutAfter(Integer.MAX_VALUE).changes;
        assertTrue(changes > 10, "changes=" + changes);
        for (int i = 0; i <= CUTS; i++) {
            int cut = i * changes / CUTS;
            for (Predicate<Operation> survives : List.<Predicate<Operation>>of(op -> true, op -> false)) {
                Attempt attempt = new Attempt(golden, -1).cutAfter(cut);
                attempt.losePower(survives);
                assertEquals("", golden.compare(attempt.contents()), "cut=" + cut + " of " + changes);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("logNeeded")
    void shouldComeToTheSameWithAMemberMissing(String name) {
        GoldenArray golden = GoldenArrays.load(name);
        int changes = new Attempt(golden, 1).cutAfter(Integer.MAX_VALUE).changes;
        for (int i = 0; i <= CUTS; i++) {
            Attempt attempt = new Attempt(golden, 1).cutAfter(i * changes / CUTS);
            attempt.losePower(op -> false);
            assertEquals("", golden.compare(attempt.contents()), "cut=" + i * changes / CUTS + " of " + changes);
        }
    }

    /** One machine, whose power may fail once. */
    private static final class Attempt {
        private final List<ScriptedDevice> devices = new ArrayList<>();
        private int changes;
        private boolean isOut;

        Attempt(GoldenArray golden, int missing) {
            int index = 0;
            for (GoldenArray.Device device : golden.devices()) {
                if (index++ != missing) {
                    byte[] bytes = golden.bytes(device.name());
                    ScriptedDevice scripted = new ScriptedDevice(device.name(), bytes.length);
                    scripted.poke(0, bytes);
                    devices.add(scripted);
                }
            }
        }

        /** Start, and lose power before the change after so many. */
        Attempt cutAfter(int limit) {
            for (ScriptedDevice device : devices) {
                device.fate(op -> {
                    if (op.changes()) {
                        isOut |= changes >= limit;
                        changes += isOut ? 0 : 1;
                    }
                    return isOut ? IoStatus.GONE : IoStatus.OK;
                });
            }
            try {
                RaidArray.assemble(context()).abandon();
            } catch (RuntimeException e) {
                if (!isOut) {
                    throw e;
                }
            }
            return this;
        }

        void losePower(Predicate<Operation> survives) {
            devices.forEach(device -> device.losePower(survives));
        }

        byte[] contents() {
            ManualLoop loop = new ManualLoop("test");
            RaidArray array = RaidArray.assemble(context().loops(name -> loop));
            ByteBuffer buffer = ByteBuffer.allocate((int) array.length());
            Answer answer = new Answer();
            assertTrue(array.read(buffer, 0, answer, 0));
            while (answer.status == null) {
                loop.doWork();
            }
            assertEquals(IoStatus.OK, answer.status);
            array.abandon();
            return buffer.array();
        }

        private ArrayContext context() {
            return new ArrayContext()
                    .devices(devices)
                    .ownsDevices(false)
                    .run(true)
                    .nanoClock(() -> 0)
                    .epochClock(() -> 0)
                    .random(() -> 7)
                    .loops(ManualLoop::new);
        }
    }
}
