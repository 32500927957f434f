package io.holdfast.raid.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.LongRange;

/** Layouts against the formulas of the format, written down one by one with none of the code under test. */
class ArrayLayoutProperties {
    private static final int CHUNK_LENGTH = 4096;

    record Shape(int level, int algorithm, int memberCount) {
        ArrayLayout layout(long rowCount) {
            return new ArrayLayout(RaidLevel.of(level), algorithm, memberCount, CHUNK_LENGTH, rowCount * CHUNK_LENGTH);
        }

        int parityCount() {
            return level == 6 ? 2 : 1;
        }
    }

    @Provide
    Arbitrary<Shape> shapes() {
        Arbitrary<Integer> count = Arbitraries.frequencyOf(
                Tuple.of(9, Arbitraries.integers().between(4, 24)),
                Tuple.of(1, Arbitraries.integers().between(25, 255)));
        return Arbitraries.oneOf(
                Combinators.combine(Arbitraries.just(0), count).as((a, n) -> new Shape(4, a, n)),
                Combinators.combine(Arbitraries.integers().between(0, 5), count).as((a, n) -> new Shape(5, a, n)),
                Combinators.combine(Arbitraries.of(0, 1, 2, 3, 4, 5, 8, 9, 10, 16, 17, 18, 19, 20), count)
                        .as((a, n) -> new Shape(6, a, n)));
    }

    @Property(tries = 3000)
    void placementFollowsTheFormulas(@ForAll("shapes") Shape shape, @ForAll @LongRange(max = 1L << 40) long row) {
        StripeMap stripe = shape.layout((1L << 40) + 1).stripe(row);
        int p = describedP(shape, row);
        int q = describedQ(shape, p);
        assertEquals(p, stripe.pSlot());
        assertEquals(q, stripe.qSlot());
        assertEquals(shape.memberCount - shape.parityCount(), stripe.dataCount());
        assertEquals(shape.memberCount, stripe.slotCount());
        for (int d = 0; d < stripe.dataCount(); d++) {
            assertEquals(describedDataSlot(shape, p, q, d), stripe.dataSlot(d), "data " + d);
            assertEquals(d, stripe.dataIndex(stripe.dataSlot(d)));
        }
        assertEquals(-1, stripe.dataIndex(p));
        assertEquals(-1, stripe.exponent(p));
        for (int slot = 0; slot < shape.memberCount; slot++) {
            assertEquals(describedExponent(shape, p, q, slot), stripe.exponent(slot), "slot " + slot);
        }
    }

    @Property(tries = 1000)
    void everyMemberByteIsParityOrExactlyOneArrayByte(@ForAll("shapes") Shape shape) {
        ArrayLayout layout = shape.layout(7);
        Set<Long> chunks = new HashSet<>();
        int parityChunkCount = 0;
        for (int slot = 0; slot < shape.memberCount; slot++) {
            for (long row = 0; row < layout.rowCount(); row++) {
                long memberOffset = row * CHUNK_LENGTH + 17;
                long arrayOffset = layout.arrayOffset(slot, memberOffset);
                if (arrayOffset < 0) {
                    StripeMap stripe = layout.stripe(row);
                    assertEquals(slot, arrayOffset == ArrayLayout.P_CHUNK ? stripe.pSlot() : stripe.qSlot());
                    parityChunkCount++;
                } else {
                    assertTrue(arrayOffset < layout.arrayLength());
                    assertTrue(chunks.add(arrayOffset / CHUNK_LENGTH));
                    assertEquals(slot, layout.slot(arrayOffset));
                    assertEquals(memberOffset, layout.memberOffset(arrayOffset));
                    assertEquals(17, layout.offsetInChunk(arrayOffset));
                    assertEquals(row, layout.row(arrayOffset));
                    assertEquals(layout.stripe(row).dataIndex(slot), layout.dataIndex(arrayOffset));
                }
            }
        }
        assertEquals(layout.arrayLength() / CHUNK_LENGTH, chunks.size());
        assertEquals(7 * shape.parityCount(), parityChunkCount);
    }

    private static int describedP(Shape shape, long row) {
        int n = shape.memberCount;
        if (shape.level == 4) {
            return n - 1;
        }
        if (shape.algorithm >= 16) {
            return describedP(new Shape(5, shape.algorithm - 16, n - 1), row);
        }
        return switch (shape.algorithm) {
            case 0, 2, 10 -> (int) (n - 1 - row % n);
            case 1, 3, 8 -> (int) (row % n);
            case 4 -> 0;
            case 5 -> shape.level == 5 ? n - 1 : n - 2;
            case 9 -> (int) (n - 1 - (row + 1) % n);
            default -> throw new AssertionError(shape);
        };
    }

    private static int describedQ(Shape shape, int p) {
        int n = shape.memberCount;
        if (shape.level != 6) {
            return -1;
        }
        return switch (shape.algorithm) {
            case 0, 1, 2, 3, 8, 9 -> (p + 1) % n;
            case 4 -> 1;
            case 10 -> (p + n - 1) % n;
            default -> n - 1;
        };
    }

    private static int describedDataSlot(Shape shape, int p, int q, int d) {
        int n = shape.memberCount;
        if (shape.level == 4) {
            return d;
        }
        if (shape.level == 5) {
            return switch (shape.algorithm) {
                case 0, 1 -> d < p ? d : d + 1;
                case 2, 3 -> (p + 1 + d) % n;
                case 4 -> d + 1;
                default -> d;
            };
        }
        if (shape.algorithm >= 16) {
            return describedDataSlot(new Shape(5, shape.algorithm - 16, n - 1), p, -1, d);
        }
        return switch (shape.algorithm) {
            case 0, 1, 8, 9 -> q == 0 ? d + 1 : d < p ? d : d + 2;
            case 2, 3 -> (p + 2 + d) % n;
            case 4 -> d + 2;
            case 5 -> d;
            case 10 -> (p + 1 + d) % n;
            default -> throw new AssertionError(shape);
        };
    }

    /** Standard: how many data slots lie between Q and this one, going round. DDF: the slot. */
    private static int describedExponent(Shape shape, int p, int q, int slot) {
        if (q < 0 || slot == p || slot == q) {
            return -1;
        }
        if (shape.algorithm >= 8 && shape.algorithm <= 10) {
            return slot;
        }
        int between = 0;
        for (int other = (q + 1) % shape.memberCount; other != slot; other = (other + 1) % shape.memberCount) {
            between += other == p ? 0 : 1;
        }
        return between;
    }
}
