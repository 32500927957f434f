package io.holdfast.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.interop.Pool.Slice;
import io.holdfast.raid.GoldenArray;
import io.holdfast.raid.GoldenArrays;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Linux recovers the golden arrays of every kind to what their facts say: so the facts are right, and an engine that comes
 * to another result is wrong.
 */
@Tag("interop")
class GoldenCrashTest {
    @TempDir
    Path directory;

    @Test
    void linuxShouldFindWhatTheFactsSay() throws IOException {
        Guest.require();
        List<GoldenArray> arrays = GoldenArrays.names().stream()
                .filter(name -> !name.startsWith("layout-"))
                .map(GoldenArrays::load)
                .toList();
        Path results = directory.resolve("results.img");
        try (Pool pool = new Pool(directory.resolve("pool.img"));
                RandomAccessFile contents = new RandomAccessFile(results.toFile(), "rw")) {
            StringBuilder script = new StringBuilder();
            Map<GoldenArray, Long> places = new LinkedHashMap<>();
            long end = 0;
            for (GoldenArray array : arrays) {
                List<Slice> slices = new ArrayList<>();
                StringBuilder devices = new StringBuilder();
                for (GoldenArray.Device device : array.devices()) {
                    if (!device.role().startsWith("stale")) {
                        byte[] content = array.bytes(device.name());
                        Slice slice = pool.allocate(content.length);
                        pool.write(slice, content);
                        slices.add(slice);
                        devices.append(' ').append(slice.device());
                    }
                }
                script.append(Pool.attach(slices));
                script.append("echo recovering %s%n".formatted(array.name()));
                script.append("mdadm --assemble --quiet --run /dev/md0")
                        .append(devices)
                        .append('\n');
                script.append("mdadm --quiet --wait /dev/md0 || true\n");
                script.append("dump /dev/md0 %d %d%n".formatted(end, array.length()));
                script.append("check md0\nmdadm --quiet --stop /dev/md0\n");
                places.put(array, end);
                end += array.length();
            }
            contents.setLength(end);
            Guest.run(directory, 120, script.toString(), pool.path(), results);
            for (Map.Entry<GoldenArray, Long> place : places.entrySet()) {
                ByteBuffer content = ByteBuffer.allocate((int) place.getKey().length());
                contents.getChannel().read(content, place.getValue());
                assertEquals("", place.getKey().compare(content.array()));
            }
        }
    }

    @Test
    void comparisonShouldFailWhereOneBlockIsOld() {
        GoldenArray array = GoldenArrays.load("degraded-raid5");
        byte[] content = array.expected();
        assertEquals("", array.compare(content));
        byte[] old = new GoldenArray(
                        "old",
                        array.facts().stream()
                                .filter(fact -> !fact.endsWith(" 2"))
                                .toList(),
                        Map.of())
                .expected();
        System.arraycopy(old, 8192, content, 8192, 4096);
        assertEquals(
                "degraded-raid5: offset=8192 expected {seed=2 offset=8192} found {seed=1 offset=8192}"
                        + " or a mixture within the block",
                array.compare(content));
    }
}
