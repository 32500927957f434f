package io.holdfast.raid.metadata;

import io.holdfast.raid.metadata.NewDevice.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * An array to be made: what was asked for, and from it the superblocks that mdadm 4.2 would write.
 *
 * <p>At levels 4 and 5 the last member listed starts as a spare, to be rebuilt into its slot: reading all others and writing
 * one is quicker than a resync, and says the same. Assume-clean, force or a missing device turn that off. A level 6 array with one
 * device missing does it as well.
 *
 * <p>Settings are named like their options. Nothing is written here. Not thread-safe.
 */
public final class NewArray {
    /** Slots of an array with a journal: one block of its log must hold a whole stripe. */
    public static final int MAX_JOURNALED_DISKS = 203;

    /** Devices that can hold copies of one journal. */
    public static final int MAX_JOURNAL_COPIES = 4;

    private static final int DEFAULT_CHUNK_SECTORS = 1024;
    private static final int LEFT_SYMMETRIC = 2;
    private static final int NAME_LIMIT = SuperblockDescriptor.NAME_LENGTH - 1;

    private final List<NewDevice> devices = new ArrayList<>();
    private int level = 5;
    private int layout = -1;
    private int raidDisks;
    private int spareDisks;
    private int chunkSectors;
    private long sizeSectors;
    private SuperblockLocation location = SuperblockLocation.V1_2;
    private String name = "";
    private String homehost = "";
    private byte[] uuid;
    private boolean hasBitmap;
    private long bitmapChunkLength;
    private int bitmapFlushPeriodSeconds = BitmapArea.DEFAULT_FLUSH_PERIOD_SECONDS;
    private boolean assumeClean;
    private boolean force;
    private long dataOffsetSectors = -1;
    private long creationTimeSeconds;
    private RandomGenerator random;

    /**
     * The level.
     *
     * @param level 4, 5 or 6.
     * @return this.
     */
    public NewArray level(int level) {
        this.level = level;
        return this;
    }

    /**
     * The layout; left-symmetric unless set.
     *
     * @param layout number of the algorithm; level 4 has none.
     * @return this.
     */
    public NewArray layout(int layout) {
        this.layout = layout;
        return this;
    }

    /**
     * The number of slots.
     *
     * @param raidDisks as many as there are members, missing ones included.
     * @return this.
     */
    public NewArray raidDisks(int raidDisks) {
        this.raidDisks = raidDisks;
        return this;
    }

    /**
     * The number of spares; none unless set.
     *
     * @param spareDisks as many as are listed after the members.
     * @return this.
     */
    public NewArray spareDisks(int spareDisks) {
        this.spareDisks = spareDisks;
        return this;
    }

    /**
     * The chunk; 512 KiB unless set.
     *
     * @param chunkSectors a power of two of at least 8 sectors.
     * @return this.
     */
    public NewArray chunkSectors(int chunkSectors) {
        this.chunkSectors = chunkSectors;
        return this;
    }

    /**
     * What is used of each member; all that the smallest can give unless set.
     *
     * @param sizeSectors rounded down to the chunk; 0 for all.
     * @return this.
     */
    public NewArray sizeSectors(long sizeSectors) {
        this.sizeSectors = sizeSectors;
        return this;
    }

    /**
     * The metadata version; 1.2 unless set.
     *
     * @param location where superblocks lie.
     * @return this.
     */
    public NewArray location(SuperblockLocation location) {
        this.location = location;
        return this;
    }

    /**
     * The name of the array.
     *
     * @param name cut to 31 bytes.
     * @return this.
     */
    public NewArray name(String name) {
        this.name = name;
        return this;
    }

    /**
     * The host the array belongs to, which becomes part of its name.
     *
     * @param homehost empty for none.
     * @return this.
     */
    public NewArray homehost(String homehost) {
        this.homehost = homehost;
        return this;
    }

    /**
     * The identity of the array; drawn at random unless set.
     *
     * @param uuid 16 bytes.
     * @return this.
     */
    public NewArray uuid(byte[] uuid) {
        this.uuid = uuid.clone();
        return this;
    }

    /**
     * Whether every member keeps a write-intent bitmap; not unless set.
     *
     * @param internal true if so.
     * @return this.
     */
    public NewArray bitmap(boolean internal) {
        this.hasBitmap = internal;
        return this;
    }

