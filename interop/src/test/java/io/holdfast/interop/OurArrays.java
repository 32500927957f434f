package io.holdfast.interop;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.FileBlockDevice;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.GoldenPattern;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncTask;
import io.holdfast.raid.metadata.AddedDevice;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewDevice;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockLocation;
import io.holdfast.raid.metadata.SuperblockReader;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the tests do with arrays of ours on image files. */
final class OurArrays {
    private static final int LIMIT_SECONDS = 120;
    private static final long CREATION_TIME_SECONDS = 1_700_000_000L;

    private OurArrays() {}

    /** An empty image. */
    static Path image(Path path, long length) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(0);
            file.setLength(length);
        }
        return path;
    }

    /**
     * Make an array: superblocks, and an empty log if there is a journal.
     *
     * @param recipe      of the array.
     * @param assumeClean whether parity is taken to be right.
     * @param members     images.
     * @param journal     image, or null.
     */
    static void create(GoldenRecipe recipe, boolean assumeClean, List<Path> members, Path journal) {
        NewArray array = new NewArray()
                .level(recipe.level())
                .layout(recipe.layout())
                .raidDisks(recipe.disks())
                .chunkSectors(recipe.chunkKib() * 2)
                .sizeSectors(recipe.memberKib() * 2L)
                .location(SuperblockLocation.ofMinorVersion(recipe.metadata().charAt(2) - '0'))
                .name("ours")
                .homehost("")
                .assumeClean(assumeClean)
                .creationTimeSeconds(CREATION_TIME_SECONDS)
                .random(new SplittableRandom(recipe.name().hashCode()));
        List<Path> paths = new ArrayList<>(members);
        if (journal != null) {
            paths.add(journal);
        }
        List<BlockDevice> devices = open(paths);
        try {
            for (int i = 0; i < devices.size(); i++) {
                BlockDevice device = devices.get(i);
                array.device(
                        paths.get(i).equals(journal)
                                ? NewDevice.journal(device.name(), device.geometry())
                                : NewDevice.member(device.name(), device.geometry()));
            }
            RaidArray.create(
                    array.plan(), devices, new SplittableRandom(recipe.name().hashCode()));
        } finally {
            devices.forEach(BlockDevice::close);
        }
    }

    /** Make a fresh image a spare of an array. */
    static void addSpare(Path fresh, List<Path> members) {
        List<BlockDevice> devices = open(members);
        try (FileBlockDevice device = FileBlockDevice.open(fresh)) {
            List<Superblock> superblocks = devices.stream()
                    .map(member -> SuperblockReader.examine(member).superblock())
                    .toList();
            SuperblockWriter.write(
                    device,
                    AddedDevice.spare(
                            superblocks.get(0),
                            superblocks,
                            device.name(),
                            device.geometry(),
                            null,
                            new SplittableRandom(fresh.hashCode())));
            device.flush();
        } finally {
            devices.forEach(BlockDevice::close);
        }
    }

    /** Start an array for writing, even if members are missing. */
    static RaidArray assemble(List<Path> paths) {
        return RaidArray.assemble(
                new ArrayContext().devices(open(paths)).run(true).cacheLength(16 << 20));
    }

    /** Start an array for looking. */
    static RaidArray assembleReadOnly(List<Path> paths) {
        List<FileBlockDevice> devices =
                paths.stream().map(FileBlockDevice::openReadOnly).toList();
        return RaidArray.assemble(
                new ArrayContext().devices(devices).run(true).readOnly(true).cacheLength(16 << 20));
    }

    /** The whole content. */
    static byte[] readAll(RaidArray array) {
        ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(array.length()));
        array.read(content, 0);
        return content.array();
    }

    /** Write a range of pattern, and do the same to the model of the content. */
    static void write(RaidArray array, byte[] model, long seed, int offset, int length) {
        byte[] bytes = GoldenPattern.bytes(seed, offset, length);
        array.write(ByteBuffer.wrap(bytes), offset);
        System.arraycopy(bytes, 0, model, offset, length);
    }

    /** Wait until every resync and recovery is done; whatever fails is a failure. */
    static void waitForSync(RaidArray array) {
        for (SyncTask task = array.currentSync(); task != null; task = array.currentSync()) {
            SyncProgress progress = await(task);
            if (progress.outcome() != SyncProgress.Outcome.COMPLETE) {
                throw new AssertionError(
                        "the " + progress.activity() + " ended " + progress.outcome() + ": " + progress.message());
            }
        }
    }

    /** Compare parity with data. */
    static long mismatchedSectors(RaidArray array) {
        return await(array.check(false)).mismatchedSectors();
    }

    private static SyncProgress await(SyncTask task) {
        try {
            return task.completion().get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(task.activity() + " did not end: " + task.progress(), e);
        }
    }

    private static List<BlockDevice> open(List<Path> paths) {
        List<BlockDevice> devices = new ArrayList<>();
        try {
            paths.forEach(path -> devices.add(FileBlockDevice.open(path)));
        } catch (RuntimeException e) {
            devices.forEach(BlockDevice::close);
            throw e;
        }
        return devices;
    }
}
