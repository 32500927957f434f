package io.holdfast.fault.checker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.DeviceGeometry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    private static final CheckedArea AREA = CheckedArea.of(new DeviceGeometry(1 << 20, 512, 4096, 1), 1 << 20);

    private static MemoryStore store(byte[] bytes) {
        MemoryStore store = new MemoryStore();
        store.append(ByteBuffer.wrap(bytes));
        return store;
    }

    /** Three writes of the same units: the first durable, the second answered, the third asked for. */
    private static Ledger threeWrites(LedgerStore store) {
        Ledger ledger = Ledger.create(store, 7, AREA);
        ledger.openSession();
        long first = ledger.intend(false, false, 8, 8);
        ledger.answer(first);
        ledger.flushed(ledger.history().flushMark());
        long second = ledger.intend(true, false, 8, 4);
        ledger.answer(second);
        ledger.intend(false, false, 6, 4);
        ledger.sync();
        return ledger;
    }

    private static void assertThreeWrites(Ledger ledger) {
        History history = ledger.history();
        assertEquals(3, ledger.writeCount());
        assertTrue(ledger.isInDoubt());
        assertTrue(history.admits(8, ContentId.of(1, false), Promise.FLUSHED));
        assertTrue(history.admits(8, ContentId.of(2, true), Promise.FLUSHED));
        assertTrue(history.admits(8, ContentId.of(3, false), Promise.FLUSHED));
        assertFalse(history.admits(8, ContentId.of(4, false), Promise.FLUSHED));
        assertFalse(history.admits(8, ContentId.of(1, false), Promise.ANSWERED));
        assertTrue(history.admits(8, ContentId.of(2, true), Promise.ANSWERED));
        assertTrue(history.admits(8, ContentId.of(3, false), Promise.ANSWERED));
        assertFalse(history.admits(11, ContentId.of(3, false), Promise.FLUSHED), "not of that write");
        assertTrue(history.admits(7, ContentId.NONE, Promise.FLUSHED), "nobody knows what was there");
        assertFalse(history.admits(15, ContentId.NONE, Promise.FLUSHED));
    }

    @Test
    void shouldKnowAgainWhatItWasTold(@TempDir Path folder) {
        Path path = folder.resolve("disk.ledger");
        threeWrites(new LedgerFile(path)).close();
        Ledger ledger = Ledger.open(new LedgerFile(path));
        assertThreeWrites(ledger);
        assertEquals(7, ledger.run());
        assertEquals(AREA, ledger.area());
        assertEquals(0, ledger.droppedLength());
        ledger.close();
        ledger.close();
    }

    @Test
    void shouldEndAtARecordThatIsNotWholeAndGoOnFromThere() {
        MemoryStore whole = new MemoryStore();
        threeWrites(whole);
        byte[] bytes = whole.contents();
        for (int missing = 1; missing < LedgerDescriptor.RECORD_LENGTH; missing++) {
            MemoryStore torn = store(Arrays.copyOf(bytes, bytes.length - missing));
            Ledger ledger = Ledger.open(torn);
            assertEquals(2, ledger.writeCount());
            assertEquals(LedgerDescriptor.RECORD_LENGTH - missing, ledger.droppedLength());
            ledger.intend(false, false, 6, 4);
            ledger.sync();
            assertThreeWrites(Ledger.open(torn));
        }
    }

    @Test
    void shouldForgetAFlushThatFailed() {
        Ledger ledger = Ledger.create(new MemoryStore(), 7, AREA);
        long id = ledger.intend(false, false, 0, 8);
        ledger.answer(id);
        ledger.flushFailed();
        ledger.flushed(ledger.history().flushMark());
        ledger.history().interrupted();
        assertTrue(ledger.history().admits(0, ContentId.NONE, Promise.FLUSHED), "not durable, whatever flushed later");
        assertTrue(ledger.history().admits(0, id, Promise.FLUSHED));
    }

    @Test
    void shouldCoverOnlyWhatWasAnsweredBeforeTheFlushWasAskedFor() {
        Ledger ledger = Ledger.create(new MemoryStore(), 7, AREA);
        long early = ledger.intend(false, false, 0, 8);
        long late = ledger.intend(false, false, 8, 8);
        ledger.answer(early);
        long mark = ledger.history().flushMark();
        ledger.answer(late);
        ledger.flushed(mark);
        ledger.history().interrupted();
        assertFalse(ledger.history().admits(0, ContentId.NONE, Promise.FLUSHED));
        assertTrue(ledger.history().admits(8, ContentId.NONE, Promise.FLUSHED));
    }

    @Test
    void shouldRefuseWhatIsNoLedger(@TempDir Path folder) throws IOException {
        Path path = Files.writeString(folder.resolve("letter.txt"), "Dear John, ".repeat(20));
        LedgerException refusal = assertThrows(LedgerException.class, () -> Ledger.open(new LedgerFile(path)));
        assertTrue(refusal.getMessage().contains("letter.txt"), refusal.getMessage());
        assertThrows(LedgerException.class, () -> Ledger.open(new MemoryStore()));
        assertThrows(LedgerException.class, () -> new LedgerFile(folder.resolve("no/such/folder")));
        assertEquals("Dear John, ".repeat(20), Files.readString(path));
    }

    @Property(tries = 500)
    void shouldOpenOrRefuseWhateverIsFlipped(
            @ForAll @Size(min = 1, max = 3) int[] places, @ForAll @IntRange(min = 1, max = 255) int mask) {
        MemoryStore whole = new MemoryStore();
        threeWrites(whole);
        byte[] bytes = whole.contents();
        for (int place : places) {
            bytes[Math.floorMod(place, bytes.length)] ^= (byte) mask;
        }
        try {
            assertTrue(Ledger.open(store(bytes)).writeCount() <= 3);
        } catch (LedgerException refusal) {
            assertFalse(refusal.getMessage().isBlank());
        }
    }

    /** Records that are sound and say what cannot be. */
    @Property(tries = 500)
    void shouldOpenOrRefuseWhateverAnEnemyWrites(
            @ForAll LedgerDescriptor.Kind kind, @ForAll long id, @ForAll long first, @ForAll long count) {
        MemoryStore store = new MemoryStore();
        threeWrites(store);
        ByteBuffer record = LedgerDescriptor.newBuffer(LedgerDescriptor.RECORD_LENGTH);
        LedgerDescriptor.putRecord(record, kind, 0, id, first, count);
        store.append(record.flip());
        try {
            Ledger.open(store);
        } catch (LedgerException refusal) {
            assertTrue(refusal.getMessage().contains("contradicts itself"), refusal.getMessage());
        }
    }

    @Test
    void shouldRefuseAnAreaThatAsksForTooMuchMemory() {
        ByteBuffer header = LedgerDescriptor.header(1, AREA);
        assertTrue(LedgerDescriptor.isSound(header));
        assertThrows(IllegalArgumentException.class, () -> new CheckedArea(1L << 50, 512, 64, 1L << 40));
    }
}
