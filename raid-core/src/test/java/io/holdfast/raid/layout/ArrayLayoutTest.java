package io.holdfast.raid.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArrayLayoutTest {
    @Test
    void shouldAnswerForTheWholeArray() {
        ArrayLayout layout = new ArrayLayout(RaidLevel.RAID6, 2, 6, 65536, 65536L * 10);
        assertEquals(4, layout.dataCount());
        assertEquals(2, layout.parityCount());
        assertEquals(10, layout.rowCount());
        assertEquals(65536L * 40, layout.arrayLength());
        assertEquals("level=6 layout=2 memberCount=6 chunkLength=65536 memberLength=655360", layout.toString());
    }

    @Test
    void shouldHoldArraysOfExabytes() {
        long memberLength = (Long.MAX_VALUE / 3) & -4096L;
        ArrayLayout layout = new ArrayLayout(RaidLevel.RAID5, 2, 4, 4096, memberLength);
        long last = layout.arrayLength() - 1;
        assertEquals(memberLength - 1, layout.memberOffset(last));
        assertEquals(last, layout.arrayOffset(layout.slot(last), layout.memberOffset(last)));
    }

    @ParameterizedTest
    @CsvSource({
        "RAID4, 0, 1, 4096, 4096, memberCount=1",
        "RAID5, 2, 1, 4096, 4096, memberCount=1",
        "RAID5, 2, 257, 4096, 4096, memberCount=257",
        "RAID5, 2, 1000000000, 4096, 4096, memberCount=1000000000",
        "RAID6, 2, 3, 4096, 4096, memberCount=3",
        "RAID6, 8, 256, 4096, 4096, memberCount=256",
        "RAID5, 2, -4, 4096, 4096, memberCount=-4",
        "RAID5, 6, 4, 4096, 4096, layout=6",
        "RAID5, 16, 4, 4096, 4096, layout=16",
        "RAID6, 7, 4, 4096, 4096, layout=7",
        "RAID6, -1, 4, 4096, 4096, layout=-1",
        "RAID5, 2, 4, 0, 4096, chunkLength=0",
        "RAID5, 2, 4, 2048, 4096, chunkLength=2048",
        "RAID5, 2, 4, 12288, 12288, chunkLength=12288",
        "RAID5, 2, 4, -2147483648, 4096, chunkLength=-2147483648",
        "RAID5, 2, 4, 8192, 4096, memberLength=4096",
        "RAID5, 2, 4, 4096, 0, memberLength=0",
        "RAID5, 2, 4, 4096, -4096, memberLength=-4096",
        "RAID5, 2, 4, 4096, 9223372036854771712, memberLength=9223372036854771712",
    })
    void shouldRefuseImpossibleGeometry(
            RaidLevel level, int algorithm, int memberCount, int chunkLength, long memberLength, String named) {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> new ArrayLayout(level, algorithm, memberCount, chunkLength, memberLength))
                .getMessage();
        assertTrue(message.contains(named), message);
    }
}
