package io.holdfast.raid.engine;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import java.util.List;
import org.agrona.CloseHelper;
import org.agrona.MutableDirectBuffer;

/** One shard's channels to the members, addressed by device index and by offset in the member's data. */
final class MemberChannels implements AutoCloseable {
    private final List<MemberDevice> devices;
    private final IoChannel[] channels;
    private final long[] dataOffset;
    private final boolean[] suspect;
    private boolean anySuspect;

    MemberChannels(List<MemberDevice> devices) {
        this.devices = devices;
        channels = new IoChannel[devices.size()];
        dataOffset = new long[devices.size()];
        suspect = new boolean[devices.size()];
        for (MemberDevice member : devices) {
            dataOffset[member.index()] = member.dataOffset();
        }
    }

    void open(IoLoop loop, int capacity) {
        for (MemberDevice member : devices) {
            channels[member.index()] = member.device().openChannel(loop, capacity);
        }
    }

    int poll(IoCompletionHandler handler) {
        int completions = 0;
        for (IoChannel channel : channels) {
            if (channel.outstanding() > 0) {
                completions += channel.poll(handler);
            }
        }
        return completions;
    }

    DeviceGeometry geometry(int device) {
        return devices.get(device).device().geometry();
    }

    /**
     * Stop relying on a device before the conductor has decided its fate: a shard that saw a write fail must not read the
     * old bytes back while the failure is being recorded.
     */
    void suspect(int device) {
        suspect[device] = true;
        anySuspect = true;
    }

    boolean isSuspect(int device) {
        return suspect[device];
    }

    boolean anySuspect() {
        return anySuspect;
    }

    void read(int device, long memberOffset, MutableDirectBuffer buffer, int index, int length, long token) {
        channels[device].read(dataOffset[device] + memberOffset, buffer, index, length, token);
    }

    void write(int device, long memberOffset, MutableDirectBuffer buffer, int index, int length, long token) {
        channels[device].write(dataOffset[device] + memberOffset, buffer, index, length, token);
    }

    void writeZeroes(int device, long memberOffset, long length, long token) {
        channels[device].writeZeroes(dataOffset[device] + memberOffset, length, token);
    }

    void flush(int device, long token) {
        channels[device].flush(token);
    }

    @Override
    public void close() {
        CloseHelper.closeAll(channels);
    }
}
