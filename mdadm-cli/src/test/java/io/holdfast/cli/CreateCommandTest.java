package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CreateCommandTest {
    private static final long LENGTH = 32L << 20;
    private static final String CREATE = "--create md0 --no-start --level=5 --raid-devices=3 --chunk=64";

    @TempDir
    Path folder;

    private List<String> devices;

    @BeforeEach
    void makeDevices() throws IOException {
        devices = CommandRun.makeFiles(folder, 3, LENGTH);
    }

    @Test
    void shouldMakeAnArrayAndLeaveItStopped() {
        CommandRun run = CommandRun.of(CREATE, devices);

        assertEquals(0, run.exitCode());
        assertEquals("""
                holdfast: Defaulting to version 1.2 metadata
                holdfast: array md0 created, not started.
                """, run.err());
        assertEquals("", run.out());
    }

    @Test
    void shouldSayWhichDefaultsWereTakenWhenAsked() {
        CommandRun run = CommandRun.of("-Cv md0 --no-start -l5 -n3", devices);

        assertEquals("""
                holdfast: layout defaults to left-symmetric
                holdfast: chunk size defaults to 512K
                holdfast: size set to 30720K
                holdfast: Defaulting to version 1.2 metadata
                holdfast: array md0 created, not started.
                """, run.err());
    }

    @Test
    void shouldAcceptNoStart() {
        assertEquals(0, CommandRun.of(CREATE + " --no-start", devices).exitCode());
    }

    @Test
    void shouldTakeNameHostUuidAndVersion() {
        CommandRun.of(
                CREATE + " -e 1.0 -N home --homehost=far -u 00112233:44556677:8899aabb:ccddeeff --assume-clean",
                devices);

        String text = CommandRun.of("--examine", devices.get(0)).out();
        assertTrue(text.contains("        Version : 1.0\n"), text);
        assertTrue(text.contains("           Name : far:home\n"), text);
        assertTrue(text.contains("     Array UUID : 00112233:44556677:8899aabb:ccddeeff\n"), text);
        assertTrue(text.contains("   Array State : AAA "), text);
    }

    @Test
    void shouldNumberTheJournalWhereItStandsInTheList() throws IOException {
        String journal = CommandRun.makeFile(folder, "j", LENGTH);
        CommandRun.of(CREATE + " --assume-clean --write-journal=" + journal, devices);

        assertTrue(CommandRun.of("--examine", journal).out().contains("   Device Role : Journal\n"));
        assertTrue(CommandRun.of("--query", journal).out().contains("device 0 in 3 device inactive raid5 array."));
        CommandRun dryRun =
                CommandRun.of("--assemble --dry-run", List.of(devices.get(0), devices.get(1), devices.get(2), journal));
        assertEquals(0, dryRun.exitCode(), dryRun.out());
        assertTrue(dryRun.out().contains("The journal holds nothing to replay."), dryRun.out());
    }

    @Test
    void shouldLayOutABitmap() {
        CommandRun run = CommandRun.of(CREATE + " --assume-clean -b internal --bitmap-chunk=64K -d 7", devices);
        assertEquals(0, run.exitCode(), run.err());

        for (String device : devices) {
            String text = CommandRun.of("--examine-bitmap", device).out();
            assertTrue(text.contains("       Chunksize : 64 KB\n"), text);
            assertTrue(text.contains("          Daemon : 7s flush period\n"), text);
            assertTrue(text.contains("          Events : 0\n"), text);
            assertTrue(text.contains("           State : OK\n"), text);
            assertTrue(text.contains("          Bitmap : 496 bits (chunks), 496 dirty (100.0%)\n"), text);
        }
        String examined = CommandRun.of("--examine", devices.get(0)).out();
        assertTrue(examined.contains("    Feature Map : 0x1\n"), examined);
        assertTrue(examined.contains("Internal Bitmap : 8 sectors from superblock\n"), examined);
        assertTrue(examined.contains("offset 16 sectors"), examined);
        CommandRun dryRun = CommandRun.of("--assemble --dry-run", devices);
        assertEquals(0, dryRun.exitCode(), dryRun.out());
    }

    @Test
    void shouldRefuseABitmapThatDoesNotFit() {
        CommandRun run = CommandRun.of(CREATE + " -b internal --bitmap-chunk=48K", devices);
        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("invalid bitmap chunk size: 48K; it must be a power of 2 from 4K"), run.err());
        assertTrue(CommandRun.of("--examine", devices.get(0)).exitCode() != 0);
    }

    @Test
    void shouldKeepABitmapOfLargeMembersUnlessToldOtherwise() throws IOException {
        List<String> large = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            // Sparse: nothing of that is written.
            large.add(CommandRun.makeFile(folder, "large" + i, 120L << 30));
        }
        CommandRun run = CommandRun.of("-Cv md0 --no-start -l5 -n3 --assume-clean", large);
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().contains("automatically enabling write-intent bitmap on large array"), run.err());
        String text = CommandRun.of("--examine-bitmap", large.get(1)).out();
        assertTrue(text.contains("Chunksize : 64 MB"), text);

        run = CommandRun.of("-Cv md0 --run --no-start -l5 -n3 --assume-clean -k resync", large);
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(CommandRun.of("--examine", large.get(0)).out().contains("    Feature Map : 0x0\n"));
    }

    @Test
    void shouldLeaveASlotOfAMissingDeviceEmpty() {
        assertEquals(
                0,
                CommandRun.of(CREATE, List.of(devices.get(0), "missing", devices.get(1)))
                        .exitCode());

        assertTrue(CommandRun.of("--examine", devices.get(0)).out().contains("   Array State : A.A "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--create | 2 | an md device must be given in this mode",
                "--create md0 --no-start --level=5 | 1 | no raid-devices specified.",
                "--create md0 --no-start --raid-devices=3 | 1 | a RAID level is needed to create an array.",
                "--create md0 --no-start -l6 -n3 | 1 | at least 4 raid-devices needed for level 6",
                "--create md0 --no-start -l5 -n4 D0 D1 D2 | 1 | You haven't given enough devices (real or missing) to create this array",
                "--create md0 --no-start -l5 -n2 D0 D1 D2 | 1 | You have listed more devices (3) than are in the array(2)!",
                "--create md0 --no-start -l5 -n3 -x1 D0 D1 D2 | 1 | You haven't given enough devices (real or missing) to create this array",
                "--create md0 --no-start -l5 -n3 D0 D1 DX | 2 | cannot open DX: No such file or directory",
                "--create md0 --no-start -l5 -n3 D0 D1 D1 | 1 | D1: is listed twice; list each device once.",
                "--create md0 --no-start -l5 -n3 missing missing missing | 1 | Subdevs can't be all missing",
                "--create md0 --no-start -l5 -n3 -z 1G D0 D1 D2 | 1 | D0 is smaller than given size. 30720K < 1048576K + metadata",
                "--create md0 --no-start -l5 -n3 -c 48 D0 D1 D2 | 1 | invalid chunk size: 48K; it must be a power of 2 from 4K to 1048576K",
            })
    void shouldRefuseWithNothingWritten(String words, int exitCode, String message) throws IOException {
        String[] args = words.split(" ");
        for (int i = 0; i < args.length; i++) {
            args[i] = args[i].matches("D.")
                    ? folder.resolve(args[i].toLowerCase(java.util.Locale.ROOT)).toString()
                    : args[i];
        }

        CommandRun run = CommandRun.of(args);

        assertEquals(exitCode, run.exitCode());
        String expected =
                message.replaceAll("D([0-9X])", folder.toString() + "/d$1").replace("dX", "dx");
        String lastLine = run.err().lines().reduce((first, second) -> second).orElse("");
        assertEquals("holdfast: " + expected, lastLine);
        for (String device : devices) {
            assertUntouched(device);
        }
    }

    @Test
    void shouldFindADeviceListedTwiceUnderTwoNames() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of(devices.get(0)));

        CommandRun run = CommandRun.of(CREATE, List.of(devices.get(0), devices.get(1), link.toString()));

        assertEquals(1, run.exitCode());
        assertEquals(
                "holdfast: " + link + ": is listed twice, the other time as " + devices.get(0)
                        + "; list each device once.\n",
                run.err());
    }

    @Test
    void shouldNotTakeADeviceThatIsInUse() throws IOException {
        try (BlockDevice held = Owner.open(devices.get(1))) {
            CommandRun run = CommandRun.of(CREATE, devices);

            assertEquals(2, run.exitCode());
            assertTrue(
                    run.err().startsWith("holdfast: cannot open " + held.name() + ": Device or resource busy"),
                    run.err());
        }
        assertUntouched(devices.get(0));
    }

    @Test
    void shouldRefuseAJournalTooSmallForALog() throws IOException {
        // Data begins at 1 MiB: one leaves no room at all, the other less than a log can work with.
        for (long length : new long[] {1 << 20, (1 << 20) + 16384}) {
            String journal = CommandRun.makeFile(folder, "j", length);

            CommandRun run =
                    CommandRun.of("-C md0 --no-start -l5 -n3 -c4 --data-offset=1M --write-journal=" + journal, devices);

            assertEquals(1, run.exitCode());
            assertTrue(run.err().contains(journal), run.err());
        }
        assertUntouched(devices.get(0));
    }

    @Test
    void shouldAskBeforeTakingAMemberOfAnotherArray() throws IOException {
        CommandRun.of(CREATE, devices);
        byte[] before = Files.readAllBytes(Path.of(devices.get(0)));

        CommandRun run = CommandRun.answering("n\n", CREATE, devices);

        assertEquals(1, run.exitCode());
        assertTrue(
                run.err()
                        .startsWith("holdfast: " + devices.get(0) + " appears to be part of a raid array:\n"
                                + "       level=raid5 devices=3 ctime=Sat Nov 21 07:08:43 2026\n"),
                run.err());
        assertTrue(run.err().endsWith("Continue creating array? holdfast: create aborted.\n"), run.err());
        assertArrayEquals(before, Files.readAllBytes(Path.of(devices.get(0))));
    }

    @Test
    void shouldTakeSilenceForNo() {
        CommandRun.of(CREATE, devices);

        CommandRun run = CommandRun.of(CREATE, devices);

        assertEquals(1, run.exitCode());
        assertTrue(run.err().endsWith("Continue creating array? \nholdfast: create aborted.\n"), run.err());
    }

    @Test
    void shouldGoOnAfterYes() {
        CommandRun.of(CREATE, devices);

        assertEquals(0, CommandRun.answering("yes\n", CREATE, devices).exitCode());
    }

    @Test
    void shouldNotAskWhenToldToRun() {
        CommandRun.of(CREATE, devices);

        CommandRun run = CommandRun.of(CREATE + " --run", devices);

        assertEquals(0, run.exitCode());
        assertFalse(run.err().contains("Continue"), run.err());
        assertTrue(run.err().contains("appears to be part of a raid array"), run.err());
    }

    @Test
    void shouldTakeAwayASuperblockOfAnotherVersion() {
        CommandRun.of(CREATE + " -e 1.0", devices);
        CommandRun.of(CREATE + " -e 1.2 --run", devices);
        CommandRun.of("--zero-superblock", devices);

        assertEquals(1, CommandRun.of("--examine", devices).exitCode());
    }

    @ParameterizedTest
    @CsvSource({
        "0, XFSB, an xfs file system",
        "65600, _BHRfS_M, a btrfs file system",
        "4086, SWAPSPACE2, swap space",
        "65526, SWAPSPACE2, swap space",
        "512, LABELONE, an LVM physical volume",
        "65588, ReIsEr, a reiserfs file system"
    })
    void shouldAskBeforeTakingADeviceInUseBySomethingElse(long offset, String magic, String name) throws IOException {
        CommandRun.put(devices.get(1), offset, magic.getBytes(StandardCharsets.US_ASCII));

        CommandRun run = CommandRun.of(CREATE, devices);

        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("holdfast: " + devices.get(1) + " appears to contain " + name + "\n"), run.err());
    }

    @Test
    void shouldAskBeforeTakingAnEncryptedVolume() throws IOException {
        CommandRun.put(devices.get(1), 0, new byte[] {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe});

        assertTrue(CommandRun.of(CREATE, devices).err().contains("appears to contain a LUKS encrypted volume\n"));
    }

    @Test
    void shouldAskBeforeTakingAnExtFileSystem() throws IOException {
        byte[] superblock = new byte[1024];
        superblock[5] = 0x40;
        superblock[24] = 2;
        superblock[56] = 0x53;
        superblock[57] = (byte) 0xef;
        CommandRun.put(devices.get(2), 1024, superblock);

        CommandRun run = CommandRun.of(CREATE, devices);

        assertEquals(1, run.exitCode());
        assertTrue(
                run.err()
                        .contains("holdfast: " + devices.get(2) + " appears to contain an ext2fs file system\n"
                                + "       size=65536K  mtime=Thu Jan  1 00:00:00 1970\n"),
                run.err());
    }

    @Test
    void shouldAskBeforeTakingAPartitionedDisk() throws IOException {
        CommandRun.put(devices.get(2), 510, new byte[] {0x55, (byte) 0xaa});
        CommandRun.put(devices.get(1), 512, "EFI PART".getBytes(StandardCharsets.US_ASCII));

        CommandRun run = CommandRun.of(CREATE, devices);

        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("holdfast: partition table exists on " + devices.get(1) + "\n"), run.err());
        assertTrue(run.err().contains("holdfast: partition table exists on " + devices.get(2) + "\n"), run.err());
    }

    @Test
    void shouldAskWhenADeviceIsMuchLargerThanTheOthers() throws IOException {
        String large = CommandRun.makeFile(folder, "large", 2 * LENGTH);

        CommandRun run = CommandRun.of(CREATE, List.of(devices.get(0), devices.get(1), large));

        assertEquals(1, run.exitCode());
        assertTrue(
                run.err().contains("largest drive (" + large + ") exceeds size (31744K) by more than 1%"), run.err());
    }

    @Test
    void shouldZeroOnlySuperblocks() throws IOException {
        CommandRun.of(CREATE, devices);

        assertEquals(0, CommandRun.of("--zero-superblock", devices).exitCode());
        CommandRun again = CommandRun.of("--zero-superblock", devices.get(0));

        assertEquals(0, again.exitCode());
        assertEquals("holdfast: Unrecognised md component device - " + devices.get(0) + "\n", again.err());
        assertEquals(
                2,
                CommandRun.of("--zero-superblock", folder.resolve("dx").toString())
                        .exitCode());
    }

    private static void assertUntouched(String device) throws IOException {
        for (byte b : Files.readAllBytes(Path.of(device))) {
            if (b != 0) {
                throw new AssertionError(device + " was written to");
            }
        }
    }
}
