package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.metadata.AddedDevice;
import io.holdfast.raid.metadata.BadBlockList;
import io.holdfast.raid.metadata.ConfigurationException;
import io.holdfast.raid.metadata.MemberCondition;
import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.Superblock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The conductor's hand for the devices of a running array: which there are, which have failed, and those that come and go
 * because somebody asked for it. Confined to the conductor's thread, but for {@link #name}, {@link #list} and {@link #checkMayArrive}.
 *
 * <p>Every device that ever was part of the running array has an index, journals included, which is never given to another.
 * Whoever asked for something is answered when superblocks say it, not before.
 */
final class Roster {
    /** The most devices that one run of an array can have had: as many as fit into {@link IoToken}. */
    private static final int MAX_DEVICES = 1 << 16;

    /** What the roster asks of the conductor. */
    interface Host {
        /** Whether superblocks can be written, and will be for a while. */
        boolean mayChange();

        /** Whether the array would fail without this member. */
        boolean isNeeded(int device);

        /** The device is not to be used any more. */
        void fail(int device);

        /** Whether a slot exists and nothing serves it. */
        boolean isVacant(int slot);

        /** Whether the bitmap tells all that a device has missed, given its superblock. */
        boolean isCoveredByBitmap(Superblock away);

        /** Whether nothing of the kind of a rebuild goes on, nor is coming to its end. */
        boolean isMaintenanceIdle();

        /** Give a slot to the device that had it, which lacks no more than the bitmap says. */
        void takeBack(int slot, int device);

        /** The slot that a device serves, in sync and with nobody being filled for it; or -1. */
        int replaceableSlot(int device);

        /** Whether a recovery is going on: its mark is one for all that it fills. */
        boolean isRebuilding();

        /** Fill a device, to take a slot. */
        void replace(int slot, int spare);

        /** There is a spare more than before. */
        void spareArrived();

        /** Write superblocks. */
        void recordWanted();
    }

    /** Somebody who waits until superblocks say what he asked for. */
    private record Waiting(int device, CompletableFuture<?> answer, Runnable done) {}

    private final Host host;
    private final SuperblockSet superblocks;
    private final SuperblockRecorder recorder;
    private final Consumer<ShardControl> broadcast;
    private final int shardCount;
    private final List<MemberDevice> members;
    private final BitSet down = new BitSet();
    private final Queue<Runnable> changes = new ArrayDeque<>();
    /** Those whose wish the next superblocks are going to say, and those whose wish is being written. */
    private final List<Waiting> unsaid = new ArrayList<>();

    private final List<Waiting> beingSaid = new ArrayList<>();
    /** Of devices that nobody names any more, and that somebody may still be asking. */
    private final List<CompletableFuture<BlockDevice>> leaving = new ArrayList<>();
    /** By index; replaced as a whole, because others read it. */
    private volatile List<BlockDevice> devices;

    /** Names of devices that were removed and have operations under way. */
    private final Set<String> hung = ConcurrentHashMap.newKeySet();

    private volatile List<ArrayState.Device> listed = List.of();
    private int publishedCount = -1;

    /**
     * A roster of the devices that the array starts with.
     *
     * @param host        of the roster.
     * @param members     that hold or may come to hold a slot, in index order.
     * @param devices     these, and the journal's after them.
     * @param superblocks of all of them, in the same order.
     * @param recorder    of these superblocks.
     * @param broadcast   tells every shard.
     * @param shardCount  how many shards there are.
     */
    Roster(
            Host host,
            List<MemberDevice> members,
            List<BlockDevice> devices,
            SuperblockSet superblocks,
            SuperblockRecorder recorder,
            Consumer<ShardControl> broadcast,
            int shardCount) {
        this.host = host;
        this.members = new ArrayList<>(members);
        this.devices = List.copyOf(devices);
        this.superblocks = superblocks;
        this.recorder = recorder;
        this.broadcast = broadcast;
        this.shardCount = shardCount;
        publish();
    }

    // ---- from any thread ----

    /** How people know a device. */
    String name(int device) {
        return devices.get(device).name();
    }

    DeviceGeometry geometry(int device) {
        return devices.get(device).geometry();
    }

    /** The array's devices, those that have failed included, as of the last superblocks. */
    List<ArrayState.Device> list() {
        return listed;
    }

    /**
     * Whether a device may be taken.
     *
     * @throws ArrayException when the array has it, or had it and it has not answered everything since: what it was told to
     *                        write then it may still write some day, over what it is to hold now.
     */
    void checkMayArrive(BlockDevice device) {
        for (ArrayState.Device each : listed) {
            if (each.name().equals(device.name())) {
                throw refusal(device.name() + " is a device of this array already"
                        + (each.condition() == MemberCondition.FAULTY ? "; it has failed, remove it first" : ""));
            }
        }
        if (hung.contains(device.name())) {
            throw refusal(device.name()
                    + " was removed while it still owed answers; it can come back when the array has been stopped");
        }
    }

    // ---- who there is ----

    boolean isDown(int device) {
        return down.get(device);
    }

