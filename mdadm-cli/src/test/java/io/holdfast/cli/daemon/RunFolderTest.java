package io.holdfast.cli.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunFolderTest {
    @TempDir
    Path temporary;

    private static String message(RunFolder folder, String name) {
        return assertThrows(DaemonException.class, () -> folder.prepare(name)).getMessage();
    }

    @Test
    void shouldGoWhereTheEnvironmentSays() {
        assertEquals(
                "/a/b",
                RunFolder.of(Map.of("HOLDFAST_RUN_DIR", "/a/b", "XDG_RUNTIME_DIR", "/c")::get)
                        .toString());
        assertEquals(
                "/c/holdfast",
                RunFolder.of(Map.of("XDG_RUNTIME_DIR", "/c")::get).toString());
        assertEquals(
                "/run/holdfast",
                RunFolder.of(Map.of("HOLDFAST_RUN_DIR", "")::get).toString());
    }

    @ParameterizedTest
    @CsvSource({"md0,md0", "/dev/md0,md0", "/dev/md/home,home", "md_d1,md_d1", "a.b-c+d:e,a.b-c+d:e"})
    void shouldKnowAnArrayByItsName(String word, String name) {
        assertEquals(Optional.of(name), RunFolder.nameOf(word));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "/tmp/x", "./md0", "-x", "a b", "\u00e4", "/dev/md/", "/dev/md/a/b"})
    void shouldRefuseWhatCouldLeadElsewhere(String word) {
        assertEquals(Optional.empty(), RunFolder.nameOf(word));
    }

    @Test
    void shouldRefuseANameThatIsTooLong() {
        assertEquals(Optional.of("x".repeat(64)), RunFolder.nameOf("x".repeat(64)));
        assertEquals(Optional.empty(), RunFolder.nameOf("x".repeat(65)));
    }

    @Test
    void shouldMakeAFolderForItsOwnerAlone() throws IOException {
        RunFolder folder = RunFolder.of(name -> temporary.resolve("a/b").toString());

        folder.prepare("md0");

        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.path())));
        folder.prepare("md0");
        assertFalse(folder.isKnown("md0"));
    }

    @Test
    void shouldSayWhatToDoWhenASocketsPathIsTooLong() {
        RunFolder folder = RunFolder.of(name -> "/tmp/" + "x".repeat(100));

        assertTrue(message(folder, "md0").endsWith("set HOLDFAST_RUN_DIR to a folder with a shorter path."));
    }

    @Test
    void shouldSayWhenTheFolderCannotBeHad() throws IOException {
        Path file = Files.createFile(temporary.resolve("file"));

        assertTrue(
                message(RunFolder.of(name -> file.toString()), "md0").startsWith("cannot use the run folder " + file));
        assertTrue(
                message(RunFolder.of(name -> file + "/below"), "md0").startsWith("cannot use the run folder " + file));
        assertTrue(message(RunFolder.of(name -> "/proc/x/y"), "md0").startsWith("cannot use the run folder /proc/x/y"));
    }

    @Test
    void shouldGiveANameToOneDaemonAtATime() {
        RunFolder folder = RunFolder.of(name -> temporary.toString());
        try (DaemonLock first = DaemonLock.take(folder, "md0", 7);
                DaemonLock other = DaemonLock.take(folder, "md1", 7)) {
            assertEquals(
                    "an array md0 is running already in process 7; stop it, or choose another name.",
                    assertThrows(DaemonException.class, () -> DaemonLock.take(folder, "md0", 8))
                            .getMessage());
            assertTrue(first != other);
        }
        DaemonLock.take(folder, "md0", 8).close();
    }
}
