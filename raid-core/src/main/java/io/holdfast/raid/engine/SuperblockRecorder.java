package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.metadata.BadBlockLog;
import io.holdfast.raid.metadata.SuperblockDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes one generation of superblocks to every device of the array, in steps with a barrier between them.
 *
 * <ol>
 *   <li><b>Flush the devices.</b> What the new superblocks are going to vouch for (a clean array, a mark of a rebuild, a
 *       journal tail) must be durable first. Left out when they vouch for nothing new.
 *   <li><b>Write what is to change of the bitmap</b>, if the array has one, and flush that, which serves for the first step as
 *       well unless bits are to be taken away. Before the superblocks: the bitmap's own tells the same count of updates as
 *       they do. If it came later, a crash in between would find it older than the array, and all of it stale.
 *   <li><b>Write bad block lists</b> that have changed, and flush them. Before the superblocks: one that says that there is a
 *       list must not be found beside whatever lay there before. A list that is too new only says of good bytes that they are bad.
 *   <li><b>Write</b> every superblock.
 *   <li><b>Flush again.</b> Only now does the new generation count.
 * </ol>
 *
 * <p>Bits alone need no superblocks, but the same recorder writes them, one thing after the other: the first bits share their
 * sector with the bitmap's superblock.
 *
 * <p>A crash inside the writing leaves some devices one event behind the others. Assembly then believes the newer ones, whose
 * word about every member includes whatever this generation had to say. It must never be two: those behind would be taken
 * for stale. So a generation that ends before that uses up no event number, and one that ends inside it is followed by
 * one that begins with the first step, which makes the superblocks durable that were written.
 *
 * <p>Confined to the conductor's thread. A device that fails on the way is reported and the generation is void: the
 * conductor writes another that knows of the failure.
 */
final class SuperblockRecorder implements AutoCloseable {
    /** Told how a generation ended. */
    interface Outcome {
        /** A device failed: the generation does not count. */
        void onDeviceFailed(int device, IoStatus status, String operation);

        /** The generation is durable on every device it was meant for, unless one failed. */
        void onEnd(boolean recorded);
    }

    private enum Step {
        IDLE,
        FLUSHING_DATA,
        WRITING_BITMAP,
        FLUSHING_BITMAP,
        WRITING_LISTS,
        FLUSHING_LISTS,
        WRITING,
        FLUSHING_SUPERBLOCKS
    }

    /** What it keeps of one device. */
    private static final class Target {
        final BlockDevice device;
        final UnsafeBuffer image = BufferSlab.allocate(SuperblockDescriptor.LENGTH);
        /** The bad block list, when it has to be written. */
        final UnsafeBuffer list = BufferSlab.allocate(BadBlockLog.MAX_LENGTH);

        long listOffset;
        int listLength;

        /** Written along with the superblock when the device is introduced; or null. */
        UnsafeBuffer extra;

        long extraOffset;
        IoChannel channel;
        long offset;
        int length;
        boolean included;
        boolean takesBitmap;
        boolean failed;
        /** Answers that are missing. */
        int asked;
        /** Asked, and not answered in time. */
        boolean givenUp;
        /** Its channel is closed. */
        boolean isDropped;

        Target(BlockDevice device) {
            this.device = device;
        }
    }

    private final List<Target> targets = new ArrayList<>();

    private final long timeLimitNs;
    private long nowNs;
    private long stepSinceNs;
    private final IoCompletionHandler completion = this::onCompletion;
    private final Outcome outcome;
    /** Null while nothing but bits is written. */
    private SuperblockSet recorded;
    /** Null when nothing of a bitmap is written. */
    private BitmapBatch bitmap;

    private boolean isIntroduction;
    private IoLoop loop;
    private Step step = Step.IDLE;
    private int pending;
    private boolean anyGivenUp;

    SuperblockRecorder(List<BlockDevice> devices, long timeLimitNs, Outcome outcome) {
        this.timeLimitNs = timeLimitNs;
        this.outcome = outcome;
        for (BlockDevice device : devices) {
            targets.add(new Target(device));
        }
    }

    void open(IoLoop owner) {
        loop = owner;
        for (Target target : targets) {
            target.channel = target.device.openChannel(loop, 2);
        }
    }

