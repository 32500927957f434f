package io.holdfast.fault.torture;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.fault.ArrayBench;
import io.holdfast.fault.device.PowerLoss;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.metadata.AddedDevice;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlanner;
import io.holdfast.raid.metadata.DeviceVerdict;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockReader;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.UnsafeBuffer;

/** Gives an array devices for those that it lost, as an operator's tool does. */
final class Replacement {
    private static final int RUBBISH_LENGTH = 4096;

    private Replacement() {}

    /**
     * Put a device into the place of one that is out.
     *
     * @param world  whose array is stopped.
     * @param slot   that nobody serves.
     * @param isSame whether the device that was there comes back, rather than a new one full of rubbish.
     * @param random of the rubbish and of the device's identity.
     * @return whether it could be done; otherwise nothing was changed.
     */
    static boolean make(TortureWorld world, int slot, boolean isSame, SplittableRandom random) {
        ArrayBench bench = world.bench();
        List<ExaminedDevice> examined = new ArrayList<>();
        for (int other = 0; other < bench.shape().memberCount(); other++) {
            if (other != slot && !world.member(other).isGone()) {
                examined.add(SuperblockReader.examine(bench.member(other)));
            }
        }
        if (bench.journal() != null) {
            examined.add(SuperblockReader.examine(bench.journal()));
        }
        AssemblyPlan plan = AssemblyPlanner.plan(examined, new AssemblyOptions(false, true, false, null));
        if (!plan.isWritable() || !plan.missingSlots().contains(slot)) {
            return false;
        }
        List<Superblock> present = new ArrayList<>();
        for (DeviceVerdict verdict : plan.devices()) {
            if (verdict.isUsed()) {
                present.add(verdict.superblock());
            }
        }
        Superblock freshest = plan.devices().stream()
                .filter(DeviceVerdict::isInSync)
                .map(DeviceVerdict::superblock)
                .max(Comparator.comparingLong(Superblock::events))
                .orElseThrow();
        SimulatedDevice device = isSame ? bench.member(slot) : bench.newMember(world.nextName(slot));
        if (!isSame) {
            fill(device, bench.shape().memberLength(), random);
        }
        Superblock spare = AddedDevice.spare(freshest, present, device.name(), device.geometry(), null, random);
        SuperblockWriter.zero(device);
        SuperblockWriter.write(device, spare);
        device.flush();
        world.replace(slot, device);
        return true;
    }

    /**
     * Put a device into the place of one that is out, while the array runs.
     *
     * @param world     that the array lives in.
     * @param array     running, degraded.
     * @param slot      that nobody serves.
     * @param isSame    whether the device that was there comes back, rather than a new one full of rubbish.
     * @param random    of the rubbish.
     * @param stepLimit the most steps to take.
     * @return what came of it.
     */
    static String whileItRuns(
            TortureWorld world, RaidArray array, int slot, boolean isSame, SplittableRandom random, long stepLimit) {
        String old = world.member(slot).name();
        if (array.state().devices().stream().anyMatch(each -> each.name().equals(old))) {
            CompletableFuture<Void> removed = array.removeAsync(old);
            if (!world.simulation().runUntil(removed::isDone, stepLimit)) {
                return "cut";
            }
            if (removed.isCompletedExceptionally()) {
                return "the old device is not let go of";
            }
        }
        ArrayBench bench = world.bench();
        SimulatedDevice device = isSame ? bench.member(slot) : bench.newMember(world.nextName(slot));
        CompletableFuture<Void> added;
        try {
            if (!isSame) {
                fill(device, bench.shape().memberLength(), random);
            }
            world.replace(slot, device);
            added = array.addAsync(world.asSeenByArrays(slot));
        } catch (PowerLoss e) {
            return "cut";
        } catch (ArrayException e) {
            return "not taken: " + e.getMessage();
        }
        if (!world.simulation().runUntil(added::isDone, stepLimit)) {
            return "cut";
        }
        return (isSame ? "the same device again, while it runs, slot " : "a new device, while it runs, slot ")
                + slot
                + (added.isCompletedExceptionally() ? ": not taken" : "");
    }

    /**
     * Have a member failed that nothing is wrong with.
     *
     * @param world     that the array lives in.
     * @param array     running.
     * @param slot      of the member.
     * @param stepLimit the most steps to take.
     * @return what came of it.
     */
    static String fail(TortureWorld world, RaidArray array, int slot, long stepLimit) {
        world.willBeFailed(slot);
        CompletableFuture<Void> failed = array.failAsync(world.member(slot).name());
        if (!world.simulation().runUntil(failed::isDone, stepLimit)) {
            return "cut";
        }
        return (failed.isCompletedExceptionally() ? "not failed, slot " : "failed, slot ") + slot;
    }

    /**
     * Give an array that runs without its journal another one.
     *
     * @param world     that the array lives in.
     * @param array     running.
     * @param stepLimit the most steps to take.
     * @return what came of it.
     */
    static String journal(TortureWorld world, RaidArray array, long stepLimit) {
        DeviceFaults device = world.newJournal();
        CompletableFuture<Void> added;
        try {
            added = array.useJournalAsync(device.device());
        } catch (PowerLoss e) {
            return "cut";
        }
        if (!world.simulation().runUntil(added::isDone, stepLimit)) {
            // Who knows whether it is part of the array: some superblocks may say so.
            world.takeJournal(device);
            world.log().attack();
            return "cut";
        }
        if (added.isCompletedExceptionally()) {
            return "another journal: not taken";
        }
        world.takeJournal(device);
        world.log().started(array.journalMode(), false);
        return "another journal";
    }

    private static void fill(SimulatedDevice device, long memberLength, SplittableRandom random) {
        byte[] bytes = new byte[RUBBISH_LENGTH];
        UnsafeBuffer block = BufferSlab.allocate(RUBBISH_LENGTH);
        for (long offset = 0; offset < memberLength; offset += RUBBISH_LENGTH) {
            random.nextBytes(bytes);
            block.putBytes(0, bytes);
            device.write(ArrayBench.DATA_OFFSET + offset, block, 0, RUBBISH_LENGTH);
        }
    }
}
