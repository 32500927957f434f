package io.holdfast.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.FileBlockDevice;
import io.holdfast.cli.Holdfast;
import io.holdfast.fault.device.ReadErrorDevice;
import io.holdfast.interop.Pool.Slice;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.GoldenPattern;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.metadata.SuperblockFeature;
import io.holdfast.raid.metadata.SuperblockReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Bad blocks that a rebuild of ours has listed: mdadm prints them, Linux serves all but these. */
@Tag("interop")
@Timeout(300)
class BadBlockInteropTest {
    private static final int LIMIT_SECONDS = 120;
    private static final int BLOCK = 4096;
    private static final int[] UNREADABLE_BLOCKS = {5, 17, 18};

    @TempDir
    Path directory;

    @BeforeEach
    void requireGuest() {
        Guest.require();
    }

    @Test
    void linuxShouldHonourWhatARebuildOfOursListed() throws IOException {
        GoldenRecipe recipe = GoldenRecipe.plain("listed", 5, 4, "1.2", "");
        List<Path> members = new ArrayList<>();
        for (int slot = 0; slot < recipe.disks(); slot++) {
            members.add(fresh(recipe, slot));
        }
        OurArrays.create(recipe, true, members, null);
        byte[] model = GoldenPattern.bytes(1, 0, recipe.length());
        try (RaidArray array = OurArrays.assemble(members)) {
            OurArrays.write(array, model, 1, 0, model.length);
        }
        Set<Integer> lost = rebuildPastUnreadableBlocks(recipe, members);
        assertTrue(lost.size() > UNREADABLE_BLOCKS.length, "some on the new member, some on the other: " + lost);

        for (int slot : new int[] {0, 1}) {
            List<String> arguments =
                    List.of("--examine-badblocks", members.get(slot).toString());
            String theirs = mdadm(arguments);
            assertEquals(theirs, ours(arguments));
            assertEquals(3, theirs.lines().count(), theirs);
        }
        readUnderLinux(members, model, lost);

        // md refuses to write to a stripe that has more bad blocks than parity can make good; we do not have to.
        try (RaidArray array = OurArrays.assemble(members)) {
            OurArrays.write(array, model, 2, 0, model.length);
            assertArrayEquals(model, OurArrays.readAll(array));
            assertEquals(0, OurArrays.mismatchedSectors(array));
            assertEquals(Condition.HEALTHY, array.state().condition());
        }
        for (Path member : members) {
            try (FileBlockDevice device = FileBlockDevice.openReadOnly(member)) {
                assertFalse(
                        SuperblockReader.examine(device).superblock().hasFeature(SuperblockFeature.BAD_BLOCKS),
                        "healed on " + member);
            }
        }
        readUnderLinux(members, model, Set.of());
    }

    /** The array offsets of blocks that cannot be read afterwards. */
    private Set<Integer> rebuildPastUnreadableBlocks(GoldenRecipe recipe, List<Path> members) throws IOException {
        List<Path> present = new ArrayList<>(members.subList(1, members.size()));
        Path spare = fresh(recipe, 0);
        OurArrays.addSpare(spare, present);
        List<BlockDevice> devices = new ArrayList<>();
        long dataOffset;
        for (Path member : members) {
            devices.add(new ReadErrorDevice(FileBlockDevice.open(member)));
        }
        dataOffset = SuperblockReader.examine(devices.get(1)).superblock().dataOffsetSectors() * 512;
        for (int block : UNREADABLE_BLOCKS) {
            ((ReadErrorDevice) devices.get(1)).failReads(dataOffset + (long) block * BLOCK + 1024, 512);
        }
        Set<Integer> lost = new TreeSet<>();
        try (RaidArray array =
                RaidArray.assemble(new ArrayContext().devices(devices).run(true).cacheLength(16 << 20))) {
            OurArrays.waitForSync(array);
            assertEquals(Condition.HEALTHY, array.state().condition());
            ArrayLayout layout = array.description().layout();
            for (int offset = 0; offset < recipe.length(); offset += BLOCK) {
                boolean isIncomplete = layout.slot(offset) < 2;
                for (int block : UNREADABLE_BLOCKS) {
                    if (isIncomplete && layout.memberOffset(offset) == (long) block * BLOCK) {
                        lost.add(offset);
                    }
                }
            }
        }
        return lost;
    }

    /** Linux reads all but what is lost. */
    private void readUnderLinux(List<Path> members, byte[] model, Set<Integer> lost) throws IOException {
        Path expected = directory.resolve("expected.bin");
        Files.write(expected, model);
        try (Pool pool = new Pool(directory.resolve("pool-" + lost.size() + ".img"))) {
            List<Slice> slices = new ArrayList<>();
            for (Path member : members) {
                slices.add(pool.allocate(member));
            }
            StringBuilder names = new StringBuilder();
            slices.forEach(slice -> names.append(' ').append(slice.device()));
            StringBuilder script = new StringBuilder(Pool.attach(slices));
            script.append("mdadm --assemble --quiet /dev/md0").append(names).append("\nwhole md0\n");
            for (int offset = 0; offset < model.length; offset += BLOCK) {
                int block = offset / BLOCK;
                if (lost.contains(offset)) {
                    script.append(
                            "! dd if=/dev/md0 of=/dev/null bs=4096 skip=%d count=1 iflag=direct status=none 2>/dev/null"
                                    .formatted(block));
                    script.append(" || fail \"block %d can be read\"%n".formatted(block));
                } else if (!lost.isEmpty() && isBeside(offset, lost)) {
                    script.append("dd if=/dev/md0 bs=4096 skip=%d count=1 iflag=direct status=none >/run/one%n"
                            .formatted(block));
                    script.append("dd if=%s bs=4096 skip=%d count=1 status=none | cmp - /run/one || fail \"block %d\"%n"
                            .formatted(expected, block, block));
                }
            }
            for (int slot = 0; slot < 2; slot++) {
                script.append(
                        "[ %s \"$(cat /sys/block/md0/md/dev-%s/bad_blocks)\" ] || fail \"bad blocks of slot %d\"%n"
                                .formatted(
                                        lost.isEmpty() ? "-z" : "-n",
                                        slices.get(slot).kernelName(),
                                        slot));
            }
            if (lost.isEmpty()) {
                script.append("same /dev/md0 %s %d%ncheck md0%n".formatted(expected, model.length));
            }
            script.append("mdadm --quiet --stop /dev/md0\n");
            Guest.run(directory, LIMIT_SECONDS, script.toString(), pool.path());
            for (int slot = 0; slot < members.size(); slot++) {
                pool.extract(slices.get(slot), members.get(slot));
            }
        }
    }

    private static boolean isBeside(int offset, Set<Integer> lost) {
        return lost.stream().anyMatch(each -> Math.abs(each - offset) <= 2 * BLOCK);
    }

    private Path fresh(GoldenRecipe recipe, int slot) throws IOException {
        return OurArrays.image(directory.resolve(recipe.name() + "-" + slot + ".img"), recipe.deviceKib() * 1024L);
    }

    private static String mdadm(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("/usr/sbin/mdadm"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String ours(List<String> arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Holdfast.run(
                arguments.toArray(String[]::new),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                InputStream.nullInputStream());
        return out.toString(StandardCharsets.UTF_8);
    }
}