    /**
     * Another device, which gets the next index. While open, and only while idle.
     *
     * @param device      that comes.
     * @param extra       to be written along with its superblock when it is introduced.
     * @param extraOffset where to, in bytes from the start of the device.
     */
    void add(BlockDevice device, UnsafeBuffer extra, long extraOffset) {
        Target target = new Target(device);
        target.extra = extra;
        target.extraOffset = extraOffset;
        target.channel = device.openChannel(loop, 2);
        targets.add(target);
    }

    /**
     * Forget a device; its index stays taken. Only while idle.
     *
     * @return whether nothing is under way on it, so that it may be closed.
     */
    boolean drop(int index) {
        Target target = targets.get(index);
        if (target.channel.outstanding() > 0) {
            return false;
        }
        target.channel.close();
        target.isDropped = true;
        return true;
    }

    boolean isIdle() {
        return step == Step.IDLE;
    }

    /**
     * Begin a generation: copies the superblocks, so the originals may change at once.
     *
     * @param superblocks what they are to say.
     * @param include     which devices get theirs.
     * @param flushFirst  whether they vouch for something new.
     * @param ahead       of the bitmap; null for nothing.
     * @param now         the time it is.
     */
    void start(SuperblockSet superblocks, IntPredicate include, boolean flushFirst, BitmapBatch ahead, long now) {
        isIntroduction = false;
        take(superblocks, include, now);
        takeLists();
        takeBitmap(ahead);
        if (bitmap == null ? flushFirst : bitmap.takesBitsAway()) {
            step = Step.FLUSHING_DATA;
        } else if (bitmap != null) {
            // The flush behind the bitmap comes before the superblocks too, and will do for what they vouch for.
            step = Step.WRITING_BITMAP;
        } else {
            beginListsOrSuperblocks();
        }
        submit();
    }

    /** Write bits, and no superblocks. That is no generation. */
    void startBitmap(BitmapBatch batch, long now) {
        isIntroduction = false;
        nowNs = now;
        recorded = null;
        for (int i = 0; i < targets.size(); i++) {
            targets.get(i).included = false;
            targets.get(i).failed = false;
        }
        takeBitmap(batch);
        // Bits that are set needlessly cost a resync of their region; one that is missing costs the array. So only
        // those
        // that are taken away wait for what was written under them.
        step = batch.takesBitsAway() ? Step.FLUSHING_DATA : Step.WRITING_BITMAP;
        submit();
    }

    private void takeBitmap(BitmapBatch batch) {
        bitmap = batch;
        for (int i = 0; i < targets.size(); i++) {
            Target target = targets.get(i);
            target.takesBitmap = batch != null && batch.concerns(i) && !target.givenUp && !target.isDropped;
        }
    }

    private void takeLists() {
        BadBlockTable lists = recorded.badBlocks();
        for (int i = 0; i < targets.size(); i++) {
            Target target = targets.get(i);
            target.listLength = 0;
            if (target.included && lists.isMember(i)) {
                target.listLength = lists.take(i, target.list);
                target.listOffset = lists.logOffset(i);
            }
        }
    }

    private void beginListsOrSuperblocks() {
        boolean anyList = false;
        // By index, as everywhere on this way: what is recorded with every move of the journal's tail makes no garbage.
        for (int i = 0; i < targets.size(); i++) {
            anyList |= targets.get(i).included && targets.get(i).listLength > 0;
        }
        if (anyList) {
            step = Step.WRITING_LISTS;
        } else {
            beginWriting();
        }
    }

    /**
     * Write to new devices, and to them alone, superblocks that make them known when the next generation names them. That is
     * no generation: it uses up no event number, and nobody believes these devices before.
     */
    void introduce(SuperblockSet superblocks, IntPredicate include, long now) {
        isIntroduction = true;
        take(superblocks, include, now);
        takeBitmap(null);
        beginWriting();
        submit();
    }

    private void take(SuperblockSet superblocks, IntPredicate include, long now) {
        nowNs = now;
        for (int i = 0; i < targets.size(); i++) {
            Target target = targets.get(i);
            target.included = include.test(i) && !target.givenUp && !target.isDropped;
            target.failed = false;
            if (target.included) {
                superblocks.copyTo(i, target.image);
                target.offset = superblocks.offset(i);
                target.length = superblocks.length(i, target.device.geometry());
            }
        }
        recorded = superblocks;
    }

    private void beginWriting() {
        step = Step.WRITING;
        if (!isIntroduction) {
            recorded.begun();
        }
    }

