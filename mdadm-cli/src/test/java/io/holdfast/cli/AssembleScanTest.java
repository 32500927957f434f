package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.FileBlockDevice;
import io.holdfast.raid.metadata.BadBlockList;
import io.holdfast.raid.metadata.BadBlockLog;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockFeature;
import io.holdfast.raid.metadata.SuperblockReader;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssembleScanTest {
    @TempDir
    Path folder;

    private DaemonBench bench;
    private Path config;

    @BeforeEach
    void makeArrays() throws IOException {
        bench = new DaemonBench(folder.resolve("run"));
        config = folder.resolve("conf");
        makeArray("md0", "a");
        makeArray("home", "b");
    }

    private void makeArray(String name, String where) throws IOException {
        List<String> members = CommandRun.makeFiles(Files.createDirectory(folder.resolve(where)), 3, 9 << 20);
        CommandRun run = CommandRun.of(
                "--create " + name + " --no-start --uuid=0000000" + where
                        + ":00000000:00000000:00000000 --level=5 --raid-devices=3 --chunk=64 --assume-clean",
                members);
        assertEquals(0, run.exitCode(), run.err());
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    private CommandRun assemble(String words, String... lines) throws IOException {
        Files.writeString(config, String.join("\n", lines) + "\n");
        return bench.run("--assemble --config=" + config + " " + words);
    }

    @Test
    void shouldStartWhatTheFileLists() throws IOException {
        CommandRun run = assemble(
                "--scan",
                "DEVICE " + folder + "/*/d*",
                "ARRAY /dev/md/first name=testhost:0",
                "ARRAY <ignore> name=home");

        assertEquals(0, run.exitCode(), run.err());
        assertEquals("holdfast: first has been started with 3 drives.\n", run.err());
        assertEquals(List.of("first"), bench.folder().names());
        CommandRun again = bench.run("--assemble --scan --config=" + config);
        assertEquals(0, again.exitCode(), again.err());
        assertEquals("", again.err());
    }

    @Test
    void shouldStartAllThereIsUnderItsOwnNameWhereNoneIsListed() throws IOException {
        CommandRun run = assemble("--scan", "DEVICE " + folder + "/*/d*");

        assertEquals(0, run.exitCode(), run.err());
        assertEquals(List.of("home", "md0"), bench.folder().names());
        assertTrue(bench.run("--stop --scan").err().contains("stopped home\n"));
    }

    @Test
    void shouldStartTheOneThatIsNamed() throws IOException {
        CommandRun run = assemble(
                "md5",
                "DEVICE " + folder + "/*/d*",
                "ARRAY md5 UUID=0000000a:00000000:00000000:00000000",
                "ARRAY md6 UUID=0000000b:00000000:00000000:00000000 devices=" + folder + "/b/*");

        assertEquals(0, run.exitCode(), run.err());
        assertEquals(List.of("md5"), bench.folder().names());
    }

    @Test
    void shouldStartTheOthersWhenOneCannotBe() throws IOException {
        Files.delete(folder.resolve("a/d0"));
        CommandRun run = assemble("--scan", "DEVICE " + folder + "/*/d*");

        assertEquals(1, run.exitCode());
        assertTrue(run.err().startsWith("holdfast: md0: "), run.err());
        assertTrue(run.err().endsWith("holdfast: home has been started with 3 drives.\n"), run.err());
        assertEquals(2, run.err().lines().count(), run.err());
    }

    @Test
    void shouldSayWhenThereIsNothingToStart() throws IOException {
        CommandRun none = assemble("--scan", "DEVICE " + folder + "/nowhere/*");
        CommandRun absent = bench.run("--assemble --scan --config=/nonexistent/conf");
        CommandRun unnamed = assemble("--scan md7", "DEVICE " + folder + "/*/d*");

        assertEquals(1, none.exitCode());
        assertEquals("holdfast: No arrays found in config file or automatically\n", none.err());
        assertEquals(2, absent.exitCode());
        assertEquals("holdfast: no devices found for md7\n", unnamed.err());
    }

    @Test
    void shouldForgetBadBlocksOnlyByForce() throws IOException {
        Path member = folder.resolve("a/d1");
        try (FileBlockDevice device = FileBlockDevice.open(member)) {
            Superblock superblock = SuperblockReader.examine(device).superblock();
            BadBlockList list = BadBlockList.read(device, superblock);
            assertTrue(list.add(superblock.dataOffsetSectors(), 8));
            MutableDirectBuffer log = BufferSlab.allocate(BadBlockLog.MAX_LENGTH);
            list.writeTo(log);
            device.write(list.logOffset(), log, 0, list.logLength());
            SuperblockWriter.write(
                    device,
                    superblock.feature(SuperblockFeature.BAD_BLOCKS, true).updateChecksum());
        }
        String devices = folder + "/a/d0 " + member + " " + folder + "/a/d2";

        CommandRun refused = bench.run("--assemble md0 --update=no-bbl " + devices);
        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("Cannot remove active bbl from " + member), refused.err());
        assertTrue(CommandRun.of("--examine-badblocks", member.toString()).out().contains(" for 8 sectors"));

        CommandRun done = bench.run("--assemble md0 --update=force-no-bbl " + devices);
        assertEquals(0, done.exitCode(), done.err());
        assertEquals(0, bench.run("--stop md0").exitCode());
        assertEquals(
                "No bad-blocks list configured on " + member + "\n",
                CommandRun.of("--examine-badblocks", member.toString()).out());
        assertEquals(2, bench.run("--assemble md0 --update=uuid " + devices).exitCode());
    }
}
