package io.holdfast.fault;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Knows what a reader of an address space may see, while it runs and after a crash, and names what it should not have seen.
 *
 * <p>The space is judged in units (4 KiB, or the device's logical block where nothing better is promised). For each unit the
 * model keeps the contents that are allowed: that of the last write that must be there, and those of writes since then which
 * may be. A write is told to the model when it is submitted, when it is answered, and when it became certain to survive: at
 * once with a journal, by a flush without. What was never written is zeroes.
 *
 * <p>Contents come from a {@link Stamp}, so that what is in the wrong place can be told from what is merely wrong. A write
 * answered with an error stays in doubt for good. Single-threaded.
 */
public final class ContentModel {
    private final long length;
    private final int unitLength;
    private final Stamp stamp;
    private final Map<Long, ContentUnit> units = new TreeMap<>();
    private final Map<Long, ModelWrite> open = new HashMap<>();
    private final List<ModelWrite> answered = new ArrayList<>();

    /** A read on its way may yet show what has been replaced meanwhile, so nothing is forgotten before it ends. */
    private final TreeSet<Long> openReads = new TreeSet<>();

    private final Set<ContentUnit> unfolded = new HashSet<>();
    private long moment;
    private long nextId = 1;

    /**
     * A space of zeroes.
     *
     * @param length     in bytes, a multiple of {@code unitLength}.
     * @param unitLength in bytes: what is old or new as a whole.
     * @param seed       of the contents.
     */
    public ContentModel(long length, int unitLength, long seed) {
        this.length = length;
        this.unitLength = unitLength;
        this.stamp = new Stamp(seed);
    }

    /** In bytes. */
    public long length() {
        return length;
    }

    /** In bytes: what is old or new as a whole. */
    public int unitLength() {
        return unitLength;
    }

    /**
     * Say what is there to begin with, where it is not zeroes.
     *
     * @param offset in bytes, a multiple of the unit.
     * @param buffer that holds it.
     * @param index  of the first byte in it.
     * @param count  of bytes, a multiple of the unit.
     */
    public void adopt(long offset, UnsafeBuffer buffer, int index, int count) {
        for (int done = 0; done < count; done += unitLength) {
            units.put(offset + done, new ContentUnit(offset + done, bytes(buffer, index + done)));
        }
    }

    /**
     * A write is about to be submitted.
     *
     * @param offset of it, in bytes.
     * @param buffer filled with what is to be written.
     * @param index  of the first byte in it.
     * @param count  of bytes.
     * @return identifies the write.
     */
    public long beginWrite(long offset, UnsafeBuffer buffer, int index, int count) {
        long id = nextId++;
        stamp.fill(buffer, index, offset, count, id);
        byte[] bytes = new byte[count];
        buffer.getBytes(index, bytes);
        return begin(new ModelWrite(id, offset, count, bytes, ++moment));
    }

    /**
     * A range is about to be turned to zeroes.
     *
     * @param offset of it, in bytes.
     * @param count  of bytes.
     * @return identifies the write.
     */
    public long beginZeroes(long offset, int count) {
        return begin(new ModelWrite(nextId++, offset, count, null, ++moment));
    }

    /**
     * A write was answered as done: whoever reads from now on sees it.
     *
     * @param id        of the write.
     * @param isDurable whether the answer promises that it survives a crash.
     */
    public void endWrite(long id, boolean isDurable) {
        ModelWrite write = open.remove(id);
        write.completedAt = ++moment;
        if (isDurable) {
            makeDurable(write);
        } else {
            answered.add(write);
        }
    }

    /**
     * A flush is about to be submitted.
     *
     * @return to be handed to {@link #endFlush}.
     */
    public long beginFlush() {
        return ++moment;
    }

    /**
     * A flush was answered as done: what had been answered before it was submitted survives.
     *
     * @param flush from {@link #beginFlush}.
     */
    public void endFlush(long flush) {
        List<ModelWrite> covered = new ArrayList<>();
        answered.removeIf(write -> write.completedAt < flush && covered.add(write));
        covered.forEach(this::makeDurable);
    }

    /** Writes that were submitted and not answered as done. */
    public Collection<Long> openWrites() {
        return Collections.unmodifiableCollection(open.keySet());
    }

    /**
     * How many writes are open at once on the same unit of a range. What may be read grows with the factorial of that, so
     * that a caller who wants it judged keeps it small.
     *
     * @param offset in bytes.
     * @param count  of bytes.
     * @return the most on any unit.
     */
    public int openOverlap(long offset, long count) {
        int most = 0;
        for (long at = offset - offset % unitLength; at < offset + count; at += unitLength) {
            ContentUnit unit = units.get(at);
            most = Math.max(most, unit == null ? 0 : unit.openCount());
        }
        return most;
    }

    /** Whether any byte of a range belongs to a write that need not survive a crash. */
    public boolean isInDoubt(long offset, long count) {
        for (long at = offset - offset % unitLength; at < offset + count; at += unitLength) {
            ContentUnit unit = units.get(at);
            if (unit != null && !unit.writes().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /**
     * A read is about to be submitted.
     *
     * @return to be handed to {@link #checkRead}.
     */
    public long beginRead() {
        openReads.add(++moment);
        return moment;
    }

    /**
     * A read was answered with an error, and shows nothing.
     *
     * @param read from {@link #beginRead}.
     */
    public void abandonRead(long read) {
        openReads.remove(read);
        if (!unfolded.isEmpty()) {
            long moment = oldestOpenRead();
            unfolded.forEach(unit -> unit.foldDurable(moment));
            if (openReads.isEmpty()) {
                unfolded.clear();
            }
        }
    }

    /**
     * Judge what a read returned: it must see every write that was answered before it was submitted.
     *
     * @param read   from {@link #beginRead}.
     * @param offset in bytes, a multiple of the unit.
     * @param buffer that was read into.
     * @param index  of the first byte in it.
     * @param count  of bytes, a multiple of the unit.
     * @return what is wrong; empty when nothing is.
     */
    public List<Finding> checkRead(long read, long offset, UnsafeBuffer buffer, int index, int count) {
        List<Finding> findings = new ArrayList<>();
        for (int done = 0; done < count; done += unitLength) {
            checkUnit(offset + done, bytes(buffer, index + done), write -> write.completedAt < read, null, findings);
        }
        abandonRead(read);
        return findings;
    }

    /** Reads the space as it is after a crash. */
    @FunctionalInterface
    public interface Reader {
        /**
         * Read.
         *
         * @param offset in bytes.
         * @param buffer to fill, {@code count} bytes from its start.
         * @param count  of bytes.
         */
        void read(long offset, UnsafeBuffer buffer, int count);
    }

    /**
     * Judge the whole space after a crash. Afterwards the model holds what was found, as certain: a second look must see
     * the same.
     *
     * @param reader       of the space.
     * @param buffer       to read into, of at least a unit and a whole number of them.
     * @param isAtomic     whether a request, given by offset and length, must be there as a whole or not at all.
     * @param mayBeAnyhow  units, by offset, of which nothing is promised.
     * @return what is wrong; empty when nothing is.
     */
    public List<Finding> checkAfterCrash(
            Reader reader, UnsafeBuffer buffer, AtomicScope isAtomic, Predicate<Long> mayBeAnyhow) {
        List<Finding> findings = new ArrayList<>();
        Map<ModelWrite, Presence> presence = new HashMap<>();
        Map<Long, byte[]> found = new TreeMap<>();
        int most = buffer.capacity() - buffer.capacity() % unitLength;
        for (long offset = 0; offset < length; offset += most) {
            int count = (int) Math.min(most, length - offset);
            reader.read(offset, buffer, count);
            for (int done = 0; done < count; done += unitLength) {
                byte[] actual = bytes(buffer, done);
                long at = offset + done;
                if (units.containsKey(at) || !isZero(actual)) {
                    found.put(at, actual);
                }
                if (!mayBeAnyhow.test(at)) {
                    checkUnit(at, actual, write -> write.isDurable, presence, findings);
                }
            }
        }
        presence.forEach((write, where) -> {
            if (isAtomic.isAtomic(write.offset, write.length) && !where.absent.isEmpty() && !where.present.isEmpty()) {
                findings.add(new Finding(
                        Finding.Kind.SPLIT,
                        write.offset,
                        write.length,
                        write + " is there at " + where.present + " and not at " + where.absent));
            }
        });
        settle(found);
        return findings;
    }

    /** Whether a request must be there as a whole or not at all. */
    @FunctionalInterface
    public interface AtomicScope {
        /** No request need be. */
        AtomicScope NONE = (offset, length) -> false;

        /**
         * Decide.
         *
         * @param offset of the request, in bytes.
         * @param length of it, in bytes.
         * @return true when it must be.
         */
        boolean isAtomic(long offset, int length);
    }

    private static final class Presence {
        private final Set<Long> present = new TreeSet<>();
        private final Set<Long> absent = new TreeSet<>();
    }

    private long begin(ModelWrite write) {
        if (write.offset < 0 || write.offset + write.length > length) {
            throw new IllegalArgumentException("outside the space: " + write + " length=" + length);
        }
        open.put(write.id, write);
        forEachUnit(write, unit -> unit.add(write));
        return write.id;
    }

    private void makeDurable(ModelWrite write) {
        write.isDurable = true;
        long moment = oldestOpenRead();
        forEachUnit(write, unit -> {
            unit.foldDurable(moment);
            if (moment != Long.MAX_VALUE) {
                unfolded.add(unit);
            }
        });
    }

    private long oldestOpenRead() {
        return openReads.isEmpty() ? Long.MAX_VALUE : openReads.first();
    }

    private void forEachUnit(ModelWrite write, Consumer<ContentUnit> action) {
        for (long at = write.offset - write.offset % unitLength; at < write.offset + write.length; at += unitLength) {
            action.accept(units.computeIfAbsent(at, offset -> new ContentUnit(offset, new byte[unitLength])));
        }
    }

    private void checkUnit(
            long offset,
            byte[] actual,
            Predicate<ModelWrite> isRequired,
            Map<ModelWrite, Presence> presence,
            List<Finding> findings) {
        ContentUnit unit = units.get(offset);
        if (unit == null) {
            if (!isZero(actual)) {
                findings.add(describe(new ContentUnit(offset, new byte[unitLength]), actual, "never written"));
            }
            return;
        }
        if (unit.writes().isEmpty()) {
            if (!unit.holds(actual)) {
                findings.add(describe(unit, actual, "what was last written"));
            }
            return;
        }
        long everywhere = -1;
        long somewhere = 0;
        boolean isAllowed = false;
        for (ContentUnit.State state : unit.states(isRequired)) {
            if (Arrays.equals(state.content().bytes, actual)) {
                isAllowed = true;
                everywhere &= state.included();
                somewhere |= state.included();
            }
        }
        if (!isAllowed) {
            String writes = unit.writes().stream().map(ModelWrite::toString).collect(Collectors.joining(", "));
            findings.add(describe(unit, actual, "what is left by all or some of " + writes));
        } else if (presence != null) {
            for (int i = 0; i < unit.writes().size(); i++) {
                Presence where = presence.computeIfAbsent(unit.writes().get(i), write -> new Presence());
                if ((everywhere >>> i & 1) != 0) {
                    where.present.add(offset);
                } else if ((somewhere >>> i & 1) == 0) {
                    where.absent.add(offset);
                }
            }
        }
    }

    private Finding describe(ContentUnit unit, byte[] actual, String expected) {
        List<Stamp.Reading> readings = new ArrayList<>();
        Finding.Kind kind = null;
        UnsafeBuffer view = new UnsafeBuffer(actual);
        for (int i = 0; i + Stamp.SECTOR_LENGTH <= actual.length; i += Stamp.SECTOR_LENGTH) {
            Stamp.Reading reading = stamp.read(view, i);
            readings.add(reading);
            if (reading != null && reading.sector() != (unit.offset + i) / Stamp.SECTOR_LENGTH) {
                kind = Finding.Kind.MISDIRECTED;
            }
        }
        if (kind == null) {
            kind = classify(unit, actual);
        }
        return new Finding(
                kind, unit.offset, unitLength, "expected " + expected + "; found " + describe(unit.offset, readings));
    }

    /** The stamps of a unit's sectors, in runs of what is alike. */
    private static String describe(long offset, List<Stamp.Reading> readings) {
        StringBuilder text = new StringBuilder();
        for (int first = 0, next; first < readings.size(); first = next) {
            String found = describe(offset, first, readings.get(first));
            for (next = first + 1; next < readings.size(); next++) {
                if (!found.equals(describe(offset, next, readings.get(next)))) {
                    break;
                }
            }
            text.append(first == 0 ? "" : ", ").append(found);
            text.append(next == first + 1 ? " in sector " + first : " in sectors " + first + " to " + (next - 1));
        }
        return text.toString();
    }

    private static String describe(long offset, int index, Stamp.Reading reading) {
        if (reading == null) {
            return "no whole stamp";
        }
        long misplaced = reading.sector() - offset / Stamp.SECTOR_LENGTH - index;
        return "write " + reading.version() + (misplaced == 0 ? "" : " for " + misplaced + " sectors further on");
    }

    private static Finding.Kind classify(ContentUnit unit, byte[] actual) {
        for (ContentUnit.State state : unit.states(write -> false)) {
            if (Arrays.equals(state.content().bytes, actual)) {
                return Finding.Kind.LOST;
            }
        }
        if (unit.isOneBehind(actual)) {
            return Finding.Kind.LOST;
        }
        if (unit.wasOnceSo(actual)) {
            return Finding.Kind.STALE;
        }
        return isMixture(unit.everything(), actual) ? Finding.Kind.TORN : Finding.Kind.CORRUPT;
    }

    private static boolean isMixture(List<byte[]> contents, byte[] actual) {
        for (int at = 0; at < actual.length; at += Long.BYTES) {
            int from = at;
            if (contents.stream()
                    .noneMatch(content ->
                            Arrays.equals(content, from, from + Long.BYTES, actual, from, from + Long.BYTES))) {
                return false;
            }
        }
        return true;
    }

    private void settle(Map<Long, byte[]> found) {
        found.forEach((offset, actual) -> units.computeIfAbsent(offset, at -> new ContentUnit(at, new byte[unitLength]))
                .settle(actual));
        open.clear();
        answered.clear();
        openReads.clear();
        unfolded.clear();
    }

    private byte[] bytes(UnsafeBuffer buffer, int index) {
        byte[] bytes = new byte[unitLength];
        buffer.getBytes(index, bytes);
        return bytes;
    }

    private static boolean isZero(byte[] bytes) {
        for (byte each : bytes) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }
}
