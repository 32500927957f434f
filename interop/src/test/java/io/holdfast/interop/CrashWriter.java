package io.holdfast.interop;

import io.holdfast.raid.GoldenArray.Write;
import io.holdfast.raid.GoldenPattern;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A process that writes to an array until it is killed. It says {@code begin N} before the write with seed N and
 * {@code ack N} after its answer; several threads write at once, each to a part of its own, so that groups form.
 */
final class CrashWriter {
    /** Threads, and parts of the array. */
    static final int WRITER_COUNT = 4;

    private CrashWriter() {}

    /**
     * Write until killed, or until all is written.
     *
     * @param arguments the journal mode and the devices.
     */
    public static void main(String[] arguments) throws InterruptedException {
        RaidArray array = OurArrays.assemble(
                Arrays.stream(arguments).skip(1).map(Path::of).toList());
        array.journalMode(JournalMode.valueOf(arguments[0]));
        List<Write> writes = CrashTest.plan(array.length());
        Thread[] writers = new Thread[WRITER_COUNT];
        for (int i = 0; i < WRITER_COUNT; i++) {
            int part = i;
            writers[i] = new Thread(
                    () -> writes.stream()
                            .filter(write -> write.seed() % WRITER_COUNT == part)
                            .forEach(write -> put(array, write)),
                    "writer-" + part);
            writers[i].start();
        }
        for (Thread writer : writers) {
            writer.join();
        }
        System.out.println("done");
        // Not closed: this process is to be killed, not stopped.
        Thread.currentThread().join();
    }

    private static void put(RaidArray array, Write write) {
        System.out.println("begin " + write.seed());
        array.write(ByteBuffer.wrap(GoldenPattern.bytes(write.seed(), write.offset(), write.length())), write.offset());
        System.out.println("ack " + write.seed());
    }
}
