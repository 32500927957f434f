package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.agrona.concurrent.UnsafeBuffer;

class StampProperties {
    private static final int SECTOR = Stamp.SECTOR_LENGTH;

    @Property(tries = 200)
    void shouldReadBackWhereASectorBelongsAndWhatWroteIt(
            @ForAll @LongRange(min = 0, max = 1L << 40) long sector,
            @ForAll @LongRange(min = 1) long version,
            @ForAll long seed) {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[SECTOR]);
        Stamp stamp = new Stamp(seed);
        stamp.fill(buffer, 0, sector * SECTOR, SECTOR, version);
        assertEquals(new Stamp.Reading(sector, version), stamp.read(buffer, 0));
        assertNull(new Stamp(seed + 1).read(buffer, 0), "of another run");
    }

    @Property(tries = 200)
    void shouldNotBelieveASectorWithAnyByteChanged(@ForAll @IntRange(max = 511) int index, @ForAll byte change) {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[SECTOR]);
        Stamp stamp = new Stamp(5);
        stamp.fill(buffer, 0, 7 * SECTOR, SECTOR, 3);
        buffer.putByte(index, (byte) (buffer.getByte(index) ^ (change == 0 ? 1 : change)));
        assertNull(stamp.read(buffer, 0));
    }

    @Property(tries = 300)
    void shouldFillPartsAsPartsOfTheWhole(
            @ForAll @IntRange(max = 2047) int from, @ForAll @IntRange(max = 2048) int to) {
        int length = Math.max(0, to - from);
        UnsafeBuffer whole = new UnsafeBuffer(new byte[4 * SECTOR]);
        UnsafeBuffer part = new UnsafeBuffer(new byte[length]);
        Stamp stamp = new Stamp(9);
        stamp.fill(whole, 0, 10 * SECTOR, 4 * SECTOR, 4);
        stamp.fill(part, 0, 10 * SECTOR + from, length, 4);
        for (int i = 0; i < length; i++) {
            assertEquals(whole.getByte(from + i), part.getByte(i), "from=" + from + " i=" + i);
        }
    }

    @Property(tries = 50)
    void shouldDifferBetweenVersionsAndPlaces(@ForAll @LongRange(min = 0, max = 1000) long sector) {
        UnsafeBuffer a = new UnsafeBuffer(new byte[SECTOR]);
        UnsafeBuffer b = new UnsafeBuffer(new byte[SECTOR]);
        Stamp stamp = new Stamp(1);
        stamp.fill(a, 0, sector * SECTOR, SECTOR, 1);
        stamp.fill(b, 0, sector * SECTOR, SECTOR, 2);
        // Not only the header: a mixture of two versions must show in every word that follows it.
        for (int i = 4 * Long.BYTES; i < SECTOR; i += Long.BYTES) {
            assertNotEquals(a.getLong(i), b.getLong(i));
        }
    }
}
