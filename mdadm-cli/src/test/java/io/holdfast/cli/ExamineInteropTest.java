package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertIterableEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockFeature;
import io.holdfast.raid.metadata.SuperblockLocation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our reports and the real mdadm's, of the same files, line for line. */
@Tag("interop")
class ExamineInteropTest {
    private static final long LENGTH = 64L << 20;
    private static final int RANDOM_SUPERBLOCK_COUNT = 150;
    private static final int[] LEVELS = {4, 5, 5, 5, 6, 6, 6};
    private static final int[] LAYOUTS = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 17, 18, 19, 20};

    @TempDir
    Path folder;

    @BeforeEach
    void needMdadm() throws IOException, InterruptedException {
        boolean isThere;
        try {
            isThere = new ProcessBuilder("mdadm", "--version").start().waitFor() == 0;
        } catch (IOException e) {
            isThere = false;
        }
        if (!isThere && System.getenv("CI") != null) {
            fail("mdadm is not installed; with CI set its absence is a failure");
        }
        if (!isThere) {
            System.err.println("SKIPPED: ExamineInteropTest needs mdadm 4.2 to compare with");
        }
        Assumptions.assumeTrue(isThere, "mdadm is not installed");
    }

    @Test
    void shouldPrintWhatMdadmPrintsOfNewArrays() throws IOException, InterruptedException {
        String[] shapes = {
            "-l4 -n3 -c 64 --assume-clean",
            "-l5 -n3 -e 1.0",
            "-l5 -n4 -p ra -c 4 -e 1.1",
            "-l6 -n4 -p ddf-N-continue -N home --homehost=far",
            "-l6 -n5 -x1 --homehost=<none>",
            "-l5 -n3 -x1 -z 10M --run"
        };
        for (String shape : shapes) {
            List<String> devices = CommandRun.makeFiles(folder, count(shape), LENGTH);
            String journal = CommandRun.makeFile(folder, "journal", LENGTH / 2);
            CommandRun.of("--zero-superblock", devices);
            CommandRun.of("--zero-superblock", journal);
            CommandRun run = CommandRun.of("--create md0 --no-start --write-journal=" + journal + " " + shape, devices);
            assertEquals(0, run.exitCode(), run.err());
            devices.add(journal);
            for (String device : devices) {
                compare("--examine", device);
                compare("--examine --export", device);
                compare("--examine-badblocks", device);
            }
            compare("--examine --brief", devices.toArray(new String[0]));
            compare("--examine --brief --verbose", devices.toArray(new String[0]));
        }
    }

    @Test
    void shouldPrintWhatMdadmPrintsOfAnySuperblock() throws IOException, InterruptedException {
        long seed = Long.getLong("holdfast.seed", new Random().nextLong());
        Random random = new Random(seed);
        String device = CommandRun.makeFile(folder, "device", LENGTH);
        for (int i = 0; i < RANDOM_SUPERBLOCK_COUNT; i++) {
            Superblock superblock = randomSuperblock(random);
            byte[] bytes = new byte[4096];
            superblock.buffer().getBytes(superblock.offset(), bytes);
            CommandRun.of("--zero-superblock", device);
            CommandRun.put(device, superblock.superOffsetSectors() * 512, bytes);
            try {
                compare("--examine", device);
                compare("--examine --export", device);
                compare("--examine --brief --verbose", device);
            } catch (AssertionError e) {
                throw new AssertionError("superblock " + i + " of -Dholdfast.seed=" + seed + ": " + e.getMessage(), e);
            }
        }
    }

    @Test
    void shouldNoticeADifference() throws IOException, InterruptedException {
        List<String> devices = CommandRun.makeFiles(folder, 3, LENGTH);
        CommandRun.of("--create md0 --no-start -l5 -n3", devices);

        assertNotEquals(
                mdadm("--examine", devices.get(0)).out(),
                CommandRun.of("--examine", devices.get(1)).out());
    }

    private static int count(String shape) {
        int members = shape.charAt(shape.indexOf("-n") + 2) - '0';
        return shape.contains("-x1") ? members + 1 : members;
    }

    private Superblock randomSuperblock(Random random) {
        Superblock superblock = Superblock.allocate().initialize();
        SuperblockLocation location = SuperblockLocation.ofMinorVersion(random.nextInt(3));
        byte[] uuid = new byte[16];
        random.nextBytes(uuid);
        boolean is10 = location == SuperblockLocation.V1_0;
        long dataOffset = is10 ? 0 : 2048L * (1 + random.nextInt(4));
        long dataSize = is10 ? LENGTH / 512 - 24 : LENGTH / 512 - dataOffset;
        int raidDisks = 4 + random.nextInt(4);
        superblock
                .setUuid(uuid)
                .setName(
                        random.nextBoolean()
                                ? CommandRun.HOSTNAME + ":" + random.nextInt(99)
                                : "a \"name/" + random.nextInt(9))
                .creationTime(random.nextInt(Integer.MAX_VALUE))
                .level(LEVELS[random.nextInt(LEVELS.length)])
                .layout(LAYOUTS[random.nextInt(LAYOUTS.length)])
                .sizeSectors(random.nextBoolean() ? dataSize : dataSize & -1024)
                .chunkSectors(8 << random.nextInt(10))
                .raidDisks(raidDisks)
                .dataOffsetSectors(dataOffset)
                .dataSizeSectors(dataSize)
                .superOffsetSectors(location.sector(LENGTH / 512))
                .deviceNumber(random.nextInt(8))
                .updateTime(random.nextInt(Integer.MAX_VALUE))
                .events(random.nextInt(5000))
                .resyncOffsetSectors(random.nextBoolean() ? -1 : random.nextInt(10000))
                .maxDev(128);
        uuid[0]++;
        superblock.deviceUuid(uuid);
        for (int number = 0; number < 128; number++) {
            superblock.role(number, number < 8 ? randomRole(random, raidDisks) : 0xffff);
        }
        if (random.nextInt(4) > 0) {
            superblock.badBlockLogSizeSectors(8).badBlockLogOffsetSectors(is10 ? -8 : 8 << random.nextInt(4));
        }
        addFeatures(superblock, random, is10);
        superblock.updateChecksum();
        if (random.nextInt(10) == 0) {
            superblock.events(superblock.events() + 1);
        }
        return superblock;
    }

    private static void addFeatures(Superblock superblock, Random random, boolean is10) {
        if (random.nextInt(4) == 0) {
            superblock.feature(SuperblockFeature.RECOVERY_OFFSET, true).recoveryOffsetSectors(random.nextInt(100000));
        }
        if (random.nextInt(4) == 0) {
            superblock.feature(SuperblockFeature.JOURNAL, true);
        } else if (random.nextInt(4) == 0) {
            superblock
                    .feature(random.nextBoolean() ? SuperblockFeature.PPL : SuperblockFeature.MULTIPLE_PPLS, true)
                    .pplOffsetSectors(is10 ? -1032 : 8)
                    .pplSizeSectors(1024);
        }
        if (random.nextInt(6) == 0) {
            superblock.feature(SuperblockFeature.REPLACEMENT, true);
        }
        superblock.deviceFlags(random.nextInt(6) == 0 ? 1 + random.nextInt(3) : 0);
    }

    private static int randomRole(Random random, int raidDisks) {
        return switch (random.nextInt(8)) {
            case 0 -> 0xffff;
            case 1 -> 0xfffe;
            case 2 -> 0xfffd;
            default -> random.nextInt(raidDisks);
        };
    }

    private static void compare(String words, String... devices) throws IOException, InterruptedException {
        List<String> args = new ArrayList<>(List.of(words.split(" ")));
        args.addAll(List.of(devices));
        CommandRun theirs = mdadm(args.toArray(new String[0]));
        CommandRun ours = CommandRun.of(args.toArray(new String[0]));

        assertIterableEquals(theirs.out().lines().toList(), ours.out().lines().toList());
        assertEquals(theirs.exitCode(), ours.exitCode());
    }

    private static CommandRun mdadm(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("mdadm"));
        command.addAll(List.of(args));
        command.add("--homehost=" + CommandRun.HOSTNAME);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("TZ", "UTC");
        Process process = builder.start();
        byte[] out = process.getInputStream().readAllBytes();
        return new CommandRun(process.waitFor(), out, "");
    }
}