    /** The device is not asked anything any more. */
    void down(int device) {
        down.set(device);
    }

    /** Whether superblocks are written to a device. */
    boolean isRecorded(int device) {
        return !down.get(device) && superblocks.isListed(device);
    }

    /** Give a device the next index, as the recorder and the superblocks do at the same time. */
    int add(BlockDevice device) {
        int index = devices.size();
        List<BlockDevice> all = new ArrayList<>(devices);
        all.add(device);
        devices = List.copyOf(all);
        return index;
    }

    /** A spare that could take a slot, or -1. */
    int anySpare() {
        for (MemberDevice member : members) {
            if (isRecorded(member.index()) && superblocks.condition(member.index()) == MemberCondition.SPARE) {
                return member.index();
            }
        }
        return -1;
    }

    /** The superblocks about to be written are as they are to be: this is what there is. */
    void publish() {
        if (superblocks.changeCount() == publishedCount) {
            return;
        }
        publishedCount = superblocks.changeCount();
        List<ArrayState.Device> all = new ArrayList<>();
        for (int index = 0; index < devices.size(); index++) {
            if (superblocks.isListed(index)) {
                all.add(superblocks.describe(index, name(index)));
            }
        }
        listed = all;
    }

    // ---- what people ask for ----

    /** Take a spare. */
    void arrive(NewMember next, CompletableFuture<Void> answer) {
        ask(answer, () -> take(next, answer));
    }

    /**
     * Use a member no more.
     *
     * @param name   of the device.
     * @param answer completed when the superblocks of the others say so.
     */
    void fail(String name, CompletableFuture<Void> answer) {
        ask(answer, () -> {
            int device = find(name);
            if (superblocks.condition(device) == MemberCondition.FAULTY) {
                answer.complete(null);
                return;
            }
            if (host.isNeeded(device)) {
                throw refusal(name + " cannot be failed: the array would be lost without it");
            }
            unsaid.add(new Waiting(-1, answer, () -> answer.complete(null)));
            host.fail(device);
            host.recordWanted();
        });
    }

    /**
     * Copy a member to another device, which takes its slot when it is done.
     *
     * @param name   of the member.
     * @param next   to copy to; null for a spare that is there.
     * @param answer completed when the superblocks say that it is being done.
     */
    void replace(String name, NewMember next, CompletableFuture<Void> answer) {
        ask(answer, () -> {
            if (host.isRebuilding()) {
                throw refusal("a member is being rebuilt or replaced; wait for the end of that");
            }
            int slot = host.replaceableSlot(find(name));
            if (slot < 0) {
                throw refusal(
                        name + " cannot be replaced: only a member that is in sync can be copied, once at a time");
            }
            int spare = next == null ? anySpare() : enlist(next);
            if (spare < 0) {
                throw refusal("there is no spare that could replace " + name + "; name a device, or add one first");
            }
            host.replace(slot, spare);
            unsaid.add(new Waiting(spare, answer, () -> answer.complete(null)));
            host.recordWanted();
        });
    }

    /**
     * Take a member back that was away; only what it has missed is copied.
     *
     * @param returning the member.
     * @param answer    completed when the superblocks say that it is being done.
     */
    void takeBack(ReturningMember returning, CompletableFuture<Void> answer) {
        ask(answer, () -> {
            Superblock own = returning.own();
            String name = returning.device().name();
            int slot = own.ownRole();
            if (!host.isVacant(slot)) {
                throw refusal(
                        name + " cannot come back: it had " + Role.describe(slot) + ", which is not empty; add it");
            }
            if (!host.isCoveredByBitmap(own) || Long.compareUnsigned(own.events(), superblocks.events()) > 0) {
                throw refusal(name
                        + " cannot come back as it is: the array has no bitmap that says what it has missed; add it");
            }
            if (superblocks.present().stream().anyMatch(each -> each.deviceNumber() == own.deviceNumber())) {
                throw refusal(name + " cannot come back as it is: another device has its number by now; add it");
            }
            if (!host.isMaintenanceIdle()) {
                throw refusal(name + " cannot come back now: other work is going on; wait for the end of that");
            }
            int index = enlist(
                    returning.device(), AddedDevice.returning(superblocks.reference(), own), returning.badBlocks());
            unsaid.add(new Waiting(index, answer, () -> answer.complete(null)));
            // A crash before its superblock is written finds it as it was, and the bits as they are: it is taken back
            // then.
            host.takeBack(slot, index);
            host.recordWanted();
        });
    }

    /**
     * Let a device go that holds nothing of the array.
     *
     * @param name   of the device.
     * @param answer completed when no superblock names it any more, with the device if it may be closed, else with null.
     */
    void depart(String name, CompletableFuture<BlockDevice> answer) {
        ask(answer, () -> {
            int device = find(name);
            MemberCondition condition = superblocks.condition(device);
            if (condition == MemberCondition.JOURNAL) {
                throw refusal(name + " is the array's journal, which has a command of its own to remove it");
            }
            if (condition == MemberCondition.IN_SYNC
                    || condition == MemberCondition.RECOVERING
                    || condition == MemberCondition.REPLACING) {
                throw refusal(name + " is in use; fail it first, or replace it");
            }
            // From here on its number is free; its own superblock, if it can be read, is one update behind and counts
            // for
            // nothing: it has no slot in the others' table.
            superblocks.remove(device);
            publish();
            unsaid.add(new Waiting(-1, answer, () -> drop(device, answer)));
            host.recordWanted();
        });
    }

