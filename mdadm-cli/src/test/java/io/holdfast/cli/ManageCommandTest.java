package io.holdfast.cli;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManageCommandTest {
    private static final long LENGTH = 9 << 20;

    @TempDir
    Path folder;

    private DaemonBench bench;
    private List<String> members;

    @BeforeEach
    void startArray() throws IOException {
        bench = new DaemonBench(folder.resolve("run"));
        members = CommandRun.makeFiles(folder, 3, LENGTH);
        CommandRun run = bench.run("--create md0 --level=5 --raid-devices=3 --chunk=64 --assume-clean", members);
        assertEquals(0, run.exitCode(), run.err());
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    private String fresh(String name) throws IOException {
        return CommandRun.makeFile(folder, name, LENGTH);
    }

    private String mdstat() {
        return bench.run("mdstat").out().lines().skip(1).findFirst().orElse("");
    }

    @Test
    void shouldReplaceAMemberInOneCommandLineAsMdadmDoes() throws IOException {
        String spare = fresh("new");

        CommandRun run = bench.run("md0 --fail " + members.get(1) + " --remove " + members.get(1) + " --add " + spare);

        assertEquals(0, run.exitCode(), run.err());
        assertEquals(
                "holdfast: set " + members.get(1) + " faulty in md0\nholdfast: hot removed " + members.get(1)
                        + " from md0\nholdfast: added " + spare + "\n",
                run.err());
        bench.run("--wait md0");
        assertTrue(mdstat().startsWith("md0 : active raid5 "), mdstat());
        assertEquals(0, bench.run("--detail --test md0").exitCode());
        assertEquals(0, bench.run("--stop md0").exitCode());
        List<String> now = List.of(members.get(0), spare, members.get(2));
        assertEquals(0, CommandRun.of("--detail --test", now).exitCode());
        assertEquals(0, CommandRun.of("check -q", now).exitCode());
    }

    @Test
    void shouldTakeAMemberBackWhereABitmapTellsWhatItMissed() throws IOException {
        List<String> others = new ArrayList<>();
        for (String name : List.of("b0", "b1", "b2")) {
            others.add(fresh(name));
        }
        CommandRun made =
                bench.run("--create mb --level=5 --raid-devices=3 --chunk=64 --assume-clean --bitmap=internal", others);
        assertEquals(0, made.exitCode(), made.err());
        String away = others.get(1);

        CommandRun run = bench.run("mb --fail " + away + " --remove " + away + " --re-add " + away);

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().endsWith("\nholdfast: re-added " + away + "\n"), run.err());
        bench.run("--wait mb");
        assertEquals(0, bench.run("--detail --test mb").exitCode());

        CommandRun refused = bench.run(
                "md0 --fail " + members.get(1) + " --remove " + members.get(1) + " --re-add " + members.get(1));
        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("the array has no bitmap"), refused.err());
    }

    @Test
    void shouldTellOfAFailedMember() {
        bench.run("md0 --fail " + members.get(2));

        assertEquals("md0 : active raid5 d2[2](F) d1[1] d0[0]", mdstat());
        String detail = bench.run("--detail md0").out();
        assertTrue(detail.contains(", degraded \n"), detail);
        assertTrue(detail.contains("       -       0        0        2      removed\n"), detail);
        assertTrue(detail.contains("      -      faulty   " + members.get(2) + "\n"), detail);
        assertEquals(1, bench.run("--detail --test md0").exitCode());
    }

    @Test
    void shouldKnowDevicesByWhatTheyAre() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of(members.get(0)));

        assertEquals(0, bench.run("md0 --fail " + link).exitCode());
        CommandRun run = bench.run("md0 --remove failed");

        assertEquals("holdfast: hot removed " + members.get(0) + " from md0\n", run.err());
        assertEquals(0, bench.run("md0 --remove failed").exitCode());
        assertEquals(2, bench.run("md0 --test --remove failed").exitCode());
        assertEquals(0, bench.run("md0 --add " + members.get(0)).exitCode());
        bench.run("--wait md0");
        Files.delete(Path.of(members.get(1)));
        assertEquals(
                "holdfast: set " + members.get(1) + " faulty in md0\nholdfast: hot removed " + members.get(1)
                        + " from md0\n",
                bench.run("md0 --fail detached --remove detached").err());
        assertEquals(0, bench.run("md0 --dry-run --fail d2").exitCode());
        assertEquals(
                "would have set " + members.get(2) + " faulty in md0\n",
                bench.run("md0 --dry-run --fail d2").out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--remove D0 | 1 | hot remove failed for D0: Device or resource busy: ",
                "--add D0 | 1 | D0: in use by ",
                "--add DX | 1 | DX",
                "--add SMALL | 1 | SMALL",
                "--fail DX | 1 | Cannot find DX: it is no device of array md0, which has D0, D1, D2",
                "--remove missing | 2 | 'missing' only meaningful with --re-add",
                "--with D0 | 2 | --with D0 needs a --replace DEV before it",
                "--run | 2 | --run of a running array is not available yet"
            })
    void shouldRefuseInOneLineAndChangeNothing(String words, int exitCode, String message) throws IOException {
        String small = CommandRun.makeFile(folder, "small", 1 << 20);
        String before = mdstat();

        CommandRun run = bench.run("md0 " + filled(words, small));

        assertEquals(exitCode, run.exitCode(), run.err());
        assertTrue(run.err().startsWith("holdfast: "), run.err());
        assertTrue(run.err().contains(filled(message, small)), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertEquals(before, mdstat());
    }

    private String filled(String text, String small) {
        return text.replace("DX", folder.resolve("dx").toString())
                .replace("D0", members.get(0))
                .replace("D1", members.get(1))
                .replace("D2", members.get(2))
                .replace("SMALL", small);
    }

    @Test
    void shouldNotFailTheLastMembers() {
        assertEquals(0, bench.run("md0 --fail " + members.get(0)).exitCode());

        CommandRun run = bench.run("md0 --fail " + members.get(1));

        assertEquals(2, run.exitCode());
        assertTrue(
                run.err()
                        .startsWith("holdfast: set device faulty failed for " + members.get(1)
                                + ":  Device or resource busy: "),
                run.err());
    }

    @Test
    void shouldSayWhenThereIsNoSuchArray() {
        CommandRun run = bench.run("md7 --fail x");

        assertEquals(1, run.exitCode());
        assertEquals("holdfast: no array md7 is running (run folder " + bench.folder() + ").\n", run.err());
    }

    @Test
    void shouldTakeAMemberThatAnotherMachineServes() throws IOException {
        List<String> local = CommandRun.makeFiles(Files.createDirectory(folder.resolve("other")), 2, LENGTH);
        // An array of our own stands for the other machine.
        String remote = bench.run("--detail --json md0")
                .out()
                .lines()
                .filter(line -> line.contains("nbd+unix"))
                .findFirst()
                .orElseThrow()
                .replaceAll("[ \",]", "");

        CommandRun created = bench.run(
                "--create md1 --run --level=5 --raid-devices=3 --chunk=64 --assume-clean",
                List.of(local.get(0), local.get(1), remote));

        assertEquals(0, created.exitCode(), created.err());
        Path image = Files.write(folder.resolve("image"), new byte[3 << 20]);
        assertEquals(0, bench.run("copy-in -q " + image + " md1").exitCode());
        assertTrue(bench.run("--detail md1").out().contains("active sync   " + remote + "\n"));
        assertTrue(bench.run("--examine " + remote).out().contains("Device Role : Active device 2\n"));
        assertEquals(1, bench.run("--stop md0").exitCode());
        assertEquals(0, bench.run("--stop md0 --force").exitCode());
        assertEquals(0, bench.run("copy-in -q " + image + " md1").exitCode());
        assertEquals(1, bench.run("--detail --test md1").exitCode());
        assertEquals(1, bench.run("md1 --add nbd://").exitCode());
        assertEquals(1, bench.run("md1 --add " + remote).exitCode());
    }

    @Test
    void shouldCopyAMemberOntoWhatReplacesIt() throws IOException {
        String target = fresh("new");

        CommandRun none = bench.run("md0 --replace " + members.get(1));
        CommandRun run = bench.run("md0 --replace d1 --with " + target);
        bench.run("--wait md0");

        assertEquals(2, none.exitCode());
        assertEquals(1, none.err().lines().count(), none.err());
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(
                "holdfast: Marked " + members.get(1) + " (device 1 in md0) for replacement\nholdfast: Marked " + target
                        + " in md0 as replacement for device 1\n",
                run.err());
        String detail = bench.run("--detail md0").out();
        assertTrue(detail.contains("        1      active sync   " + target + "\n"), detail);
        assertEquals(0, bench.run("--detail --test md0").exitCode());
        assertEquals(0, bench.run("md0 --remove failed").exitCode());
        String spare = members.get(1);
        assertEquals(0, bench.run("md0 --add " + spare).exitCode());
        assertEquals(
                0,
                bench.run("md0 --replace " + members.get(0) + " --with " + spare)
                        .exitCode());
        bench.run("--wait md0");
        detail = bench.run("--detail md0").out();
        assertTrue(detail.contains("        0      active sync   " + spare + "\n"), detail);
    }
}