    /**
     * What one bit of the bitmap stands for; chosen from the size of the members unless set, 64 MiB or more.
     *
     * @param chunkLength bytes of each member, a power of two; 0 to have it chosen.
     * @return this.
     */
    public NewArray bitmapChunkLength(long chunkLength) {
        this.bitmapChunkLength = chunkLength;
        return this;
    }

    /**
     * How often bits are looked at that may have become needless; every 5 seconds unless set.
     *
     * @param seconds at least 1.
     * @return this.
     */
    public NewArray bitmapFlushPeriodSeconds(int seconds) {
        this.bitmapFlushPeriodSeconds = seconds;
        return this;
    }

    /**
     * Take it that parity is already right everywhere.
     *
     * @param assumeClean true if so.
     * @return this.
     */
    public NewArray assumeClean(boolean assumeClean) {
        this.assumeClean = assumeClean;
        return this;
    }

    /**
     * Take the devices as they are listed, without turning one into a spare.
     *
     * @param force true if so.
     * @return this.
     */
    public NewArray force(boolean force) {
        this.force = force;
        return this;
    }

    /**
     * Where data begins on every device; chosen from the first device's length unless set.
     *
     * @param dataOffsetSectors a multiple of 8.
     * @return this.
     */
    public NewArray dataOffsetSectors(long dataOffsetSectors) {
        this.dataOffsetSectors = dataOffsetSectors;
        return this;
    }

    /**
     * The time it is.
     *
     * @param creationTimeSeconds since 1970.
     * @return this.
     */
    public NewArray creationTimeSeconds(long creationTimeSeconds) {
        this.creationTimeSeconds = creationTimeSeconds;
        return this;
    }

    /**
     * Where uuids come from.
     *
     * @param random a generator fit for identities that must not meet twice.
     * @return this.
     */
    public NewArray random(RandomGenerator random) {
        this.random = random;
        return this;
    }

    /**
     * Add a device to the end of the list; order matters.
     *
     * @param device member, missing, or a journal; of several journals each holds a copy.
     * @return this.
     */
    public NewArray device(NewDevice device) {
        devices.add(device);
        return this;
    }

    /**
     * Check everything and lay the array out.
     *
     * @return the superblocks to write, in list order.
     * @throws ConfigurationException when it cannot be had; the message is mdadm's where mdadm has one.
     */
    public NewArrayPlan plan() {
        if (random == null) {
            throw new IllegalStateException("a new array needs a source of uuids: set random");
        }
        int chunk = chunkSectors == 0 ? DEFAULT_CHUNK_SECTORS : chunkSectors;
        int algorithm = layout >= 0 ? layout : level == 4 ? 0 : LEFT_SYMMETRIC;
        checkShape(chunk, algorithm);
        checkDevices();

        NewDevice first = devices.stream()
                .filter(d -> d.kind() != Kind.MISSING)
                .findFirst()
                .orElseThrow();
        long firstSectors = first.geometry().sectors();
        long dataOffset = dataOffset(firstSectors, chunk);
        long size = size(dataOffset, chunk);
        List<String> warnings = warnings(dataOffset, chunk, size);
        byte[] setUuid = uuid == null ? randomUuid() : uuid;
        NewArrayRoles roles = NewArrayRoles.of(devices, level, raidDisks, assumeClean || force);

        BitmapArea bitmap = hasBitmap ? bitmap(setUuid, size) : null;
        long bitmapSectors = hasBitmap ? MemberSpace.bitmapSectors(size, bitmap.chunkLength()) : 0;
        List<NewArrayPlan.Device> planned = new ArrayList<>();
        for (int i = 0; i < devices.size(); i++) {
            NewDevice device = devices.get(i);
            if (device.kind() != Kind.MISSING) {
                Superblock superblock = Superblock.allocate().initialize();
                superblock
                        .setUuid(setUuid)
                        .setName(fullName())
                        .creationTime(creationTimeSeconds)
                        .level(level)
                        .layout(algorithm)
                        .sizeSectors(size)
                        .chunkSectors(chunk)
                        .raidDisks(raidDisks)
                        .updateTime(creationTimeSeconds)
                        .events(device.kind() == Kind.JOURNAL && i == 0 ? 1 : 0)
                        .resyncOffsetSectors(isClean(roles) ? SuperblockDescriptor.MAX_SECTOR : 0)
                        .feature(SuperblockFeature.JOURNAL, roles.hasJournal())
                        .feature(SuperblockFeature.BITMAP, hasBitmap)
                        .maxDev(MemberSpace.maxDev(roles.deviceCount()));
                if (hasBitmap) {
                    superblock.bitmapOffsetSectors(MemberSpace.bitmapOffset(location, bitmapSectors));
                }
                roles.fill(superblock);
                DeviceSpace.fill(superblock, location, device.geometry(), dataOffset, bitmapSectors);
                superblock
                        .deviceNumber(roles.deviceNumber(i))
                        .deviceUuid(
                                device.previous() == null
                                        ? randomUuid()
                                        : device.previous().deviceUuid())
                        .updateChecksum();
                planned.add(new NewArrayPlan.Device(i, device.name(), superblock));
            }
        }
        levelJournals(planned);
        return new NewArrayPlan(planned, algorithm, chunk, size, bitmap, warnings);
    }

