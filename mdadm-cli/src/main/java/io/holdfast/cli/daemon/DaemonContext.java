package io.holdfast.cli.daemon;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.ExaminedDevice;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What a daemon is started with.
 *
 * @param name      of the array.
 * @param folder    where its sockets go; prepared.
 * @param listen    TCP address to serve NBD on too, or null.
 * @param insecure  whether that may be one that other machines reach, although nothing is encrypted.
 * @param plan      of the assembly that is about to be made.
 * @param assembler starts the array, given who is to be told what happens to it.
 * @param opener    opens a device to own it, by name.
 * @param examiner  looks at a device, by name, without owning it.
 * @param scrubPeriodSeconds between checks that start by themselves; 0 for none.
 * @param clock     for times of day.
 * @param nanoClock for intervals.
 */
public record DaemonContext(
        String name,
        RunFolder folder,
        InetSocketAddress listen,
        boolean insecure,
        AssemblyPlan plan,
        Function<ArrayListener, RaidArray> assembler,
        Function<String, BlockDevice> opener,
        Function<String, ExaminedDevice> examiner,
        long scrubPeriodSeconds,
        Clock clock,
        LongSupplier nanoClock) {}
