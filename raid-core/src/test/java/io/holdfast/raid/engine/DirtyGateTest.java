package io.holdfast.raid.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DirtyGateTest {
    private static final long IDLE_NS = 100;

    private final Writer first = new Writer();
    private final Writer second = new Writer();
    private final DirtyGate gate = new DirtyGate(IDLE_NS);

    DirtyGateTest() {
        gate.shards(List.of(first, second));
    }

    /** Remembers what it was told. */
    private static final class Writer implements DirtyGate.Writer {
        private final List<ShardControl> told = new ArrayList<>();
        private long writeCount;

        @Override
        public long writeCount() {
            return writeCount;
        }

        @Override
        public void control(ShardControl control) {
            told.add(control);
        }

        private List<ShardControl> takeTold() {
            List<ShardControl> taken = List.copyOf(told);
            told.clear();
            return taken;
        }
    }

    private void becomeDirty() {
        gate.onDirtyWanted();
        gate.onRecorded(true);
        first.takeTold();
        second.takeTold();
    }

    private void beginToClose() {
        gate.tick(1000, true);
        first.takeTold();
        second.takeTold();
    }

    @Test
    void shouldOpenOnlyWhenDirtyIsRecorded() {
        assertTrue(gate.isClean());
        assertFalse(gate.wantsUpdate());
        gate.onDirtyWanted();
        assertTrue(gate.wantsUpdate());
        assertTrue(gate.isDirty());
        assertFalse(gate.vouches());
        assertEquals(List.of(), first.takeTold());
        gate.onRecorded(true);
        assertFalse(gate.wantsUpdate());
        assertEquals(List.of(new ShardControl.OpenGate()), first.takeTold());
        assertEquals(List.of(new ShardControl.OpenGate()), second.takeTold());
    }

    @Test
    void shouldNotTakeAnotherGenerationForItsOwn() {
        gate.onDirtyWanted();
        // Superblocks that were under way when the write came, and still say clean.
        gate.onRecorded(false);
        assertTrue(gate.wantsUpdate());
        assertEquals(List.of(), first.takeTold());
    }

    @Test
    void shouldCloseAfterItWasIdleAndNoSooner() {
        becomeDirty();
        first.writeCount = 1;
        gate.tick(1000, false);
        gate.tick(1000 + IDLE_NS - 1, false);
        assertEquals(List.of(), first.takeTold());
        second.writeCount = 1;
        gate.tick(1000 + IDLE_NS, false);
        gate.tick(1000 + 2 * IDLE_NS - 1, false);
        assertEquals(List.of(), first.takeTold());
        gate.tick(1000 + 2 * IDLE_NS, false);
        assertEquals(List.of(new ShardControl.CloseGate()), first.takeTold());
        assertEquals(List.of(new ShardControl.CloseGate()), second.takeTold());
        assertTrue(gate.isDirty());
    }

    @Test
    void shouldCloseAtOnceWhenStopping() {
        becomeDirty();
        gate.tick(1, true);
        assertEquals(List.of(new ShardControl.CloseGate()), first.takeTold());
    }

    @Test
    void shouldBecomeCleanWhenEveryShardHoldsItsWritesBack() {
        becomeDirty();
        beginToClose();
        gate.onGateClosed(true);
        assertFalse(gate.wantsUpdate());
        gate.onGateClosed(true);
        assertTrue(gate.wantsUpdate());
        assertTrue(gate.vouches());
        assertFalse(gate.isDirty());
        assertFalse(gate.isClean());
        gate.onRecorded(false);
        assertTrue(gate.isClean());
        assertEquals(List.of(), first.takeTold());
    }

    @Test
    void shouldOpenAgainWhenAShardHasAWriteUnderWay() {
        becomeDirty();
        beginToClose();
        gate.onGateClosed(false);
        gate.onGateClosed(true);
        assertTrue(gate.isDirty());
        assertFalse(gate.wantsUpdate());
        assertEquals(List.of(new ShardControl.OpenGate()), first.takeTold());
        assertEquals(List.of(new ShardControl.OpenGate()), second.takeTold());
    }

    @Test
    void shouldOpenAgainForAWriteThatCameWhileItClosed() {
        becomeDirty();
        beginToClose();
        gate.onGateClosed(true);
        gate.onDirtyWanted();
        gate.onGateClosed(true);
        assertTrue(gate.isDirty());
        assertEquals(List.of(new ShardControl.OpenGate()), first.takeTold());
    }

    @Test
    void shouldAnswerAWriteThatAskedBeforeItHeardOfTheOpening() {
        becomeDirty();
        gate.onDirtyWanted();
        assertEquals(List.of(new ShardControl.OpenGate()), first.takeTold());
    }

    @Test
    void shouldBecomeDirtyAgainForAWriteThatCameWhileItWasMarkedClean() {
        becomeDirty();
        beginToClose();
        gate.onGateClosed(true);
        gate.onGateClosed(true);
        gate.onDirtyWanted();
        assertFalse(gate.isDirty());
        gate.onRecorded(false);
        assertTrue(gate.isDirty());
        assertTrue(gate.wantsUpdate());
        gate.onRecorded(true);
        assertEquals(List.of(new ShardControl.OpenGate()), first.takeTold());
        // And that is the end of it: nobody waits any more.
        gate.tick(5000, true);
        gate.onGateClosed(true);
        gate.onGateClosed(true);
        gate.onRecorded(false);
        assertTrue(gate.isClean());
    }
}
