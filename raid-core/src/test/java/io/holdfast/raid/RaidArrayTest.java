package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RaidArrayTest {
    private static final int CHUNK = 64 * 1024;
    private static final long MEMBER = 4L << 20;

    @ParameterizedTest
    @CsvSource({
        "4,0,4,false",
        "4,0,3,true",
        "5,2,4,false",
        "5,0,5,true",
        "5,3,3,false",
        "6,2,5,false",
        "6,8,6,true",
        "6,18,5,true",
        "6,0,4,false"
    })
    void shouldReadBackWhatWasWrittenWholeAndDegraded(int level, int layout, int members, boolean journaled) {
        TestArray test = new TestArray(level, layout, members, CHUNK, MEMBER, journaled);
        byte[] expected;
        try (RaidArray array = RaidArray.assemble(test.context())) {
            expected = new byte[(int) array.length()];
            Random random = new Random(7);
            for (int i = 0; i < 300; i++) {
                int length = 1 + random.nextInt(i % 10 == 0 ? 700_000 : 9000);
                int offset = random.nextInt(expected.length - length);
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                array.write(ByteBuffer.wrap(bytes), offset);
                System.arraycopy(bytes, 0, expected, offset, length);
            }
            array.flush();
            assertArrayEquals(expected, readAll(array));
            assertEquals(0, array.check(false).completion().join().mismatchedSectors());
        }
        int tolerated = level == 6 ? 2 : 1;
        for (int lost = 0; lost < members; lost++) {
            Integer[] missing = tolerated == 1 ? new Integer[] {lost} : new Integer[] {lost, (lost + 1) % members};
            try (RaidArray array = RaidArray.assemble(test.context(missing).readOnly(true))) {
                assertArrayEquals(expected, readAll(array), "without " + Arrays.toString(missing));
            }
        }
    }

    @Test
    void shouldRunTwoArraysInOneProcessThatKnowNothingOfEachOther() {
        TestArray first = new TestArray(5, 2, 4, CHUNK, MEMBER, true);
        TestArray second = new TestArray(6, 2, 5, CHUNK, MEMBER, false);
        try (RaidArray a = RaidArray.assemble(first.context());
                RaidArray b = RaidArray.assemble(second.context(1))) {
            byte[] ofA = filled((byte) 'a', 300_000);
            byte[] ofB = filled((byte) 'b', 300_000);
            List<CompletableFuture<Void>> writes = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                writes.add(a.writeAsync(ByteBuffer.wrap(ofA), i * 500_000L));
                writes.add(b.writeAsync(ByteBuffer.wrap(ofB), i * 500_000L));
            }
            writes.forEach(CompletableFuture::join);
            assertEquals(ArrayState.Condition.HEALTHY, a.state().condition());
            assertEquals(ArrayState.Condition.DEGRADED, b.state().condition());
            a.stop().join();
            ByteBuffer back = ByteBuffer.allocate(300_000);
            b.read(back, 7 * 500_000L);
            assertArrayEquals(ofB, back.array());
        }
        try (RaidArray a = RaidArray.assemble(first.context(0).readOnly(true))) {
            ByteBuffer back = ByteBuffer.allocate(300_000);
            a.read(back, 3 * 500_000L);
            assertArrayEquals(filled((byte) 'a', 300_000), back.array());
        }
    }

    private static byte[] filled(byte value, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, value);
        return bytes;
    }

    private static byte[] readAll(RaidArray array) {
        ByteBuffer buffer = ByteBuffer.allocate((int) array.length());
        array.read(buffer, 0);
        return buffer.array();
    }
}
