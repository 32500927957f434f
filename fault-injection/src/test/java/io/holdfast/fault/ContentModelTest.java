package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.ContentModel.AtomicScope;
import io.holdfast.fault.Finding.Kind;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The checker finds each kind of damage, names it, and finds none where there is none. */
class ContentModelTest {
    private static final int UNIT = 4096;
    private static final int UNITS = 8;

    private final ContentModel model = new ContentModel(UNITS * UNIT, UNIT, 77);
    private final byte[] space = new byte[UNITS * UNIT];
    private final UnsafeBuffer scratch = new UnsafeBuffer(new byte[UNITS * UNIT]);

    @Test
    void shouldFindNothingWrongWithZeroesThatWereNeverWritten() {
        assertEquals(List.of(), afterCrash());
    }

    @Test
    void shouldInsistOnAWriteThatIsDurable() {
        model.endWrite(write(0, UNIT, true), true);
        assertEquals(List.of(), afterCrash());
        model.endWrite(write(UNIT, UNIT, false), true);
        assertEquals(List.of(Kind.LOST), afterCrash());
    }

    @Test
    void shouldLetAWriteThatWasNotAnsweredBeOldOrNew() {
        write(0, UNIT, true);
        write(UNIT, UNIT, false);
        assertEquals(List.of(), afterCrash());
    }

    @Test
    void shouldLetAnAnsweredWriteBeOldUntilAFlushThatBeganLater() {
        long early = model.beginFlush();
        long first = write(0, UNIT, false);
        model.endWrite(first, false);
        model.endFlush(early);
        assertEquals(List.of(), afterCrash());

        model.endWrite(write(0, UNIT, false), false);
        model.endFlush(model.beginFlush());
        assertEquals(List.of(Kind.LOST), afterCrash());
    }

    @Test
    void shouldInsistThatAReadSeesEveryAnsweredWriteEvenIfItMayNotSurvive() {
        long id = write(0, UNIT, false);
        long early = model.beginRead();
        model.endWrite(id, false);
        assertEquals(List.of(), model.checkRead(early, 0, new UnsafeBuffer(space), 0, UNIT));
        long late = model.beginRead();
        assertEquals(
                Kind.LOST,
                model.checkRead(late, 0, new UnsafeBuffer(space), 0, UNIT)
                        .get(0)
                        .kind());
    }

    @Test
    void shouldHoldTheFoundContentsForCertainAfterwards() {
        write(0, UNIT, true);
        assertEquals(List.of(), afterCrash());
        assertEquals(List.of(), afterCrash());
        zero(0, UNIT);
        assertEquals(List.of(Kind.LOST), afterCrash());
    }

    @Test
    void shouldNameStaleContents() {
        model.endWrite(write(0, UNIT, true), true);
        byte[] first = space.clone();
        model.endWrite(write(0, UNIT, true), true);
        model.endWrite(write(0, UNIT, true), true);
        System.arraycopy(first, 0, space, 0, UNIT);
        assertEquals(List.of(Kind.STALE), afterCrash());
    }

    @Test
    void shouldNameAMixtureInsideAUnit() {
        model.endWrite(write(0, UNIT, true), true);
        byte[] first = space.clone();
        write(0, UNIT, true);
        System.arraycopy(first, 0, space, 0, 512);
        assertEquals(List.of(Kind.TORN), afterCrash());
    }

    @Test
    void shouldNameAMixtureInsideASector() {
        write(0, UNIT, true);
        zero(256, UNIT - 256);
        assertEquals(List.of(Kind.TORN), afterCrash());
    }

    @Test
    void shouldNameBothVictimsOfAMisdirectedWrite() {
        model.endWrite(write(0, UNIT, true), true);
        model.endWrite(write(3 * UNIT, UNIT, true), true);
        System.arraycopy(space, 0, space, 3 * UNIT, UNIT);
        zero(0, UNIT);
        assertEquals(List.of(Kind.LOST, Kind.MISDIRECTED), afterCrash());
    }