    private BitmapArea bitmap(byte[] setUuid, long size) {
        if (devices.stream().anyMatch(d -> d.kind() == Kind.JOURNAL)) {
            throw new ConfigurationException("bitmap", "an array has a journal or a bitmap, not both; leave one out");
        }
        if (bitmapFlushPeriodSeconds < 1) {
            throw new ConfigurationException(
                    "delay", "invalid bitmap delay: " + bitmapFlushPeriodSeconds + "; it must be at least 1 second");
        }
        return BitmapArea.create(
                setUuid, size, MemberSpace.bitmapChunkLength(size, bitmapChunkLength), bitmapFlushPeriodSeconds);
    }

    /** Every copy of the journal is as long as the shortest: Linux takes the whole of a data area for the log. */
    private static void levelJournals(List<NewArrayPlan.Device> planned) {
        List<Superblock> journals = planned.stream()
                .filter(NewArrayPlan.Device::isJournal)
                .map(NewArrayPlan.Device::superblock)
                .toList();
        long least =
                journals.stream().mapToLong(Superblock::dataSizeSectors).min().orElse(0);
        journals.stream()
                .filter(superblock -> superblock.dataSizeSectors() != least)
                .forEach(superblock -> superblock.dataSizeSectors(least).updateChecksum());
    }

    private void checkShape(int chunk, int algorithm) {
        if (!SuperblockCheck.isParityLevel(level)) {
            throw new ConfigurationException("level", "invalid raid level: " + level);
        }
        if (raidDisks < SuperblockCheck.minRaidDisks(level)) {
            throw new ConfigurationException(
                    "raid-devices",
                    "at least " + SuperblockCheck.minRaidDisks(level) + " raid-devices needed for level " + level);
        }
        boolean journaled = devices.stream().anyMatch(d -> d.kind() == Kind.JOURNAL);
        int most = journaled
                ? Math.min(MAX_JOURNALED_DISKS, SuperblockCheck.maxRaidDisks(level))
                : SuperblockCheck.maxRaidDisks(level);
        if (raidDisks > most) {
            throw new ConfigurationException(
                    "raid-devices",
                    "at most " + most + " raid-devices possible for level " + level
                            + (journaled ? " with a journal" : ""));
        }
        if (!SuperblockCheck.isValidLayout(level, algorithm)) {
            throw new ConfigurationException(
                    "layout", "layout " + algorithm + " not understood for raid" + level + ".");
        }
        if (!SuperblockCheck.isValidChunk(chunk)) {
            throw new ConfigurationException(
                    "chunk",
                    "invalid chunk size: " + chunk / 2 + "K; it must be a power of 2 from 4K to "
                            + SuperblockCheck.MAX_CHUNK_SECTORS / 2 + "K");
        }
        long least =
                location == SuperblockLocation.V1_0 ? 0 : location.sector(SuperblockLocation.MIN_DEVICE_SECTORS) + 8;
        if (dataOffsetSectors >= 0 && ((dataOffsetSectors & 7) != 0 || dataOffsetSectors < least)) {
            throw new ConfigurationException(
                    "data-offset",
                    "data-offset " + dataOffsetSectors + "s must be a multiple of 4K and at least " + least / 2
                            + "K with metadata " + location.version());
        }
    }

