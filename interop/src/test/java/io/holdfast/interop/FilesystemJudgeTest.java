package io.holdfast.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.interop.FilesystemTrace.Entry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The judge of filesystems must be able to say yes and no, or nothing it says about our arrays counts. */
class FilesystemJudgeTest {
    @TempDir
    Path directory;

    private FilesystemTrace trace;
    private FilesystemJudge judge;
    private Path image;

    @BeforeEach
    void makeImage() throws IOException {
        FilesystemJudge.require();
        trace = FilesystemTrace.load(FilesystemKind.SMALL_BLOCKS.traceName());
        judge = new FilesystemJudge(directory);
        image = directory.resolve("image");
    }

    @Test
    void shouldAcceptWhatADiskHoldsAtTheEnd() throws IOException {
        int count = trace.entries().size();
        write(count);
        Map<String, Set<String>> expected = trace.expected(count);
        assertTrue(expected.size() >= 15, expected::toString);
        assertTrue(expected.containsValue(Set.of(FilesystemTrace.GONE)), expected::toString);
        assertEquals(List.of(), judge.judge(image, expected));
    }

    @Test
    void shouldAcceptAJournalThatIsStillToBeReplayed() throws IOException {
        int count = indexOf("end-20");
        write(count);
        assertEquals(List.of(), judge.judge(image, trace.expected(count)));
    }

    @Test
    void shouldMissAFileThatWasSynced() throws IOException {
        write(indexOf("begin-20"));
        List<String> findings = judge.judge(image, trace.expected(indexOf("end-30")));
        assertTrue(findings.stream().anyMatch(finding -> finding.contains("promised")), findings::toString);
    }

    @Test
    void shouldNoticeAFileThatCameBack() throws IOException {
        int count = indexOf("end-20");
        write(count);
        Map<String, Set<String>> expected = new HashMap<>(trace.expected(count));
        expected.put("spool/state", Set.of(FilesystemTrace.GONE));
        assertEquals(1, judge.judge(image, expected).size());
    }

    @Test
    void shouldNoticeAWriteThatTheFilesystemsJournalLacks() throws IOException {
        // Every write but the forced ones, which are what makes a transaction of the filesystem's journal count.
        int count = indexOf("end-20");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(trace.length());
            for (Entry entry : trace.entries().subList(0, count)) {
                if (!entry.forceUnitAccess()) {
                    file.seek(entry.offset());
                    file.write(entry.bytes());
                }
            }
        }
        assertTrue(!judge.judge(image, trace.expected(count)).isEmpty(), "found nothing wrong");
    }

    @Test
    void shouldAllowOldAndNewInTheMiddleOfAnAtomicStep() {
        int middle = -1;
        for (int step = 10; middle < 0; step++) {
            if (trace.facts().contains("begin=" + step + " atomic spool/state")) {
                middle = indexOf("begin-" + step) + 1;
            }
        }
        assertEquals(2, trace.expected(middle).get("spool/state").size());
        assertEquals(
                1, trace.expected(trace.entries().size()).get("spool/state").size());
    }

    /** What a disk holds on which every write of the first entries has come through. */
    private void write(int count) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(trace.length());
            for (Entry entry : trace.entries().subList(0, count)) {
                file.seek(entry.offset());
                file.write(entry.bytes());
            }
        }
    }

    private int indexOf(String mark) {
        for (int i = 0; i < trace.entries().size(); i++) {
            if (mark.equals(trace.entries().get(i).mark())) {
                return i + 1;
            }
        }
        throw new IllegalArgumentException("no mark " + mark);
    }
}
