package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.Finding.Kind;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class FindingTest {
    private static final Finding FIRST = new Finding(Kind.LOST, 4096, 4096, "x");

    @Test
    void shouldGrowByWhatFollowsAndIsTheSame() {
        assertEquals(new Finding(Kind.LOST, 4096, 8192, "x"), FIRST.with(new Finding(Kind.LOST, 8192, 4096, "x")));
        assertNull(FIRST.with(new Finding(Kind.STALE, 8192, 4096, "x")));
        assertNull(FIRST.with(new Finding(Kind.LOST, 12288, 4096, "x")));
        assertNull(FIRST.with(new Finding(Kind.LOST, 8192, 4096, "y")));
    }

    @Test
    void shouldSayWhatIsWrongAndWhere() {
        assertEquals("lost at 4096+4096: x", FIRST.toString());
        ContentModel model = new ContentModel(8192, 4096, 1);
        UnsafeBuffer bytes = new UnsafeBuffer(new byte[4096]);
        long write = model.beginWrite(4096, bytes, 0, 4096);
        model.endWrite(write, true);
        byte[] found = new byte[8192];
        bytes.getBytes(0, found, 4096, 512);
        List<Finding> findings = model.checkRead(model.beginRead(), 0, new UnsafeBuffer(found), 0, 8192);
        assertEquals(1, findings.size());
        assertTrue(
                findings.get(0)
                        .toString()
                        .endsWith("found write " + write + " in sector 0, no whole stamp in sectors 1 to 7"),
                findings.get(0)::toString);
    }
}