    @Test
    void shouldNameAWriteThatLandedWhereNobodyWrote() {
        model.endWrite(write(0, UNIT, true), true);
        System.arraycopy(space, 0, space, 5 * UNIT, UNIT);
        assertEquals(List.of(Kind.MISDIRECTED), afterCrash());
    }

    @Test
    void shouldNameASingleWrongBit() {
        model.endWrite(write(0, UNIT, true), true);
        space[1000] ^= 4;
        space[6 * UNIT] = 1;
        assertEquals(List.of(Kind.CORRUPT, Kind.CORRUPT), afterCrash());
    }

    @Test
    void shouldNameARequestThatIsHalfThereWhereItMustBeWhole() {
        write(0, 2 * UNIT, true);
        zero(UNIT, UNIT);
        ContentModel.Reader reader = (offset, buffer, count) -> buffer.putBytes(0, space, (int) offset, count);
        List<Finding> findings = model.checkAfterCrash(reader, scratch, (offset, length) -> true, at -> false);
        assertEquals(1, findings.size(), findings::toString);
        assertEquals(Kind.SPLIT, findings.get(0).kind());
    }

    @Test
    void shouldLetARequestBeHalfThereWhereItNeedNotBeWhole() {
        write(0, 2 * UNIT, true);
        zero(UNIT, UNIT);
        assertEquals(List.of(), afterCrash());
    }

    @Test
    void shouldAllowEitherOrderOfWritesThatWereInFlightTogether() {
        long a = write(0, UNIT, true);
        byte[] withA = space.clone();
        long b = write(0, UNIT, true);
        model.endWrite(b, true);
        model.endWrite(a, true);
        System.arraycopy(withA, 0, space, 0, UNIT);
        assertEquals(List.of(), afterCrash());
    }

    @Test
    void shouldNotAllowTheEarlierOfTwoWritesThatFollowedEachOther() {
        model.endWrite(write(0, UNIT, true), true);
        byte[] first = space.clone();
        model.endWrite(write(0, UNIT, true), true);
        System.arraycopy(first, 0, space, 0, UNIT);
        assertEquals(List.of(Kind.LOST), afterCrash());
    }

    @Test
    void shouldLayAPartialWriteOverWhatIsUnderneath() {
        model.endWrite(write(0, UNIT, true), true);
        model.endWrite(write(700, 100, true), true);
        assertEquals(List.of(), afterCrash());
        model.endWrite(write(4000, 200, true), true);
        assertEquals(List.of(), afterCrash());
        zero(4096, 10);
        assertEquals(1, afterCrash().size());
    }

    @Test
    void shouldNotAllowAPartialWriteWithoutTheOneItWasLaidOver() {
        model.endWrite(write(0, 512, false), false);
        write(1024, 512, true);
        assertEquals(List.of(Kind.TORN), afterCrash());
    }

    @Test
    void shouldSayNothingOfUnitsOfWhichNothingIsPromised() {
        model.endWrite(write(0, UNIT, true), true);
        space[1000] ^= 4;
        ContentModel.Reader reader = (offset, buffer, count) -> buffer.putBytes(0, space, (int) offset, count);
        assertEquals(List.of(), model.checkAfterCrash(reader, scratch, AtomicScope.NONE, at -> at == 0));
    }

    @Test
    void shouldKnowWhatIsInDoubt() {
        long id = write(UNIT, UNIT, true);
        assertTrue(model.isInDoubt(0, 2 * UNIT));
        assertFalse(model.isInDoubt(0, UNIT));
        model.endWrite(id, true);
        assertFalse(model.isInDoubt(0, 2 * UNIT));
    }

    private long write(int offset, int length, boolean lands) {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        long id = model.beginWrite(offset, buffer, 0, length);
        if (lands) {
            buffer.getBytes(0, space, offset, length);
        }
        return id;
    }

    private void zero(int offset, int length) {
        Arrays.fill(space, offset, offset + length, (byte) 0);
    }

    private List<Kind> afterCrash() {
        ContentModel.Reader reader = (offset, buffer, count) -> buffer.putBytes(0, space, (int) offset, count);
        return model.checkAfterCrash(reader, scratch, AtomicScope.NONE, at -> false).stream()
                .map(Finding::kind)
                .toList();
    }
}
