package io.holdfast.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The judge itself: what it reports must be so, or nothing it says about our arrays counts. */
@Tag("interop")
class GuestTest {
    @TempDir
    Path directory;

    @BeforeEach
    void requireGuest() {
        Guest.require();
    }

    @Test
    void shouldBringBackWhatTheScriptPrintedAndWrote() throws IOException {
        Path image = image("a.img");
        List<String> lines = Guest.run(directory, 60, """
                echo "size $(cat /sys/block/ubda/size)"
                printf holdfast | dd of=/dev/ubda conv=notrunc status=none
                """, image);
        assertTrue(lines.contains("size 2048"), lines::toString);
        byte[] start = new byte[8];
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
            file.readFully(start);
        }
        assertEquals("holdfast", new String(start, StandardCharsets.US_ASCII));
    }

    @Test
    void shouldFailWhenACommandFails() {
        AssertionError error =
                assertThrows(AssertionError.class, () -> Guest.run(directory, 60, "echo before\nfalse\necho after\n"));
        assertTrue(error.getMessage().contains("before"), error::getMessage);
        assertTrue(!error.getMessage().contains("after"), error::getMessage);
    }

    @Test
    void shouldFailWhenParityIsWrong() throws IOException {
        // The judge's "check" must be able to say no.
        AssertionError error = assertThrows(
                AssertionError.class,
                () -> Guest.run(directory, 60, """
                mdadm --create /dev/md0 --quiet --run --assume-clean --level=5 --raid-devices=3 --chunk=4 \
                    --data-offset=512 /dev/ubda /dev/ubdb /dev/ubdc
                check md0
                printf holdfast | dd of=/dev/ubdb seek=$((600 * 1024)) bs=1 conv=notrunc status=none
                sync
                check md0
                """, image("a.img"), image("b.img"), image("c.img")));
        assertTrue(error.getMessage().contains("guest-failed: md0: mismatch_cnt is 8"), error::getMessage);
    }

    @Test
    void shouldKillAGuestThatTakesTooLong() {
        AssertionError error = assertThrows(
                AssertionError.class, () -> Guest.run(directory, 4, "echo hanging\nwhile true; do :; done\n"));
        assertTrue(error.getMessage().contains("did not end within 4 seconds"), error::getMessage);
    }

    @Test
    void shouldKeepWhatWasWrittenBeforeACrash() throws IOException {
        Path image = image("a.img");
        try (Guest guest = Guest.start(directory, 60, """
                printf holdfast | dd of=/dev/ubda oflag=sync conv=notrunc status=none
                echo written
                while true; do :; done
                """, image)) {
            guest.awaitLine("written");
            guest.kill();
        }
        assertEquals('h', Files.readAllBytes(image)[0]);
    }

    private Path image(String name) throws IOException {
        Path path = directory.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(1 << 20);
        }
        return path;
    }
}
