package io.holdfast.raid.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowGeometryTest {
    @ParameterizedTest
    @CsvSource({"4096,65536,4096", "65536,65536,65536", "1048576,65536,65536", "524288,4096,4096", "16384,1048576,16384"
    })
    void shouldNeverCrossAChunkNorExceedTheLimit(int chunk, int maxLength, int length) {
        WindowGeometry geometry = geometry(4, chunk, maxLength);
        assertEquals(length, geometry.length());
        assertEquals(length / 4096, geometry.blockCount());
        assertEquals(16L * (1 << 20) / length, geometry.windowCount());
        assertEquals(chunk, geometry.chunkLength());
    }

    @ParameterizedTest
    @CsvSource({"3,4096,65536", "5,65536,65536", "7,524288,65536", "4,1048576,4096"})
    void shouldAgreeWithTheLayout(int members, int chunk, int maxLength) {
        ArrayLayout layout = layout(members, chunk);
        WindowGeometry geometry = new WindowGeometry(layout, maxLength);
        SplittableRandom random = new SplittableRandom(members);
        for (int i = 0; i < 10_000; i++) {
            long offset = random.nextLong(layout.arrayLength());
            long memberOffset = geometry.memberOffsetOfArray(offset);
            assertEquals(layout.memberOffset(offset), memberOffset);
            assertEquals(layout.row(offset), geometry.rowOfArray(offset));
            assertEquals(layout.dataIndex(offset), geometry.dataIndexOfArray(offset));
            long window = geometry.windowOfMember(memberOffset);
            assertEquals(layout.row(offset), geometry.row(window));
            long inWindow = memberOffset - geometry.memberOffset(window);
            assertEquals(offset, geometry.arrayOffset(window, geometry.dataIndexOfArray(offset)) + inWindow);
        }
    }

    @Test
    void shouldTouchExactlyTheWindowsThatHoldARange() {
        ArrayLayout layout = layout(4, 16384);
        WindowGeometry geometry = new WindowGeometry(layout, 4096);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 2000; i++) {
            long start = random.nextLong(40 * 16384);
            long length = 1 + random.nextLong(i % 2 == 0 ? 5000 : 5 * 16384);
            long first = geometry.firstWindow(start);
            long end = geometry.endWindow(start, length);
            for (long window = Math.max(0, first - 8); window < end + 8; window++) {
                boolean holds = false;
                for (int d = 0; d < layout.dataCount(); d++) {
                    long part = geometry.arrayOffset(window, d);
                    holds |= part < start + length && start < part + geometry.length();
                }
                boolean touched = window >= first && window < end && geometry.touches(window, start, length);
                assertEquals(holds, touched, "window=" + window + " start=" + start + " length=" + length);
            }
        }
    }

    @Test
    void shouldBeginRowsWhereTheLayoutDoes() {
        ArrayLayout layout = layout(4, 16384);
        WindowGeometry geometry = new WindowGeometry(layout, 4096);
        for (long row = 0; row < layout.rowCount(); row++) {
            assertEquals(row, layout.row(geometry.rowOffset(row)));
            assertEquals(0, layout.dataIndex(geometry.rowOffset(row)));
        }
        assertEquals(layout.arrayLength(), geometry.arrayLength());
    }

    private static WindowGeometry geometry(int members, int chunk, int maxLength) {
        return new WindowGeometry(layout(members, chunk), maxLength);
    }

    private static ArrayLayout layout(int members, int chunk) {
        return new ArrayLayout(RaidLevel.RAID5, 2, members, chunk, 16 << 20);
    }
}
