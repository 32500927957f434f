package io.holdfast.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.interop.Pool.Slice;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewArrayPlan;
import io.holdfast.raid.metadata.NewDevice;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockLocation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The superblocks of a new array are, byte for byte, those that mdadm writes for the same command and devices. The guest's
 * kernel is made to forget how to run such arrays, so that what is left on the devices is what mdadm wrote.
 */
@Tag("interop")
class CreateTest {
    private static final int SECTOR_LENGTH = 512;
    private static final byte[] UUID = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

    @TempDir
    Path directory;

    /** What is asked for; a journal stands where its length is given with a "j", a missing device where "missing" is. */
    private record Order(
            int level, int layout, int disks, int spares, String minor, String options, List<String> devices) {
        Order(int level, int layout, int disks, int spares, String minor, String options, String... devices) {
            this(level, layout, disks, spares, minor, options, List.of(devices));
        }

        String command(List<String> names) {
            return "mdadm --create /dev/md0 --run --quiet --level=%d%s --raid-devices=%d%s --metadata=1.%s"
                            .formatted(
                                    level,
                                    level == 4 ? "" : " --layout=" + name(layout),
                                    disks,
                                    spares == 0 ? "" : " --spare-devices=" + spares,
                                    minor)
                    + " --uuid=01020304:05060708:090a0b0c:0d0e0f10 --homehost=here --name=new " + options + " "
                    + String.join(" ", names);
        }

        private static String name(int layout) {
            return List.of("left-asymmetric", "right-asymmetric", "left-symmetric", "right-symmetric")
                    .get(layout);
        }
    }

    private static final List<Order> ORDERS = List.of(
            new Order(5, 2, 3, 0, "2", "", "8M", "8M", "8M"),
            new Order(5, 2, 3, 0, "2", "--chunk=4", "8M", "9M", "10M"),
            new Order(5, 0, 4, 1, "2", "--chunk=64", "32M", "32M", "32M", "32M", "32M"),
            new Order(5, 1, 3, 0, "0", "--chunk=64", "32M", "33M", "32M"),
            new Order(5, 3, 3, 0, "1", "--chunk=128 --assume-clean", "32M", "32M", "32M"),
            new Order(5, 2, 3, 0, "2", "--size=4096 --chunk=64", "32M", "32M", "32M"),
            new Order(5, 2, 3, 0, "2", "--data-offset=3072 --chunk=64", "32M", "32M", "32M"),
            new Order(5, 2, 4, 0, "2", "--chunk=64", "32M", "missing", "32M", "32M"),
            new Order(5, 2, 3, 0, "2", "--chunk=64", "32M", "32M", "32M", "16Mj"),
            new Order(5, 2, 3, 0, "1", "--chunk=64 --assume-clean", "32M", "32M", "32M", "16Mj"),
            new Order(5, 2, 3, 0, "2", "--chunk=64", "16Mj", "32M", "32M", "32M"),
            new Order(5, 2, 4, 1, "2", "--chunk=64", "32M", "32M", "16Mj", "32M", "32M", "32M"),
            new Order(4, 0, 3, 0, "2", "--chunk=64", "32M", "32M", "missing"),
            new Order(6, 2, 4, 0, "2", "--chunk=64", "8M", "missing", "8M", "missing"),
            new Order(4, 0, 3, 0, "2", "--chunk=512", "100M", "100M", "100M"),
            new Order(4, 0, 3, 0, "0", "--chunk=16 --assume-clean", "3M", "3M", "3M"),
            new Order(6, 2, 4, 0, "2", "", "100M", "100M", "100M", "100M"),
            new Order(6, 2, 4, 0, "1", "--assume-clean", "100M", "100M", "100M", "100M"),
            new Order(6, 2, 4, 0, "2", "--chunk=32", "8M", "8M", "missing", "8M"),
            new Order(6, 1, 5, 2, "0", "--chunk=32", "8M", "8M", "8M", "8M", "8M", "8M", "8M"),
            new Order(6, 2, 4, 0, "2", "--chunk=64", "1100M", "1100M", "1100M", "1100M", "64Mj"));

