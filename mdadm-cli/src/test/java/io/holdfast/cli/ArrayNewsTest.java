package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.cli.daemon.Background;
import io.holdfast.cli.daemon.RunFolder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ArrayNewsTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Session session = new Session(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            new ByteArrayInputStream(new byte[0]),
            false,
            false,
            "",
            Clock.fixed(CommandRun.NOW, ZoneOffset.UTC),
            new SplittableRandom(1),
            RunFolder.of(name -> "/proc/nowhere"),
            Background.NONE);
    private final ArrayNews news = new ArrayNews();

    private List<String> told() {
        err.reset();
        news.tell(session, null);
        return err.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void shouldTellEachEventOnceInOrder() {
        news.onJournalCopyFailed("/dev/a", IoStatus.MEDIA_ERROR);
        news.onMemberFailed("/dev/b", 2, IoStatus.GONE, "write");

        assertEquals(
                List.of(
                        "holdfast: /dev/a: this copy of the journal has failed (MEDIA_ERROR); the array goes on with the"
                                + " others. 'holdfast journal add-copy' adds another.",
                        "holdfast: /dev/b: failed at a write (GONE), and is no longer used; slot 2 has no member now."),
                told());
        assertEquals(List.of(), told());
    }

    @Test
    void shouldTellThatTheArrayGoesOnWithoutAJournal() {
        news.onJournalChanged("/dev/a", "/dev/b");
        news.onJournalFailed("/dev/b", IoStatus.GONE);
        news.onJournalChanged("/dev/b", "");

        assertEquals(
                List.of(
                        "holdfast: /dev/b: the journal has failed (GONE); nothing that was answered is lost.",
                        "holdfast: the array has no journal from now on."),
                told());
    }

    @Test
    void shouldNotTellThatAJournalIsGoneWhichWasTakenAway() {
        news.onJournalChanged("/dev/a", "");

        assertEquals(List.of(), told());
    }

    @Test
    void shouldCountWhatNobodyWouldRead() {
        for (int i = 0; i < 250; i++) {
            news.onReadErrorCorrected("/dev/a", i, 1);
        }

        List<String> lines = told();

        assertEquals(101, lines.size());
        assertEquals("holdfast: and 150 more events of the array.", lines.get(100));
        news.onArrayFailed(3);
        assertTrue(told().get(0).contains("3 slots"), "after so many, the next is told again");
    }
}
