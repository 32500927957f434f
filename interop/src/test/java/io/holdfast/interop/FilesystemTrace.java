package io.holdfast.interop;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What a kernel's filesystem sent to a disk, in an order in which it may have become durable, and which files it had promised
 * by when. Immutable.
 *
 * <p>A trace file is a gzip stream of: a magic string; the facts, as {@code key=value} strings, ended by an empty one; the
 * distinct sectors of 512 bytes behind their count; and the entries behind theirs. An entry is a byte of flags, then for a
 * mark its name, and otherwise the offset in bytes, the count of sectors, and for each the index among the distinct ones. A
 * journaling filesystem writes most bytes twice, which is why sectors are kept once. Strings and numbers are as
 * {@link java.io.DataOutput} writes them.
 *
 * <p>Facts: {@code length} (bytes of the disk), {@code how} (the filesystem), and for each step {@code begin=N KIND PATH}
 * followed by {@code have=N SHA256} or {@code gone=N}: what a reader must find from the mark {@code end-N} on.
 */
final class FilesystemTrace {
    /** The sector's length, in bytes: no entry is made of anything smaller. */
    static final int SECTOR_LENGTH = 512;

    /** Name of the mark behind which the filesystem exists. */
    static final String MADE = "made";

    /** Stands for the digest of a file that is not there. */
    static final String GONE = "gone";

    private static final Pattern STEP_MARK = Pattern.compile("(begin|end)-\\d+");
    private static final String MAGIC = "holdfast filesystem trace 1";
    private static final int MARK = 1;
    private static final int FLUSH = 2;
    private static final int FORCE_UNIT_ACCESS = 4;

    /**
     * One thing the filesystem did.
     *
     * @param mark            name of a mark, which does nothing, or null.
     * @param isFlush         whether everything answered before is made durable first.
     * @param forceUnitAccess whether the write itself is durable when it is answered.
     * @param offset          in bytes.
     * @param bytes           to be written; empty when it is only a flush or a mark. Not to be changed.
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Entry(String mark, boolean isFlush, boolean forceUnitAccess, long offset, byte[] bytes) {
        boolean isWrite() {
            return bytes.length > 0;
        }

        static Entry mark(String name) {
            return new Entry(name, false, false, 0, new byte[0]);
        }
    }

    private record Step(boolean isAtomic, String path, String digest) {}

    private final List<String> facts;
    private final List<Entry> entries;
    private final Map<Integer, Step> steps = new LinkedHashMap<>();

    FilesystemTrace(List<String> facts, List<Entry> entries) {
        this.facts = List.copyOf(facts);
        this.entries = List.copyOf(entries);
        for (String fact : facts) {
            String[] words = fact.split("[= ]", 4);
            switch (words[0]) {
                case "begin" ->
                    steps.put(Integer.valueOf(words[1]), new Step(words[2].equals("atomic"), words[3], null));
                case "have", "gone" ->
                    steps.computeIfPresent(
                            Integer.valueOf(words[1]),
                            (number, step) -> new Step(step.isAtomic, step.path, words.length > 2 ? words[2] : GONE));
                default -> {}
            }
        }
    }

    List<Entry> entries() {
        return entries;
    }

    List<String> facts() {
        return facts;
    }

    int stepCount() {
        return steps.size();
    }

    /** Bytes of the disk. */
    long length() {
        return Long.parseLong(fact("length").orElseThrow());
    }

    /** Index of the first entry behind the making of the filesystem. */
    int firstEntry() {
        for (int i = 0; i < entries.size(); i++) {
            if (MADE.equals(entries.get(i).mark())) {
                return i + 1;
            }
        }
        throw new IllegalStateException("the trace makes no filesystem");
    }

    /**
     * What readers must find when power fails at some moment.
     *
     * @param begunCount entries that had been begun by then; all before the last mark among them had been answered.
     * @return by path, the digests of the contents that may be there; {@link #GONE} for a file that may be missing. A path in
     *     the middle of a step that is not atomic may hold anything, and is not named.
     */
    Map<String, Set<String>> expected(int begunCount) {
        Map<String, Set<String>> expected = new LinkedHashMap<>();
        Map<String, String> settled = new LinkedHashMap<>();
        for (Entry entry : entries.subList(0, begunCount)) {
            if (entry.mark() == null || !STEP_MARK.matcher(entry.mark()).matches()) {
                continue;
            }
            String[] words = entry.mark().split("-", 2);
            Step step = steps.get(Integer.valueOf(words[1]));
            if (words[0].equals("end")) {
                settled.put(step.path, step.digest);
                expected.put(step.path, Set.of(step.digest));
            } else if (step.isAtomic) {
                String before = settled.getOrDefault(step.path, GONE);
                expected.put(step.path, before.equals(step.digest) ? Set.of(before) : Set.of(before, step.digest));
            } else {
                expected.remove(step.path);
            }
        }
        return expected;
    }

