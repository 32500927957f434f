package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
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
        CommandRun run =
                CommandRun.of("--create md0 --no-start --level=5 --raid-devices=3 --chunk=64 --assume-clean", members);
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

    @Test
    void shouldStartWhatWasMadeAndRefuseASecondOfTheName() throws IOException {
        List<String> more = CommandRun.makeFiles(Files.createDirectory(folder.resolve("more")), 3, 9 << 20);

        CommandRun run = bench.run("--create md1 --level=5 --raid-devices=3 --chunk=64", more);

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().endsWith("holdfast: array md1 started.\n"), run.err());
        assertEquals("nbd+unix:///md1?socket=" + bench.folder().nbd("md1") + "\n", run.out());
        CommandRun again = bench.run("--create md1 --level=5 --raid-devices=3", members);
        assertEquals(1, again.exitCode());
        assertEquals("holdfast: an array md1 is running already; stop it, or choose another name.\n", again.err());
        assertEquals(0, CommandRun.of("--detail", members).exitCode());
    }

    @Test
    void shouldCopyInAndOutOfARunningArray() throws IOException {
        assemble();
        byte[] image = new byte[(3 << 20) + 77];
        new Random(5).nextBytes(image);
        Files.write(folder.resolve("image"), image);

        CommandRun in = bench.run("copy-in " + folder.resolve("image") + " md0");
        CommandRun out = bench.run("copy-out - md0");

        assertEquals(0, in.exitCode(), in.err());
        assertEquals(0, out.exitCode(), out.err());
        assertArrayEquals(image, Arrays.copyOf(out.outBytes(), image.length));
        assertArrayEquals(new byte[512], Arrays.copyOfRange(out.outBytes(), image.length, image.length + 512));
        CommandRun refused = bench.run("copy-in --journal-mode=write-back " + folder.resolve("image") + " md0");
        assertEquals(2, refused.exitCode());
        assertTrue(refused.err().contains("--journal-mode is for an array that this command starts"), refused.err());
    }

    @Test
    void shouldCheckARunningArray() {
        assemble();

        CommandRun run = bench.run("check md0");

        assertEquals(0, run.exitCode(), run.err());
        assertEquals("Parity fits data everywhere.\n", run.out());
        assertTrue(bench.run("--detail md0").out().contains("Last Check : complete, 0 sectors did not fit"));
        assertEquals(1, bench.run("--wait md0").exitCode());
        assertEquals(0, bench.run("--action=repair md0").exitCode());
        assertEquals(2, bench.run("--action=foo md0").exitCode());
    }

    @Test
    void shouldTellOfAllArraysAsTheKernelDoes() {
        assemble();

        CommandRun run = bench.run("mdstat");

        assertEquals(0, run.exitCode(), run.err());
        assertEquals("""
                Personalities : [raid6] [raid5] [raid4]\s
                md0 : active raid5 d2[2] d1[1] d0[0]
                      16384 blocks super 1.2 level 5, 64k chunk, algorithm 2 [3/3] [UUU]

                unused devices: <none>
                """, run.out());
    }
}
