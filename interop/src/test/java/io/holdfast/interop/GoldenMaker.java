package io.holdfast.interop;

import io.holdfast.interop.Pool.Slice;
import io.holdfast.raid.GoldenArray;
import io.holdfast.raid.GoldenPattern;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/** Makes the golden arrays with the md of a guest. {@code golden/README.md} among raid-core's test resources says more. */
final class GoldenMaker {
    /** Boot, work and power off within this many seconds, on a slow machine. */
    private static final int LIMIT_SECONDS = 120;

    private static final int BLOCK_LENGTH = 4096;
    private static final int SECTOR_LENGTH = 512;
    private static final int SUPERBLOCK_DATA_OFFSET = 128;

    private final Path directory;
    private int poolCount;

    /**
     * Nothing is made yet.
     *
     * @param directory for scripts and images, in a place a guest can see.
     */
    GoldenMaker(Path directory) {
        this.directory = directory;
    }

    /** All of them. */
    List<GoldenArray> makeAll() throws IOException {
        List<GoldenArray> arrays = new ArrayList<>(quiet());
        for (int level : new int[] {4, 5, 6}) {
            arrays.add(journalPowerLoss(level));
        }
        arrays.add(
                killed(GoldenRecipe.journaled("journal-raid5-wrapped", 5, 3, 16).withJournalKib(2048), 80));
        arrays.add(writeBack(5));
        arrays.add(writeBack(6));
        arrays.add(killed(GoldenRecipe.plain("dirty-raid5", 5, 4, "1.1", "--consistency-policy=resync"), 25));
        arrays.add(killed(
                GoldenRecipe.plain("ppl-raid5-dirty", 5, 4, "1.2", "--consistency-policy=ppl")
                        .withDeviceKib(2560),
                25));
        arrays.add(killed(
                GoldenRecipe.plain("bitmap-raid6-dirty", 6, 5, "1.2", "--bitmap=internal --bitmap-chunk=64K"), 25));
        return arrays;
    }

    /** Those that were stopped in order, all in one guest. */
    List<GoldenArray> quiet() throws IOException {
        List<Story> stories = new ArrayList<>();
        for (GoldenRecipe recipe : GoldenRecipe.layouts()) {
            stories.add(new Story(recipe));
        }
        stories.add(new Story(GoldenRecipe.plain("bitmap-raid5", 5, 3, "1.0", "--bitmap=internal --bitmap-chunk=64K")));
        stories.add(new Story(GoldenRecipe.plain("ppl-raid5", 5, 3, "1.2", "--consistency-policy=ppl")
                .withDeviceKib(2560)));
        stories.add(new Story(GoldenRecipe.journaled("journal-raid5-stopped", 5, 3, 16)));
        stories.add(new Story(GoldenRecipe.plain("spare-raid5", 5, 4, "1.2", "").withSpares(1)));
        stories.add(new Story(GoldenRecipe.plain("degraded-raid5", 5, 4, "1.2", "")).failing(2));
        stories.add(new Story(GoldenRecipe.plain("degraded-raid6", 6, 5, "1.0", "")).failing(0, 3));
        stories.add(new Story(GoldenRecipe.plain("badblocks-raid6", 6, 4, "1.2", "")).withBadBlocks(1, 32, 16));
        try (Pool pool = newPool()) {
            StringBuilder script = new StringBuilder();
            for (Story story : stories) {
                script.append(story.script(pool));
            }
            Guest.run(directory, LIMIT_SECONDS, script.toString(), pool.path());
            List<GoldenArray> arrays = new ArrayList<>();
            for (Story story : stories) {
                arrays.add(story.golden(pool));
            }
            return arrays;
        }
    }

    /**
     * A write-through journal after the power failed: of what the members had not flushed some blocks survived, most did not.
     * Everything answered is in the log.
     */
    GoldenArray journalPowerLoss(int level) throws IOException {
        GoldenRecipe recipe = new GoldenRecipe(
                "journal-raid" + level + "-powerloss",
                level,
                level == 4 ? 0 : 2,
                level == 4 ? "" : "left-symmetric",
                level == 6 ? 5 : 4,
                level == 5 ? 64 : 16,
                256,
                "1.2",
                "",
                16384, // So large that nothing is reclaimed, which would flush the members.
                0,
                1280);
        try (Pool pool = newPool()) {
            Story story = new Story(recipe);
            Guest.run(directory, LIMIT_SECONDS, story.script(pool), pool.path());
            List<byte[]> before = story.read(pool);
            story.writeAndKill(pool, "", 40);
            List<byte[]> after = story.read(pool);
            for (int slot = 0; slot < recipe.disks(); slot++) {
                int first = dataOffset(after.get(slot)) / BLOCK_LENGTH;
                int last = first + recipe.memberKib() * 1024 / BLOCK_LENGTH;
                int salt = slot;
                IntPredicate isLost = block -> first <= block && block < last && (block + salt) % 3 != 0;
                pool.write(story.members.get(slot), mixed(before.get(slot), after.get(slot), isLost));
            }
            return story.golden(pool);
        }
    }

