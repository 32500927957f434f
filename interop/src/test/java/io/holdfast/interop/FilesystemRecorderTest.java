package io.holdfast.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.interop.FilesystemTrace.Entry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The traces among the test resources can be recorded again. With the system property {@code holdfast.filesystem} naming a
 * directory they are put there.
 *
 * <pre>{@code
 * ./mvnw test -Pinterop -pl interop -am -Dtest=FilesystemRecorderTest -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dholdfast.filesystem=$PWD/interop/src/test/resources/io/holdfast/interop
 * }</pre>
 */
@Tag("interop")
class FilesystemRecorderTest {
    private static final String OUTPUT_PROPERTY = "holdfast.filesystem";

    @TempDir
    Path directory;

    @Test
    void shouldRecordWhatIsKept() throws IOException {
        Guest.require();
        FilesystemJudge.require("dmsetup", Path.of("/usr/sbin/dmsetup"));
        for (FilesystemKind kind : FilesystemKind.values()) {
            FilesystemTrace made = FilesystemRecorder.record(directory, kind.blockLength(), kind.options());
            String output = System.getProperty(OUTPUT_PROPERTY);
            if (output != null) {
                try (OutputStream out = Files.newOutputStream(Path.of(output, kind.traceName() + ".trace"))) {
                    made.store(out);
                }
                continue;
            }
            FilesystemTrace kept = FilesystemTrace.load(kind.traceName());
            // The kernel writes in another order each time, but what files hold after each step is the same.
            assertEquals(kept.facts(), made.facts());
            assertTrue(made.entries().stream().filter(Entry::isFlush).count() > 50, made::toString);
            assertSurvivesStorage(made);
        }
    }

    private static void assertSurvivesStorage(FilesystemTrace trace) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        trace.store(out);
        FilesystemTrace again = FilesystemTrace.load(new ByteArrayInputStream(out.toByteArray()));
        assertEquals(trace.facts(), again.facts());
        assertEquals(describe(trace.entries()), describe(again.entries()));
    }

    private static List<String> describe(List<Entry> entries) {
        return entries.stream()
                .map(entry -> entry.mark() + " " + entry.isFlush() + " " + entry.forceUnitAccess() + " "
                        + entry.offset() + " " + Arrays.hashCode(entry.bytes()))
                .toList();
    }
}
