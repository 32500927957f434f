package io.holdfast.raid.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.raid.ScriptedArray;
import io.holdfast.raid.ScriptedDevice;
import io.holdfast.raid.ScriptedDevice.Kind;
import io.holdfast.raid.metadata.MemberCondition;
import io.holdfast.raid.metadata.SuperblockDescriptor;
import io.holdfast.raid.metadata.SuperblockUpdate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SuperblockRecorderTest {
    private static final long TIME_LIMIT_NS = 1_000_000;

    private final List<ScriptedDevice> devices = ScriptedArray.shape().make().members;
    private final List<Kind> performed = new ArrayList<>();
    private final List<String> outcomes = new ArrayList<>();
    private SuperblockSet superblocks;
    private SuperblockRecorder recorder;
    private long firstEvents;
    private long nowNs = 1;

    @BeforeEach
    void openChannels() {
        List<SuperblockUpdate.Member> members = new ArrayList<>();
        for (int i = 0; i < devices.size(); i++) {
            var superblock = ScriptedArray.superblock(devices.get(i));
            firstEvents = superblock.events();
            members.add(
                    new SuperblockUpdate.Member(superblock.deviceNumber(), superblock, MemberCondition.IN_SYNC, i, 0));
            devices.get(i).trace(op -> performed.add(op.kind()));
        }
        superblocks = new SuperblockSet(members, new BadBlockTable(), firstEvents);
        recorder = new SuperblockRecorder(List.copyOf(devices), TIME_LIMIT_NS, new SuperblockRecorder.Outcome() {
            @Override
            public void onDeviceFailed(int device, IoStatus status, String operation) {
                outcomes.add("d" + device + " " + operation);
            }

            @Override
            public void onEnd(boolean recorded) {
                outcomes.add(recorded ? "recorded" : "void");
            }
        });
        recorder.open(new ManualLoop("test"));
    }

    private void begin(boolean flushFirst) {
        superblocks.next(SuperblockDescriptor.MAX_SECTOR, 0, 1);
        recorder.start(superblocks, device -> true, flushFirst, null, nowNs);
    }

    private void poll() {
        for (int i = 0; i < 10; i++) {
            recorder.poll(nowNs);
        }
    }

    private List<Long> events() {
        devices.forEach(device -> device.trace(op -> {}));
        return devices.stream()
                .map(device -> ScriptedArray.superblock(device).events() - firstEvents)
                .toList();
    }

    private void fail(int device, Kind kind) {
        devices.get(device).fate(op -> op.kind() == kind ? IoStatus.MEDIA_ERROR : IoStatus.OK);
    }

    @Test
    void shouldFlushWriteAndFlushWithABarrierBetween() {
        begin(true);
        assertFalse(recorder.isIdle());
        poll();
        List<Kind> expected = new ArrayList<>();
        for (Kind kind : new Kind[] {Kind.FLUSH, Kind.WRITE, Kind.FLUSH}) {
            devices.forEach(device -> expected.add(kind));
        }
        assertEquals(expected, performed);
        assertEquals(List.of("recorded"), outcomes);
        assertTrue(recorder.isIdle());
        assertEquals(List.of(1L, 1L, 1L, 1L), events());
    }

    @Test
    void shouldWaitForTheSlowestDeviceAtEveryBarrier() {
        devices.get(2).hold(op -> op.kind() == Kind.FLUSH);
        begin(true);
        poll();
        assertEquals(List.of(Kind.FLUSH, Kind.FLUSH, Kind.FLUSH), performed);
        devices.get(2).hold(op -> op.kind() == Kind.WRITE);
        poll();
        assertEquals(List.of(1L, 1L, 0L, 1L), events());
        assertEquals(List.of(), outcomes);
        devices.get(2).hold(op -> op.kind() == Kind.FLUSH);
        poll();
        assertEquals(List.of(), outcomes);
        devices.get(2).hold(op -> false);
        poll();
        assertEquals(List.of("recorded"), outcomes);
    }

    @Test
    void shouldNotWriteWhenDataCouldNotBeFlushedNorUseUpANumber() {
        fail(1, Kind.FLUSH);
        begin(true);
        poll();
        assertEquals(List.of("d1 flush", "void"), outcomes);
        assertFalse(performed.contains(Kind.WRITE));
        devices.get(1).behave();
        begin(true);
        poll();
        assertEquals(List.of(1L, 1L, 1L, 1L), events());
    }

    @Test
    void shouldBeVoidWhenADeviceCannotWriteOrFlushItsSuperblock() {
        fail(1, Kind.WRITE);
        begin(false);
        poll();
        assertEquals(List.of("d1 superblock", "void"), outcomes);
        assertTrue(recorder.isIdle());
        outcomes.clear();
        fail(1, Kind.FLUSH);
        begin(false);
        poll();
        assertEquals(List.of("d1 flush", "void"), outcomes);
        // Both were written somewhere, so both numbers are used up.
        assertEquals(2L, events().get(0));
    }

    @Test
    void shouldLeaveOutWhatIsNotIncluded() {
        superblocks.next(SuperblockDescriptor.MAX_SECTOR, 0, 1);
        recorder.start(superblocks, device -> device != 3, false, null, nowNs);
        poll();
        assertEquals(List.of("recorded"), outcomes);
        assertEquals(List.of(1L, 1L, 1L, 0L), events());
    }

    @Test
    void shouldWriteWhatWasSaidAtTheStartWhateverIsSaidSince() {
        devices.forEach(device -> device.hold(op -> true));
        begin(false);
        superblocks.addCorrectedBlocks(0, 1);
        devices.forEach(device -> device.hold(op -> false));
        poll();
        assertEquals(List.of("recorded"), outcomes);
        assertEquals(0, ScriptedArray.superblock(devices.get(0)).correctedReadSectors());
    }

    @Test
    void shouldGoOnWithoutADeviceThatTakesTooLong() {
        devices.get(2).hold(op -> true);
        begin(true);
        poll();
        nowNs += TIME_LIMIT_NS;
        poll();
        assertEquals(List.of(), outcomes, "that is not too long");
        nowNs++;
        poll();
        assertEquals(List.of("d2 flush", "void"), outcomes);
        outcomes.clear();
        begin(false);
        poll();
        assertEquals(List.of("recorded"), outcomes);
        // Its late answer is not taken for one to what was asked since.
        begin(false);
        devices.get(2).behave();
        poll();
        assertEquals(List.of("recorded", "recorded"), outcomes);
        assertEquals(0L, events().get(2));
    }
}
