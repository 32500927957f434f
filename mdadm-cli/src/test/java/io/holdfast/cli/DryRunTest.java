package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only says what it would do leaves every byte as it was. */
class DryRunTest {
    private static final String CREATE = "--create md0 --level=5 --raid-devices=3 --chunk=64 --assume-clean";

    @TempDir
    Path folder;

    private DaemonBench bench;
    private List<String> members;
    private String fresh;
    private Path image;

    @BeforeEach
    void makeDevices() throws IOException {
        bench = new DaemonBench(folder.resolve("run"));
        members = CommandRun.makeFiles(folder, 3, 9 << 20);
        fresh = CommandRun.makeFile(folder, "fresh", 9 << 20);
        image = Files.write(folder.resolve("image"), new byte[] {1, 2, 3});
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    private List<byte[]> contents() throws IOException {
        List<byte[]> contents = new ArrayList<>();
        for (String name : members) {
            contents.add(Files.readAllBytes(Path.of(name)));
        }
        contents.add(Files.readAllBytes(Path.of(fresh)));
        return contents;
    }

    private String said(String words, List<String> more) throws IOException {
        List<byte[]> before = contents();
        CommandRun run = bench.run(words, more);
        assertEquals(0, run.exitCode(), run.err());
        List<byte[]> after = contents();
        for (int i = 0; i < before.size(); i++) {
            assertArrayEquals(before.get(i), after.get(i), words);
        }
        return run.out().replace(folder + "/", "");
    }

    @Test
    void shouldSayWhatItWouldMake() throws IOException {
        assertEquals("""
                would make d0 member 0 of md0
                would make d1 member 1 of md0
                would make d2 member 2 of md0
                would give md0 raid5 of 8192K on each of 3 members, in chunks of 64K, and start it
                """, said(CREATE + " --dry-run", members));
        assertEquals(List.of(), bench.folder().names());
    }

    @Test
    void shouldSayWhatItWouldDoToAnArrayThatIsNotRunning() throws IOException {
        assertEquals(0, bench.run(CREATE + " --no-start", members).exitCode());
        List<String> two = members.subList(0, 2);

        assertEquals(
                "would overwrite the first 3 of the array's 16777216 bytes\n",
                said("copy-in --dry-run " + image, members));
        assertEquals(
                "would make fresh the member of slot 2, and rebuild all of it\n",
                said("rebuild --dry-run " + fresh, two));
        assertTrue(said("--zero-superblock --dry-run", members).startsWith("would take the superblock of array 0 ("));
        assertEquals("fresh has no superblock to take away\n", said("--zero-superblock --dry-run", List.of(fresh)));
    }

    @Test
    void shouldSayWhatItWouldDoToAnArrayThatRuns() throws IOException {
        assertEquals(0, bench.run(CREATE, members).exitCode());
        assertEquals(0, bench.run("md0 --fail d2").exitCode());
        bench.run("--wait-clean md0");

        assertEquals(
                "would overwrite the first 3 of the array's 16777216 bytes\n",
                said("copy-in --dry-run " + image, List.of("md0")));
        assertEquals(
                "would add fresh to md0, which would rebuild onto it\n",
                said("rebuild --dry-run " + fresh, List.of("md0")));
        assertEquals("would have added fresh\n", said("md0 --dry-run --add " + fresh, List.of()));
    }
}
