package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a stream of large writes becomes on the members. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StreamingTest {
    private static final int MEGABYTE = 1 << 20;
    /** Of every member that is not smaller than a few megabytes; superblocks lie before it. */
    private static final int DATA_OFFSET = MEGABYTE;

    private static final int LEAST_TRANSFER = 64 * 1024;

    @ParameterizedTest
    @CsvSource({"5,5,65536,0", "5,5,524288,0", "6,6,65536,0", "5,5,65536,16777216"})
    void shouldWriteMembersInTransfersOfAtLeast64KiBAndReadNothing(
            int level, int members, int chunkLength, long journalLength) {
        ScriptedArray test = ScriptedArray.shape()
                .level(level)
                .members(members)
                .chunk(chunkLength)
                .memberLength(8 << 20)
                .journal(journalLength)
                .make();
        test.assemble();
        List<ScriptedDevice.Operation> writes = new ArrayList<>();
        List<ScriptedDevice.Operation> reads = new ArrayList<>();
        long stripe = (long) chunkLength * (members - (level == 6 ? 2 : 1));
        long written = 4L * Math.max(stripe, MEGABYTE);
        for (ScriptedDevice member : test.members) {
            member.trace(operation -> {
                if (operation.offset() >= DATA_OFFSET) {
                    (operation.changes() ? writes : reads).add(operation);
                }
            });
        }
        int pending = 0;
        ByteBuffer source = ByteBuffer.allocateDirect((int) written);
        int length = (int) Math.max(stripe, MEGABYTE / stripe * stripe);
        for (long offset = 0; offset + length <= written; offset += length) {
            test.array.write(source.slice((int) offset, length), offset, false, (token, status) -> {}, pending++);
        }
        test.run();
        assertTrue(pending > 1);
        for (ScriptedDevice.Operation write : writes) {
            assertTrue(write.length() >= LEAST_TRANSFER, write::toString);
        }
        assertEquals(
                0,
                reads.stream()
                        .filter(operation -> operation.kind() == ScriptedDevice.Kind.READ)
                        .count());
        test.array.abandon();
    }
}
