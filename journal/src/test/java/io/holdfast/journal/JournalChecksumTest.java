package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.management.ThreadMXBean;
import io.holdfast.blockdev.BufferSlab;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Held to the numbers that real logs carry. */
class JournalChecksumTest {
    private static final byte[] LINUX_UUID = HexFormat.of().parseHex("cbe803177a61a7a888f56044841e37af");

    @Test
    void shouldGiveTheRegisterOfAZeroPage() {
        assertEquals(0xb330_4a14, new JournalChecksum(TestLog.UUID).of(BufferSlab.allocate(4096), 0));
    }

    @Test
    void shouldGiveTheChecksumOfAnEmptyBlock() {
        UnsafeBuffer block = BufferSlab.allocate(4096);
        MetaBlockDescriptor.begin(block, 0, 0x1234_5678L, 0);
        assertEquals(0x3a25_ca64, new JournalChecksum(TestLog.UUID).of(block, 0));
    }

    @Test
    void shouldMakeLinuxsOwnBlockByteForByte() {
        UnsafeBuffer block = BufferSlab.allocate(4096);
        MetaBlockDescriptor.begin(block, 0, 0x83b1_5525L, 8);
        MetaBlockDescriptor.checksum(block, 0, new JournalChecksum(LINUX_UUID).of(block, 0));
        byte[] begin = new byte[32];
        block.getBytes(0, begin);
        assertEquals(
                "09c53364844d786f01000000200000002555b183000000000800000000000000",
                HexFormat.of().formatHex(begin));
        assertEquals(0x6f78_4d84, MetaBlockDescriptor.checksum(block, 0));
    }

    @Test
    void shouldBeTheUninvertedCrcOfUuidAndPage() {
        Random random = new Random(1);
        UnsafeBuffer pages = BufferSlab.allocate(3 * 4096);
        byte[] page = new byte[4096];
        for (int i = 0; i < 100; i++) {
            byte[] uuid = new byte[16];
            random.nextBytes(uuid);
            random.nextBytes(page);
            pages.putBytes(4096, page);
            CRC32C crc = new CRC32C();
            crc.update(uuid);
            crc.update(page);
            assertEquals(~(int) crc.getValue(), new JournalChecksum(uuid).of(pages, 4096));
        }
    }

    @Test
    void shouldFollowACallerFromBufferToBuffer() {
        JournalChecksum checksum = new JournalChecksum(TestLog.UUID);
        UnsafeBuffer zeroes = BufferSlab.allocate(4096);
        UnsafeBuffer ones = BufferSlab.allocate(4096);
        ones.setMemory(0, 4096, (byte) 1);
        int ofOnes = checksum.of(ones, 0);
        assertEquals(0xb330_4a14, checksum.of(zeroes, 0));
        assertEquals(ofOnes, checksum.of(ones, 0));
    }

    @Test
    void shouldAllocateNothing() {
        JournalChecksum checksum = new JournalChecksum(TestLog.UUID);
        UnsafeBuffer page = BufferSlab.allocate(4096);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int sum = 0;
        long before = 0;
        for (int i = 0; i < 60_000; i++) {
            if (i == 10_000) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            sum ^= checksum.of(page, 0);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(0, sum);
        // The measurement itself, and the compiler at work, leave a little.
        assertEquals(0, allocated / 50_000, "bytes for each page");
    }

    @Test
    void shouldRefuseWhatIsNotAUuid() {
        assertThrows(IllegalArgumentException.class, () -> new JournalChecksum(new byte[15]));
    }
}
