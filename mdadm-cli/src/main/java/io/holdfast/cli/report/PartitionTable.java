package io.holdfast.cli.report;

import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Optional;
import org.agrona.DirectBuffer;

/**
 * The four entries of a master boot record, which disks with a GUID partition table carry too.
 *
 * <pre>
 *   446  16 bytes an entry: 4 type   8 first sector (u32)   12 sectors (u32)
 *   510  0xaa55
 * </pre>
 */
public final class PartitionTable {
    private static final int FIRST_ENTRY = 446;
    private static final int ENTRY_LENGTH = 16;
    private static final int ENTRY_COUNT = 4;
    private static final int MAGIC_OFFSET = 510;
    private static final int MAGIC = 0xaa55;

    private final DirectBuffer record;

    private PartitionTable(DirectBuffer record) {
        this.record = record;
    }

    /**
     * Look for a table.
     *
     * @param record the first sector of a device.
     * @return the table, or empty when there is none.
     */
    public static Optional<PartitionTable> parse(DirectBuffer record) {
        boolean isThere = record.capacity() >= MAGIC_OFFSET + Short.BYTES
                && Short.toUnsignedInt(record.getShort(MAGIC_OFFSET, ByteOrder.LITTLE_ENDIAN)) == MAGIC;
        return isThere ? Optional.of(new PartitionTable(record)) : Optional.empty();
    }

    /** The entries that are in use, a line for each. */
    String text() {
        StringBuilder text = new StringBuilder("   MBR Magic : aa55\n");
        for (int i = 0; i < ENTRY_COUNT; i++) {
            int entry = FIRST_ENTRY + i * ENTRY_LENGTH;
            long sectors = Integer.toUnsignedLong(record.getInt(entry + 12, ByteOrder.LITTLE_ENDIAN));
            if (sectors != 0) {
                long first = Integer.toUnsignedLong(record.getInt(entry + 8, ByteOrder.LITTLE_ENDIAN));
                text.append(String.format(
                        Locale.ROOT,
                        "Partition[%d] : %12d sectors at %12d (type %02x)\n",
                        i,
                        sectors,
                        first,
                        record.getByte(entry + 4) & 0xff));
            }
        }
        return text.toString();
    }
}
