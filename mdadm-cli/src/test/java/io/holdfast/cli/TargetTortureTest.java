package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.nbd.ArrayExport;
import io.holdfast.nbd.NbdServer;
import io.holdfast.nbd.NbdServerContext;
import io.holdfast.raid.RaidArray;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code torture --target}, as it is typed. */
@Timeout(300)
class TargetTortureTest {
    private static final int BLOCK = 4096;

    @TempDir
    Path folder;

    private String disk;

    @BeforeEach
    void makeDisk() throws IOException {
        disk = CommandRun.makeFile(folder, "disk", 2 << 20);
    }

    private CommandRun torture(String... more) {
        return answering("", more);
    }

    private CommandRun answering(String input, String... more) {
        List<String> all = new ArrayList<>(List.of("torture", "--target", disk));
        all.addAll(Arrays.asList(more));
        return CommandRun.answering(input, all.toArray(new String[0]));
    }

    private CommandRun loaded() {
        CommandRun run = torture("--steps", "300", "--seed", "5");
        assertEquals(0, run.exitCode(), run.err() + run.out());
        return run;
    }

    @Test
    void shouldSayWhatItWillDoAndWhatItDid() {
        CommandRun run = loaded();
        assertTrue(run.err().contains("target:   " + disk + ", 2.0 MiB in logical blocks of"), run.err());
        assertTrue(run.err().contains("ledger:   " + disk + ".holdfast-ledger, new"), run.err());
        assertTrue(run.err().contains("seed:     5\n"), run.err());
        assertTrue(run.out().contains("All 512 blocks are as promised."), run.out());
        assertTrue(run.out().contains(" flushes; 0 errors."), run.out());
    }

    @Test
    void shouldVerifyAndGoOnWithTheSameLedger() {
        loaded();
        CommandRun verified = torture("--verify");
        assertEquals(0, verified.exitCode(), verified.err() + verified.out());
        assertEquals("All 512 blocks are as promised.\n", verified.out());
        CommandRun again = torture("--steps", "100", "--seed", "6");
        assertEquals(0, again.exitCode(), again.err() + again.out());
        assertTrue(again.err().contains("reading what was there:"), again.err());
        assertEquals(0, torture("--verify", "--answered", "--quiet").exitCode());
    }

    @Test
    void shouldNameWhatIsWrongAndWhere() throws IOException {
        loaded();
        byte[] other = new byte[BLOCK];
        try (RandomAccessFile file = new RandomAccessFile(disk, "rw")) {
            file.seek(20 * BLOCK);
            file.readFully(other);
        }
        CommandRun.put(disk, 100 * BLOCK, new byte[BLOCK]);
        Arrays.fill(other, 0, 16, (byte) 0);
        CommandRun.put(disk, 101 * BLOCK, other);
        CommandRun run = torture("--verify");
        assertEquals(1, run.exitCode(), run.err() + run.out());
        assertTrue(run.out().contains("offset " + 101 * BLOCK + ": "), run.out());
        assertTrue(run.out().contains("blocks are not as promised: "), run.out());
        CommandRun json = torture("--verify", "--json");
        assertEquals(1, json.exitCode());
        assertTrue(json.out().contains("\"kept\": false"), json.out());
        assertTrue(json.out().contains("\"offset\": " + 101 * BLOCK), json.out());
        assertEquals("", json.err());
    }

    @Test
    void shouldAskBeforeItOverwritesWhatSomebodyMayMiss() throws IOException {
        CommandRun.put(disk, 1 << 20, "a letter".getBytes(StandardCharsets.US_ASCII));
        byte[] before = Files.readAllBytes(Path.of(disk));
        CommandRun refused = answering("no\n", "--steps", "10");
        assertEquals(2, refused.exitCode());
        assertTrue(refused.err().contains("Overwrite " + disk + "? "), refused.err());
        assertTrue(refused.err().contains(disk + " holds data"), refused.err());
        assertTrue(Arrays.equals(before, Files.readAllBytes(Path.of(disk))));
        assertFalse(Files.exists(Path.of(disk + ".holdfast-ledger")));
        assertEquals(0, answering("yes\n", "--steps", "10").exitCode());
        CommandRun known = torture("--steps", "10");
        assertEquals(0, known.exitCode());
        assertFalse(known.err().contains("Overwrite"), "what it wrote itself nobody misses");
    }

    @Test
    void shouldAskBeforeItOverwritesAMemberOfAnArray() throws IOException {
        List<String> members = CommandRun.makeFiles(folder, 3, 16 << 20);
        assertEquals(
                0,
                CommandRun.of("--create md9 --no-start --level=5 --raid-devices=3", members)
                        .exitCode());
        disk = members.get(1);
        CommandRun refused = torture("--steps", "10");
        assertEquals(2, refused.exitCode());
        assertTrue(refused.err().contains("appears to be part of a raid array"), refused.err());
        assertEquals(0, torture("--steps", "10", "--run").exitCode());
    }

    @Test
    void shouldRefuseWhatCannotBeMeant() throws IOException {
        CommandRun noLedger = torture("--verify");
        assertEquals(2, noLedger.exitCode());
        assertTrue(noLedger.err().contains("there is no ledger"), noLedger.err());
        CommandRun wrongLedger = torture("--ledger", CommandRun.makeFile(folder, "letter", 100), "--verify");
        assertEquals(2, wrongLedger.exitCode());
        assertTrue(wrongLedger.err().contains("is not a checker's ledger"), wrongLedger.err());
        assertEquals(2, CommandRun.of("torture", "--target", folder + "/none").exitCode());
        assertEquals(2, CommandRun.of("torture", "--target", "nbds://host/disk").exitCode());
        assertEquals(2, CommandRun.of("torture", "--verify").exitCode());
        assertEquals(2, torture("--report", "x.html").exitCode());
        loaded();
        String ledger = disk + ".holdfast-ledger";
        disk = CommandRun.makeFile(folder, "other", 4 << 20);
        CommandRun mixedUp = torture("--ledger", ledger, "--verify");
        assertEquals(2, mixedUp.exitCode());
        assertTrue(mixedUp.err().contains("the ledger is of a device of 2097152"), mixedUp.err());
    }

    @Test
    void shouldTortureAnArrayThroughItsServer() throws IOException {
        List<String> members = CommandRun.makeFiles(folder, 4, 12 << 20);
        CommandRun created =
                CommandRun.of("--create md9 --no-start --level=5 --raid-devices=4 --chunk=64 --assume-clean", members);
        assertEquals(0, created.exitCode(), created.err());
        try (RaidArray array = new ArrayOpener().run(true).open(members)) {
            try (NbdServer server = NbdServer.start(new NbdServerContext()
                    .export(new ArrayExport("md9", array))
                    .socketPath(folder.resolve("nbd.sock")))) {
                disk = server.uri();
                String ledger = folder.resolve("array.ledger").toString();
                CommandRun run = torture("--ledger", ledger, "--steps", "400", "--seed", "9");
                assertEquals(0, run.exitCode(), run.err() + run.out());
                assertFalse(run.out().contains(" (0 with force-unit-access)"), run.out());
                CommandRun verified = torture("--ledger", ledger, "--verify", "--answered");
                assertEquals(0, verified.exitCode(), verified.err() + verified.out());
            }
            CommandRun gone = torture(
                    "--verify", "--ledger", folder.resolve("array.ledger").toString());
            assertEquals(2, gone.exitCode(), gone.err());
        }
    }
}
