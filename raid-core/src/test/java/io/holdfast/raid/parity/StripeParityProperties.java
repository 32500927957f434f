package io.holdfast.raid.parity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.layout.StripeMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Stripes of every level, layout and codec, encoded by the definition and then damaged in every way. */
class StripeParityProperties {
    private static final int MAX_MEMBER_COUNT = 24;
    private static final int LENGTH = 4096;
    private static final int SCRATCH = MAX_MEMBER_COUNT;

    private final Blocks blocks = new Blocks(MAX_MEMBER_COUNT + 1, 2 * LENGTH);

    record Shape(ParityCodec codec, ArrayLayout layout, int row) {
        StripeMap stripe() {
            return layout.stripe(row);
        }

        @Override
        public String toString() {
            return codec.name() + " " + layout + " row " + row + ": " + stripe();
        }
    }

    @Provide
    Arbitrary<Shape> shapes() {
        Arbitrary<Tuple.Tuple2<Integer, Integer>> layouts = Arbitraries.oneOf(
                Arbitraries.just(Tuple.of(4, 0)),
                Arbitraries.integers().between(0, 5).map(algorithm -> Tuple.of(5, algorithm)),
                Arbitraries.of(0, 1, 2, 3, 4, 5, 8, 9, 10, 16, 17, 18, 19, 20).map(a -> Tuple.of(6, a)),
                Arbitraries.of(0, 2, 8, 10, 18).map(algorithm -> Tuple.of(6, algorithm)));
        return Combinators.combine(
                        Arbitraries.of(ParityCodecs.available()),
                        layouts,
                        Arbitraries.frequencyOf(
                                Tuple.of(8, Arbitraries.integers().between(4, 9)),
                                Tuple.of(1, Arbitraries.integers().between(10, MAX_MEMBER_COUNT))),
                        Arbitraries.integers().between(0, 1000))
                .as((codec, layout, memberCount, row) -> new Shape(
                        codec,
                        new ArrayLayout(
                                RaidLevel.of(layout.get1()), layout.get2(), memberCount, LENGTH, LENGTH * 1001L),
                        row));
    }

    @Property(tries = 150, edgeCases = EdgeCasesMode.NONE)
    void computesWhatTheDefinitionSays(@ForAll("shapes") Shape shape, @ForAll long zeroData, @ForAll long seed) {
        Stripe stripe = new Stripe(shape, seed, zeroData >>> (zeroData & 63));
        stripe.overwriteParity();
        stripe.parity.compute(shape.stripe(), stripe.addresses, LENGTH);
        stripe.assertIntact();
    }

    @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
    void computesOnlyTheParityThatIsWanted(@ForAll("shapes") Shape shape, @ForAll long seed) {
        Stripe stripe = new Stripe(shape, seed, 0);
        for (int skipped : parities(shape.stripe())) {
            stripe.overwriteParity();
            long address = stripe.addresses[skipped];
            stripe.addresses[skipped] = 0;
            stripe.parity.compute(shape.stripe(), stripe.addresses, LENGTH);
            assertEquals(0, stripe.parity.verify(shape.stripe(), stripe.addresses, blocks.address(SCRATCH), LENGTH));
            stripe.addresses[skipped] = address;
            assertArrayEquals(new byte[LENGTH], blocks.get(skipped, LENGTH), "what was not wanted is untouched");
            blocks.put(skipped, stripe.bytes.get(skipped));
            stripe.assertIntact();
        }
    }

    @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
    void recoversEveryErasureTheLevelTolerates(@ForAll("shapes") Shape shape, @ForAll long seed) {
        Stripe stripe = new Stripe(shape, seed, 0);
        int memberCount = shape.layout.memberCount();
        for (int a = 0; a < memberCount; a++) {
            stripe.loseAndRecover(a, -1);
            for (int b = 0; b < memberCount && shape.layout.parityCount() == 2; b++) {
                if (a != b) {
                    stripe.loseAndRecover(a, b);
                }
            }
        }
    }

