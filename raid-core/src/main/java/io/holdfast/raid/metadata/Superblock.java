package io.holdfast.raid.metadata;

import static io.holdfast.raid.metadata.SuperblockDescriptor.*;

import io.holdfast.blockdev.BufferSlab;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.agrona.MutableDirectBuffer;

/**
 * A superblock, read and written in place: a flyweight over {@value SuperblockDescriptor#LENGTH} bytes.
 *
 * <p>Getters return what the bytes say, checked by nobody: {@link SuperblockReader} and {@link SuperblockCheck} decide whether
 * to believe them. Setters return the flyweight and leave the checksum stale until {@link #updateChecksum()}. 64-bit fields are unsigned on disk; a
 * negative value from a getter is one beyond anything a device can have. Not thread-safe.
 *
 * @see SuperblockDescriptor
 */
public final class Superblock {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private MutableDirectBuffer buffer;
    private int offset;

    /** A flyweight over nothing yet: {@link #wrap} comes first. */
    public Superblock() {}

    /** A superblock of its own memory, off-heap and aligned for direct I/O, all zeroes. */
    public static Superblock allocate() {
        return new Superblock().wrap(BufferSlab.allocate(LENGTH), 0);
    }

    /**
     * Look at other bytes.
     *
     * @param buffer holding the superblock.
     * @param offset of its first byte; {@value SuperblockDescriptor#LENGTH} bytes from there are the superblock's.
     * @return this.
     */
    public Superblock wrap(MutableDirectBuffer buffer, int offset) {
        buffer.boundsCheck(offset, LENGTH);
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** The buffer looked at. */
    public MutableDirectBuffer buffer() {
        return buffer;
    }

    /** Where in {@link #buffer()} the superblock starts. */
    public int offset() {
        return offset;
    }

    /** An independent copy with memory of its own. */
    public Superblock copy() {
        Superblock copy = allocate();
        copy.copyFrom(this);
        return copy;
    }

    /**
     * Take over all bytes of another superblock.
     *
     * @param source left unchanged.
     * @return this.
     */
    public Superblock copyFrom(Superblock source) {
        buffer.putBytes(offset, source.buffer, source.offset, LENGTH);
        return this;
    }

    /** Zero everything, then set the magic number and the major version. */
    public Superblock initialize() {
        buffer.setMemory(offset, LENGTH, (byte) 0);
        buffer.putInt(offset + MAGIC_OFFSET, MAGIC, ORDER);
        buffer.putInt(offset + MAJOR_VERSION_OFFSET, MAJOR_VERSION, ORDER);
        return this;
    }

    /** The magic number; {@link SuperblockDescriptor#MAGIC} in a superblock. */
    public int magic() {
        return buffer.getInt(offset + MAGIC_OFFSET, ORDER);
    }

    /** The major version; 1 in a superblock of this kind. */
    public int majorVersion() {
        return buffer.getInt(offset + MAJOR_VERSION_OFFSET, ORDER);
    }

    /** The feature bits, {@link SuperblockFeature}. */
    public int featureMap() {
        return buffer.getInt(offset + FEATURE_MAP_OFFSET, ORDER);
    }

    /** Set the feature bits; see {@link #featureMap()}. */
    public Superblock featureMap(int featureMap) {
        buffer.putInt(offset + FEATURE_MAP_OFFSET, featureMap, ORDER);
        return this;
    }

    /**
     * Whether any of some feature bits is set.
     *
     * @param features bits of {@link SuperblockFeature}.
     * @return true when at least one is set.
     */
    public boolean hasFeature(int features) {
        return (featureMap() & features) != 0;
    }

    /**
     * Set or clear feature bits.
     *
     * @param features bits of {@link SuperblockFeature}.
     * @param on       whether they are to be set.
     * @return this.
     */
    public Superblock feature(int features, boolean on) {
        return featureMap(on ? featureMap() | features : featureMap() & ~features);
    }

    /** Four bytes that must be zero. */
    public int pad0() {
        return buffer.getInt(offset + PAD0_OFFSET, ORDER);
    }

    /** The identity of the array: 16 bytes, a copy. */
    public byte[] setUuid() {
        return bytes(SET_UUID_OFFSET, UUID_LENGTH);
    }

    /**
     * Set the identity of the array.
     *
     * @param uuid 16 bytes.
     * @return this.
     */
    public Superblock setUuid(byte[] uuid) {
        return putUuid(SET_UUID_OFFSET, uuid);
    }

    /** The identity of the array as mdadm writes it. */
    public String setUuidText() {
        return UuidText.format(setUuid());
    }

    /** The name of the array up to the first zero byte, as UTF-8. It may hold anything, even control characters. */
    public String setName() {
        byte[] bytes = bytes(SET_NAME_OFFSET, NAME_LENGTH);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /**
     * Set the name of the array.
     *
     * @param name whose UTF-8 form has at most 32 bytes.
     * @return this.
     */
    public Superblock setName(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > NAME_LENGTH) {
            throw new IllegalArgumentException("name longer than 32 bytes: name=" + name);
        }
        buffer.setMemory(offset + SET_NAME_OFFSET, NAME_LENGTH, (byte) 0);
        buffer.putBytes(offset + SET_NAME_OFFSET, bytes);
        return this;
    }

    /** When the array was made: 40 bits of seconds since 1970, above them 24 bits of microseconds. */
    public long creationTime() {
        return buffer.getLong(offset + CREATION_TIME_OFFSET, ORDER);
    }

    /** Set the time of creation; see {@link #creationTime()}. */
    public Superblock creationTime(long creationTime) {
        buffer.putLong(offset + CREATION_TIME_OFFSET, creationTime, ORDER);
        return this;
    }

    /** The level: 4, 5 or 6 here; other numbers are arrays of other kinds. */
    public int level() {
        return buffer.getInt(offset + LEVEL_OFFSET, ORDER);
    }

    /** Set the level; see {@link #level()}. */
    public Superblock level(int level) {
        buffer.putInt(offset + LEVEL_OFFSET, level, ORDER);
        return this;
    }

    /** The number of the layout algorithm; 0 at level 4. */
    public int layout() {
        return buffer.getInt(offset + LAYOUT_OFFSET, ORDER);
    }

    /** Set the layout; see {@link #layout()}. */
    public Superblock layout(int layout) {
        buffer.putInt(offset + LAYOUT_OFFSET, layout, ORDER);
        return this;
    }

    /** Sectors used of each member, a multiple of the chunk. */
    public long sizeSectors() {
        return buffer.getLong(offset + SIZE_OFFSET, ORDER);
    }

    /** Set the used size; see {@link #sizeSectors()}. */
    public Superblock sizeSectors(long sizeSectors) {
        buffer.putLong(offset + SIZE_OFFSET, sizeSectors, ORDER);
        return this;
    }

    /** Sectors of a chunk. */
    public int chunkSectors() {
        return buffer.getInt(offset + CHUNK_OFFSET, ORDER);
    }

    /** Set the chunk; see {@link #chunkSectors()}. */
    public Superblock chunkSectors(int chunkSectors) {
        buffer.putInt(offset + CHUNK_OFFSET, chunkSectors, ORDER);
        return this;
    }

    /** The number of slots. */
    public int raidDisks() {
        return buffer.getInt(offset + RAID_DISKS_OFFSET, ORDER);
    }

    /** Set the number of slots; see {@link #raidDisks()}. */
    public Superblock raidDisks(int raidDisks) {
        buffer.putInt(offset + RAID_DISKS_OFFSET, raidDisks, ORDER);
        return this;
    }

    /** Signed sectors from the superblock to the bitmap; with {@link SuperblockFeature#BITMAP}. */
    public int bitmapOffsetSectors() {
        return buffer.getInt(offset + BITMAP_OFFSET_OFFSET, ORDER);
    }

    /** Set the place of the bitmap; see {@link #bitmapOffsetSectors()}. */
    public Superblock bitmapOffsetSectors(int bitmapOffsetSectors) {
        buffer.putInt(offset + BITMAP_OFFSET_OFFSET, bitmapOffsetSectors, ORDER);
        return this;
    }

    /** Signed sectors from the superblock to the partial parity log; with the PPL features. */
    public int pplOffsetSectors() {
        return buffer.getShort(offset + PPL_OFFSET_OFFSET, ORDER);
    }

    /** Set the place of the partial parity log; see {@link #pplOffsetSectors()}. */
    public Superblock pplOffsetSectors(int pplOffsetSectors) {
        buffer.putShort(offset + PPL_OFFSET_OFFSET, (short) pplOffsetSectors, ORDER);
        return this;
    }

    /** Sectors of the partial parity log; with the PPL features. */
    public int pplSizeSectors() {
        return Short.toUnsignedInt(buffer.getShort(offset + PPL_SIZE_OFFSET, ORDER));
    }

    /** Set the length of the partial parity log; see {@link #pplSizeSectors()}. */
    public Superblock pplSizeSectors(int pplSizeSectors) {
        buffer.putShort(offset + PPL_SIZE_OFFSET, (short) pplSizeSectors, ORDER);
        return this;
    }

    /** The level after the reshape; this and the next fields count only with {@link SuperblockFeature#RESHAPE}. */
    public int newLevel() {
        return buffer.getInt(offset + NEW_LEVEL_OFFSET, ORDER);
    }

    /** The array sector that divides old from new geometry. */
    public long reshapePositionSectors() {
        return buffer.getLong(offset + RESHAPE_POSITION_OFFSET, ORDER);
    }

    /** New minus old number of slots. */
    public int deltaDisks() {
        return buffer.getInt(offset + DELTA_DISKS_OFFSET, ORDER);
    }

    /** The layout after the reshape. */
    public int newLayout() {
        return buffer.getInt(offset + NEW_LAYOUT_OFFSET, ORDER);
    }

    /** Sectors of a chunk after the reshape. */
    public int newChunkSectors() {
        return buffer.getInt(offset + NEW_CHUNK_OFFSET, ORDER);
    }

    /** Signed sectors to add to the data offset in the new geometry; with {@link SuperblockFeature#NEW_OFFSET}. */
    public int newOffsetSectors() {
        return buffer.getInt(offset + NEW_OFFSET_OFFSET, ORDER);
    }

    /** The device sector where data, or the log of a journal device, begins. */
    public long dataOffsetSectors() {
        return buffer.getLong(offset + DATA_OFFSET_OFFSET, ORDER);
    }

    /** Set where data begins; see {@link #dataOffsetSectors()}. */
    public Superblock dataOffsetSectors(long dataOffsetSectors) {
        buffer.putLong(offset + DATA_OFFSET_OFFSET, dataOffsetSectors, ORDER);
        return this;
    }

    /** Sectors available for data, or the log, on this device. */
    public long dataSizeSectors() {
        return buffer.getLong(offset + DATA_SIZE_OFFSET, ORDER);
    }

    /** Set the room for data; see {@link #dataSizeSectors()}. */
    public Superblock dataSizeSectors(long dataSizeSectors) {
        buffer.putLong(offset + DATA_SIZE_OFFSET, dataSizeSectors, ORDER);
        return this;
    }

    /** The device sector of this superblock. */
    public long superOffsetSectors() {
        return buffer.getLong(offset + SUPER_OFFSET_OFFSET, ORDER);
    }

    /** Set where this superblock lies; see {@link #superOffsetSectors()}. */
    public Superblock superOffsetSectors(long superOffsetSectors) {
        buffer.putLong(offset + SUPER_OFFSET_OFFSET, superOffsetSectors, ORDER);
        return this;
    }

    /** Of a member: the member sector up to which its rebuild is done; with {@link SuperblockFeature#RECOVERY_OFFSET}. */
    public long recoveryOffsetSectors() {
        return buffer.getLong(offset + RECOVERY_OFFSET_OFFSET, ORDER);
    }

    /** Set how far the rebuild is; see {@link #recoveryOffsetSectors()}. */
    public Superblock recoveryOffsetSectors(long recoveryOffsetSectors) {
        buffer.putLong(offset + RECOVERY_OFFSET_OFFSET, recoveryOffsetSectors, ORDER);
        return this;
    }

    /** Of a journal device: the log position where replay begins. */
    public long journalTailSectors() {
        return buffer.getLong(offset + JOURNAL_TAIL_OFFSET, ORDER);
    }

    /** Set where replay begins; see {@link #journalTailSectors()}. */
    public Superblock journalTailSectors(long journalTailSectors) {
        buffer.putLong(offset + JOURNAL_TAIL_OFFSET, journalTailSectors, ORDER);
        return this;
    }

    /** This device's index in the table of roles: its permanent number, not its slot. */
    public int deviceNumber() {
        return buffer.getInt(offset + DEVICE_NUMBER_OFFSET, ORDER);
    }

    /** Set the device number; see {@link #deviceNumber()}. */
    public Superblock deviceNumber(int deviceNumber) {
        buffer.putInt(offset + DEVICE_NUMBER_OFFSET, deviceNumber, ORDER);
        return this;
    }

    /** Sectors whose read errors were cured by rewriting them. */
    public int correctedReadSectors() {
        return buffer.getInt(offset + CORRECTED_READ_OFFSET, ORDER);
    }

    /** Set the count of cured sectors; see {@link #correctedReadSectors()}. */
    public Superblock correctedReadSectors(int correctedReadSectors) {
        buffer.putInt(offset + CORRECTED_READ_OFFSET, correctedReadSectors, ORDER);
        return this;
    }

    /** The device's own uuid: 16 bytes, a copy. */
    public byte[] deviceUuid() {
        return bytes(DEVICE_UUID_OFFSET, UUID_LENGTH);
    }

    /**
     * Set the device's own uuid.
     *
     * @param uuid 16 bytes.
     * @return this.
     */
    public Superblock deviceUuid(byte[] uuid) {
        return putUuid(DEVICE_UUID_OFFSET, uuid);
    }

    /** The device's own uuid as mdadm writes it. */
    public String deviceUuidText() {
        return UuidText.format(deviceUuid());
    }

    /** Device flags: bit 0 write-mostly, bit 1 failfast. Carried along; parity levels do not use them. */
    public int deviceFlags() {
        return Byte.toUnsignedInt(buffer.getByte(offset + DEVICE_FLAGS_OFFSET));
    }

    /** Set the device flags; see {@link #deviceFlags()}. */
    public Superblock deviceFlags(int deviceFlags) {
        buffer.putByte(offset + DEVICE_FLAGS_OFFSET, (byte) deviceFlags);
        return this;
    }

    /** Binary logarithm of the unit of the bad block log, in sectors. */
    public int badBlockLogShift() {
        return Byte.toUnsignedInt(buffer.getByte(offset + BAD_BLOCK_LOG_SHIFT_OFFSET));
    }

    /** Set the unit of the bad block log; see {@link #badBlockLogShift()}. */
    public Superblock badBlockLogShift(int badBlockLogShift) {
        buffer.putByte(offset + BAD_BLOCK_LOG_SHIFT_OFFSET, (byte) badBlockLogShift);
        return this;
    }

    /** Sectors reserved for the bad block log. */
    public int badBlockLogSizeSectors() {
        return Short.toUnsignedInt(buffer.getShort(offset + BAD_BLOCK_LOG_SIZE_OFFSET, ORDER));
    }

    /** Set the length of the bad block log; see {@link #badBlockLogSizeSectors()}. */
    public Superblock badBlockLogSizeSectors(int badBlockLogSizeSectors) {
        buffer.putShort(offset + BAD_BLOCK_LOG_SIZE_OFFSET, (short) badBlockLogSizeSectors, ORDER);
        return this;
    }

    /** Signed sectors from the superblock to the bad block log; 0 means there is none. */
    public int badBlockLogOffsetSectors() {
        return buffer.getInt(offset + BAD_BLOCK_LOG_OFFSET_OFFSET, ORDER);
    }

    /** Set the place of the bad block log; see {@link #badBlockLogOffsetSectors()}. */
    public Superblock badBlockLogOffsetSectors(int badBlockLogOffsetSectors) {
        buffer.putInt(offset + BAD_BLOCK_LOG_OFFSET_OFFSET, badBlockLogOffsetSectors, ORDER);
        return this;
    }

    /** When the superblock was last updated, in the form of {@link #creationTime()}. */
    public long updateTime() {
        return buffer.getLong(offset + UPDATE_TIME_OFFSET, ORDER);
    }

    /** Set the time of the update; see {@link #updateTime()}. */
    public Superblock updateTime(long updateTime) {
        buffer.putLong(offset + UPDATE_TIME_OFFSET, updateTime, ORDER);
        return this;
    }

    /** How many updates there were; what decides who is fresh. */
    public long events() {
        return buffer.getLong(offset + EVENTS_OFFSET, ORDER);
    }

    /** Set the count of updates; see {@link #events()}. */
    public Superblock events(long events) {
        buffer.putLong(offset + EVENTS_OFFSET, events, ORDER);
        return this;
    }

    /** Parity is known to be good for member sectors below this; {@link SuperblockDescriptor#MAX_SECTOR} means everywhere. */
    public long resyncOffsetSectors() {
        return buffer.getLong(offset + RESYNC_OFFSET_OFFSET, ORDER);
    }

    /** Set how far parity is good; see {@link #resyncOffsetSectors()}. */
    public Superblock resyncOffsetSectors(long resyncOffsetSectors) {
        buffer.putLong(offset + RESYNC_OFFSET_OFFSET, resyncOffsetSectors, ORDER);
        return this;
    }

    /** The checksum as stored. */
    public int checksum() {
        return buffer.getInt(offset + CHECKSUM_OFFSET, ORDER);
    }

    /** Entries of the table of roles; believe nothing above {@link SuperblockDescriptor#MAX_DEVICE_COUNT}. */
    public int maxDev() {
        return buffer.getInt(offset + MAX_DEV_OFFSET, ORDER);
    }

    /** Set the length of the table of roles; see {@link #maxDev()}. */
    public Superblock maxDev(int maxDev) {
        buffer.putInt(offset + MAX_DEV_OFFSET, maxDev, ORDER);
        return this;
    }

    /** Whether the 32 bytes before the roles are all zero, as they must be. */
    public boolean isPad3Zero() {
        long sum = 0;
        for (int i = 0; i < PAD3_LENGTH; i += 8) {
            sum |= buffer.getLong(offset + PAD3_OFFSET + i, ORDER);
        }
        return sum == 0;
    }

    /**
     * One entry of the table of roles.
     *
     * @param deviceNumber any number.
     * @return a slot or a value of {@link Role}; {@link Role#SPARE} for a number that is not in the table.
     */
    public int role(int deviceNumber) {
        if (deviceNumber < 0 || deviceNumber >= roleCount()) {
            return Role.SPARE;
        }
        return Short.toUnsignedInt(buffer.getShort(offset + roleOffset(deviceNumber), ORDER));
    }

    /**
     * Set one entry of the table of roles.
     *
     * @param deviceNumber 0 to {@link #maxDev()} - 1.
     * @param role         a slot or a value of {@link Role}.
     * @return this.
     */
    public Superblock role(int deviceNumber, int role) {
        if (deviceNumber < 0 || deviceNumber >= roleCount()) {
            throw new IllegalArgumentException(
                    "no such entry: deviceNumber=" + deviceNumber + " maxDev=" + Integer.toUnsignedString(maxDev()));
        }
        buffer.putShort(offset + roleOffset(deviceNumber), (short) role, ORDER);
        return this;
    }

    /** The role this superblock gives its own device. */
    public int ownRole() {
        return role(deviceNumber());
    }

    /** Entries of the table of roles that lie within the superblock: {@link #maxDev()} unless that is nonsense. */
    public int roleCount() {
        int maxDev = maxDev();
        return Integer.compareUnsigned(maxDev, MAX_DEVICE_COUNT) > 0 ? MAX_DEVICE_COUNT : maxDev;
    }

    /**
     * How many entries of the table show a role.
     *
     * @param wanted a slot or a value of {@link Role}.
     */
    public int countOf(int wanted) {
        int count = 0;
        for (int number = 0; number < roleCount(); number++) {
            count += role(number) == wanted ? 1 : 0;
        }
        return count;
    }

    /** Whether parity is good everywhere, as far as this superblock knows. A journal may still have to be replayed. */
    public boolean isClean() {
        return resyncOffsetSectors() == MAX_SECTOR;
    }

    /** The location, and so the minor version, that the superblock's own idea of its place implies. */
    public SuperblockLocation location() {
        return SuperblockLocation.of(superOffsetSectors());
    }

    /** The checksum that the bytes ought to carry. */
    public int computedChecksum() {
        return SuperblockDescriptor.checksum(buffer, offset, roleCount());
    }

    /** Whether the stored checksum is the right one. */
    public boolean isChecksumCorrect() {
        return checksum() == computedChecksum();
    }

    /** Store the right checksum, after the last change and before writing. */
    public Superblock updateChecksum() {
        buffer.putInt(offset + CHECKSUM_OFFSET, computedChecksum(), ORDER);
        return this;
    }

    @Override
    public String toString() {
        if (buffer == null) {
            return "Superblock{}";
        }
        return "Superblock{uuid=" + setUuidText() + " level=" + level() + " raidDisks=" + raidDisks() + " deviceNumber="
                + deviceNumber() + " role=" + Role.describe(ownRole()) + " events=" + events() + "}";
    }

    private byte[] bytes(int fieldOffset, int length) {
        byte[] bytes = new byte[length];
        buffer.getBytes(offset + fieldOffset, bytes);
        return bytes;
    }

    private Superblock putUuid(int fieldOffset, byte[] uuid) {
        if (uuid.length != UUID_LENGTH) {
            throw new IllegalArgumentException("a uuid has 16 bytes: length=" + uuid.length);
        }
        buffer.putBytes(offset + fieldOffset, uuid);
        return this;
    }
}
