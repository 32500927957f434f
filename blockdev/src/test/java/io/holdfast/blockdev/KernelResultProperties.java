package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class KernelResultProperties {
    /** However a kernel chops a transfer up, and interrupts it, every byte is moved once, in order, or the end is found. */
    @Property
    void shouldMoveEveryByteHoweverTheKernelChopsItUp(
            @ForAll @Size(max = 200) List<@IntRange(min = -1, max = 20_000) Integer> answers,
            @ForAll @IntRange(min = 1, max = 64) int blockCount) {
        int blockLength = 512;
        long length = (long) blockCount * blockLength;
        long done = 0;
        int next = 0;
        IoStatus status = null;
        boolean isCutShort = false;
        while (status == null) {
            long remaining = length - done;
            long result = remaining;
            if (next < answers.size()) {
                int answer = answers.get(next++);
                result = answer < 0 ? -Errno.EINTR : Math.min(answer, remaining);
            }
            isCutShort = result >= 0 && result < Math.min(blockLength, remaining);
            status = KernelResult.status(IoRequest.Kind.READ, result, remaining, blockLength, 0);
            done += result == remaining ? remaining : KernelResult.moved(result, blockLength);
        }
        assertEquals(isCutShort ? IoStatus.GONE : IoStatus.OK, status);
        if (status == IoStatus.OK) {
            assertEquals(length, done);
        }
    }
}
