package io.holdfast.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.interop.Pool.Slice;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.GoldenPattern;
import io.holdfast.raid.RaidArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every layout, chunk and metadata version, made by one side and used by the other: read whole and degraded, written to,
 * rebuilt, and judged by md's own check.
 */
@Tag("interop")
@Timeout(600)
class MatrixTest {
    private static final int LIMIT_SECONDS = 240;
    private static final int SECTOR_LENGTH = 512;

    @TempDir
    Path directory;

    private final List<GoldenRecipe> recipes = GoldenRecipe.matrix();
    private Path base;

    @BeforeEach
    void prepare() throws IOException {
        Guest.require();
        int longest = recipes.stream().mapToInt(GoldenRecipe::length).max().orElseThrow();
        base = directory.resolve("base.bin");
        Files.write(base, GoldenPattern.bytes(1, 0, longest));
    }

    @Test
    void shouldUseWhatLinuxMade() throws IOException {
        List<Job> jobs = new ArrayList<>();
        try (Pool pool = new Pool(directory.resolve("made.img"))) {
            StringBuilder script = new StringBuilder();
            List<List<Slice>> slices = new ArrayList<>();
            for (GoldenRecipe recipe : recipes) {
                List<Slice> members = new ArrayList<>();
                for (int i = 0; i < recipe.disks(); i++) {
                    members.add(pool.allocate(recipe.deviceKib() * 1024L));
                }
                slices.add(members);
                script.append("echo making %s%n".formatted(recipe.name()));
                script.append(Pool.attach(members)).append(recipe.createCommand(members, null));
                script.append("\nfill /dev/md0 %s %d%n".formatted(base, recipe.length()));
                script.append("mdadm --quiet --stop /dev/md0\n");
            }
            Guest.run(directory, LIMIT_SECONDS, script.toString(), pool.path());
            for (int i = 0; i < recipes.size(); i++) {
                Job job = new Job(recipes.get(i));
                for (int slot = 0; slot < job.members.size(); slot++) {
                    pool.extract(slices.get(i).get(slot), job.members.get(slot));
                }
                jobs.add(job);
            }
        }
        for (Job job : jobs) {
            job.readWhole();
            job.writeDegraded();
            job.rebuild();
        }
        judge(jobs, "judged.img");
    }

    @Test
    void linuxShouldUseWhatWeMade() throws IOException {
        List<Job> jobs = new ArrayList<>();
        for (GoldenRecipe recipe : recipes) {
            Job job = new Job(recipe);
            job.create(jobs.size() % 2 == 0);
            jobs.add(job);
        }
        judge(jobs, "judged.img");
    }

    /**
     * Linux finds every array whole and its parity right, reads what it should, reads it again without a member, and has
     * that member rebuilt.
     */
    private void judge(List<Job> jobs, String poolName) throws IOException {
        try (Pool pool = new Pool(directory.resolve(poolName))) {
            StringBuilder script = new StringBuilder();
            for (Job job : jobs) {
                List<Slice> slices = new ArrayList<>();
                for (Path member : job.members) {
                    slices.add(pool.allocate(member));
                }
                Slice fresh = pool.allocate(job.recipe.deviceKib() * 1024L);
                Path expected = directory.resolve(job.recipe.name() + ".bin");
                Files.write(expected, job.model);
                String same = "same /dev/md0 %s %d%n".formatted(expected, job.model.length);
                StringBuilder names = new StringBuilder();
                slices.forEach(slice -> names.append(' ').append(slice.device()));
                String first = slices.get(0).device();

                script.append("echo judging %s%n".formatted(job.recipe.name()));
                script.append(Pool.attach(slices)).append(Pool.attach(List.of(fresh)));
                script.append("mdadm --assemble --quiet /dev/md0").append(names).append('\n');
                script.append("whole md0\n").append(same).append("check md0\n");
                script.append("mdadm --quiet /dev/md0 --fail %s --remove %s%n".formatted(first, first));
                script.append("echo 3 > /proc/sys/vm/drop_caches\n").append(same);
                script.append("mdadm --quiet /dev/md0 --add %s%n".formatted(fresh.device()));
                script.append("mdadm --quiet --wait /dev/md0 || true\nwhole md0\n");
                script.append("echo 3 > /proc/sys/vm/drop_caches\n")
                        .append(same)
                        .append("check md0\n");
                script.append("mdadm --quiet --stop /dev/md0\n");
            }
            Guest.run(directory, LIMIT_SECONDS, script.toString(), pool.path());
        }
    }

