package io.holdfast.raid.maintenance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.ArrayRange;
import io.holdfast.raid.LostBlocks;
import io.holdfast.raid.Mismatch;
import io.holdfast.raid.Mismatch.Culprit;
import io.holdfast.raid.Mismatch.Remedy;
import io.holdfast.raid.SyncReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SyncFindingsTest {
    private final SyncFindings findings = new SyncFindings();

    private static Mismatch wrong(long offset, long length, int slot, long arrayOffset) {
        return new Mismatch(
                offset,
                length,
                Culprit.DATA,
                slot,
                "d" + slot,
                Remedy.CORRECTED,
                List.of(new ArrayRange(arrayOffset, length)));
    }

    @Test
    void shouldMakeNeighboursOneInWhateverOrderTheyCome() {
        List<Mismatch> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(wrong(i * 512L, 512, 1, 7000 + i * 512L));
        }
        Collections.shuffle(all, new Random(3));
        all.forEach(findings::add);
        assertEquals(List.of(wrong(0, 51200, 1, 7000)), findings.report().mismatches());
        assertEquals(0, findings.report().unlistedMismatchedBytes());
    }

    @Test
    void shouldKeepApartWhatDiffers() {
        findings.add(wrong(0, 512, 1, 0));
        findings.add(wrong(512, 512, 2, 512));
        findings.add(wrong(1024, 512, 2, 99 * 512));
        findings.add(wrong(4096, 512, 2, 100 * 512));
        assertEquals(4, findings.report().mismatches().size());
    }

    @Test
    void shouldListSoManyAndCountTheRest() {
        int told = 0;
        int count = 5 * SyncReport.MAX_LISTED;
        for (int i = 0; i < count; i++) {
            told += findings.add(wrong(i * 4096L, 512, i % 3, i * 4096L)) ? 1 : 0;
        }
        SyncReport report = findings.report();
        assertEquals(SyncReport.MAX_LISTED, told);
        assertEquals(SyncReport.MAX_LISTED, report.mismatches().size());
        assertEquals(512L * (count - SyncReport.MAX_LISTED), report.unlistedMismatchedBytes());
        assertFalse(report.isAnythingLeft(), "all were corrected, listed or not");
    }

    @Test
    void shouldTakeAnyNumberOfNeighbours() {
        for (int i = 0; i < 20 * SyncReport.MAX_LISTED; i++) {
            findings.add(wrong(i * 512L, 512, 1, i * 512L));
        }
        SyncReport report = findings.report();
        assertEquals(1, report.mismatches().size());
        assertEquals(
                20L * SyncReport.MAX_LISTED * 512, report.mismatches().get(0).length());
        assertFalse(report.isAnythingLeft());
    }

    @Test
    void shouldListWhatIsLost() {
        findings.add(new LostBlocks(4096, 4096, List.of(1, 2), List.of(new ArrayRange(0, 4096))));
        findings.add(new LostBlocks(0, 4096, List.of(1, 2), List.of(new ArrayRange(8192, 4096))));
        assertEquals(2, findings.report().lost().size());
        assertEquals(0, findings.report().lost().get(0).memberOffset());
        assertTrue(findings.report().isAnythingLeft());
    }
}
