package io.holdfast.cli;

import io.holdfast.raid.RaidArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The process that the demonstration kills: writes a source into an array, and notes in a file how many bytes, from the first
 * on, the array has answered for. The note is made after the answer, so it never says too much.
 */
final class DemoWriter {
    private DemoWriter() {}

    /**
     * Write until killed, or until everything is written.
     *
     * @param args the source, the file for the note, bytes to write at most, and the devices.
     * @throws IOException when the source or the note fails.
     */
    public static void main(String[] args) throws IOException {
        Path sourcePath = Path.of(args[0]);
        Path notePath = Path.of(args[1]);
        long limit = Long.parseLong(args[2]);
        List<String> devices = List.of(args).subList(3, args.length);
        ByteBuffer note = ByteBuffer.allocate(Long.BYTES);
        try (DemoSource source = new DemoSource(sourcePath);
                FileChannel notes = FileChannel.open(notePath, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
                RaidArray array = new ArrayOpener().open(devices)) {
            long[] offset = {0};
            ArrayStream stream =
                    new ArrayStream(ByteStore.of(array), () -> false, answered -> write(notes, note, answered));
            stream.write(
                    target -> {
                        int start = target.position();
                        source.read(target, offset[0]);
                        offset[0] += target.position() - start;
                    },
                    0,
                    limit);
        }
    }

    private static void write(FileChannel notes, ByteBuffer note, long answered) {
        note.clear().putLong(answered).flip();
        try {
            notes.write(note, 0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        // Tells whoever waits that there is a new note.
        System.out.println(answered);
    }
}
