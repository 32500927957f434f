package io.holdfast.fault.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.agrona.concurrent.UnsafeBuffer;

/** Sparse contents behave like arrays of bytes that can be forked, and bad ranges like sets of bytes. */
class ContentsProperties {
    private static final int BLOCKS = 200;

    @Property(tries = 200)
    void shouldKeepForksApart(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        SparseContents[] contents = {new SparseContents(), null, null};
        byte[][] model = {new byte[BLOCKS * 512], null, null};
        for (int step = 0; step < 60; step++) {
            int which = random.nextInt(3);
            int from = random.nextInt(3);
            if (contents[which] == null || random.nextInt(6) == 0) {
                if (contents[from] != null && from != which) {
                    contents[which] = contents[from].fork();
                    model[which] = model[from].clone();
                }
                continue;
            }
            int first = random.nextInt(BLOCKS);
            int count = 1 + random.nextInt(BLOCKS - first);
            byte[] bytes = random.nextInt(4) == 0 ? null : new byte[count * 512];
            if (bytes != null) {
                random.nextBytes(bytes);
            }
            contents[which].write(first * 512L, bytes, 0, count * 512L);
            System.arraycopy(bytes == null ? new byte[count * 512] : bytes, 0, model[which], first * 512, count * 512);
        }
        for (int i = 0; i < 3; i++) {
            if (contents[i] != null) {
                byte[] found = new byte[BLOCKS * 512];
                contents[i].read(0, new UnsafeBuffer(found), 0, found.length);
                assertArrayEquals(model[i], found, "seed=" + seed);
            }
            for (int j = 0; j < 3; j++) {
                if (contents[i] != null && contents[j] != null) {
                    assertEquals(Arrays.equals(model[i], model[j]), contents[i].sameAs(contents[j]));
                }
            }
        }
    }

    @Property(tries = 200)
    void shouldHoldRangesLikeASetOfBytes(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        BadRanges ranges = new BadRanges();
        BitSet model = new BitSet();
        for (int step = 0; step < 80; step++) {
            int first = random.nextInt(60);
            int end = first + random.nextInt(12);
            if (random.nextBoolean()) {
                ranges.add(first, end);
                model.set(first, end);
            } else {
                ranges.remove(first, end);
                model.clear(first, end);
            }
            for (int from = 0; from < 72; from++) {
                int to = from + 1 + random.nextInt(4);
                assertEquals(!model.get(from, to).isEmpty(), ranges.touches(from, to), ranges + " " + model);
            }
            assertEquals(model.isEmpty(), ranges.isEmpty());
        }
    }
}
