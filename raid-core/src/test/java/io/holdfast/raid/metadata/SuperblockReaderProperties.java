package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.metadata.ExaminedDevice.Verdict;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class SuperblockReaderProperties {
    private static final long SECTORS = 65536;

    /** A field overwritten with a value. */
    record Mutation(int offset, int length, long value) {
        void apply(Superblock superblock) {
            for (int i = 0; i < length; i++) {
                superblock.buffer().putByte(offset + i, (byte) (value >>> (8 * i)));
            }
        }
    }

    @Property(tries = 512)
    void shouldCatchEveryFlippedBitByTheChecksum(@ForAll @IntRange(min = 0, max = 512 * 8 - 1) int bit) {
        Superblock superblock = TestSuperblocks.linuxMember();
        int offset = bit / 8;
        superblock.buffer().putByte(offset, (byte) (superblock.buffer().getByte(offset) ^ (1 << (bit % 8))));

        ExaminedDevice found = SuperblockReader.examine(TestDevice.with(superblock, SECTORS, 8));

        assertFalse(found.isValid(), () -> "bit " + bit);
        assertFalse(found.reason().isEmpty());
    }

    @Property(tries = 2000)
    void shouldClassifyWhateverAnEnemyWrites(
            @ForAll @Size(min = 1, max = 4) List<@From("mutations") Mutation> mutations) {
        Superblock superblock = TestSuperblocks.linuxMember();
        mutations.forEach(mutation -> mutation.apply(superblock));
        superblock.updateChecksum();

        ExaminedDevice found = SuperblockReader.examine(TestDevice.with(superblock, SECTORS, 8));

        assertNotNull(found.verdict());
        if (found.isValid()) {
            assertUsable(found.superblock());
        } else {
            assertTrue(found.reason().startsWith("t.img: "), found.reason());
        }
        AssemblyPlan plan = AssemblyPlanner.plan(List.of(found), AssemblyOptions.DEFAULT.withForce());
        assertFalse(plan.lines().isEmpty());
        plan.corrections(1);
    }

    @Property(tries = 300)
    void shouldFindNothingInNoise(@ForAll @Size(4096) byte[] noise, @ForAll boolean withMagic) {
        Superblock superblock = Superblock.allocate();
        superblock.buffer().putBytes(0, noise);
        if (withMagic) {
            superblock.buffer().putBytes(0, new byte[] {(byte) 0xfc, 0x4e, 0x2b, (byte) 0xa9, 1, 0, 0, 0});
        }

        ExaminedDevice found = SuperblockReader.examine(TestDevice.with(superblock, SECTORS, 8));

        assertEquals(withMagic ? Verdict.INVALID : Verdict.NONE, found.verdict());
    }

    /** What the rest of the engine relies upon. */
    private static void assertUsable(Superblock superblock) {
        if (!SuperblockCheck.isParityLevel(superblock.level())) {
            return;
        }
        assertTrue(superblock.raidDisks() >= 2 && superblock.raidDisks() <= 1920);
        assertTrue(superblock.chunkSectors() >= 8 && Integer.bitCount(superblock.chunkSectors()) == 1);
        assertTrue(superblock.sizeSectors() > 0);
        assertTrue(superblock.dataOffsetSectors() >= 0 && superblock.dataSizeSectors() > 0);
        assertTrue(superblock.dataOffsetSectors() + superblock.dataSizeSectors() <= SECTORS);
        if (Role.isSlot(superblock.ownRole())) {
            assertTrue(superblock.sizeSectors() <= superblock.dataSizeSectors());
        }
        long arrayLength = Math.multiplyExact(superblock.sizeSectors() * 512, (long) superblock.raidDisks() - 1);
        assertTrue(arrayLength > 0 || superblock.level() == 6);
    }

    @Provide
    Arbitrary<Mutation> mutations() {
        Arbitrary<Integer> offsets = Arbitraries.of(
                4, 8, 12, 16, 64, 72, 76, 80, 84, 88, 92, 96, 100, 104, 112, 124, 128, 132, 136, 140, 144, 152, 160,
                184, 185, 186, 188, 200, 208, 220, 224, 252, 256, 258, 262);
        Arbitrary<Integer> lengths = Arbitraries.of(1, 2, 4, 8);
        Arbitrary<Long> values = Arbitraries.oneOf(
                Arbitraries.longs(),
                Arbitraries.longs().between(0, 300),
                Arbitraries.of(
                        0L, 1L, 4L, 5L, 6L, 0x80000000L, 0xffffffffL, -1L, Long.MAX_VALUE, 1L << 20, 63488L, 65536L));
        return Combinators.combine(offsets, lengths, values).as(Mutation::new);
    }
}
