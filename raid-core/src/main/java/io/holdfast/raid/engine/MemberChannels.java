package io.holdfast.raid.engine;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.CloseHelper;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One shard's channels to the members, addressed by device index and by offset in the member's data, with a limit on how
 * long a member may take.
 *
 * <p>A member that leaves one operation unanswered for longer than the limit is given up, with everything that it was asked:
 * each of these operations is reported {@link IoStatus#TIMED_OUT}, once. <b>The memory named in such an operation still
 * belongs to the device</b>, which may write to it, or send what it finds there, whenever it wakes up. It is kept from the
 * collector here until then; its owner must not use it again, nor read from it what the device was to put there, until told
 * so by the handler for late answers.
 */
final class MemberChannels implements AutoCloseable {
    /** Stands for the memory of operations that have none. */
    private static final MutableDirectBuffer NO_MEMORY = new UnsafeBuffer(0, 0);

    /** In the order in which they came; those that went are not among them. */
    private final List<Member> members = new ArrayList<>();

    private final NanoClock clock;
    private final long timeLimitNs;
    /** By device index; null for what is not a member. */
    private Member[] byIndex;

    private IoLoop loop;
    private int capacity;
    private boolean anySuspect;
    private long nowNs;
    private long nextLookNs;

    /** A device and what it has been asked. */
    private static final class Member implements IoCompletionHandler {
        final MemberDevice device;
        final long dataOffset;
        IoChannel channel;
        boolean suspect;

        /** By place: what was asked. The place is the token that the device's channel sees. */
        private long[] token;

        private long[] sinceNs;
        private MutableDirectBuffer[] buffer;
        private boolean[] abandoned;
        private int[] freePlaces;
        private int freeCount;
        private int abandonedCount;
        private IoCompletionHandler inTime;
        private IoCompletionHandler late;

        Member(MemberDevice device) {
            this.device = device;
            dataOffset = device.dataOffset();
        }

        void open(IoLoop loop, int capacity) {
            channel = device.device().openChannel(loop, capacity);
            token = new long[capacity];
            sinceNs = new long[capacity];
            buffer = new MutableDirectBuffer[capacity];
            abandoned = new boolean[capacity];
            freePlaces = new int[capacity];
            for (int place = capacity - 1; place >= 0; place--) {
                freePlaces[freeCount++] = place;
            }
        }

        int ask(long asked, MutableDirectBuffer memory, long nowNs) {
            int place = freePlaces[--freeCount];
            token[place] = asked;
            sinceNs[place] = nowNs;
            buffer[place] = memory;
            return place;
        }

        int poll(IoCompletionHandler handler, IoCompletionHandler lateHandler) {
            inTime = handler;
            late = lateHandler;
            return channel.poll(this);
        }

        @Override
        public void onCompletion(long placeToken, IoStatus status) {
            int place = (int) placeToken;
            long asked = token[place];
            boolean isLate = abandoned[place];
            buffer[place] = null;
            abandoned[place] = false;
            abandonedCount -= isLate ? 1 : 0;
            freePlaces[freeCount++] = place;
            (isLate ? late : inTime).onCompletion(asked, status);
        }

        boolean isOverdue(long nowNs, long limitNs) {
            if (channel.outstanding() == abandonedCount) {
                return false;
            }
            for (int place = 0; place < token.length; place++) {
                if (isWaiting(place) && nowNs - sinceNs[place] > limitNs) {
                    return true;
                }
            }
            return false;
        }

        /** Report everything under way. The handler may ask other members, but not this one: it is suspect by then. */
        int abandon(IoCompletionHandler handler) {
            int count = 0;
            for (int place = 0; place < token.length; place++) {
                if (isWaiting(place)) {
                    abandoned[place] = true;
                    abandonedCount++;
                    count++;
                    handler.onCompletion(token[place], IoStatus.TIMED_OUT);
                }
            }
            return count;
        }

        private boolean isWaiting(int place) {
            return !abandoned[place] && buffer[place] != null;
        }
    }

    /**
     * Channels to be opened.
     *
     * @param devices     in index order.
     * @param clock       of the limit.
     * @param timeLimitNs how long a member may take to answer.
     */
    MemberChannels(List<MemberDevice> devices, NanoClock clock, long timeLimitNs) {
        this.clock = clock;
        this.timeLimitNs = timeLimitNs;
        byIndex = new Member[devices.size()];
        for (MemberDevice device : devices) {
            put(new Member(device));
        }
    }

    private void put(Member member) {
        int index = member.device.index();
        if (index >= byIndex.length) {
            byIndex = Arrays.copyOf(byIndex, index + 1);
        }
        byIndex[index] = member;
        members.add(member);
    }

    void open(IoLoop owner, int channelCapacity) {
        loop = owner;
        capacity = channelCapacity;
        nowNs = clock.nanoTime();
        nextLookNs = nowNs;
        for (Member member : members) {
            member.open(loop, capacity);
        }
    }

    /**
     * Another member; while open.
     *
     * @throws DeviceException when it cannot be asked anything; it is under suspicion from its beginning then.
     */
    void add(MemberDevice device) {
        Member member = new Member(device);
        byIndex = Arrays.copyOf(byIndex, Math.max(byIndex.length, device.index() + 1));
        byIndex[device.index()] = member;
        try {
            member.open(loop, capacity);
            members.add(member);
        } catch (DeviceException e) {
            suspect(device.index());
            throw e;
        }
    }

    /** What became of a member that was to be forgotten. */
    enum Dropped {
        /** Nothing is under way on it: it may be closed. */
        IDLE,
        /** Somebody waits for its answers. */
        NOT_YET,
        /** It has memory of ours and does not answer: it is not let go of. */
        HUNG
    }

    /** Forget a member that serves no slot any more. */
    Dropped drop(int device) {
        Member member = byIndex[device];
        if (member.channel == null) {
            return Dropped.IDLE;
        }
        int outstanding = member.channel.outstanding();
        if (outstanding > 0) {
            return outstanding == member.abandonedCount ? Dropped.HUNG : Dropped.NOT_YET;
        }
        members.remove(member);
        member.channel.close();
        member.channel = null;
        anySuspect = members.stream().anyMatch(left -> left.suspect);
        return Dropped.IDLE;
    }

    /**
     * Deliver what has been answered, and what has not been for too long.
     *
     * @param handler told of each operation once.
     * @param late    told once more of those that were reported as timed out, when their memory is free again.
     * @return how many completions were delivered.
     */
    int poll(IoCompletionHandler handler, IoCompletionHandler late) {
        int completions = 0;
        boolean anyUnderWay = false;
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            if (member.channel.outstanding() > 0) {
                completions += member.poll(handler, late);
                anyUnderWay = true;
            }
        }
        nowNs = clock.nanoTime();
        if (anyUnderWay && nowNs - nextLookNs >= 0) {
            nextLookNs = nowNs + timeLimitNs / 8;
            for (int i = 0; i < members.size(); i++) {
                if (members.get(i).isOverdue(nowNs, timeLimitNs)) {
                    completions += members.get(i).abandon(handler);
                }
            }
        }
        return completions;
    }

    /** The time when {@link #poll} looked last. */
    long nowNs() {
        return nowNs;
    }

    DeviceGeometry geometry(int device) {
        return byIndex[device].device.device().geometry();
    }

    /**
     * Stop relying on a device before the conductor has decided its fate: a shard that saw a write fail must not read the
     * old bytes back while the failure is being recorded.
     */
    void suspect(int device) {
        byIndex[device].suspect = true;
        anySuspect = true;
    }

    boolean isSuspect(int device) {
        return byIndex[device].suspect;
    }

    boolean anySuspect() {
        return anySuspect;
    }

    void read(int device, long memberOffset, MutableDirectBuffer buffer, int index, int length, long token) {
        Member member = byIndex[device];
        member.channel.read(member.dataOffset + memberOffset, buffer, index, length, member.ask(token, buffer, nowNs));
    }

    void write(int device, long memberOffset, MutableDirectBuffer buffer, int index, int length, long token) {
        Member member = byIndex[device];
        member.channel.write(member.dataOffset + memberOffset, buffer, index, length, member.ask(token, buffer, nowNs));
    }

    void writeZeroes(int device, long memberOffset, long length, long token) {
        Member member = byIndex[device];
        member.channel.writeZeroes(member.dataOffset + memberOffset, length, member.ask(token, NO_MEMORY, nowNs));
    }

    void flush(int device, long token) {
        Member member = byIndex[device];
        member.channel.flush(member.ask(token, NO_MEMORY, nowNs));
    }

    @Override
    public void close() {
        for (Member member : members) {
            CloseHelper.close(member.channel);
        }
    }
}
