package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Once it runs, the engine takes nothing from the heap: no pause of the collector is of its making. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AllocationTest {
    private static final int MEASURED = 2_000;
    private static final int ATTEMPTS = 10;
    /** Superblocks do cost memory; they are written for every so many bytes that go through the journal. */
    private static final int MOST_FOR_SUPERBLOCKS = 4 * MEASURED;

    private static final int BLOCK = 4096;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final ManualLoop loop = new ManualLoop("test");
    private final long[] answered = new long[1];
    private RaidArray array;

    private final IoCallback callback = (token, status) -> {
        if (status == IoStatus.OK) {
            answered[0]++;
        }
    };

    @ParameterizedTest
    @CsvSource({"5,false,-1", "5,true,-1", "6,false,-1", "6,true,-1", "6,false,1", "6,true,1"})
    void shouldAllocateNothingForReadsAndWrites(int level, boolean journaled, int missing) {
        TestArray made = new TestArray(level, 2, 5, 64 * 1024, 8 << 20, journaled);
        ArrayContext context = missing < 0 ? made.context() : made.context(missing);
        // A clock that stands still: the array stays dirty, as it does under load.
        array = RaidArray.assemble(context.loops(name -> loop)
                .nanoClock(() -> 0)
                .epochClock(() -> 0)
                .errorHandler(error -> {
                    throw new IllegalStateException(error);
                }));
        ByteBuffer small = BufferSlab.allocate(BLOCK).byteBuffer();
        ByteBuffer large =
                BufferSlab.allocate(journaled ? 4 * BLOCK : 256 * 1024).byteBuffer();
        long most = journaled ? MOST_FOR_SUPERBLOCKS : 0;
        long least = Long.MAX_VALUE;
        for (int i = 0; i < ATTEMPTS && least > most; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            run(MEASURED, small, large);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertTrue(least <= most, "bytes=" + least + " requests=" + MEASURED);
        array.abandon();
    }

    private void run(int count, ByteBuffer small, ByteBuffer large) {
        answered[0] = 0;
        long length = array.length();
        for (int i = 0; i < count; i++) {
            long place = (i * 7919L * BLOCK) % (length - large.capacity());
            switch (i % 8) {
                case 0 -> array.write(large, place & -BLOCK, false, callback, i);
                case 1 -> array.read(large, place & -BLOCK, callback, i);
                case 2, 3 -> array.write(small, place & -BLOCK, i % 16 == 2, callback, i);
                case 4 -> array.write(small, place + 100, false, callback, i);
                case 5 -> array.flush(callback, i);
                default -> array.read(small, place + i % 3, callback, i);
            }
            if (i % 4 == 3) {
                settle(i + 1);
            }
        }
        settle(count);
        assertEquals(count, answered[0]);
    }

    private void settle(int count) {
        for (int rounds = 0; answered[0] < count; rounds++) {
            for (int agent = 0; agent < loop.agentCount(); agent++) {
                loop.doWork(agent);
            }
            if (rounds > 10_000) {
                throw new IllegalStateException("answered=" + answered[0] + " of " + count);
            }
        }
    }
}
