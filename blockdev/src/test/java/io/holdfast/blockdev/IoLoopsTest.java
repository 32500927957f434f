package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.uring.IoUring;
import org.junit.jupiter.api.Test;

class IoLoopsTest {
    @Test
    void shouldPreferARingWhereThereIsOne() {
        try (IoLoops loops = IoLoops.create(IoLoops.MODE_DEFAULT, Throwable::printStackTrace)) {
            assertEquals(IoUring.isAvailable() ? IoLoops.Mode.URING : IoLoops.Mode.POOL, loops.mode());
            assertTrue(loops.reason().contains("io_uring"), loops::reason);
        }
    }

    @Test
    void shouldMakeThreadsWithAPoolWhenAskedTo() {
        try (IoLoops loops = IoLoops.create("pool", Throwable::printStackTrace)) {
            assertEquals(IoLoops.Mode.POOL, loops.mode());
            ThreadLoop first = assertInstanceOf(ThreadLoop.class, loops.newLoop("first"));
            ThreadLoop second = assertInstanceOf(ThreadLoop.class, loops.newLoop("second"));
            assertEquals(first.pool(), second.pool());
        }
    }

    @Test
    void shouldObeyTheSystemProperty() {
        String before = System.getProperty(IoLoops.MODE_PROPERTY);
        try {
            System.setProperty(IoLoops.MODE_PROPERTY, "Pool");
            try (IoLoops loops = IoLoops.create(Throwable::printStackTrace)) {
                assertEquals(IoLoops.Mode.POOL, loops.mode());
                assertEquals("holdfast.io=pool", loops.reason());
            }
        } finally {
            if (before == null) {
                System.clearProperty(IoLoops.MODE_PROPERTY);
            } else {
                System.setProperty(IoLoops.MODE_PROPERTY, before);
            }
        }
    }

    @Test
    void shouldRefuseAModeThereIsNot() {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> IoLoops.create("iocp", Throwable::printStackTrace));
        assertEquals("holdfast.io=iocp: must be uring, pool or auto", refusal.getMessage());
    }

    @Test
    void shouldCloseItsLoopsAndMakeNoMore() {
        IoLoops loops = IoLoops.create("pool", Throwable::printStackTrace);
        IoLoop loop = loops.newLoop("loop");
        loops.close();
        loops.close();
        assertThrows(IllegalStateException.class, () -> loops.newLoop("late"));
        assertThrows(
                IllegalStateException.class, () -> loop.start(new ChannelDriver(new ManualLoop("m"), memory(), 1)));
    }

    private static BlockDevice memory() {
        return new MemoryBlockDevice("m0", 4096);
    }
}