    int poll(long now) {
        int work = 0;
        nowNs = now;
        if (step != Step.IDLE || anyGivenUp) {
            // Also of devices that were given up: what they answer means nothing, but then they owe nothing any more.
            for (int i = 0; i < targets.size(); i++) {
                IoChannel channel = targets.get(i).channel;
                if (!targets.get(i).isDropped && channel.outstanding() > 0) {
                    work += channel.poll(completion);
                }
            }
            if (step != Step.IDLE && nowNs - stepSinceNs > timeLimitNs) {
                work += giveUpTheSilent();
            }
        }
        return work;
    }

    /** A device that takes too long is as good as failed. Its image stays untouched: it is never written for again. */
    private int giveUpTheSilent() {
        int count = 0;
        stepSinceNs = nowNs;
        for (int i = 0; i < targets.size(); i++) {
            if (targets.get(i).asked > 0) {
                count++;
                onCompletion(i, IoStatus.TIMED_OUT);
            }
        }
        return count;
    }

    private void submit() {
        stepSinceNs = nowNs;
        // One extra, so that completions that arrive while submitting do not end the step early.
        pending = 1;
        for (int i = 0; i < targets.size(); i++) {
            Target target = targets.get(i);
            if (target.failed || !isConcerned(target)) {
                continue;
            }
            pending++;
            target.asked++;
            if (step == Step.WRITING && isIntroduction) {
                pending++;
                target.asked++;
                target.channel.write(target.extraOffset, target.extra, 0, target.extra.capacity(), i);
            }
            if (step == Step.WRITING_BITMAP) {
                target.channel.write(bitmap.offset(i), bitmap.buffer(), bitmap.index(i), bitmap.length(i), i);
            } else if (step == Step.WRITING_LISTS) {
                target.channel.write(target.listOffset, target.list, 0, target.listLength, i);
            } else if (step == Step.WRITING) {
                target.channel.write(target.offset, target.image, 0, target.length, i);
            } else {
                target.channel.flush(i);
            }
        }
        completed();
    }

    private boolean isConcerned(Target target) {
        return switch (step) {
            case WRITING_BITMAP -> target.takesBitmap;
            case WRITING_LISTS, FLUSHING_LISTS -> target.included && target.listLength > 0;
            default -> target.included || target.takesBitmap;
        };
    }

    private void onCompletion(long token, IoStatus status) {
        int device = (int) token;
        Target target = targets.get(device);
        if (target.asked == 0 || target.givenUp) {
            return;
        }
        target.asked--;
        target.givenUp = status == IoStatus.TIMED_OUT;
        anyGivenUp |= target.givenUp;
        if (status != IoStatus.OK) {
            target.failed = true;
            outcome.onDeviceFailed(device, status, operation());
        }
        completed();
    }

    private String operation() {
        return switch (step) {
            case WRITING -> "superblock";
            case WRITING_BITMAP -> "bitmap";
            case WRITING_LISTS -> "bad block list";
            default -> "flush";
        };
    }

    private void completed() {
        if (--pending > 0) {
            return;
        }
        boolean allWell = true;
        for (int i = 0; i < targets.size(); i++) {
            Target target = targets.get(i);
            allWell &= !((target.included || target.takesBitmap) && target.failed);
        }
        boolean wasLast = recorded == null ? step == Step.FLUSHING_BITMAP : step == Step.FLUSHING_SUPERBLOCKS;
        if (!allWell || wasLast) {
            step = Step.IDLE;
            if (!isIntroduction && recorded != null) {
                recorded.badBlocks().ended(allWell);
            }
            outcome.onEnd(allWell);
            return;
        }
        switch (step) {
            case FLUSHING_DATA -> {
                if (bitmap != null) {
                    step = Step.WRITING_BITMAP;
                } else {
                    beginListsOrSuperblocks();
                }
            }
            case WRITING_BITMAP -> step = Step.FLUSHING_BITMAP;
            case FLUSHING_BITMAP -> beginListsOrSuperblocks();
            case WRITING_LISTS -> step = Step.FLUSHING_LISTS;
            case FLUSHING_LISTS -> beginWriting();
            default -> step = Step.FLUSHING_SUPERBLOCKS;
        }
        submit();
    }

    @Override
    public void close() {
        CloseHelper.closeAll(targets.stream()
                .filter(target -> !target.isDropped)
                .map(target -> target.channel)
                .toList());
    }
}
