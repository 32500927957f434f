package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.layout.StripeMap;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Our arithmetic against bytes that Linux wrote: where each logical byte lies, where P and Q lie, and which coefficient each
 * block has in Q. Parity is computed here byte by byte, in the most obvious way, so that nothing but the layout is trusted.
 */
class GoldenLayoutTest {
    private static final int POLYNOMIAL = 0x11D;

    /** Arrays at rest, with a current device in every slot. */
    static Stream<String> wholeArrays() {
        return Stream.of("layout-", "spare-", "bitmap-raid5", "ppl-raid5", "journal-raid5-stopped")
                .flatMap(prefix -> GoldenArrays.names(prefix).stream())
                .filter(name -> !name.endsWith("-dirty"));
    }

    @ParameterizedTest
    @MethodSource("wholeArrays")
    void shouldFindEveryLogicalByteWhereLinuxPutIt(String name) {
        GoldenArray golden = GoldenArrays.load(name);
        assertEquals("", golden.compare(assemble(GoldenMembers.of(golden))));
    }

    @ParameterizedTest
    @MethodSource("wholeArrays")
    void shouldFindTheParityThatLinuxComputed(String name) {
        GoldenArray golden = GoldenArrays.load(name);
        GoldenMembers members = GoldenMembers.of(golden);
        ArrayLayout layout = members.layout();
        for (long row = 0; row < layout.rowCount(); row++) {
            StripeMap stripe = layout.stripe(row);
            byte[] p = new byte[layout.chunkLength()];
            byte[] q = new byte[layout.chunkLength()];
            for (int index = 0; index < layout.dataCount(); index++) {
                int slot = stripe.dataSlot(index);
                byte[] data = members.chunk(slot, row);
                for (int i = 0; i < data.length; i++) {
                    p[i] ^= data[i];
                    q[i] ^= (byte) timesPowerOfTwo(data[i] & 0xFF, stripe.qSlot() < 0 ? 0 : stripe.exponent(slot));
                }
            }
            assertArrayEquals(p, members.chunk(stripe.pSlot(), row), name + " P of row " + row);
            if (stripe.qSlot() >= 0) {
                assertArrayEquals(q, members.chunk(stripe.qSlot(), row), name + " Q of row " + row);
            }
        }
    }

    @Test
    void shouldCoverEveryLayout() {
        List<String> layouts = GoldenArrays.names("layout-").stream()
                .map(GoldenArrays::load)
                .map(golden -> golden.level() + "." + golden.layout())
                .distinct()
                .sorted()
                .toList();
        assertEquals(
                List.of(
                        "4.0", "5.0", "5.1", "5.2", "5.3", "5.4", "5.5", "6.0", "6.1", "6.10", "6.16", "6.17", "6.18",
                        "6.19", "6.2", "6.20", "6.3", "6.4", "6.5", "6.8", "6.9"),
                layouts);
    }

    @Test
    void shouldNoticeAnotherLayout() {
        // The content must tell layouts apart, or the tests above would prove nothing.
        GoldenArray golden = GoldenArrays.load(
                GoldenArrays.names("layout-raid5-left-symmetric").get(0));
        GoldenMembers members = GoldenMembers.of(golden);
        ArrayLayout wrong =
                new ArrayLayout(RaidLevel.RAID5, 0, golden.disks(), golden.chunkLength(), golden.memberLength());
        assertFalse(golden.compare(assemble(members, wrong)).isEmpty());
    }

    private static byte[] assemble(GoldenMembers members) {
        return assemble(members, members.layout());
    }

    private static byte[] assemble(GoldenMembers members, ArrayLayout layout) {
        byte[] content = new byte[Math.toIntExact(layout.arrayLength())];
        for (int offset = 0; offset < content.length; offset += layout.chunkLength()) {
            int from = Math.toIntExact(layout.memberOffset(offset));
            byte[] data = members.data(layout.slot(offset));
            System.arraycopy(data, from, content, offset, layout.chunkLength());
        }
        return content;
    }

    private static int timesPowerOfTwo(int value, int exponent) {
        int product = value;
        for (int i = 0; i < exponent; i++) {
            product <<= 1;
            if (product > 0xFF) {
                product ^= POLYNOMIAL;
            }
        }
        return product;
    }

    @Test
    void shouldMultiplyInTheFieldOfMd() {
        assertEquals(0x8E, timesPowerOfTwo(1, 254));
        assertEquals(1, timesPowerOfTwo(1, 255));
        assertFalse(Arrays.equals(new byte[] {1}, new byte[] {(byte) timesPowerOfTwo(1, 1)}));
    }
}
