package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArrayDaemonTest {
    @TempDir
    Path folder;

    private DaemonBench bench;
    private List<String> members;

    @BeforeEach
    void makeArray() throws IOException {
        bench = new DaemonBench(folder.resolve("run"));
        members = CommandRun.makeFiles(folder, 3, 9 << 20);
        CommandRun run = CommandRun.of("--create md0 --level=5 --raid-devices=3 --chunk=64 --assume-clean", members);
        assertEquals(0, run.exitCode(), run.err());
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    private void assemble() {
        CommandRun run = bench.run("--assemble md0", members);
        assertEquals(0, run.exitCode(), run.err());
    }

    @Test
    void shouldStartAnArrayAndSayWhereItIsServed() {
        CommandRun run = bench.run("--assemble md0", members);

        assertEquals(0, run.exitCode(), run.err());
        assertEquals("holdfast: md0 has been started with 3 drives.\n", run.err());
        assertEquals("nbd+unix:///md0?socket=" + bench.folder().nbd("md0") + "\n", run.out());
    }

    @Test
    void shouldTellOfARunningArrayAsMdadmDoes() {
        assemble();

        CommandRun run = bench.run("--detail md0");

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("md0:\n           Version : 1.2\n"), run.out());
        assertTrue(run.out().contains("             State : clean \n"), run.out());
        assertTrue(
                run.out().contains("       0       -        -        0      active sync   " + members.get(0)),
                run.out());
    }

    @Test
    void shouldStopAnArrayAndLeaveNothingBehind() {
        assemble();

        CommandRun run = bench.run("--stop md0");

        assertEquals(0, run.exitCode(), run.err());
        assertEquals("holdfast: stopped md0\n", run.err());
        assertFalse(Files.exists(bench.folder().control("md0")));
        assertFalse(Files.exists(bench.folder().nbd("md0")));
        assertTrue(CommandRun.of("--detail", members).out().contains("State : clean, Not Started"));
    }
}