    /** Write the trace file. */
    void store(OutputStream to) throws IOException {
        Map<ByteBuffer, Integer> sectors = new LinkedHashMap<>();
        for (Entry entry : entries) {
            for (int at = 0; at < entry.bytes.length; at += SECTOR_LENGTH) {
                sectors.putIfAbsent(ByteBuffer.wrap(entry.bytes, at, SECTOR_LENGTH), sectors.size());
            }
        }
        try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(to))) {
            out.writeUTF(MAGIC);
            for (String fact : facts) {
                out.writeUTF(fact);
            }
            out.writeUTF("");
            out.writeInt(sectors.size());
            byte[] bytes = new byte[SECTOR_LENGTH];
            for (ByteBuffer sector : sectors.keySet()) {
                sector.duplicate().get(bytes);
                out.write(bytes);
            }
            out.writeInt(entries.size());
            for (Entry entry : entries) {
                store(entry, sectors, out);
            }
        }
    }

    private static void store(Entry entry, Map<ByteBuffer, Integer> sectors, DataOutputStream out) throws IOException {
        if (entry.mark != null) {
            out.writeByte(MARK);
            out.writeUTF(entry.mark);
            return;
        }
        out.writeByte((entry.isFlush ? FLUSH : 0) | (entry.forceUnitAccess ? FORCE_UNIT_ACCESS : 0));
        out.writeLong(entry.offset);
        out.writeInt(entry.bytes.length / SECTOR_LENGTH);
        for (int at = 0; at < entry.bytes.length; at += SECTOR_LENGTH) {
            out.writeInt(sectors.get(ByteBuffer.wrap(entry.bytes, at, SECTOR_LENGTH)));
        }
    }

    /** Read a trace file. */
    static FilesystemTrace load(InputStream from) throws IOException {
        try (DataInputStream in = new DataInputStream(new GZIPInputStream(from))) {
            if (!in.readUTF().equals(MAGIC)) {
                throw new IOException("not a filesystem trace");
            }
            List<String> facts = new ArrayList<>();
            for (String fact = in.readUTF(); !fact.isEmpty(); fact = in.readUTF()) {
                facts.add(fact);
            }
            byte[][] sectors = new byte[in.readInt()][SECTOR_LENGTH];
            for (byte[] sector : sectors) {
                in.readFully(sector);
            }
            int count = in.readInt();
            List<Entry> entries = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                entries.add(load(in, sectors));
            }
            return new FilesystemTrace(facts, entries);
        }
    }

    private static Entry load(DataInputStream in, byte[][] sectors) throws IOException {
        int flags = in.readByte();
        if (flags == MARK) {
            return Entry.mark(in.readUTF());
        }
        long offset = in.readLong();
        byte[] bytes = new byte[in.readInt() * SECTOR_LENGTH];
        for (int at = 0; at < bytes.length; at += SECTOR_LENGTH) {
            System.arraycopy(sectors[in.readInt()], 0, bytes, at, SECTOR_LENGTH);
        }
        return new Entry(null, (flags & FLUSH) != 0, (flags & FORCE_UNIT_ACCESS) != 0, offset, bytes);
    }

    /** One of the traces among the test resources. */
    static FilesystemTrace load(String name) throws IOException {
        try (InputStream in = FilesystemTrace.class.getResourceAsStream(name + ".trace")) {
            if (in == null) {
                throw new IOException(name + ".trace: no such test resource");
            }
            return load(in);
        }
    }

    private Optional<String> fact(String key) {
        return facts.stream()
                .filter(fact -> fact.startsWith(key + "="))
                .map(fact -> fact.substring(key.length() + 1))
                .findFirst();
    }

    @Override
    public String toString() {
        return "FilesystemTrace{how=" + fact("how").orElse("?") + " entries=" + entries.size() + " steps="
                + steps.size() + "}";
    }
}
