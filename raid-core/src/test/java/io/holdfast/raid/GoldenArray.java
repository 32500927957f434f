package io.holdfast.raid;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The devices of one array made by Linux, what was written to it, and how it was made.
 *
 * <p>A golden file is a gzip stream of: a magic string; the facts, as {@code key=value} strings; then each device as its
 * name, its length, and those of its 4 KiB blocks that are not all zero, each behind its index; -1 ends a device and an
 * empty name the list. Strings and numbers are as {@link java.io.DataOutput} writes them.
 *
 * <p>The facts: {@code level}, {@code layout}, {@code disks}, {@code chunk} (bytes), {@code memberLength} (bytes used per
 * member), {@code metadata} ("1.2"), {@code how} (the mdadm command); and any number of {@code write}s, in order, each
 * "offset length seed" in bytes of the array: acknowledged content in the manner of {@link GoldenPattern}. A
 * {@code maybe} is a write that was begun and not answered: each 4 KiB block of it is old or new. {@code device} facts say
 * "name role", where the role is a slot number, "journal", "spare", or "stale N" for a member that was slot N once.
 */
public final class GoldenArray {
    private static final String MAGIC = "holdfast golden array 1";
    private static final int BLOCK_LENGTH = 4096;

    private final String name;
    private final List<String> facts;
    private final Map<String, byte[]> devices;

    /**
     * @param name    of the array, which is also its file's.
     * @param facts   {@code key=value}.
     * @param devices content by device name.
     */
    public GoldenArray(String name, List<String> facts, Map<String, byte[]> devices) {
        this.name = name;
        this.facts = List.copyOf(facts);
        this.devices = new LinkedHashMap<>(devices);
    }

    /** A range of the array and the content it was given. */
    public record Write(long offset, int length, long seed) {}

    /** A device's name and what it is in the array: a slot number, "journal", "spare" or "stale N". */
    public record Device(String name, String role) {
        /** The slot that the device holds with current content, or -1. */
        public int slot() {
            return Character.isDigit(role.charAt(0)) ? Integer.parseInt(role) : -1;
        }
    }

    /** The array's name. */
    public String name() {
        return name;
    }

    /** 4, 5 or 6. */
    public int level() {
        return Integer.parseInt(fact("level"));
    }

    /** md's number of the layout. */
    public int layout() {
        return Integer.parseInt(fact("layout"));
    }

    /** The number of slots. */
    public int disks() {
        return Integer.parseInt(fact("disks"));
    }

    /** Length of a chunk in bytes. */
    public int chunkLength() {
        return Integer.parseInt(fact("chunk"));
    }

    /** Bytes of each member that the array uses. */
    public long memberLength() {
        return Long.parseLong(fact("memberLength"));
    }

    /** The metadata version, as in "1.2". */
    public String metadata() {
        return fact("metadata");
    }

    /** Length of the array in bytes. */
    public long length() {
        return memberLength() * (disks() - (level() == 6 ? 2 : 1));
    }

    /** Every device, in the order mdadm was given them. */
    public List<Device> devices() {
        return facts("device").stream()
                .map(fact -> fact.split(" ", 2))
                .map(words -> new Device(words[0], words[1]))
                .toList();
    }

    /** What was written and acknowledged, in order; the first covers the whole array. */
    public List<Write> writes() {
        return facts("write").stream().map(GoldenArray::parseWrite).toList();
    }

    /** What was written and not acknowledged before the crash. */
    public List<Write> maybes() {
        return facts("maybe").stream().map(GoldenArray::parseWrite).toList();
    }

    /** All facts, as {@code key=value}. */
    public List<String> facts() {
        return facts;
    }

    /** The content of a device; the caller may scribble on it. */
    public byte[] bytes(String device) {
        return devices.get(device).clone();
    }

    /** The bytes that the acknowledged writes leave in the array. */
    public byte[] expected() {
        byte[] content = new byte[Math.toIntExact(length())];
        writes().forEach(write -> apply(write, content));
        return content;
    }

    /**
     * Compare what was read from the array with what the acknowledged writes left there; a block that a write in flight may
     * have reached may be that write's instead.
     *
     * @param content the whole array.
     * @return what is wrong with it, or an empty string.
     */
    public String compare(byte[] content) {
        byte[] expected = expected();
        if (content.length != expected.length) {
            return "length=" + content.length + " expected=" + expected.length;
        }
        for (int offset = 0; offset < expected.length; offset += BLOCK_LENGTH) {
            if (!matches(content, expected, offset) && !isInFlight(content, offset)) {
                long found = wordAt(content, offset);
                return name + ": offset=" + offset + " expected {" + GoldenPattern.describe(wordAt(expected, offset))
                        + "} found {" + GoldenPattern.describe(found) + "} or a mixture within the block";
            }
        }
        return "";
    }