    private void checkDevices() {
        int members =
                (int) devices.stream().filter(d -> d.kind() != Kind.JOURNAL).count();
        if (spareDisks < 0 || spareDisks > SuperblockDescriptor.MAX_DEVICE_COUNT) {
            throw new ConfigurationException("spare-devices", "invalid number of spare-devices: " + spareDisks);
        }
        if (members < raidDisks + spareDisks) {
            throw new ConfigurationException(
                    "devices", "You haven't given enough devices (real or missing) to create this array");
        }
        if (members > raidDisks + spareDisks) {
            throw new ConfigurationException(
                    "devices",
                    "You have listed more devices (" + members + ") than are in the array(" + (raidDisks + spareDisks)
                            + ")!");
        }
        if (devices.stream().noneMatch(d -> d.kind() == Kind.MEMBER)) {
            throw new ConfigurationException("devices", "Subdevs can't be all missing");
        }
        if (devices.size() - members > MAX_JOURNAL_COPIES) {
            throw new ConfigurationException(
                    "write-journal", "at most " + MAX_JOURNAL_COPIES + " devices can hold copies of the journal");
        }
        if (MemberSpace.maxDev(raidDisks + spareDisks + 2) > SuperblockDescriptor.MAX_DEVICE_COUNT) {
            throw new ConfigurationException(
                    "devices", "too many devices: the most possible is " + SuperblockDescriptor.MAX_DEVICE_COUNT);
        }
        Set<String> names = new HashSet<>();
        for (NewDevice device : devices) {
            if (device.kind() != Kind.MISSING && !names.add(device.name())) {
                throw new ConfigurationException("devices", device.name() + " is listed twice; list each device once");
            }
        }
    }

    private long dataOffset(long firstSectors, int chunk) {
        if (dataOffsetSectors >= 0) {
            return dataOffsetSectors;
        }
        return location == SuperblockLocation.V1_0
                ? 0
                : MemberSpace.dataOffset(firstSectors, chunk, MemberSpace.bitmapReserve(firstSectors));
    }

    private long size(long dataOffset, int chunk) {
        long wanted = sizeSectors & -(long) chunk;
        if (sizeSectors != 0 && wanted <= 0) {
            throw new ConfigurationException("size", "invalid size: " + sizeSectors / 2 + "K is less than a chunk");
        }
        long smallest = Long.MAX_VALUE;
        for (NewDevice device : devices) {
            if (device.kind() == Kind.MISSING) {
                continue;
            }
            long usable = usable(device, dataOffset, chunk);
            if (usable == 0) {
                throw new ConfigurationException("devices", "no free space left on " + device.name());
            }
            if (device.kind() == Kind.MEMBER) {
                if (usable < wanted) {
                    throw new ConfigurationException(
                            "size",
                            device.name() + " is smaller than given size. " + usable / 2 + "K < " + wanted / 2
                                    + "K + metadata");
                }
                smallest = Math.min(smallest, usable);
            }
        }
        return wanted == 0 ? smallest : wanted;
    }

    private List<String> warnings(long dataOffset, int chunk, long size) {
        NewDevice largest = null;
        long most = 0;
        for (NewDevice device : devices) {
            if (device.kind() == Kind.MEMBER && usable(device, dataOffset, chunk) > most) {
                largest = device;
                most = usable(device, dataOffset, chunk);
            }
        }
        if (largest == null || (most - size) / 2 <= most / 2 / 100) {
            return List.of();
        }
        return List.of("largest drive (" + largest.name() + ") exceeds size (" + size / 2 + "K) by more than 1%");
    }

    private long usable(NewDevice device, long dataOffset, int chunk) {
        long sectors = device.geometry().sectors();
        if (sectors < SuperblockLocation.MIN_DEVICE_SECTORS) {
            return 0;
        }
        return MemberSpace.usable(location, sectors, dataOffset, MemberSpace.bitmapReserve(sectors), chunk);
    }

    private boolean isClean(NewArrayRoles roles) {
        return assumeClean || roles.isClean();
    }

    private String fullName() {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        int hostLength = homehost.getBytes(StandardCharsets.UTF_8).length;
        if (hostLength > 0 && name.indexOf(':') < 0 && hostLength + 1 + bytes.length <= NAME_LIMIT) {
            return homehost + ":" + name;
        }
        return bytes.length <= NAME_LIMIT
                ? name
                : new String(Arrays.copyOf(bytes, NAME_LIMIT), StandardCharsets.UTF_8).replaceAll("\ufffd+$", "");
    }

    private byte[] randomUuid() {
        byte[] bytes = new byte[SuperblockDescriptor.UUID_LENGTH];
        random.nextBytes(bytes);
        return bytes;
    }
}