    /** A write-back journal when its kernel died: stripes whose data are in the log alone. */
    GoldenArray writeBack(int level) throws IOException {
        GoldenRecipe recipe = GoldenRecipe.journaled("writeback-raid" + level + "-killed", level, level - 1, 16);
        try (Pool pool = newPool()) {
            Story story = new Story(recipe);
            Guest.run(directory, LIMIT_SECONDS, story.script(pool), pool.path());
            story.writeAndKill(pool, "echo write-back > /sys/block/md0/md/journal_mode\n", 40);
            return story.golden(pool);
        }
    }

    /** An array whose kernel died in the middle of writes, after so many answers. */
    GoldenArray killed(GoldenRecipe recipe, int ackCount) throws IOException {
        try (Pool pool = newPool()) {
            Story story = new Story(recipe);
            Guest.run(directory, LIMIT_SECONDS, story.script(pool), pool.path());
            story.writeAndKill(pool, "", ackCount);
            return story.golden(pool);
        }
    }

    private Pool newPool() throws IOException {
        return new Pool(directory.resolve("pool-" + ++poolCount + ".img"));
    }

    private static byte[] mixed(byte[] before, byte[] after, IntPredicate isLost) {
        byte[] content = after.clone();
        for (int block = 0; block < content.length / BLOCK_LENGTH; block++) {
            if (isLost.test(block)) {
                System.arraycopy(before, block * BLOCK_LENGTH, content, block * BLOCK_LENGTH, BLOCK_LENGTH);
            }
        }
        return content;
    }

    /** Where a version 1.2 member's data begins, in bytes. */
    private static int dataOffset(byte[] member) {
        ByteBuffer superblock = ByteBuffer.wrap(member).order(ByteOrder.LITTLE_ENDIAN);
        return (int) superblock.getLong(BLOCK_LENGTH + SUPERBLOCK_DATA_OFFSET) * SECTOR_LENGTH;
    }

    /** One array's life in a guest, and the facts to be kept of it. */
    private final class Story {
        private final GoldenRecipe recipe;
        private final List<Slice> members = new ArrayList<>();
        private final Map<Integer, String> fates = new LinkedHashMap<>();
        private final List<String> facts = new ArrayList<>();
        private final List<GoldenArray.Write> writes = new ArrayList<>();
        private Slice journal;
        private int[] failing = {};
        private int badMember = -1;
        private int badBlock;
        private int badBlockCount;

        Story(GoldenRecipe recipe) {
            this.recipe = recipe;
        }

        Story failing(int... slots) {
            failing = slots;
            return this;
        }

        /** Blocks that md is told are bad: their content is scrambled, so that a reader who ignores the list is found out. */
        Story withBadBlocks(int slot, int block, int count) {
            badMember = slot;
            badBlock = block;
            badBlockCount = count;
            return this;
        }

        /** Create, fill, do what is to be done, stop. */
        String script(Pool pool) throws IOException {
            for (int i = 0; i < recipe.disks() + recipe.spares(); i++) {
                members.add(pool.allocate(recipe.deviceKib() * 1024L));
            }
            journal = recipe.journalKib() == 0 ? null : pool.allocate(recipe.journalKib() * 1024L);
            String create = recipe.createCommand(members, journal);
            facts.add("how=" + create);

            StringBuilder script = new StringBuilder("echo making " + recipe.name() + "\n");
            script.append(Pool.attach(devices())).append(create).append('\n');
            if (recipe.spares() > 0) {
                script.append("mdadm --quiet --wait /dev/md0 || true\n");
            }
            script.append(fill(1));
            for (int slot : failing) {
                String device = members.get(slot).device();
                script.append("mdadm --quiet /dev/md0 --fail %s --remove %s%n".formatted(device, device));
                fates.put(slot, "stale " + slot);
            }
            if (failing.length > 0) {
                script.append(fill(2));
            }
            if (badMember >= 0) {
                int sectors = BLOCK_LENGTH / SECTOR_LENGTH;
                // md counts these from the start of the device, not of its data.
                script.append("member=/sys/block/md0/md/dev-%s%n"
                        .formatted(members.get(badMember).kernelName()));
                script.append("echo $(($(cat $member/offset) + %d)) %d > $member/bad_blocks%n"
                        .formatted(badBlock * sectors, badBlockCount * sectors));
                script.append(fill(3, 1 << 14));
                facts.add("bad=" + deviceName(badMember) + " " + badBlock * BLOCK_LENGTH + " "
                        + badBlockCount * BLOCK_LENGTH);
            }
            script.append("mdadm --quiet --stop /dev/md0\n");
            return script.toString();
        }

