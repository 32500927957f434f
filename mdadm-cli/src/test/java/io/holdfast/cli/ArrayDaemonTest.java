package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cli.daemon.ControlClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
        assertEquals(0, bench.run("--wait-clean md0").exitCode());
        assertTrue(bench.run("--detail --json md0").out().contains("\"clean\": true"));
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

    @Test
    void shouldChangeTheJournalOfARunningArray() throws IOException {
        assemble();
        String journal = CommandRun.makeFile(folder, "j", 4 << 20);
        String copy = CommandRun.makeFile(folder, "k", 4 << 20);

        CommandRun add = bench.run("journal add " + journal + " md0");
        CommandRun again = bench.run("journal add " + copy + " md0");
        CommandRun addCopy = bench.run("journal add-copy " + copy + " md0");
        CommandRun policy = bench.run("journal policy readonly md0");

        assertEquals(0, add.exitCode(), add.err());
        assertTrue(add.out().endsWith("The array's journal is on " + journal + " now.\n"), add.out());
        assertEquals(1, again.exitCode());
        assertTrue(again.err().contains("the array has a journal"), again.err());
        assertEquals(0, addCopy.exitCode(), addCopy.err());
        assertEquals("When its journal fails, the array is to refuse writes until it has another.\n", policy.out());
        String detail = bench.run("--detail md0").out();
        assertTrue(detail.contains("Consistency Policy : journal\n"), detail);
        assertTrue(detail.contains("           Journal : working, write-through\n"), detail);
        assertTrue(detail.contains("           Batches : 0, of 0 bytes on average, with 0 records\n"), detail);
        Files.write(folder.resolve("image"), new byte[1 << 20]);
        assertEquals(
                0, bench.run("copy-in -q " + folder.resolve("image") + " md0").exitCode());
        Matcher batches = Pattern.compile(" Batches : (\\d+), of (\\d+) bytes on average, with (\\d+) records\n")
                .matcher(bench.run("--detail md0").out());
        assertTrue(batches.find());
        assertTrue(Long.parseLong(batches.group(1)) * Long.parseLong(batches.group(2)) > 1 << 20, batches.group());
        assertTrue(
                bench.run("mdstat").out().contains("k[4](J) j[3](J) d2[2]"),
                bench.run("mdstat").out());
        assertEquals(0, bench.run("journal remove md0").exitCode());
        assertTrue(bench.run("--detail md0").out().contains("Consistency Policy : resync\n"));
    }

    @Test
    void shouldRebuildOntoADeviceOfARunningArray() throws IOException {
        assemble();
        String fresh = CommandRun.makeFile(folder, "new", 9 << 20);
        CommandRun early = bench.run("rebuild " + fresh + " md0");
        bench.run("md0 --fail " + members.get(0));

        CommandRun run = bench.run("rebuild " + fresh + " md0");

        assertEquals(1, early.exitCode());
        assertTrue(early.err().contains("every slot of md0 has a member"), early.err());
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().startsWith(fresh + " is rebuilt and serves slot 0 of raid5 array "), run.out());
    }

    @Test
    void shouldExplainWhereASectorLies() {
        assemble();

        CommandRun whole = bench.run("explain md0 129");
        bench.run("md0 --fail " + members.get(1));
        CommandRun degraded = bench.run("explain md0 129");

        assertEquals(
                """
                md0: sector 129 (byte 66048)
                          data : slot 1, D1, sector 2049 of the device, in sync
                             P : slot 2, D2, sector 2049 of the device, in sync
                      same row : slot 0, D0, sector 2049 of the device, in sync
                          read : from the member
                         write : straight to the members
                """,
                whole.out()
                        .replace(members.get(0), "D0")
                        .replace(members.get(1), "D1")
                        .replace(members.get(2), "D2"));
        assertTrue(degraded.out().contains("data : slot 1, no member, missing\n"), degraded.out());
        assertTrue(degraded.out().contains("read : computed from the rest of the row\n"), degraded.out());
        assertEquals(2, bench.run("explain md0 99999999").exitCode());
        assertEquals(2, bench.run("explain md0 x").exitCode());
    }

    @Test
    void shouldTellInALineWhatAnArrayIs() {
        assemble();

        assertEquals(
                "md0: 16.00MiB raid5 3 devices, 0 spares. Use holdfast --detail for more detail.\n",
                bench.run("md0").out());
    }

    @Test
    @Timeout(60)
    void shouldCheckByItselfAndRememberOverAStop() {
        CommandRun refused = bench.run("--assemble md0 --scrub=sometimes", members);
        assertEquals(2, refused.exitCode());
        assertEquals(0, bench.run("--assemble md0 --scrub=7d", members).exitCode());
        while (ControlClient.status(bench.folder(), "md0").scrub().lastSeconds() == 0) {
            Thread.onSpinWait();
        }

        String first = bench.run("--detail md0").out();
        assertEquals(0, bench.run("--stop md0").exitCode());
        assertEquals(0, bench.run("--assemble md0", members).exitCode());
        String second = bench.run("--detail md0").out();

        String last = "        Last Scrub : check, complete on Sat Nov 21 07:08:43 2026, 0 sectors did not fit\n";
        assertTrue(first.contains(last + "        Next Scrub : Sat Nov 28 07:08:43 2026\n"), first);
        assertTrue(second.contains(last), second);
        assertFalse(second.contains("Next Scrub"), second);
        assertEquals(0, bench.run("--action=pause md0").exitCode());
        assertTrue(bench.run("--detail md0").out().contains("        Next Scrub : paused\n"));
        assertEquals(0, bench.run("--action=resume md0").exitCode());
    }

    @Test
    void shouldStopAgainWhatCannotBeServed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CommandRun run = bench.run("--assemble md0 --listen=127.0.0.1:" + taken.getLocalPort(), members);

            assertEquals(1, run.exitCode());
            assertTrue(run.err().startsWith("holdfast: cannot listen on "), run.err());
            assertEquals(1, run.err().lines().count(), run.err());
        }
        assertEquals(List.of(), bench.folder().names());
        assertFalse(Files.exists(bench.folder().nbd("md0")));
        assemble();
    }

    @Test
    void shouldServeAnArrayForReadingAlone() throws IOException {
        assertEquals(0, bench.run("--assemble md0 --readonly", members).exitCode());
        Path image = Files.write(folder.resolve("image"), new byte[512]);

        CommandRun in = bench.run("copy-in -q " + image + " md0");
        CommandRun out = bench.run("copy-out - md0");

        assertEquals(1, in.exitCode());
        assertEquals(1, in.err().lines().count(), in.err());
        assertEquals(0, out.exitCode(), out.err());
        assertTrue(bench.run("mdstat").out().contains("md0 : active (read-only) raid5 "));
        CommandRun fail = bench.run("md0 --fail d0");
        assertEquals(2, fail.exitCode(), fail.err());
    }
}
