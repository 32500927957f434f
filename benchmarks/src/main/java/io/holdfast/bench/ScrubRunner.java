package io.holdfast.bench;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ScrubMode;
import io.holdfast.raid.SyncTask;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.metadata.SuperblockReader;
import io.holdfast.raid.parity.ParityCodecs;
import io.holdfast.raid.parity.StripeParity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * How fast a level 6 array on memory devices is checked, and how fast what lies in it is found and corrected, next to
 * comparing parity alone, on the same bytes in the same run. Rates are in bytes of all members together.
 *
 * <p>The peer, {@code raid6check}, needs a running md array and so cannot be run here; published for it is 0.4 MB/s.
 */
public final class ScrubRunner {
    private static final int MEMBERS = 6;
    private static final int CHUNK = 64 * 1024;
    private static final long MEMBER_LENGTH = 128L << 20;
    private static final int BLOCK = 4096;
    private static final double RAID6CHECK_BYTES_PER_SECOND = 0.4e6;

    private ScrubRunner() {}

    /**
     * Run all of it.
     *
     * @param args rounds (default 7).
     */
    public static void main(String[] args) {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 7;
        System.out.printf(
                "raid6 4+2, %d-byte chunks, %d MiB a member, medians of %d rounds, %s %s, parity codec %s%n",
                CHUNK,
                MEMBER_LENGTH >> 20,
                rounds,
                System.getProperty("java.vm.name"),
                System.getProperty("java.version"),
                ParityCodecs.fastest().name());
        double parity = median(rounds, ScrubRunner::compareAlone);
        tell("parity compared, memory alone", parity, parity);
        for (boolean isJournaled : new boolean[] {false, true}) {
            String where = isJournaled ? ", journal" : "";
            List<BlockDevice> devices = new ArrayList<>();
            try (RaidArray array = MemoryArray.create(6, MEMBERS, CHUNK, MEMBER_LENGTH, isJournaled, 1, devices)) {
                fill(array);
                tell("check, all fits" + where, median(rounds, () -> scrub(array, ScrubMode.CHECK, 0)), parity);
                tell(
                        "check, one member lies everywhere" + where,
                        median(rounds, () -> {
                            lie(devices.get(2), array, 1);
                            double rate = scrub(array, ScrubMode.CHECK, 1);
                            scrub(array, ScrubMode.CORRECT, 1);
                            return rate;
                        }),
                        parity);
                tell(
                        "repair, one member lies everywhere" + where,
                        median(rounds, () -> {
                            lie(devices.get(2), array, 1);
                            return scrub(array, ScrubMode.CORRECT, 1);
                        }),
                        parity);
                tell(
                        "repair, one sector in a thousand lies" + where,
                        median(rounds, () -> {
                            lie(devices.get(2), array, 1000);
                            return scrub(array, ScrubMode.CORRECT, 1);
                        }),
                        parity);
            }
        }
    }

    /** One round. */
    private interface Round {
        double rate();
    }

    private static double median(int rounds, Round round) {
        round.rate();
        round.rate();
        double[] rates = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            rates[i] = round.rate();
        }
        Arrays.sort(rates);
        return rates[rounds / 2];
    }

    private static void tell(String what, double rate, double parity) {
        System.out.printf(
                "%-50s %8.0f MB/s  %5.2f of parity alone  %8.0f times raid6check's published rate%n",
                what, rate / 1e6, rate / parity, rate / RAID6CHECK_BYTES_PER_SECOND);
    }

    private static double compareAlone() {
        ArrayLayout layout = new ArrayLayout(RaidLevel.RAID6, 2, MEMBERS, CHUNK, MEMBER_LENGTH / CHUNK * CHUNK);
        StripeParity parity = new StripeParity(ParityCodecs.fastest(), layout);
        UnsafeBuffer memory = BufferSlab.allocate(MEMBERS * (32 << 20));
        UnsafeBuffer scratch = BufferSlab.allocate(2 * BLOCK);
        long[] address = new long[MEMBERS];
        long begun = System.nanoTime();
        int count = 0;
        for (int pass = 0; pass < 4; pass++) {
            for (int at = 0; at < 32 << 20; at += BLOCK) {
                for (int slot = 0; slot < MEMBERS; slot++) {
                    address[slot] = memory.addressOffset() + (long) slot * (32 << 20) + at;
                }
                count += parity.verify(layout.stripe(at / CHUNK), address, scratch.addressOffset(), BLOCK) == 0 ? 1 : 0;
            }
        }
        return (double) count * MEMBERS * BLOCK * 1e9 / (System.nanoTime() - begun);
    }

    private static double scrub(RaidArray array, ScrubMode mode, int leastFound) {
        long begun = System.nanoTime();
        SyncTask task = array.check(mode);
        long bytes = task.completion().join().doneLength() * MEMBERS;
        double rate = bytes * 1e9 / (System.nanoTime() - begun);
        if (task.report().mismatches().size() < leastFound
                || (mode != ScrubMode.CHECK && task.report().isAnythingLeft())) {
            throw new IllegalStateException("not what was to be measured: " + task.progress());
        }
        return rate;
    }

    private static void fill(RaidArray array) {
        UnsafeBuffer bytes = BufferSlab.allocate(1 << 20);
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < bytes.capacity(); i += 8) {
            bytes.putLong(i, random.nextLong());
        }
        for (long offset = 0; offset + bytes.capacity() <= array.length(); offset += bytes.capacity()) {
            array.write(bytes.byteBuffer().duplicate().clear().limit(bytes.capacity()), offset);
        }
        array.flush();
    }

    /** Turn bits of one sector in so many around on a member. */
    private static void lie(BlockDevice device, RaidArray array, int oneIn) {
        long dataOffset = SuperblockReader.examine(device).superblock().dataOffsetSectors() * 512;
        long length = array.description().layout().memberLength();
        UnsafeBuffer sector = BufferSlab.allocate(oneIn == 1 ? 1 << 20 : 512);
        for (long at = 0; at + sector.capacity() <= length; at += oneIn == 1 ? sector.capacity() : 512L * oneIn) {
            device.read(dataOffset + at, sector, 0, sector.capacity());
            for (int i = 0; i < sector.capacity(); i += 8) {
                sector.putLong(i, ~sector.getLong(i));
            }
            device.write(dataOffset + at, sector, 0, sector.capacity());
        }
    }
}
