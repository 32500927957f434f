package io.holdfast.fault.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.fault.JournalUse;
import io.holdfast.fault.device.HarmListener;
import io.holdfast.fault.device.LostWriteDevice;
import io.holdfast.fault.torture.Shrinker.Shrunk;
import java.io.IOException;
import java.io.StringReader;
import java.util.function.UnaryOperator;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class TorturePageTest {
    private static final TortureSettings SETTINGS = TortureSettings.open()
            .faults(FaultPlan.none())
            .array(5, 3, JournalUse.WRITE_THROUGH)
            .stepCount(30);
    private static final long WALL_NS = 2_000_000_000L;

    @Test
    void shouldShowWhatWasSurvived() throws Exception {
        TortureSettings settings = TortureSettings.open().stepCount(80).faults(FaultPlan.parse("power=0.1"));
        TortureCampaign campaign = new TortureCampaign(settings, 1, () -> false).run(1, null, totals -> {});
        String page = TorturePage.of(campaign.totals(), settings, 1, null, WALL_NS, "holdfast - <test>");
        assertWellFormed(page);
        assertTrue(page.contains("Every promise was kept"));
        assertTrue(page.contains("power loss"));
        assertTrue(page.contains("holdfast - &lt;test&gt;"));
        assertTrue(page.contains("--faults power=0.1"));
        assertFalse(page.contains("http"), "nothing from anywhere else");
    }

    @Test
    void shouldShowAFailureAndHowToReplayIt() throws Exception {
        UnaryOperator<BlockDevice> sabotage = device -> {
            LostWriteDevice losing = new LostWriteDevice(device, HarmListener.NONE);
            losing.loseNextWrites(3, device.name().equals("d0") ? 2 : 0);
            return losing;
        };
        Shrinker.Life life = (history, isTold) -> TortureRun.live(history, isTold, () -> false, sabotage);
        TortureResult failure = life.live(HistoryGenerator.generate(4, SETTINGS), false);
        assertTrue(failure.isFailure());
        TortureTotals totals = new TortureTotals();
        totals.add(failure);
        Shrunk shrunk = Shrinker.shrink(failure, () -> false, life);
        String page = TorturePage.of(totals, SETTINGS, 4, shrunk, WALL_NS, "test");
        assertWellFormed(page);
        assertTrue(page.contains("A promise was broken"));
        assertTrue(page.contains(shrunk.smallest().history().replayOptions()));
        assertTrue(page.contains("aria-label=\"timeline\""));
        assertTrue(page.contains("aria-label=\"stripes\""));
        assertTrue(page.contains("class=\"hit\""));
        assertFalse(page.contains("http"), "nothing from anywhere else");
    }

    @Test
    void shouldEscapeWhatComesFromData() {
        assertEquals("&lt;b a=&quot;1&quot;&gt; &amp;", HtmlPage.escape("<b a=\"1\"> &"));
    }

    /** The page is written so that an XML parser takes it, too, once the parts that only HTML has are gone. */
    private static void assertWellFormed(String page) throws ParserConfigurationException, IOException, SAXException {
        String body = page.substring(page.indexOf("<main>"), page.indexOf("</main>") + "</main>".length());
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(body)));
    }
}
