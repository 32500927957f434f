package io.holdfast.raid.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.LayoutAlgorithm;
import io.holdfast.raid.layout.RaidLevel;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StripeParityTest {
    static Iterable<ParityCodec> codecs() {
        return ParityCodecs.available();
    }

    /** The format's own test vector: bytes 11, 22 and 33 (hexadecimal) at exponents 0, 1 and 2. */
    @ParameterizedTest
    @MethodSource("codecs")
    void shouldGiveThePublishedVector(ParityCodec codec) {
        ArrayLayout layout = new ArrayLayout(RaidLevel.RAID6, LayoutAlgorithm.PARITY_LAST.number(), 5, 4096, 4096);
        Blocks blocks = new Blocks(5, 4096);
        long[] addresses = new long[5];
        for (int slot = 0; slot < 5; slot++) {
            addresses[slot] = blocks.address(slot);
            byte[] bytes = new byte[4096];
            Arrays.fill(bytes, (byte) (slot < 3 ? 0x11 * (slot + 1) : 0x77));
            blocks.put(slot, bytes);
        }
        new StripeParity(codec, layout).compute(layout.stripe(0), addresses, 4096);
        for (int i = 0; i < 4096; i++) {
            assertEquals((byte) 0x00, blocks.get(3, 4096)[i]);
            assertEquals((byte) 0x99, blocks.get(4, 4096)[i]);
        }
    }

    /** The widest arrays: every exponent a layout can have, and more sources than a codec holds at once. */
    @ParameterizedTest
    @MethodSource("codecs")
    void shouldServeTheWidestArrays(ParityCodec codec) {
        for (int algorithm : new int[] {2, 8, 10}) {
            int memberCount = algorithm == 2 ? 256 : 255;
            ArrayLayout layout = new ArrayLayout(RaidLevel.RAID6, algorithm, memberCount, 4096, 4096);
            Blocks blocks = new Blocks(memberCount, 4096);
            long[] addresses = new long[memberCount];
            byte[][] original = new byte[memberCount][];
            for (int slot = 0; slot < memberCount; slot++) {
                addresses[slot] = blocks.address(slot);
                blocks.put(slot, Blocks.random(new SplittableRandom(slot), 4096));
            }
            StripeParity parity = new StripeParity(codec, layout);
            parity.compute(layout.stripe(0), addresses, 4096);
            for (int slot = 0; slot < memberCount; slot++) {
                original[slot] = blocks.get(slot, 4096);
            }
            for (int a = 0; a < memberCount; a += 7) {
                int b = (a * 5 + 3) % memberCount;
                blocks.put(a, new byte[4096]);
                blocks.put(b, new byte[4096]);
                parity.recover(layout.stripe(0), addresses, a, a == b ? -1 : b, 4096);
                assertEquals(-1, Arrays.mismatch(original[a], blocks.get(a, 4096)));
                assertEquals(-1, Arrays.mismatch(original[b], blocks.get(b, 4096)));
            }
        }
    }
}
