package io.holdfast.interop;

import io.holdfast.interop.FilesystemTrace.Entry;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Records what Linux's ext4 does to a disk: a guest makes a filesystem, works in it by {@code filesystem-recorder.sh}, and
 * Linux's own dm-log-writes, below it, writes down every write, flush and mark.
 *
 * <p>The log is a header and then records, each in a unit of its own followed by its bytes in whole units, all little-endian:
 *
 * <pre>
 *   header   0 magic (u64)   8 version (u64)   16 record count (u64)   24 unit length (u32)
 *   record   0 sector (u64)   8 sectors (u64)   16 flags (u64)   24 length of a mark's name (u64)   32 the name
 * </pre>
 *
 * Sectors count in units. A write appears when it could be relied upon: behind it stands the flush that covers it, or it
 * was forced itself. So any prefix of the log, and any part of what follows up to the next flush, is what a power failure
 * could have left.
 */
final class FilesystemRecorder {
    private static final int LIMIT_SECONDS = 120;
    private static final long DISK_LENGTH = 16 << 20;
    private static final long LOG_LENGTH = 256 << 20;
    private static final long MAGIC = 0x6a736677736872L;
    private static final int HEADER_LENGTH = 28;
    private static final int RECORD_LENGTH = 32;
    private static final int MAX_WRITE_LENGTH = 4 << 20;
    private static final int FLUSH = 1;
    private static final int FORCE_UNIT_ACCESS = 2;
    private static final int DISCARD = 4;
    private static final int MARK = 8;

    private FilesystemRecorder() {}

    /**
     * Record.
     *
     * @param directory   for the guest's images and script.
     * @param blockLength of the filesystem, in bytes.
     * @param options     to mount it with.
     * @return what happened.
     */
    static FilesystemTrace record(Path directory, int blockLength, String options) throws IOException {
        Path disk = image(directory.resolve("disk.img"), DISK_LENGTH);
        Path log = image(directory.resolve("log.img"), LOG_LENGTH);
        String script = "BLOCK=" + blockLength + "\nOPTIONS=" + options + "\n" + scriptText();
        List<String> console = Guest.run(directory, LIMIT_SECONDS, script, disk, log);
        List<String> facts = new ArrayList<>();
        facts.add("length=" + DISK_LENGTH);
        facts.add("how=ext4 blockLength=" + blockLength + " options=" + options);
        for (String line : console) {
            if (line.startsWith("begin ") || line.startsWith("have ") || line.startsWith("gone ")) {
                facts.add(line.replaceFirst(" ", "="));
            }
        }
        return new FilesystemTrace(facts, entries(log));
    }

    private static Path image(Path path, long length) throws IOException {
        Files.deleteIfExists(path);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(length);
        }
        return path;
    }

    private static List<Entry> entries(Path log) throws IOException {
        try (InputStream in = Files.newInputStream(log)) {
            ByteBuffer header = fields(read(in, FilesystemTrace.SECTOR_LENGTH));
            if (header.getLong(0) != MAGIC || header.getLong(8) != 1) {
                throw new IOException("not a log of writes: " + log);
            }
            int unitLength = header.getInt(HEADER_LENGTH - Integer.BYTES);
            if (unitLength != FilesystemTrace.SECTOR_LENGTH) {
                throw new IOException("the log counts in units of " + unitLength + " bytes");
            }
            List<Entry> entries = new ArrayList<>();
            for (long count = header.getLong(16); count > 0; count--) {
                entries.add(entry(in));
            }
            return entries;
        }
    }

    private static Entry entry(InputStream in) throws IOException {
        byte[] unit = read(in, FilesystemTrace.SECTOR_LENGTH);
        ByteBuffer record = fields(unit);
        long flags = record.getLong(16);
        if ((flags & MARK) != 0) {
            int length = Math.toIntExact(record.getLong(24));
            String name = new String(unit, RECORD_LENGTH, length, StandardCharsets.US_ASCII);
            return Entry.mark(name.replace("\0", ""));
        }
        if ((flags & DISCARD) != 0) {
            throw new IOException("a discard, which no trace holds");
        }
        long length = record.getLong(8) * FilesystemTrace.SECTOR_LENGTH;
        if (length < 0 || length > MAX_WRITE_LENGTH) {
            throw new IOException("a write of length=" + length);
        }
        return new Entry(
                null,
                (flags & FLUSH) != 0,
                (flags & FORCE_UNIT_ACCESS) != 0,
                record.getLong(0) * FilesystemTrace.SECTOR_LENGTH,
                read(in, (int) length));
    }

    private static byte[] read(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the log of writes ends early");
        }
        return bytes;
    }

    private static ByteBuffer fields(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String scriptText() throws IOException {
        try (InputStream in = FilesystemRecorder.class.getResourceAsStream("filesystem-recorder.sh")) {
            if (in == null) {
                throw new IOException("missing resource filesystem-recorder.sh");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
