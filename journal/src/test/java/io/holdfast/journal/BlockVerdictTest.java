package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.journal.BlockVerdict.Finding;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BlockVerdictTest {
    private static final int COMBINATIONS = 1 << Finding.values().length;

    @Test
    void everyCombinationOfFindingsMatchesExactlyOneRow() {
        Set<BlockVerdict> seen = EnumSet.noneOf(BlockVerdict.class);
        for (int findings = 0; findings < COMBINATIONS; findings++) {
            List<BlockVerdict> rows = new ArrayList<>();
            for (BlockVerdict verdict : BlockVerdict.values()) {
                if (verdict.matches(findings)) {
                    rows.add(verdict);
                }
            }
            assertEquals(1, rows.size(), Integer.toBinaryString(findings) + " " + rows);
            assertEquals(rows.get(0), BlockVerdict.of(findings));
            seen.add(rows.get(0));
        }
        assertEquals(EnumSet.allOf(BlockVerdict.class), seen);
    }

    @Test
    void aBlockIsUsedOnlyWhenNothingIsMissing() {
        for (int findings = 0; findings < COMBINATIONS; findings++) {
            assertEquals(findings == COMBINATIONS - 1, BlockVerdict.of(findings) == BlockVerdict.REPLAY);
        }
    }

    @Test
    void whatCarriesTheNextNumberIsATrace() {
        for (BlockVerdict verdict : EnumSet.of(BlockVerdict.END_OF_LOG, BlockVerdict.STALE, BlockVerdict.REPLAY)) {
            assertFalse(verdict.isTrace(), verdict.name());
        }
        for (BlockVerdict verdict : EnumSet.range(BlockVerdict.FOREIGN, BlockVerdict.TORN_PAGE)) {
            assertTrue(verdict.isTrace(), verdict.name());
        }
    }

    @Test
    void onlyAnIntactBlockAtTheTailTellsWhereTheLogIs() {
        assertEquals(
                EnumSet.of(BlockVerdict.SENSELESS, BlockVerdict.OVERFULL, BlockVerdict.TORN_PAGE, BlockVerdict.REPLAY),
                EnumSet.copyOf(java.util.Arrays.stream(BlockVerdict.values())
                        .filter(BlockVerdict::isBlock)
                        .toList()));
    }
}