        /** Assemble, write from two processes at once, each to its half, and cut the power in the middle. */
        void writeAndKill(Pool pool, String before, int ackCount) throws IOException {
            List<GoldenArray.Write> planned = plan(recipe.length());
            Path content = directory.resolve(recipe.name() + "-writes.bin");
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            StringBuilder[] writers = {new StringBuilder(), new StringBuilder()};
            for (GoldenArray.Write write : planned) {
                writers[write.offset() < recipe.length() / 2 ? 0 : 1]
                        .append("echo begin %d%n".formatted(write.seed()))
                        .append("dd if=%s of=/dev/md0 bs=%d count=1 skip=%d seek=%d iflag=skip_bytes,fullblock"
                                .formatted(content, write.length(), bytes.size(), write.offset()))
                        .append(" oflag=seek_bytes,direct conv=notrunc status=none\n")
                        .append("echo ack %d%n".formatted(write.seed()));
                bytes.writeBytes(GoldenPattern.bytes(write.seed(), write.offset(), write.length()));
            }
            Files.write(content, bytes.toByteArray());

            StringBuilder script = new StringBuilder(Pool.attach(devices()));
            script.append("mdadm --assemble --quiet --run /dev/md0");
            devices().forEach(device -> script.append(' ').append(device.device()));
            script.append('\n').append(before);
            script.append("(\n").append(writers[0]).append(") &\n");
            script.append("(\n").append(writers[1]).append(") &\n");
            script.append("wait\nwhile true; do :; done\n");

            List<String> lines;
            try (Guest guest = Guest.start(directory, LIMIT_SECONDS, script.toString(), pool.path())) {
                for (int i = 0; i < ackCount; i++) {
                    guest.awaitLine("ack ");
                }
                lines = guest.kill();
            }
            for (GoldenArray.Write write : planned) {
                if (lines.contains("ack " + write.seed())) {
                    writes.add(write);
                } else if (lines.contains("begin " + write.seed())) {
                    facts.add("maybe=" + write.offset() + " " + write.length() + " " + write.seed());
                }
            }
        }

        List<byte[]> read(Pool pool) throws IOException {
            List<byte[]> contents = new ArrayList<>();
            for (Slice slice : devices()) {
                contents.add(pool.read(slice));
            }
            return contents;
        }

        GoldenArray golden(Pool pool) throws IOException {
            List<String> all = new ArrayList<>(List.of(
                    "level=" + recipe.level(),
                    "layout=" + recipe.layout(),
                    "disks=" + recipe.disks(),
                    "chunk=" + recipe.chunkKib() * 1024,
                    "memberLength=" + recipe.memberKib() * 1024,
                    "metadata=" + recipe.metadata()));
            Map<String, byte[]> contents = new LinkedHashMap<>();
            for (int i = 0; i < devices().size(); i++) {
                byte[] content = pool.read(devices().get(i));
                if (i == badMember) {
                    int from = dataOffset(content) + badBlock * BLOCK_LENGTH;
                    Arrays.fill(content, from, from + badBlockCount * BLOCK_LENGTH, (byte) 0xBD);
                }
                contents.put(deviceName(i), content);
                String role = i < recipe.disks() ? fates.getOrDefault(i, Integer.toString(i)) : "spare";
                all.add("device=" + deviceName(i) + " " + (devices().get(i).equals(journal) ? "journal" : role));
            }
            writes.forEach(write -> all.add("write=" + write.offset() + " " + write.length() + " " + write.seed()));
            all.addAll(facts);
            return new GoldenArray(recipe.name(), all, contents);
        }

        private String deviceName(int index) {
            return devices().get(index).equals(journal) ? "j" : "d" + index;
        }

        private List<Slice> devices() {
            List<Slice> all = new ArrayList<>(members);
            if (journal != null) {
                all.add(journal);
            }
            return all;
        }

        private String fill(long seed) throws IOException {
            return fill(seed, recipe.length());
        }

        private String fill(long seed, int length) throws IOException {
            Path content = directory.resolve(recipe.name() + "-" + seed + ".bin");
            Files.write(content, GoldenPattern.bytes(seed, 0, length));
            writes.add(new GoldenArray.Write(0, length, seed));
            return "fill /dev/md0 " + content + " " + length + "\n";
        }
    }

    /** A hundred writes of 1 to 12 blocks, some of which overwrite earlier ones; none crosses the middle of the array. */
    private static List<GoldenArray.Write> plan(int length) {
        SplittableRandom random = new SplittableRandom(length);
        int half = length / 2 / BLOCK_LENGTH;
        List<GoldenArray.Write> writes = new ArrayList<>();
        for (int seed = 16; seed < 116; seed++) {
            int count = 1 + random.nextInt(random.nextInt(4) == 0 ? 12 : 2);
            long block = random.nextInt(half - count) + (long) (seed % 2) * half;
            writes.add(new GoldenArray.Write(block * BLOCK_LENGTH, count * BLOCK_LENGTH, seed));
        }
        return Collections.unmodifiableList(writes);
    }
}
