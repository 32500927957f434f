package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BlockDeviceContract;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.blockdev.MemoryBlockDevice;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class LogMirrorTest {
    private static final int PAGE = 4096;
    private static final long LENGTH = 64 * PAGE;
    private static final long LIMIT_NS = 1000;

    private final ScriptedDevice first = new ScriptedDevice(new MemoryBlockDevice("first", LENGTH + 8 * PAGE));
    private final ScriptedDevice second = new ScriptedDevice(new MemoryBlockDevice("second", LENGTH));
    private final List<Integer> failed = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private final UnsafeBuffer page = BufferSlab.allocate(PAGE);
    private long nowNs = 1;
    private final LogMirror mirror = new LogMirror(
            List.of(new LogMirror.Copy(first, 8 * PAGE), new LogMirror.Copy(second, 0)), LENGTH, () -> nowNs, LIMIT_NS);

    /** It is a device as any other. */
    @Nested
    class OfTwoCopies extends BlockDeviceContract {
        @Override
        protected BlockDevice createDevice(long length) {
            return new LogMirror(
                    List.of(
                            new LogMirror.Copy(new MemoryBlockDevice("a", length + PAGE), PAGE),
                            new LogMirror.Copy(new MemoryBlockDevice("b", length), 0)),
                    length,
                    () -> 0,
                    LIMIT_NS);
        }
    }

    private void poll(IoChannel channel) {
        channel.poll((token, status) -> answers.add(token + " " + status));
    }

    private byte byteAt(BlockDevice device, long offset) {
        device.read(offset / PAGE * PAGE, page, 0, PAGE);
        return page.getByte((int) (offset % PAGE));
    }

    @Test
    void shouldWriteToEveryCopyAtItsPlace() {
        page.setMemory(0, PAGE, (byte) 7);
        try (ManualLoop loop = new ManualLoop("l");
                IoChannel channel = mirror.openChannel(loop, 2)) {
            channel.write(3 * PAGE, page, 0, PAGE, 1);
            channel.flush(2);
            poll(channel);
            poll(channel);
        }
        assertEquals(List.of("1 OK", "2 OK"), answers);
        assertEquals(7, byteAt(first, 11 * PAGE));
        assertEquals(7, byteAt(second, 3 * PAGE));
        assertEquals(1, first.flushes);
        assertEquals(1, second.flushes);
    }

    @Test
    void shouldAnswerOnlyWhenTheLossOfACopyIsOnRecord() {
        mirror.listener((copy, status) -> failed.add(copy));
        second.writeStatus = IoStatus.MEDIA_ERROR;
        try (ManualLoop loop = new ManualLoop("l");
                IoChannel channel = mirror.openChannel(loop, 2)) {
            channel.write(0, page, 0, PAGE, 1);
            poll(channel);
            poll(channel);
            assertEquals(List.of(1), failed);
            assertEquals(List.of(), answers);
            assertEquals(1, channel.outstanding());
            mirror.failureRecorded(1);
            poll(channel);
            assertEquals(List.of("1 OK"), answers);
            int writes = second.writes;
            channel.write(0, page, 0, PAGE, 2);
            poll(channel);
            assertEquals(List.of("1 OK", "2 OK"), answers);
            assertEquals(writes, second.writes, "it is left alone");
        }
    }

    @Test
    void shouldFailWhenNoCopyIsLeft() {
        mirror.listener((copy, status) -> failed.add(copy));
        first.writeStatus = IoStatus.NO_SPACE;
        second.writeStatus = IoStatus.MEDIA_ERROR;
        try (ManualLoop loop = new ManualLoop("l");
                IoChannel channel = mirror.openChannel(loop, 2)) {
            channel.write(0, page, 0, PAGE, 1);
            poll(channel);
            assertEquals(2, failed.size());
            assertEquals(1, answers.size());
            assertFalse(answers.get(0).endsWith("OK"), answers::toString);
            channel.flush(2);
            poll(channel);
            assertEquals(2, answers.size());
            assertFalse(answers.get(1).endsWith("OK"), answers::toString);
        }
        assertThrows(DeviceException.class, mirror::flush);
    }

    @Test
    void shouldGiveUpACopyThatDoesNotAnswer() {
        mirror.listener((copy, status) -> {
            failed.add(copy);
            mirror.failureRecorded(copy);
        });
        second.hung = true;
        try (ManualLoop loop = new ManualLoop("l");
                IoChannel channel = mirror.openChannel(loop, 1)) {
            channel.write(0, page, 0, PAGE, 1);
            poll(channel);
            assertEquals(List.of(), answers);
            nowNs += LIMIT_NS + 1;
            poll(channel);
            assertEquals(List.of("1 OK"), answers);
            assertEquals(List.of(1), failed);
            channel.write(0, page, 0, PAGE, 2);
            poll(channel);
            second.hung = false;
            poll(channel);
            channel.flush(3);
            poll(channel);
            assertEquals(List.of("1 OK", "2 OK", "3 OK"), answers, "its late answer is nobody's");
        }
    }

    @Test
    void shouldReadFromACopyThatCan() {
        page.setMemory(0, PAGE, (byte) 9);
        mirror.write(5 * PAGE, page, 0, PAGE);
        page.setMemory(0, PAGE, (byte) 0);
        first.badOffset = 13 * PAGE;
        mirror.read(5 * PAGE, page, 0, PAGE);
        assertEquals(9, page.getByte(0));
        assertFalse(mirror.isFailed(0), "it may still take writes");
    }

    @Test
    void shouldRefuseACopyWithoutRoom() {
        ScriptedDevice small = new ScriptedDevice(new MemoryBlockDevice("small", LENGTH - PAGE));
        assertThrows(IllegalArgumentException.class, () -> mirror.add(new LogMirror.Copy(small, 0)));
        assertEquals(2, mirror.aliveCount());
        assertTrue(mirror.name().contains("first") && mirror.name().contains("second"));
    }
}
