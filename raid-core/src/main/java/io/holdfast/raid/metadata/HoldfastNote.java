package io.holdfast.raid.metadata;

import io.holdfast.blockdev.DeviceGeometry;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import java.util.zip.CRC32C;
import org.agrona.MutableDirectBuffer;

/**
 * What Holdfast keeps with an array that md has no field for: a sector of its own behind the superblock, inside the 4096 bytes
 * that belong to the superblock and that Linux and mdadm leave alone, as their tables of roles end long before.
 *
 * <pre>
 *   0               4               8               12              16
 *  +---------------+---------------+---------------+---------------+
 *  | magic "HoldfastNote\\0\\0\\0\\0"                                 |
 *  +---------------+---------------+---------------+---------------+ 16
 *  | version 1     | checksum      | on-journal-loss policy        |
 *  +---------------+---------------+---------------+---------------+ 32
 *  | zeroes to 512                                                 |
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * <p>All numbers are little-endian. The checksum is the CRC-32C of the array's uuid and then of the 512 bytes with a checksum of
 * zero. A note that is absent, of another version, torn or of another array says nothing: all that it holds has defaults.
 */
public final class HoldfastNote {
    /** Byte offset of the note from the start of the superblock. */
    static final int OFFSET = 2048;

    /** Bytes of the note. */
    static final int LENGTH = DeviceGeometry.SECTOR_LENGTH;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final byte[] MAGIC = {'H', 'o', 'l', 'd', 'f', 'a', 's', 't', 'N', 'o', 't', 'e', 0, 0, 0, 0};
    private static final int VERSION = 1;
    private static final int VERSION_OFFSET = 16;
    private static final int CHECKSUM_OFFSET = 20;
    private static final int POLICY_OFFSET = 24;

    private HoldfastNote() {}

    /** Whether a superblock carries a note that can be believed. */
    static boolean isPresent(Superblock superblock) {
        return policy(superblock).isPresent();
    }

    /**
     * What is noted of the loss of the journal.
     *
     * @param superblock of any device of the array, whole.
     * @return a number that the writer understands; empty when nothing is noted.
     */
    public static OptionalInt policy(Superblock superblock) {
        if (!hasRoom(superblock)) {
            return OptionalInt.empty();
        }
        MutableDirectBuffer buffer = superblock.buffer();
        int note = superblock.offset() + OFFSET;
        for (int i = 0; i < MAGIC.length; i++) {
            if (buffer.getByte(note + i) != MAGIC[i]) {
                return OptionalInt.empty();
            }
        }
        if (buffer.getInt(note + VERSION_OFFSET, ORDER) != VERSION
                || buffer.getInt(note + CHECKSUM_OFFSET, ORDER) != checksum(superblock)) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(buffer.getInt(note + POLICY_OFFSET, ORDER));
    }

    /**
     * Note what the loss of the journal means. Nothing happens where there is no room: in an array of some 900 devices, or where
     * data begins right behind the superblock.
     *
     * @param superblock changed in place; its own checksum does not cover the note.
     * @param policy     any number.
     */
    public static void policy(Superblock superblock, int policy) {
        if (!hasRoom(superblock)) {
            return;
        }
        MutableDirectBuffer buffer = superblock.buffer();
        int note = superblock.offset() + OFFSET;
        buffer.setMemory(note, LENGTH, (byte) 0);
        buffer.putBytes(note, MAGIC);
        buffer.putInt(note + VERSION_OFFSET, VERSION, ORDER);
        buffer.putInt(note + POLICY_OFFSET, policy, ORDER);
        buffer.putInt(note + CHECKSUM_OFFSET, checksum(superblock), ORDER);
    }

    private static boolean hasRoom(Superblock superblock) {
        int count = superblock.roleCount();
        boolean isDataBehind = superblock.location() != SuperblockLocation.V1_0
                && superblock.dataOffsetSectors()
                        < superblock.superOffsetSectors() + SuperblockDescriptor.LENGTH / DeviceGeometry.SECTOR_LENGTH;
        return !isDataBehind
                && count >= 0
                && count <= SuperblockDescriptor.MAX_DEVICE_COUNT
                && SuperblockDescriptor.checkedLength(count) <= OFFSET;
    }

    private static int checksum(Superblock superblock) {
        byte[] bytes = new byte[LENGTH];
        superblock.buffer().getBytes(superblock.offset() + OFFSET, bytes);
        for (int i = 0; i < Integer.BYTES; i++) {
            bytes[CHECKSUM_OFFSET + i] = 0;
        }
        CRC32C crc = new CRC32C();
        crc.update(superblock.setUuid());
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
