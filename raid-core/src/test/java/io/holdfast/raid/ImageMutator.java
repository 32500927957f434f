package io.holdfast.raid;

import static io.holdfast.raid.ArrayImages.SECTOR_LENGTH;

import io.holdfast.raid.ArrayImages.Image;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * Damages the images of an array as hostile or broken disks would: bytes flipped, sectors swapped, repeated and zeroed,
 * numbers replaced by the worst ones that can be thought of with every checksum made right again, devices cut short or
 * exchanged with those of another array. All of it comes from a seed, and {@link #story} says what was done.
 */
public final class ImageMutator {
    private static final int BLOCK_LENGTH = 4096;
    private static final int JOURNAL_MAGIC = 0x6433c509;
    private static final int BITMAP_MAGIC = 0x6d746962;
    private static final int MAX_DEVICE_COUNT = 1920;
    private static final int ROLES = 256;

    /** Offset and length of every field of a superblock in front of the roles. */
    private static final int[][] SUPERBLOCK_FIELDS = {
        {0, 4}, {4, 4}, {8, 4}, {12, 4}, {16, 8}, {32, 8}, {56, 8}, {64, 8}, {72, 4}, {76, 4}, {80, 8}, {88, 4},
        {92, 4}, {96, 4}, {96, 2}, {98, 2}, {100, 4}, {104, 8}, {112, 4}, {116, 4}, {120, 4}, {124, 4}, {128, 8},
        {136, 8}, {144, 8}, {152, 8}, {160, 4}, {164, 4}, {168, 8}, {184, 1}, {185, 1}, {186, 2}, {188, 4}, {192, 8},
        {200, 8}, {208, 8}, {216, 4}, {220, 4}, {224, 8}
    };

    /** Those that say where things lie and how long they are: what all later arithmetic rests upon. */
    private static final int[][] PLACE_FIELDS = {
        {80, 8}, {88, 4}, {92, 4}, {128, 8}, {136, 8}, {152, 8}, {160, 4}, {200, 8}, {208, 8}
    };

    private static final int[][] BITMAP_FIELDS = {
        {0, 4}, {4, 4}, {8, 8}, {24, 8}, {32, 8}, {40, 8}, {48, 4}, {52, 4}, {56, 4}, {60, 4}, {64, 4}, {68, 4}
    };

    private static final int[][] META_FIELDS = {{0, 4}, {4, 4}, {8, 1}, {9, 3}, {12, 4}, {16, 8}, {24, 8}};

    /** A payload's kind, flags, size, location, and what follows. */
    private static final int[][] PAYLOAD_FIELDS = {{0, 2}, {2, 2}, {4, 4}, {8, 8}, {16, 4}, {20, 4}};

    private final SplittableRandom random;
    private final List<String> story = new ArrayList<>();

    /**
     * A mutator.
     *
     * @param seed of all that it does.
     */
    public ImageMutator(long seed) {
        random = new SplittableRandom(seed);
    }

    /** What was done, a line each. */
    public List<String> story() {
        return story;
    }

    /**
     * Damage an array.
     *
     * @param images   of it.
     * @param stranger another array, parts of which may turn up in the first.
     */
    public void mutate(ArrayImages images, ArrayImages stranger) {
        // Mostly one thing at a time: what is broken twice is refused for the first reason alone.
        for (int count = random.nextBoolean() ? 1 : random.nextInt(2, 6); count > 0; count--) {
            Image image = pick(images.all());
            switch (random.nextInt(12)) {
                case 0 -> flipBytes(image);
                case 1 -> moveSectors(image);
                case 2 -> resize(image);
                case 3 -> splice(images, stranger);
                case 4, 5, 6 -> superblockField(images, image);
                case 7 -> bitmapField(image);
                case 8 -> badBlocks(image);
                default -> journal(images);
            }
        }
    }

    // ---- without any sense ----

    private void flipBytes(Image image) {
        int start = interestingOffset(image);
        for (int count = 1 + random.nextInt(8); count > 0; count--) {
            int at = Math.min(image.bytes().length - 1, start + random.nextInt(BLOCK_LENGTH));
            image.bytes()[at] ^= (byte) (1 << random.nextInt(8));
            tell(image, "flip at " + at);
        }
        if (random.nextBoolean()) {
            sealSuperblock(image);
        }
    }

    private void moveSectors(Image image) {
        int length = SECTOR_LENGTH << random.nextInt(5);
        int from = sector(image, interestingOffset(image), length);
        int to = sector(image, interestingOffset(image), length);
        byte[] bytes = image.bytes();
        if (length > bytes.length) {
            return;
        }
        byte[] kept = Arrays.copyOfRange(bytes, to, to + length);
        switch (random.nextInt(3)) {
            case 0 -> {
                tell(image, "swap " + length + " bytes at " + from + " and " + to);
                System.arraycopy(bytes, from, bytes, to, length);
                System.arraycopy(kept, 0, bytes, from, length);
            }
            case 1 -> {
                tell(image, "copy " + length + " bytes from " + from + " to " + to);
                System.arraycopy(bytes, from, bytes, to, length);
            }
            default -> {
                tell(image, "zero " + length + " bytes at " + to);
                Arrays.fill(bytes, to, to + length, (byte) 0);
            }
        }
    }

    private void resize(Image image) {
        int sectors = image.bytes().length / SECTOR_LENGTH;
        int newSectors =
                switch (random.nextInt(4)) {
                    case 0 -> random.nextInt(1, 40);
                    case 1 -> Math.max(8, sectors - random.nextInt(1, 64));
                    case 2 -> sectors + random.nextInt(1, 64);
                    default -> random.nextInt(8, sectors + 1);
                };
        // Whole blocks of the largest kind: a device of anything else does not exist.
        int length = Math.max(1, newSectors / 8) * BLOCK_LENGTH;
        tell(image, "resize from " + image.bytes().length + " to " + length);
        image.bytes(Arrays.copyOf(image.bytes(), length));
    }

    private void splice(ArrayImages images, ArrayImages stranger) {
        Image image = pick(images.all());
        Image other = random.nextInt(4) == 0 ? pick(images.all()) : pick(stranger.all());
        switch (random.nextInt(4)) {
            case 0 -> {
                tell(image, "becomes a copy of " + other.name());
                image.bytes(other.bytes().clone());
            }
            case 1 -> {
                String name = "extra" + images.all().size();
                images.add(name, other.bytes().clone());
                story.add(name + ": a copy of " + other.name() + " turns up");
            }
            case 2 -> {
                if (images.all().size() > 1) {
                    tell(image, "is not there");
                    images.all().remove(image);
                }
            }
            default -> takeSuperblock(image, other);
        }
    }

    private void takeSuperblock(Image image, Image other) {
        int to = image.superblock();
        int from = other.superblock();
        if (to < 0 || from < 0) {
            return;
        }
        byte[] uuid = Arrays.copyOfRange(image.bytes(), to + 16, to + 32);
        System.arraycopy(other.bytes(), from, image.bytes(), to, BLOCK_LENGTH);
        boolean keepsUuid = random.nextBoolean();
        if (keepsUuid) {
            System.arraycopy(uuid, 0, image.bytes(), to + 16, uuid.length);
        }
        image.numbers().putLong(to + 144, to / SECTOR_LENGTH);
        seal(image, to);
        tell(image, "has the superblock of " + other.name() + (keepsUuid ? " under its own uuid" : ""));
    }

    // ---- superblocks ----

    private void superblockField(ArrayImages images, Image image) {
        int at = image.superblock();
        if (at < 0) {
            return;
        }
        int[] field = SUPERBLOCK_FIELDS[random.nextInt(SUPERBLOCK_FIELDS.length)];
        if (random.nextInt(3) == 0) {
            field = PLACE_FIELDS[random.nextInt(PLACE_FIELDS.length)];
        } else if (random.nextInt(4) == 0) {
            field = new int[] {ROLES + 2 * random.nextInt(12), 2};
        }
        long value = hostile(get(image, at + field[0], field[1]), image.bytes().length / SECTOR_LENGTH);
        boolean everywhere = random.nextBoolean();
        for (Image each : everywhere ? images.all() : List.of(image)) {
            int superblock = each.superblock();
            if (superblock >= 0) {
                put(each, superblock + field[0], field[1], value);
                if (random.nextInt(16) > 0) {
                    seal(each, superblock);
                }
            }
        }
        story.add((everywhere ? "all" : image.name()) + ": superblock field " + field[0] + " length " + field[1]
                + " becomes 0x" + Long.toHexString(value));
    }

    private void sealSuperblock(Image image) {
        int at = image.superblock();
        if (at >= 0) {
            seal(image, at);
        }
    }

    /** Make a superblock's checksum right. */
    private static void seal(Image image, int at) {
        ByteBuffer numbers = image.numbers();
        int maxDev = numbers.getInt(at + 220);
        int count = maxDev < 0 || maxDev > MAX_DEVICE_COUNT ? MAX_DEVICE_COUNT : maxDev;
        numbers.putInt(at + 216, 0);
        long sum = 0;
        int length = ROLES + 2 * count;
        for (int i = 0; i + 4 <= length; i += 4) {
            sum += Integer.toUnsignedLong(numbers.getInt(at + i));
        }
        if (length % 4 != 0) {
            sum += Short.toUnsignedInt(numbers.getShort(at + length - 2));
        }
        numbers.putInt(at + 216, (int) (sum + (sum >>> 32)));
    }

    // ---- what lies beside them ----

    private void bitmapField(Image image) {
        int superblock = image.superblock();
        if (superblock < 0) {
            return;
        }
        ByteBuffer numbers = image.numbers();
        long at = superblock + (long) numbers.getInt(superblock + 96) * SECTOR_LENGTH;
        if (at < 0 || at > image.bytes().length - BLOCK_LENGTH || numbers.getInt((int) at) != BITMAP_MAGIC) {
            // There is none: make one up.
            numbers.putInt(superblock + 96, 8);
            at = Math.min(superblock + BLOCK_LENGTH, image.bytes().length - BLOCK_LENGTH);
            numbers.putInt((int) at, BITMAP_MAGIC);
            numbers.putInt((int) at + 4, 4);
            numbers.putLong((int) at + 40, numbers.getLong(superblock + 80));
            numbers.putInt((int) at + 52, BLOCK_LENGTH << random.nextInt(4));
        }
        numbers.putInt(superblock + 8, numbers.getInt(superblock + 8) | 1);
        int[] field = BITMAP_FIELDS[random.nextInt(BITMAP_FIELDS.length)];
        long value = hostile(get(image, (int) at + field[0], field[1]), image.bytes().length / SECTOR_LENGTH);
        put(image, (int) at + field[0], field[1], value);
        seal(image, superblock);
        tell(image, "bitmap field " + field[0] + " becomes 0x" + Long.toHexString(value));
    }

    private void badBlocks(Image image) {
        int superblock = image.superblock();
        if (superblock < 0) {
            return;
        }
        ByteBuffer numbers = image.numbers();
        int sectors = image.bytes().length / SECTOR_LENGTH;
        numbers.putInt(superblock + 8, numbers.getInt(superblock + 8) | 8);
        if (numbers.getInt(superblock + 188) == 0 || random.nextInt(4) == 0) {
            numbers.putInt(superblock + 188, random.nextInt(3) == 0 ? (int) hostile(8, sectors) : 8);
            numbers.putShort(superblock + 186, (short) random.nextInt(1, 9));
        }
        if (random.nextInt(4) == 0) {
            numbers.put(superblock + 185, (byte) hostile(0, 64));
        }
        long at = superblock + (long) numbers.getInt(superblock + 188) * SECTOR_LENGTH;
        for (int i = 0; i < 1 + random.nextInt(6) && at >= 0 && at + 8L * i + 8 <= image.bytes().length; i++) {
            long entry = random.nextBoolean()
                    ? (hostile(0, sectors) << 10) | random.nextInt(1024)
                    : ((long) random.nextInt(sectors) << 10) | random.nextInt(1, 64);
            numbers.putLong((int) at + 8 * i, entry);
            tell(image, "bad block entry 0x" + Long.toHexString(entry));
        }
        seal(image, superblock);
    }

    // ---- journals ----

    private void journal(ArrayImages images) {
        List<Image> journals = images.all().stream()
                .filter(image -> !metaBlocks(image).isEmpty())
                .toList();
        if (journals.isEmpty()) {
            superblockField(images, pick(images.all()));
            return;
        }
        Image image = pick(journals);
        List<Integer> blocks = metaBlocks(image);
        int block = random.nextInt(3) == 0 ? pick(blocks) : blocks.get(random.nextInt(Math.min(3, blocks.size())));
        int length = get(image, block + 12, 4) > BLOCK_LENGTH ? BLOCK_LENGTH : (int) get(image, block + 12, 4);
        int at = block;
        int[] field = META_FIELDS[random.nextInt(META_FIELDS.length)];
        if (random.nextInt(3) > 0 && length > 32) {
            at = block + payload(image, block, length);
            field = PAYLOAD_FIELDS[random.nextInt(PAYLOAD_FIELDS.length)];
        }
        if (at + field[0] + field[1] > block + BLOCK_LENGTH) {
            return;
        }
        int superblock = image.superblock();
        long area = superblock < 0 ? 0 : get(image, superblock + 136, 8);
        long value = hostile(get(image, at + field[0], field[1]), area);
        put(image, at + field[0], field[1], value);
        if (random.nextInt(8) > 0 && superblock >= 0) {
            sealMeta(image, superblock, block);
        }
        tell(
                image,
                "journal block at " + block + " field " + (at - block + field[0]) + " length " + field[1]
                        + " becomes 0x" + Long.toHexString(value));
        if (random.nextInt(6) == 0 && superblock >= 0) {
            long tail = hostile(get(image, superblock + 152, 8), area);
            put(image, superblock + 152, 8, tail);
            seal(image, superblock);
            tell(image, "journal tail becomes " + tail);
        }
    }

    private static List<Integer> metaBlocks(Image image) {
        List<Integer> blocks = new ArrayList<>();
        ByteBuffer numbers = image.numbers();
        for (int at = 0; at + BLOCK_LENGTH <= image.bytes().length; at += BLOCK_LENGTH) {
            if (numbers.getInt(at) == JOURNAL_MAGIC) {
                blocks.add(at);
            }
        }
        return blocks;
    }

    /** Offset in a block of one of its payloads; a walk that trusts the block, but not out of it. */
    private int payload(Image image, int block, int length) {
        int at = 32;
        for (int skip = random.nextInt(8); skip > 0; skip--) {
            long kind = get(image, block + at, 2);
            long size = get(image, block + at + 4, 4);
            long next = at + (kind == 2 ? 8 + size : 16 + size / 8 * 4);
            if (next <= at || next + 24 > length) {
                break;
            }
            at = (int) next;
        }
        return at;
    }

    /** Make a meta block's checksum right, for the array that the superblock is of. */
    private static void sealMeta(Image image, int superblock, int block) {
        image.numbers().putInt(block + 4, 0);
        CRC32C crc = new CRC32C();
        crc.update(image.bytes(), superblock + 16, 16);
        crc.update(image.bytes(), block, BLOCK_LENGTH);
        image.numbers().putInt(block + 4, ~(int) crc.getValue());
    }

    // ---- chance ----

    private long hostile(long now, long sectors) {
        return switch (random.nextInt(12)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> random.nextLong();
            case 3 -> 1L << random.nextInt(64);
            case 4 -> (1L << random.nextInt(64)) - 1;
            case 5 -> Long.MIN_VALUE >> random.nextInt(64);
            case 6 -> sectors + random.nextInt(-9, 10);
            case 7 -> now + random.nextInt(-9, 10);
            case 8 -> now << 1;
            case 9 -> now ^ (1L << random.nextInt(16));
            case 10 -> Integer.MAX_VALUE - random.nextInt(2);
            default -> random.nextInt(300);
        };
    }

    /** Where something lies that is read. */
    private int interestingOffset(Image image) {
        int superblock = image.superblock();
        int length = image.bytes().length;
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(length);
            case 1 -> Math.max(0, length - BLOCK_LENGTH * random.nextInt(1, 4));
            case 2 -> {
                List<Integer> blocks = metaBlocks(image);
                yield blocks.isEmpty() ? random.nextInt(length) : pick(blocks);
            }
            default -> superblock < 0 ? 0 : Math.min(length - 1, superblock + BLOCK_LENGTH * random.nextInt(3));
        };
    }

    private int sector(Image image, int offset, int length) {
        return Math.max(0, Math.min(offset, image.bytes().length - length)) & -SECTOR_LENGTH;
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static long get(Image image, int at, int length) {
        long value = 0;
        for (int i = length - 1; i >= 0; i--) {
            value = (value << 8) | (image.bytes()[at + i] & 0xff);
        }
        return value;
    }

    private static void put(Image image, int at, int length, long value) {
        for (int i = 0; i < length; i++) {
            image.bytes()[at + i] = (byte) (value >>> (8 * i));
        }
    }

    private void tell(Image image, String what) {
        story.add(image.name() + ": " + what);
    }
}
