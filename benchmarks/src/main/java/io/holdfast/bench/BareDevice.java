package io.holdfast.bench;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.blockdev.MemoryBlockDevice;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/** One memory device without any array above it: the limit that a run is compared with. */
final class BareDevice {
    private BareDevice() {}

    /** Random transfers a second, submitted and polled by this thread. */
    static double rate(boolean write, int length, long deviceLength, int depth, double seconds) {
        try (BlockDevice device = new MemoryBlockDevice("bare", deviceLength);
                ManualLoop loop = new ManualLoop("bare");
                IoChannel channel = device.openChannel(loop, depth)) {
            UnsafeBuffer buffer = BufferSlab.allocate(depth * length);
            for (long offset = 0; offset < deviceLength; offset += length) {
                device.write(offset, buffer, 0, length);
            }
            run(write, length, deviceLength, depth, channel, buffer, seconds / 2);
            return run(write, length, deviceLength, depth, channel, buffer, seconds);
        }
    }

    private static double run(
            boolean write,
            int length,
            long deviceLength,
            int depth,
            IoChannel channel,
            UnsafeBuffer buffer,
            double seconds) {
        SplittableRandom random = new SplittableRandom(9);
        long[] done = new long[1];
        IoCompletionHandler handler = (token, status) -> done[0]++;
        long start = System.nanoTime();
        while (System.nanoTime() - start < seconds * 1e9) {
            for (int i = 0; i < depth; i++) {
                long offset = random.nextLong(deviceLength / length) * length;
                if (write) {
                    channel.write(offset, buffer, i * length, length, i);
                } else {
                    channel.read(offset, buffer, i * length, length, i);
                }
            }
            while (channel.outstanding() > 0) {
                channel.poll(handler);
            }
        }
        return done[0] / ((System.nanoTime() - start) / 1e9);
    }
}
