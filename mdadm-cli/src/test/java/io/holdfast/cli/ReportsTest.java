package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportsTest {
    private static final String UUID = "00112233:44556677:8899aabb:ccddeeff";

    @TempDir
    Path folder;

    private List<String> devices;

    @BeforeEach
    void makeArray() throws IOException {
        devices = CommandRun.makeFiles(folder, 3, 32L << 20);
        CommandRun run = CommandRun.of(
                "--create md0 --no-start --level=5 --raid-devices=3 --chunk=64 --assume-clean --uuid=" + UUID, devices);
        assertEquals(0, run.exitCode(), run.err());
    }

    @Test
    void shouldExamineAsMdadmDoes() {
        CommandRun run = CommandRun.of("--examine", devices.get(0));

        assertEquals(0, run.exitCode());
        assertEquals("", run.err());
        String deviceUuid = lineOf(run.out(), "    Device UUID : ");
        String checksum = lineOf(run.out(), "       Checksum : ");
        assertTrue(checksum.endsWith(" - correct"), checksum);
        assertEquals(devices.get(0) + """
                        :
                                  Magic : a92b4efc
                                Version : 1.2
                            Feature Map : 0x0
                             Array UUID : 00112233:44556677:8899aabb:ccddeeff
                                   Name : testhost:0  (local to host testhost)
                          Creation Time : Sat Nov 21 07:08:43 2026
                             Raid Level : raid5
                           Raid Devices : 3

                         Avail Dev Size : 63488 sectors (31.00 MiB 32.51 MB)
                             Array Size : 63488 KiB (62.00 MiB 65.01 MB)
                            Data Offset : 2048 sectors
                           Super Offset : 8 sectors
                           Unused Space : before=1968 sectors, after=0 sectors
                                  State : clean
                        """ + deviceUuid + """


                            Update Time : Sat Nov 21 07:08:43 2026
                          Bad Block Log : 512 entries available at offset 16 sectors
                        """ + checksum + """

                                 Events : 0

                                 Layout : left-symmetric
                             Chunk Size : 64K

                           Device Role : Active device 0
                           Array State : AAA ('A' == active, '.' == missing, 'R' == replacing)
                        """, run.out());
    }

    @Test
    void shouldExamineInBrief() {
        assertEquals(
                "ARRAY /dev/md/0  metadata=1.2 UUID=" + UUID + " name=testhost:0\n",
                CommandRun.of("--examine --brief", devices).out());
        assertEquals(
                "ARRAY /dev/md/0  level=raid5 metadata=1.2 num-devices=3 UUID=" + UUID + " name=testhost:0\n"
                        + "   devices=" + String.join(",", devices) + "\n",
                CommandRun.of("-Ebv", devices).out());
    }

    @Test
    void shouldScanAFolderAndPassOverWhatIsNoMember() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "no member");

        CommandRun run = CommandRun.of("--examine", "--scan", folder.toString());

        assertEquals(0, run.exitCode());
        assertEquals("", run.err());
        assertEquals("ARRAY /dev/md/0  metadata=1.2 UUID=" + UUID + " name=testhost:0\n", run.out());
    }

    @Test
    void shouldExportVariables() {
        String text = CommandRun.of("--examine", "--export", devices.get(1)).out();

        assertTrue(
                text.startsWith("MD_LEVEL=raid5\nMD_DEVICES=3\nMD_NAME=testhost:0\nMD_ARRAY_SIZE=65.01MB\nMD_UUID="
                        + UUID + "\nMD_UPDATE_TIME=1795244923\nMD_DEV_UUID="),
                text);
        assertTrue(text.endsWith("\nMD_EVENTS=0\n"), text);
    }

    @Test
    void shouldExamineAsJson() {
        String text = CommandRun.of("--examine", "--json", devices.get(1)).out();

        assertTrue(text.startsWith("[\n  {\n    \"device\": \"" + devices.get(1) + "\",\n"), text);
        assertTrue(text.contains("\n    \"slot\": 1,\n"), text);
        assertTrue(text.endsWith("\n  }\n]\n"), text);
    }

    @Test
    void shouldShowAWrongChecksumAndWarn() throws IOException {
        CommandRun.put(devices.get(0), 4096 + 200, new byte[] {9});

        CommandRun run = CommandRun.of("--examine", devices.get(0));

        assertEquals(0, run.exitCode());
        assertTrue(lineOf(run.out(), "       Checksum : ").contains(" - expected "), run.out());
        assertTrue(run.err().startsWith("holdfast: " + devices.get(0) + ": its superblock cannot be used"), run.err());
    }

    @Test
    void shouldSayWhatIsNoMember() throws IOException {
        String empty = CommandRun.makeFile(folder, "empty", 1 << 20);
        String absent = folder.resolve("absent").toString();

        CommandRun run = CommandRun.of("--examine", empty, absent, folder.toString(), devices.get(0));

        assertEquals(1, run.exitCode());
        assertEquals(
                "holdfast: No md superblock detected on " + empty + ".\nholdfast: cannot open " + absent
                        + ": No such file or directory\nholdfast: cannot open " + folder + ": Is a directory\n",
                run.err());
        assertTrue(run.out().startsWith(devices.get(0) + ":\n"), run.out());
    }

    @Test
    void shouldShowPartitionsWhereThereIsNoSuperblock() throws IOException {
        String disk = CommandRun.makeFile(folder, "disk", 1 << 20);
        CommandRun.put(disk, 446 + 4, new byte[] {(byte) 0x83, 0, 0, 0, 0, 8, 0, 0, 100, 0, 0, 0});
        CommandRun.put(disk, 510, new byte[] {0x55, (byte) 0xaa});

        CommandRun run = CommandRun.of("--examine", disk);

        assertEquals(0, run.exitCode());
        assertEquals(
                disk + ":\n   MBR Magic : aa55\nPartition[0] :          100 sectors at         2048 (type 83)\n",
                run.out());
    }

    @Test
    void shouldDetailAnArrayThatIsDegraded() {
        CommandRun run = CommandRun.of("--detail", devices.get(0), devices.get(2));

        assertEquals(0, run.exitCode());
        assertEquals("""
                /dev/md/0:
                           Version : 1.2
                     Creation Time : Sat Nov 21 07:08:43 2026
                        Raid Level : raid5
                        Array Size : 63488 (62.00 MiB 65.01 MB)
                     Used Dev Size : 31744 (31.00 MiB 32.51 MB)
                      Raid Devices : 3
                     Total Devices : 2
                       Persistence : Superblock is persistent

                       Update Time : Sat Nov 21 07:08:43 2026
                             State : clean, degraded, Not Started\s
                    Active Devices : 2
                   Working Devices : 2
                    Failed Devices : 0
                     Spare Devices : 0

                            Layout : left-symmetric
                        Chunk Size : 64K

                Consistency Policy : resync

                              Name : testhost:0  (local to host testhost)
                              UUID : 00112233:44556677:8899aabb:ccddeeff
                            Events : 0

                    Number   Major   Minor   RaidDevice State
                       0       -        -        0      active sync   %s
                       -       0        0        1      removed
                       2       -        -        2      active sync   %s
                """.formatted(devices.get(0), devices.get(2)), run.out());
    }

    @Test
    void shouldTellByExitCodeHowAnArrayIs() throws IOException {
        assertEquals(0, CommandRun.of("--detail --test", devices).exitCode());
        assertEquals(1, CommandRun.of("--detail --test", devices.subList(0, 2)).exitCode());
        assertEquals(2, CommandRun.of("--detail --test", devices.subList(0, 1)).exitCode());
        String empty = CommandRun.makeFile(folder, "empty", 1 << 20);
        assertEquals(4, CommandRun.of("--detail", "--test", empty).exitCode());
        assertEquals(1, CommandRun.of("--detail", empty).exitCode());
    }

    @Test
    void shouldDetailInBrief() {
        assertEquals(
                "ARRAY /dev/md/0 metadata=1.2 name=testhost:0 UUID=" + UUID + "\n",
                CommandRun.of("--detail --brief", devices).out());
    }

    @Test
    void shouldExportRolesOfDevices() {
        String text = CommandRun.of("--detail --export", devices).out();

        String variable = "MD_DEVICE_" + devices.get(2).substring(1).replaceAll("[^A-Za-z0-9]", "_");
        assertTrue(text.contains(variable + "_ROLE=2\n" + variable + "_DEV=" + devices.get(2) + "\n"), text);
    }

    @Test
    void shouldSayWhatWouldStart() {
        CommandRun run = CommandRun.of("--assemble --dry-run", devices);

        assertEquals(0, run.exitCode());
        assertTrue(run.out().contains("3 of 3 members in sync: would start."), run.out());
        assertEquals(run.out(), CommandRun.of("-A --dry-run md0", devices).out());
        assertEquals(
                1, CommandRun.of("--assemble --dry-run", devices.subList(0, 1)).exitCode());
    }

    @Test
    void shouldSayWhatWouldStartAsJson() {
        String text = CommandRun.of("--assemble --dry-run --json", devices).out();

        assertTrue(text.contains("\n  \"outcome\": \"start-clean\",\n"), text);
    }

    @Test
    void shouldQuery() throws IOException {
        String empty = CommandRun.makeFile(folder, "empty", 1 << 20);

        assertEquals(
                devices.get(1) + ": is not an md array\n" + devices.get(1)
                        + ": device 1 in 3 device inactive raid5 array.  Use holdfast --examine for more detail.\n",
                CommandRun.of(devices.get(1)).out());
        CommandRun run = CommandRun.of("--query", empty);
        assertEquals(1, run.exitCode());
        assertEquals(empty + ": is not an md array\n", run.out());
    }

    @Test
    void shouldListBadBlocks() throws IOException {
        CommandRun empty = CommandRun.of("--examine-badblocks", devices.get(0));
        assertEquals("Bad-blocks list is empty in " + devices.get(0) + "\n", empty.out());
        assertEquals(
                1,
                CommandRun.of("--examine-badblocks", CommandRun.makeFile(folder, "e", 1 << 20))
                        .exitCode());
    }

    @Test
    void shouldSayThatThereIsNoBitmap() {
        CommandRun run = CommandRun.of("--examine-bitmap", devices.get(0));

        assertEquals(1, run.exitCode());
        assertEquals("holdfast: " + devices.get(0) + ": its array has no write-intent bitmap.\n", run.err());
    }

    @ParameterizedTest
    @CsvSource({
        "--examine, No devices to examine",
        "--detail, No devices given.",
        "--query, No devices given.",
        "--zero-superblock, No devices given.",
        "--examine-bitmap, No devices given.",
        "--examine-badblocks, No devices given."
    })
    void shouldNeedDevices(String option, String message) {
        CommandRun run = CommandRun.of(option);

        assertEquals(2, run.exitCode());
        assertEquals("holdfast: " + message + "\n", run.err());
    }

    @Test
    void shouldShowHelpAndVersion() {
        assertEquals(0, CommandRun.of("--help").exitCode());
        assertTrue(CommandRun.of("-C", "--help").out().startsWith("Usage: holdfast --create "));
        assertTrue(CommandRun.of("-E", "--help").out().contains("--examine-badblocks"));
        assertTrue(CommandRun.of("--help-options").out().contains("--write-journal="));
        assertTrue(CommandRun.of("-V").err().startsWith("holdfast - "));
        CommandRun nothing = CommandRun.of();
        assertEquals(2, nothing.exitCode());
        assertTrue(nothing.err().endsWith("Usage: holdfast --help\n  for help\n"), nothing.err());
    }

    private static String lineOf(String text, String start) {
        return text.lines().filter(line -> line.startsWith(start)).findFirst().orElse("");
    }
}