    /**
     * Write the devices as sparse files.
     *
     * @param directory to put them in, under their names.
     * @return the files by device name, in the order of {@link #devices()}.
     */
    public Map<String, Path> unpack(Path directory) throws IOException {
        Map<String, Path> files = new LinkedHashMap<>();
        for (Device device : devices()) {
            Path path = directory.resolve(device.name());
            byte[] content = devices.get(device.name());
            Files.deleteIfExists(path);
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                file.setLength(content.length);
                for (int offset = 0; offset < content.length; offset += BLOCK_LENGTH) {
                    int length = Math.min(BLOCK_LENGTH, content.length - offset);
                    if (!isZero(content, offset, length)) {
                        file.seek(offset);
                        file.write(content, offset, length);
                    }
                }
            }
            files.put(device.name(), path);
        }
        return files;
    }

    /** Write the golden file. */
    public void store(OutputStream to) throws IOException {
        OutputStream best = new GZIPOutputStream(to) {
            {
                def.setLevel(Deflater.BEST_COMPRESSION);
            }
        };
        try (DataOutputStream out = new DataOutputStream(best)) {
            out.writeUTF(MAGIC);
            for (String fact : facts) {
                out.writeUTF(fact);
            }
            out.writeUTF("");
            for (Map.Entry<String, byte[]> device : devices.entrySet()) {
                byte[] content = device.getValue();
                out.writeUTF(device.getKey());
                out.writeInt(content.length);
                for (int offset = 0; offset < content.length; offset += BLOCK_LENGTH) {
                    if (!isZero(content, offset, BLOCK_LENGTH)) {
                        out.writeInt(offset / BLOCK_LENGTH);
                        out.write(content, offset, BLOCK_LENGTH);
                    }
                }
                out.writeInt(-1);
            }
            out.writeUTF("");
        }
    }

    /** Read a golden file. */
    public static GoldenArray load(String name, InputStream from) throws IOException {
        try (DataInputStream in = new DataInputStream(new GZIPInputStream(from))) {
            if (!in.readUTF().equals(MAGIC)) {
                throw new IOException(name + ": not a golden array");
            }
            List<String> facts = new ArrayList<>();
            for (String fact = in.readUTF(); !fact.isEmpty(); fact = in.readUTF()) {
                facts.add(fact);
            }
            Map<String, byte[]> devices = new LinkedHashMap<>();
            for (String device = in.readUTF(); !device.isEmpty(); device = in.readUTF()) {
                byte[] content = new byte[in.readInt()];
                for (int index = in.readInt(); index >= 0; index = in.readInt()) {
                    in.readFully(content, index * BLOCK_LENGTH, BLOCK_LENGTH);
                }
                devices.put(device, content);
            }
            return new GoldenArray(name, facts, devices);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    private String fact(String key) {
        return facts(key).get(0);
    }

    private List<String> facts(String key) {
        String prefix = key + "=";
        return facts.stream()
                .filter(fact -> fact.startsWith(prefix))
                .map(fact -> fact.substring(prefix.length()))
                .toList();
    }

    private boolean isInFlight(byte[] content, int offset) {
        return maybes().stream()
                .filter(write -> write.offset() <= offset && offset < write.offset() + write.length())
                .anyMatch(write -> Arrays.equals(
                        GoldenPattern.bytes(write.seed(), offset, BLOCK_LENGTH),
                        0,
                        BLOCK_LENGTH,
                        content,
                        offset,
                        offset + BLOCK_LENGTH));
    }

    private static Write parseWrite(String text) {
        String[] words = text.split(" ", 3);
        return new Write(Long.parseLong(words[0]), Integer.parseInt(words[1]), Long.parseLong(words[2]));
    }

    private static void apply(Write write, byte[] content) {
        byte[] bytes = GoldenPattern.bytes(write.seed(), write.offset(), write.length());
        System.arraycopy(bytes, 0, content, Math.toIntExact(write.offset()), write.length());
    }

    private static boolean matches(byte[] content, byte[] expected, int offset) {
        return Arrays.equals(content, offset, offset + BLOCK_LENGTH, expected, offset, offset + BLOCK_LENGTH);
    }

    private static long wordAt(byte[] content, int offset) {
        long word = 0;
        for (int i = Long.BYTES - 1; i >= 0; i--) {
            word = word << Byte.SIZE | (content[offset + i] & 0xFF);
        }
        return word;
    }

    private static boolean isZero(byte[] content, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (content[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
