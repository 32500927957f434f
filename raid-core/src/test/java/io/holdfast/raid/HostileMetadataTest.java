package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockReader;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What fuzzing found in the way an array is started, kept case by case. */
class HostileMetadataTest {
    private static final int LEFT_SYMMETRIC = 2;

    private final TestArray array = new TestArray(5, LEFT_SYMMETRIC, 3, 64 << 10, 4 << 20, true);

    @Test
    void shouldRefuseAJournalWithoutRoomForALog() {
        alter(array.journal, superblock -> superblock.dataSizeSectors(63));
        ArrayException e = assertThrows(ArrayException.class, () -> RaidArray.assemble(array.context()));
        assertEquals(IoStatus.NO_SPACE, e.status());
        assertTrue(e.getMessage().startsWith("journal: its superblock leaves 56 sectors"), e.getMessage());
    }

    private static void alter(BlockDevice device, Consumer<Superblock> change) {
        Superblock superblock = SuperblockReader.examine(device).superblock();
        change.accept(superblock);
        SuperblockWriter.write(device, superblock.updateChecksum());
    }
}
