package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.metadata.SuperblockDescriptor;
import java.util.List;
import java.util.function.IntPredicate;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes one generation of superblocks to every device of the array, in three steps with a barrier between them.
 *
 * <ol>
 *   <li><b>Flush the devices.</b> What the new superblocks are going to vouch for (a clean array, a mark of a rebuild, a
 *       journal tail) must be durable first. Left out when they vouch for nothing new.
 *   <li><b>Write</b> every superblock.
 *   <li><b>Flush again.</b> Only now does the new generation count.
 * </ol>
 *
 * <p>A crash inside step 2 leaves some devices one event behind the others. Assembly then believes the newer ones, whose
 * word about every member includes whatever this generation had to say. It must never be two: those behind would be taken
 * for stale. So a generation that ends before step 2 uses up no event number, and one that ends inside it is followed by
 * one that begins with step 1, which makes the superblocks durable that were written.
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
        WRITING,
        FLUSHING_SUPERBLOCKS
    }

    private final List<BlockDevice> devices;
    private final IoChannel[] channels;
    private final UnsafeBuffer[] image;
    private final long[] offset;
    private final boolean[] included;
    private final boolean[] failed;
    /** By device: asked, and not answered. */
    private final boolean[] asked;
    /** By device: asked, and not answered in time. */
    private final boolean[] givenUp;

    private final long timeLimitNs;
    private long nowNs;
    private long stepSinceNs;
    private final IoCompletionHandler completion = this::onCompletion;
    private final Outcome outcome;
    private SuperblockSet recorded;
    private Step step = Step.IDLE;
    private int pending;

    SuperblockRecorder(List<BlockDevice> devices, long timeLimitNs, Outcome outcome) {
        this.timeLimitNs = timeLimitNs;
        this.devices = devices;
        this.outcome = outcome;
        channels = new IoChannel[devices.size()];
        image = new UnsafeBuffer[devices.size()];
        offset = new long[devices.size()];
        included = new boolean[devices.size()];
        failed = new boolean[devices.size()];
        asked = new boolean[devices.size()];
        givenUp = new boolean[devices.size()];
        for (int i = 0; i < image.length; i++) {
            image[i] = BufferSlab.allocate(SuperblockDescriptor.LENGTH);
        }
    }

    void open(IoLoop loop) {
        for (int i = 0; i < channels.length; i++) {
            channels[i] = devices.get(i).openChannel(loop, 2);
        }
    }

    boolean isIdle() {
        return step == Step.IDLE;
    }

    /** Begin a generation: copies the superblocks, so the originals may change at once. */
    void start(SuperblockSet superblocks, IntPredicate include, boolean flushFirst, long now) {
        nowNs = now;
        for (int i = 0; i < channels.length; i++) {
            included[i] = include.test(i) && !givenUp[i];
            failed[i] = false;
            if (included[i]) {
                superblocks.copyTo(i, image[i]);
                offset[i] = superblocks.offset(i);
            }
        }
        recorded = superblocks;
        if (flushFirst) {
            step = Step.FLUSHING_DATA;
        } else {
            beginWriting();
        }
        submit();
    }

    private void beginWriting() {
        step = Step.WRITING;
        recorded.begun();
    }

    int poll(long now) {
        int work = 0;
        nowNs = now;
        if (step != Step.IDLE) {
            for (IoChannel channel : channels) {
                if (channel.outstanding() > 0) {
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
        for (int i = 0; i < asked.length; i++) {
            if (asked[i]) {
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
        for (int i = 0; i < channels.length; i++) {
            if (!included[i] || failed[i]) {
                continue;
            }
            pending++;
            asked[i] = true;
            if (step == Step.WRITING) {
                channels[i].write(offset[i], image[i], 0, SuperblockDescriptor.LENGTH, i);
            } else {
                channels[i].flush(i);
            }
        }
        completed();
    }

    private void onCompletion(long token, IoStatus status) {
        int device = (int) token;
        if (!asked[device] || givenUp[device]) {
            return;
        }
        asked[device] = false;
        givenUp[device] = status == IoStatus.TIMED_OUT;
        if (status != IoStatus.OK) {
            failed[device] = true;
            outcome.onDeviceFailed(device, status, step == Step.WRITING ? "superblock" : "flush");
        }
        completed();
    }

    private void completed() {
        if (--pending > 0) {
            return;
        }
        boolean allWell = true;
        for (int i = 0; i < failed.length; i++) {
            allWell &= !(included[i] && failed[i]);
        }
        if (!allWell || step == Step.FLUSHING_SUPERBLOCKS) {
            step = Step.IDLE;
            outcome.onEnd(allWell);
            return;
        }
        if (step == Step.FLUSHING_DATA) {
            beginWriting();
        } else {
            step = Step.FLUSHING_SUPERBLOCKS;
        }
        submit();
    }

    @Override
    public void close() {
        CloseHelper.closeAll(channels);
    }
}