    @Test
    void shouldWriteTheSuperblocksThatMdadmWrites() throws IOException {
        Guest.require();
        try (Pool pool = new Pool(directory.resolve("pool.img"))) {
            StringBuilder script = new StringBuilder("rmmod raid456\n");
            List<Map<String, Slice>> slicesOf = new ArrayList<>();
            for (Order order : ORDERS) {
                Map<String, Slice> slices = new LinkedHashMap<>();
                List<String> names = new ArrayList<>();
                for (String device : order.devices()) {
                    if (device.equals("missing")) {
                        names.add("missing");
                        continue;
                    }
                    Slice slice = pool.allocate(length(device));
                    slices.put("d" + slices.size() + device, slice);
                    names.add((isJournal(device) ? "--write-journal=" : "") + slice.device());
                }
                script.append(Pool.attach(List.copyOf(slices.values())));
                script.append(order.command(names))
                        .append(" 2>/dev/null && fail started\nmdadm --quiet --stop /dev/md0 || true\n");
                slicesOf.add(slices);
            }
            Guest.run(directory, 120, script.toString(), pool.path());
            List<String> differences = new ArrayList<>();
            for (int i = 0; i < ORDERS.size(); i++) {
                compare(ORDERS.get(i), pool, slicesOf.get(i), differences);
            }
            assertEquals("", String.join("\n", differences));
        }
    }

    private static void compare(Order order, Pool pool, Map<String, Slice> slices, List<String> differences)
            throws IOException {
        Superblock first = null;
        List<Superblock> theirs = new ArrayList<>();
        SuperblockLocation location = SuperblockLocation.ofMinorVersion(Integer.parseInt(order.minor()));
        for (Slice slice : slices.values()) {
            long sector = location.sector(slice.length() / SECTOR_LENGTH);
            byte[] block = pool.read(new Slice(0, slice.offset() + sector * SECTOR_LENGTH, 4096));
            Superblock superblock = new Superblock().wrap(new UnsafeBuffer(block), 0);
            theirs.add(superblock);
            first = first == null ? superblock : first;
        }
        NewArrayPlan plan = plan(order, slices, first.creationTime() & 0xFF_FFFF_FFFFL);
        assertEquals(theirs.size(), plan.devices().size());
        for (int i = 0; i < theirs.size(); i++) {
            Superblock ours = plan.devices().get(i).superblock();
            Superblock linux = theirs.get(i);
            // What chance and the clock decide, and nothing else, is taken over.
            ours.deviceUuid(linux.deviceUuid()).updateTime(linux.updateTime()).updateChecksum();
            for (int at = 0; at < 512; at += 16) {
                if (!line(linux, at).equals(line(ours, at))) {
                    differences.add("%s device %d:%n  mdadm %s%n  ours  %s"
                            .formatted(order, i, line(linux, at), line(ours, at)));
                }
            }
        }
    }

    private static NewArrayPlan plan(Order order, Map<String, Slice> slices, long creationTimeSeconds) {
        NewArray array = new NewArray()
                .level(order.level())
                .layout(order.layout())
                .raidDisks(order.disks())
                .spareDisks(order.spares())
                .location(SuperblockLocation.ofMinorVersion(Integer.parseInt(order.minor())))
                .name("new")
                .homehost("here")
                .uuid(UUID)
                .creationTimeSeconds(creationTimeSeconds)
                .random(new SplittableRandom(1));
        for (String option : order.options().split(" ", -1)) {
            String[] words = option.split("=", 2);
            switch (words[0]) {
                case "--chunk" -> array.chunkSectors(Integer.parseInt(words[1]) * 2);
                case "--size" -> array.sizeSectors(Integer.parseInt(words[1]) * 2L);
                case "--data-offset" -> array.dataOffsetSectors(Integer.parseInt(words[1]) * 2L);
                case "--assume-clean" -> array.assumeClean(true);
                default -> assertEquals("", option);
            }
        }
        List<Slice> all = List.copyOf(slices.values());
        int next = 0;
        for (String device : order.devices()) {
            if (device.equals("missing")) {
                array.device(NewDevice.missing());
                continue;
            }
            Slice slice = all.get(next++);
            DeviceGeometry geometry = new DeviceGeometry(slice.length(), 512, 512, 512);
            array.device(
                    isJournal(device)
                            ? NewDevice.journal(slice.device(), geometry)
                            : NewDevice.member(slice.device(), geometry));
        }
        return array.plan();
    }

    private static boolean isJournal(String device) {
        return device.endsWith("j");
    }

    private static long length(String device) {
        return Long.parseLong(device.replaceAll("[^0-9]", "")) << 20;
    }

    private static String line(Superblock superblock, int at) {
        StringBuilder text = new StringBuilder("%03x:".formatted(at));
        for (int i = at; i < at + 16; i++) {
            text.append(" %02x".formatted(superblock.buffer().getByte(superblock.offset() + i)));
        }
        return text.toString();
    }
}
