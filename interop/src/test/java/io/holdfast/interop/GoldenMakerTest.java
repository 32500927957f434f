package io.holdfast.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.raid.GoldenArray;
import io.holdfast.raid.GoldenArrays;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The golden arrays can be made again. With the system property {@code holdfast.golden} naming a directory they are put
 * there, for raid-core's test resources.
 */
@Tag("interop")
class GoldenMakerTest {
    private static final String OUTPUT_PROPERTY = "holdfast.golden";

    @TempDir
    Path directory;

    @Test
    void shouldMakeTheGoldenArraysThatAreKept() throws IOException {
        Guest.require();
        GoldenMaker maker = new GoldenMaker(directory);
        String output = System.getProperty(OUTPUT_PROPERTY);
        if (output != null) {
            store(maker.makeAll(), Path.of(output));
            return;
        }
        for (GoldenArray made : maker.quiet()) {
            GoldenArray kept = GoldenArrays.load(made.name());
            assertEquals(withoutDeviceNames(kept.facts()), withoutDeviceNames(made.facts()), made.name());
            if (made.name().startsWith("layout-")) {
                for (GoldenArray.Device device : made.devices()) {
                    assertArrayEquals(data(kept, device), data(made, device), made.name() + " " + device.name());
                }
            }
        }
    }

    private static byte[] data(GoldenArray array, GoldenArray.Device device) {
        byte[] content = array.bytes(device.name());
        int superblock =
                switch (array.metadata()) {
                    case "1.0" -> (content.length - 8192) / 4096 * 4096;
                    case "1.1" -> 0;
                    default -> 4096;
                };
        ByteBuffer fields = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int from = (int) fields.getLong(superblock + 128) * 512;
        return Arrays.copyOfRange(content, from, from + (int) array.memberLength());
    }

    private static List<String> withoutDeviceNames(List<String> facts) {
        return facts.stream()
                .map(fact -> fact.replaceAll("/dev/loop\\d+", "DEVICE"))
                .toList();
    }

    private static void store(List<GoldenArray> arrays, Path output) throws IOException {
        Files.createDirectories(output);
        StringBuilder index = new StringBuilder();
        for (GoldenArray array : arrays) {
            try (OutputStream out = Files.newOutputStream(output.resolve(array.name() + ".golden"))) {
                array.store(out);
            }
            index.append(array.name()).append('\n');
        }
        Files.writeString(output.resolve("index.txt"), index);
    }
}