    /** The other parity has no memory: it is neither used nor written. */
    @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
    void recoversDataFromTheOneParityThatIsThere(
            @ForAll("shapes") Shape shape, @ForAll long zeroData, @ForAll long seed) {
        StripeMap map = shape.stripe();
        for (int dataIndex = 0; dataIndex < map.dataCount(); dataIndex++) {
            int missing = map.dataSlot(dataIndex);
            for (int absent : parities(map)) {
                Stripe stripe = new Stripe(shape, seed, zeroData & ~(1L << missing));
                long address = stripe.addresses[absent];
                stripe.addresses[absent] = 0;
                blocks.put(missing, new byte[LENGTH]);
                if (shape.layout.parityCount() == 1) {
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> stripe.parity.recover(map, stripe.addresses, missing, -1, LENGTH));
                    blocks.put(missing, stripe.bytes.get(missing));
                } else {
                    stripe.parity.recover(map, stripe.addresses, missing, -1, LENGTH);
                    stripe.assertIntact();
                    blocks.put(missing, new byte[LENGTH]);
                    stripe.parity.recover(map, stripe.addresses, absent, missing, LENGTH);
                }
                stripe.addresses[absent] = address;
                stripe.assertIntact();
            }
        }
    }

    @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
    void refusesMoreErasuresThanTheParityThatIsThere(@ForAll("shapes") Shape shape, @ForAll long seed) {
        StripeMap map = shape.stripe();
        Stripe stripe = new Stripe(shape, seed, 0);
        stripe.addresses[map.pSlot()] = 0;
        for (int a = 0; a < map.dataCount(); a++) {
            for (int b = 0; b < a; b++) {
                int slotA = map.dataSlot(a);
                int slotB = map.dataSlot(b);
                assertThrows(
                        IllegalArgumentException.class,
                        () -> stripe.parity.recover(map, stripe.addresses, slotA, slotB, LENGTH));
            }
        }
        stripe.addresses[map.pSlot()] = blocks.address(map.pSlot());
        stripe.assertIntact();
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void followsAChangeGivenTheOldBlockAndTheNew(@ForAll("shapes") Shape shape, @ForAll long seed) {
        Stripe before = new Stripe(shape, seed, 0);
        Stripe after = new Stripe(shape, ~seed, 0);
        StripeMap map = shape.stripe();
        before.load();
        long p = blocks.address(map.pSlot());
        long q = map.qSlot() < 0 ? 0 : blocks.address(map.qSlot());
        for (int dataIndex = 0; dataIndex < map.dataCount(); dataIndex++) {
            int slot = map.dataSlot(dataIndex);
            before.parity.accumulate(map, slot, blocks.address(slot), p, 0, LENGTH);
            before.parity.accumulate(map, slot, blocks.address(slot), 0, q, LENGTH);
            blocks.put(slot, after.bytes.get(slot));
            before.parity.accumulate(map, slot, blocks.address(slot), p, q, LENGTH);
            assertEquals(0, before.parity.verify(map, before.addresses, blocks.address(SCRATCH), LENGTH));
        }
        after.assertIntact();
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void verifyTellsWhichParityIsWrong(@ForAll("shapes") Shape shape, @ForAll long seed) {
        Stripe stripe = new Stripe(shape, seed, 0);
        StripeMap map = shape.stripe();
        SplittableRandom random = new SplittableRandom(seed);
        for (int slot = 0; slot < map.slotCount(); slot++) {
            byte[] wrong = stripe.bytes.get(slot).clone();
            wrong[random.nextInt(LENGTH)] ^= (byte) (1 << random.nextInt(8));
            blocks.put(slot, wrong);
            int expected = slot == map.pSlot() ? 1 : slot == map.qSlot() ? 2 : map.qSlot() < 0 ? 1 : 3;
            assertEquals(expected, stripe.verify());
            for (int unchecked : parities(map)) {
                long address = stripe.addresses[unchecked];
                stripe.addresses[unchecked] = 0;
                assertEquals(expected & (unchecked == map.pSlot() ? 2 : 1), stripe.verify());
                stripe.addresses[unchecked] = address;
            }
            blocks.put(slot, stripe.bytes.get(slot));
            assertEquals(0, stripe.verify());
        }
    }

    @Property(tries = 150, edgeCases = EdgeCasesMode.NONE)
    void locatesEverySingleLiar(@ForAll("shapes") Shape shape, @ForAll long seed) {
        Stripe stripe = new Stripe(shape, seed, 0);
        StripeMap map = shape.stripe();
        if (map.qSlot() < 0) {
            assertThrows(IllegalArgumentException.class, stripe::locate);
            return;
        }
        assertEquals(StripeParity.NONE, stripe.locate());
        SplittableRandom random = new SplittableRandom(seed);
        for (int slot = 0; slot < map.slotCount(); slot++) {
            byte[] wrong = stripe.bytes.get(slot).clone();
            for (int i = random.nextInt(3) * 2000; i >= 0; i--) {
                wrong[random.nextInt(LENGTH)] ^= (byte) (1 + random.nextInt(255));
            }
            wrong[random.nextInt(LENGTH)] ^= (byte) (1 + random.nextInt(255));
            blocks.put(slot, wrong);
            assertEquals(Arrays.equals(wrong, stripe.bytes.get(slot)) ? -1 : slot, stripe.locate());
            blocks.put(slot, stripe.bytes.get(slot));
        }
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void namesNobodyWhenTwoLied(@ForAll("shapes") Shape shape, @ForAll long seed) {
        Stripe stripe = new Stripe(shape, seed, 0);
        StripeMap map = shape.stripe();
        if (map.qSlot() < 0) {
            return;
        }
        SplittableRandom random = new SplittableRandom(seed);
        for (int a = 0; a < map.slotCount(); a++) {
            int b = (a + 1 + random.nextInt(map.slotCount() - 1)) % map.slotCount();
            blocks.put(a, Blocks.random(random, LENGTH));
            blocks.put(b, Blocks.random(random, LENGTH));
            assertEquals(StripeParity.UNKNOWN, stripe.locate());
            blocks.put(a, stripe.bytes.get(a));
            blocks.put(b, stripe.bytes.get(b));
        }
    }

    private static List<Integer> parities(StripeMap stripe) {
        return stripe.qSlot() < 0 ? List.of(stripe.pSlot()) : List.of(stripe.pSlot(), stripe.qSlot());
    }

    /** A stripe in memory whose parity came from the definition. */
    private final class Stripe {
        final StripeParity parity;
        final List<byte[]> bytes = new ArrayList<>();
        final long[] addresses;
        final StripeMap map;

        Stripe(Shape shape, long seed, long zeroSlots) {
            map = shape.stripe();
            parity = new StripeParity(shape.codec, shape.layout);
            addresses = new long[map.slotCount()];
            SplittableRandom random = new SplittableRandom(seed);
            List<byte[]> data = new ArrayList<>();
            int[] ones = new int[map.dataCount()];
            int[] coefficients = new int[map.dataCount()];
            for (int slot = 0; slot < map.slotCount(); slot++) {
                boolean zero = map.dataIndex(slot) >= 0 && (zeroSlots >>> slot & 1) == 1;
                bytes.add(zero ? new byte[LENGTH] : Blocks.random(random, LENGTH));
                addresses[slot] = zero ? 0 : blocks.address(slot);
                if (map.dataIndex(slot) >= 0) {
                    ones[data.size()] = 1;
                    coefficients[data.size()] = map.qSlot() < 0 ? 0 : ReferenceParity.power(map.exponent(slot));
                    data.add(bytes.get(slot));
                }
            }
            bytes.set(map.pSlot(), ReferenceParity.weightedSum(data, ones, LENGTH));
            if (map.qSlot() >= 0) {
                bytes.set(map.qSlot(), ReferenceParity.weightedSum(data, coefficients, LENGTH));
            }
            load();
        }

        void load() {
            for (int slot = 0; slot < map.slotCount(); slot++) {
                blocks.put(slot, bytes.get(slot));
            }
        }

        void overwriteParity() {
            for (int slot : parities(map)) {
                blocks.put(slot, new byte[LENGTH]);
            }
        }

        void loseAndRecover(int a, int b) {
            blocks.put(a, new byte[LENGTH]);
            if (b >= 0) {
                blocks.put(b, new byte[LENGTH]);
            }
            parity.recover(map, addresses, a, b, LENGTH);
            assertIntact();
        }

        int verify() {
            blocks.put(SCRATCH, new byte[2 * LENGTH]);
            return parity.verify(map, addresses, blocks.address(SCRATCH), LENGTH);
        }

        int locate() {
            blocks.put(SCRATCH, new byte[2 * LENGTH]);
            int slot = parity.locate(map, addresses, blocks.address(SCRATCH), LENGTH);
            assertEquals(2 * LENGTH, blocks.get(SCRATCH, 2 * LENGTH).length, "the guard was looked at");
            assertTrue(slot < map.slotCount());
            return slot;
        }

        void assertIntact() {
            for (int slot = 0; slot < map.slotCount(); slot++) {
                assertArrayEquals(bytes.get(slot), blocks.get(slot, LENGTH), "slot " + slot);
            }
        }
    }
}