    /** One array and what should be in it. */
    private final class Job {
        private final GoldenRecipe recipe;
        private final List<Path> members = new ArrayList<>();
        private final byte[] model;

        Job(GoldenRecipe recipe) throws IOException {
            this.recipe = recipe;
            for (int slot = 0; slot < recipe.disks(); slot++) {
                members.add(fresh(slot));
            }
            model = GoldenPattern.bytes(1, 0, recipe.length());
        }

        void create(boolean assumeClean) {
            OurArrays.create(recipe, assumeClean, members, null);
            try (RaidArray array = OurArrays.assemble(members)) {
                assertEquals(recipe.length(), array.length(), recipe.name());
                OurArrays.write(array, model, 1, 0, model.length);
                OurArrays.waitForSync(array);
                writeHereAndThere(array, 2);
                assertArrayEquals(model, OurArrays.readAll(array), recipe.name());
                assertEquals(Condition.HEALTHY, array.state().condition(), recipe.name());
            }
        }

        void readWhole() {
            try (RaidArray array = OurArrays.assembleReadOnly(members)) {
                assertArrayEquals(model, OurArrays.readAll(array), recipe.name());
            }
        }

        void writeDegraded() {
            List<Path> left = without(lost());
            try (RaidArray array = OurArrays.assemble(left)) {
                assertEquals(Condition.DEGRADED, array.state().condition(), recipe.name());
                assertArrayEquals(model, OurArrays.readAll(array), recipe.name() + " degraded");
                writeHereAndThere(array, 2);
                assertArrayEquals(model, OurArrays.readAll(array), recipe.name() + " written degraded");
            }
        }

        void rebuild() throws IOException {
            List<Path> present = without(lost());
            for (int slot : lost()) {
                Path spare = fresh(slot);
                OurArrays.addSpare(spare, present);
                present.add(spare);
            }
            try (RaidArray array = OurArrays.assemble(members)) {
                writeHereAndThere(array, 3);
                OurArrays.waitForSync(array);
                assertEquals(Condition.HEALTHY, array.state().condition(), recipe.name() + " rebuilt");
                assertArrayEquals(model, OurArrays.readAll(array), recipe.name() + " rebuilt");
                assertEquals(0, OurArrays.mismatchedSectors(array), recipe.name() + " rebuilt");
            }
        }

        private void writeHereAndThere(RaidArray array, int seed) {
            int chunk = recipe.chunkKib() * 1024;
            int row = model.length / (recipe.memberKib() / recipe.chunkKib());
            OurArrays.write(array, model, seed, seed * SECTOR_LENGTH, SECTOR_LENGTH);
            OurArrays.write(array, model, seed, chunk - 4096 + seed * SECTOR_LENGTH, 8192);
            OurArrays.write(array, model, seed, row, row);
            OurArrays.write(array, model, seed, 2 * row - 4096, 4096 + chunk / 2);
            array.flush();
        }

        private List<Integer> lost() {
            int first = recipe.layout() % recipe.disks();
            return recipe.level() == 6 ? List.of(first, (first + 2) % recipe.disks()) : List.of(first);
        }

        private List<Path> without(List<Integer> slots) {
            List<Path> left = new ArrayList<>(members);
            slots.forEach(slot -> left.remove(members.get(slot)));
            return left;
        }

        private Path fresh(int slot) throws IOException {
            return OurArrays.image(directory.resolve(recipe.name() + "-" + slot + ".img"), recipe.deviceKib() * 1024L);
        }
    }
}
