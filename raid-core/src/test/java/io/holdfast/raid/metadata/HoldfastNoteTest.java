package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.MemoryBlockDevice;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HoldfastNoteTest {
    private static final long LENGTH = 32L << 20;

    private static Superblock superblock() {
        NewArray created = new NewArray().level(5).raidDisks(3).random(new SplittableRandom(1));
        for (int i = 0; i < 3; i++) {
            created.device(NewDevice.member("d" + i, device().geometry()));
        }
        return created.plan().devices().get(0).superblock();
    }

    private static MemoryBlockDevice device() {
        return new MemoryBlockDevice("d", LENGTH);
    }

    @Test
    void shouldBeReadBackFromADevice() {
        Superblock superblock = superblock();
        assertEquals(OptionalInt.empty(), HoldfastNote.policy(superblock));
        HoldfastNote.policy(superblock, 2);
        MemoryBlockDevice device = device();
        SuperblockWriter.write(device, superblock);
        Superblock read = SuperblockReader.examine(device).superblock();
        assertEquals(OptionalInt.of(2), HoldfastNote.policy(read));
        assertTrue(read.isChecksumCorrect());
    }

    @Test
    void shouldSayNothingWhenAnyBitOfItIsWrong() {
        Superblock superblock = superblock();
        HoldfastNote.policy(superblock, 1);
        for (int bit = 0; bit < 8 * HoldfastNote.LENGTH; bit++) {
            int at = superblock.offset() + HoldfastNote.OFFSET + bit / 8;
            byte right = superblock.buffer().getByte(at);
            superblock.buffer().putByte(at, (byte) (right ^ 1 << bit % 8));
            assertEquals(OptionalInt.empty(), HoldfastNote.policy(superblock), "bit=" + bit);
            superblock.buffer().putByte(at, right);
        }
        assertEquals(OptionalInt.of(1), HoldfastNote.policy(superblock));
    }

    @Test
    void shouldNotBeTakenOverFromAnotherArray() {
        Superblock superblock = superblock();
        HoldfastNote.policy(superblock, 1);
        superblock.setUuid(new byte[16]);
        assertFalse(HoldfastNote.isPresent(superblock));
    }

    @Test
    void shouldNotGoWhereRolesOrDataAre() {
        Superblock superblock = superblock();
        superblock.maxDev(1000);
        HoldfastNote.policy(superblock, 1);
        assertFalse(HoldfastNote.isPresent(superblock));
        superblock.maxDev(128).dataOffsetSectors(superblock.superOffsetSectors() + 2);
        HoldfastNote.policy(superblock, 1);
        assertFalse(HoldfastNote.isPresent(superblock));
    }
}
