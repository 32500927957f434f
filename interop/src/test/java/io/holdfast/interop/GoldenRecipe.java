package io.holdfast.interop;

import io.holdfast.interop.Pool.Slice;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * How one golden array is made: its geometry, the options given to mdadm beyond it, and what happens to it.
 *
 * @param name         of the array.
 * @param level        4, 5 or 6.
 * @param layout       md's number.
 * @param layoutName   mdadm's word for it.
 * @param disks        the number of slots.
 * @param chunkKib     length of a chunk.
 * @param memberKib    bytes used per member, in KiB.
 * @param metadata     "1.0", "1.1" or "1.2".
 * @param options      further options for {@code mdadm --create}.
 * @param journalKib   length of the journal device, or 0 for none.
 * @param spares       the number of spares.
 * @param deviceKib    length of each member.
 */
record GoldenRecipe(
        String name,
        int level,
        int layout,
        String layoutName,
        int disks,
        int chunkKib,
        int memberKib,
        String metadata,
        String options,
        int journalKib,
        int spares,
        int deviceKib) {
    private static final int DEVICE_KIB = 1280;
    private static final String[] RAID5_LAYOUTS = {
        "left-asymmetric", "right-asymmetric", "left-symmetric", "right-symmetric", "parity-first", "parity-last"
    };
    private static final String[] METADATA = {"1.2", "1.0", "1.1"};

    /** An array written once, whole, and stopped, for each layout mdadm can make. */
    static List<GoldenRecipe> layouts() {
        List<GoldenRecipe> recipes = new ArrayList<>();
        recipes.add(layout(4, 0, "", 5, 4, "1.2"));
        recipes.add(layout(4, 0, "", 3, 64, "1.0"));
        for (int layout = 0; layout < RAID5_LAYOUTS.length; layout++) {
            int disks = 3 + layout % 4;
            recipes.add(layout(5, layout, RAID5_LAYOUTS[layout], disks, 4 << layout % 3, METADATA[layout % 3]));
        }
        recipes.add(layout(5, 2, "left-symmetric", 7, 16, "1.2"));
        List<String> raid6 = new ArrayList<>(List.of(RAID5_LAYOUTS));
        raid6.addAll(List.of("", "", "ddf-zero-restart", "ddf-N-restart", "ddf-N-continue", "", "", "", "", ""));
        raid6.addAll(List.of("left-asymmetric-6", "right-asymmetric-6", "left-symmetric-6", "right-symmetric-6"));
        raid6.add("parity-first-6");
        for (int layout = 0; layout < raid6.size(); layout++) {
            if (!raid6.get(layout).isEmpty()) {
                int disks = 4 + (layout + 1) % 4;
                recipes.add(layout(6, layout, raid6.get(layout), disks, 4 << layout % 2, METADATA[(layout + 1) % 3]));
            }
        }
        return recipes;
    }

    /** Arrays of every layout, with 3 to 7 members, chunks of 4 to 512 KiB and every metadata version, large enough to work on. */
    static List<GoldenRecipe> matrix() {
        List<GoldenRecipe> recipes = new ArrayList<>();
        List<GoldenRecipe> layouts = layouts();
        for (int i = 0; i < layouts.size(); i++) {
            GoldenRecipe layout = layouts.get(i);
            int disks = layout.level() == 6 ? 4 + i % 4 : 3 + i % 5;
            int chunkKib = 4 << (i * 3) % 8;
            int memberKib = Math.max(256, chunkKib * (chunkKib < 128 ? disks + 1 : 3));
            recipes.add(new GoldenRecipe(
                    "matrix-%d-raid%d.%d-%dx%dk-v%s"
                            .formatted(i, layout.level(), layout.layout(), disks, chunkKib, layout.metadata()),
                    layout.level(),
                    layout.layout(),
                    layout.layoutName(),
                    disks,
                    chunkKib,
                    memberKib,
                    layout.metadata(),
                    "",
                    0,
                    0,
                    memberKib + 4096));
        }
        return recipes;
    }

    private static GoldenRecipe layout(
            int level, int layout, String layoutName, int disks, int chunkKib, String metadata) {
        String name = "layout-raid%d%s-%dx%dk-v%s"
                .formatted(level, level == 4 ? "" : "-" + layoutName, disks, chunkKib, metadata);
        // Every layout repeats after at most as many rows as there are slots: two periods, and a row more.
        int memberKib = Math.min(2 * disks + 1, 256 / chunkKib) * chunkKib;
        return new GoldenRecipe(
                name, level, layout, layoutName, disks, chunkKib, memberKib, metadata, "", 0, 0, DEVICE_KIB);
    }

    /** An array with a journal. */
    static GoldenRecipe journaled(String name, int level, int disks, int chunkKib) {
        return new GoldenRecipe(name, level, 2, "left-symmetric", disks, chunkKib, 256, "1.2", "", 4096, 0, DEVICE_KIB);
    }

    /** An array without one, with more options. */
    static GoldenRecipe plain(String name, int level, int disks, String metadata, String options) {
        return new GoldenRecipe(name, level, 2, "left-symmetric", disks, 16, 256, metadata, options, 0, 0, DEVICE_KIB);
    }

    GoldenRecipe withSpares(int count) {
        return new GoldenRecipe(
                name,
                level,
                layout,
                layoutName,
                disks,
                chunkKib,
                memberKib,
                metadata,
                options,
                journalKib,
                count,
                deviceKib);
    }

    GoldenRecipe withDeviceKib(int kib) {
        return new GoldenRecipe(
                name,
                level,
                layout,
                layoutName,
                disks,
                chunkKib,
                memberKib,
                metadata,
                options,
                journalKib,
                spares,
                kib);
    }

    GoldenRecipe withJournalKib(int kib) {
        return new GoldenRecipe(
                name, level, layout, layoutName, disks, chunkKib, memberKib, metadata, options, kib, spares, deviceKib);
    }

    /** Length of the array in bytes. */
    int length() {
        return memberKib * 1024 * (disks - (level == 6 ? 2 : 1));
    }

    /** The array's identity: made from its name, so that making it again gives the same. */
    String uuid() {
        String hex = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8))
                .toString()
                .replace("-", "");
        return String.join(":", hex.substring(0, 8), hex.substring(8, 16), hex.substring(16, 24), hex.substring(24));
    }

    /**
     * The command that makes the array.
     *
     * @param members the devices, then the spares.
     * @param journal or null.
     */
    String createCommand(List<Slice> members, Slice journal) {
        StringBuilder command = new StringBuilder("mdadm --create /dev/md0 --run --quiet --level=" + level);
        if (!layoutName.isEmpty()) {
            command.append(" --layout=").append(layoutName);
        }
        command.append(" --raid-devices=%d --chunk=%d --size=%d --metadata=%s --uuid=%s --homehost=golden --name=%s"
                .formatted(disks, chunkKib, memberKib, metadata, uuid(), level + "." + layout));
        if (spares > 0) {
            command.append(" --spare-devices=").append(spares);
        } else {
            command.append(" --assume-clean");
        }
        if (!options.isEmpty()) {
            command.append(' ').append(options);
        }
        if (journal != null) {
            command.append(" --write-journal=").append(journal.device());
        }
        members.forEach(member -> command.append(' ').append(member.device()));
        return command.toString();
    }
}