    private void ask(CompletableFuture<?> answer, Runnable change) {
        changes.add(() -> {
            try {
                if (!host.mayChange()) {
                    throw refusal("its members cannot be changed now: it is stopping, has failed or is only read");
                }
                change.run();
            } catch (ArrayException | ConfigurationException | DeviceException e) {
                answer.completeExceptionally(e);
            }
        });
    }

    private static ArrayException refusal(String message) {
        return new ArrayException(IoStatus.UNSUPPORTED, message);
    }

    private int find(String name) {
        // A device that failed and one that came instead may have the same name: the one in use is meant.
        int found = -1;
        for (int index = 0; index < devices.size(); index++) {
            if (superblocks.isListed(index) && name(index).equals(name) && (found < 0 || down.get(found))) {
                found = index;
            }
        }
        if (found < 0) {
            throw refusal(name + " is not a device of this array");
        }
        return found;
    }

    private void take(NewMember next, CompletableFuture<Void> answer) {
        int index = enlist(next);
        unsaid.add(new Waiting(index, answer, () -> answer.complete(null)));
        host.spareArrived();
        host.recordWanted();
    }

    /**
     * A device is the array's from now on. Its superblock and those that name it are written together, whatever of them a crash
     * leaves: a spare that nobody names is set aside, and one that is named and does not know it is a device without a superblock.
     */
    private int enlist(NewMember next) {
        Superblock superblock = next.superblock(superblocks.reference(), superblocks.present());
        return enlist(next.device(), superblock, BadBlockList.read(next.device(), superblock));
    }

    private int enlist(BlockDevice device, Superblock superblock, BadBlockList badBlocks) {
        checkMayArrive(device);
        if (devices.size() == MAX_DEVICES) {
            throw refusal("too many devices have come and gone; stop the array and start it again");
        }
        recorder.add(device, null, 0);
        int index = add(device);
        superblocks.addSpare(superblock);
        publish();
        MemberDevice member = new MemberDevice(
                index,
                device,
                superblock.dataOffsetSectors() * DeviceGeometry.SECTOR_LENGTH,
                superblock.deviceNumber());
        members.add(member);
        superblocks.badBlocks().join(member, badBlocks);
        broadcast.accept(new ShardControl.UseDevice(member));
        return index;
    }

    /** Nobody is told to use it any more; let go of it, at the recorder and at every shard. */
    private void drop(int device, CompletableFuture<BlockDevice> answer) {
        BlockDevice dropped = devices.get(device);
        leaving.removeIf(CompletableFuture::isDone);
        leaving.add(answer);
        AtomicInteger left = new AtomicInteger(shardCount);
        AtomicBoolean isIdle = new AtomicBoolean(recorder.drop(device));
        members.removeIf(member -> member.index() == device);
        broadcast.accept(new ShardControl.DropDevice(device, closed -> {
            if (!closed) {
                isIdle.set(false);
            }
            if (left.decrementAndGet() == 0) {
                if (!isIdle.get()) {
                    hung.add(dropped.name());
                }
                answer.complete(isIdle.get() ? dropped : null);
            }
        }));
    }

    // ---- the duty cycle ----

    /** Do what was asked for; only while the recorder is idle. */
    int doWork() {
        int work = 0;
        for (Runnable change = changes.poll(); change != null; change = changes.poll()) {
            change.run();
            work++;
        }
        return work;
    }

    /** Superblocks are about to be written that say all that was asked for until now. */
    void recording() {
        publish();
        if (!unsaid.isEmpty()) {
            beingSaid.addAll(unsaid);
            unsaid.clear();
        }
    }

    /** They are written, or not. */
    void recorded(boolean isWritten) {
        if (beingSaid.isEmpty()) {
            return;
        }
        if (!isWritten) {
            unsaid.addAll(0, beingSaid);
            beingSaid.clear();
            return;
        }
        List<Waiting> said = new ArrayList<>(beingSaid);
        beingSaid.clear();
        for (Waiting waiting : said) {
            if (waiting.device() >= 0 && down.get(waiting.device())) {
                waiting.answer().completeExceptionally(refusal(name(waiting.device()) + " failed as it was added"));
            } else {
                waiting.done().run();
            }
        }
    }

    /** No superblock is written any more. */
    void letGo(ArrayException reason) {
        doWork();
        for (List<Waiting> waiting : List.of(unsaid, beingSaid)) {
            waiting.forEach(each -> each.answer().completeExceptionally(reason));
            waiting.clear();
        }
        leaving.forEach(answer -> answer.complete(null));
    }
}
