package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.ReadErrorDevice;
import io.holdfast.fault.device.SeededSurvival;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.ScrubMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Members are lost, the others have sectors that cannot be read, far more than the level can make good, and spares are filled
 * from what there is, with writes and power cuts in between. Each loss costs the blocks that needed it and no others: what
 * can be read is right, what cannot is explained, and what was written and answered since can be read.
 */
class LatentErrorProperties {
    private static final int BLOCK = Scene.BLOCK;
    private static final int CHUNK = 8192;
    private static final int ROWS = 8;
    private static final int SECTOR = 512;

    /** What such a sector holds, should anybody ever see it. */
    private static final byte GARBAGE = (byte) 0xA5;

    private SplittableRandom random;
    private Scene scene;
    private ArrayShape shape;
    private final Set<Integer> missing = new TreeSet<>();
    /** Slot and block of its data, as one number. */
    private final Set<Integer> damaged = new TreeSet<>();

    private final Set<Integer> writtenSince = new HashSet<>();
    private static int lostCount;

    @Property(tries = 25, shrinking = ShrinkingMode.OFF)
    void everyLossShouldCostWhatNeededItAndNothingElse(@ForAll long seed) {
        random = new SplittableRandom(seed);
        missing.clear();
        damaged.clear();
        writtenSince.clear();
        int level = 4 + random.nextInt(3);
        boolean isJournaled = random.nextInt(3) > 0;
        int memberCount = 4 + random.nextInt(2);
        shape = new ArrayShape(level, level == 4 ? 0 : 2, memberCount, CHUNK, ROWS, isJournaled, SECTOR, 1, true);
        int lossCount = 1 + random.nextInt(shape.parityCount());
        while (missing.size() < lossCount) {
            missing.add(random.nextInt(memberCount));
        }
        Snapshot made = Scene.make(shape, lossCount, 512 * 1024, random.nextLong());
        scene = Scene.of(damage(made), random.nextLong());
        scene.absent().addAll(missing);
        for (int life = 0; life < 3; life++) {
            live("seed=" + seed + " life=" + life);
        }
        // Whatever was lost, writing brings it back.
        start();
        byte[] bytes = Scene.bytes(seed, scene.oracle().length());
        assertEquals(IoStatus.OK, scene.write(0, bytes), "seed=" + seed);
        assertArrayEquals(bytes, scene.readAll(), "seed=" + seed);
        scene.stop();
        scene.assertParityFits("seed=" + seed);
        assertTrue(scene.events().count("error") == 0, () -> "seed=" + seed + scene.events());
    }

    @AfterContainer
    static void somethingMustHaveBeenLost() {
        assertTrue(lostCount > 0, "no history lost a single block: nothing was shown");
    }

    private void live(String what) {
        JournalMode mode = random.nextBoolean() ? JournalMode.WRITE_BACK : JournalMode.WRITE_THROUGH;
        scene.start(scene.context(this::wrap).journalMode(mode));
        List<int[]> asked = new ArrayList<>();
        List<Answer> answers = new ArrayList<>();
        // Without a journal a write that is cut off means a resync, or the write hole: no part of this.
        int count = shape.isJournaled() ? random.nextInt(12) : 0;
        step(random.nextInt(400));
        for (int i = 0; i < count; i++) {
            int length = random.nextInt(3) == 0 ? CHUNK * scene.layout().dataCount() : 1 + random.nextInt(3 * BLOCK);
            int row = random.nextInt(ROWS);
            int offset = length >= CHUNK * scene.layout().dataCount()
                    ? row * length
                    : random.nextInt(scene.oracle().length() - length);
            asked.add(new int[] {offset, length});
            answers.add(scene.submitWrite(offset, Scene.bytes(random.nextLong(), length), true));
            if (random.nextBoolean()) {
                step(random.nextInt(200));
            }
        }
        boolean isCut = random.nextBoolean();
        if (isCut) {
            step(random.nextInt(3000));
        } else {
            answers.forEach(scene::await);
            assertTrue(scene.settle(), what);
        }
        for (int i = 0; i < asked.size(); i++) {
            if (answers.get(i).status == IoStatus.OK) {
                noteWritten(asked.get(i)[0], asked.get(i)[1]);
            }
        }
        if (isCut) {
            scene.crash(Cut.POWER, new SeededSurvival(random.nextLong()));
            start();
        }
        if (random.nextBoolean()) {
            scene.await(scene.check(ScrubMode.CHECK));
        }
        judge(what + scene.events());
        assertTrue(scene.tryStop(), what);
        scene.simulation().runUntilQuiet(Scene.STEPS);
    }

    private void step(int count) {
        for (int i = 0; i < count; i++) {
            scene.simulation().step();
        }
    }

    private void start() {
        scene.start(scene.context(this::wrap));
        assertTrue(scene.settle());
    }

    private void noteWritten(int offset, int length) {
        for (int at = offset / BLOCK * BLOCK; at < offset + length; at += BLOCK) {
            writtenSince.add(at);
        }
    }

    private void judge(String what) {
        byte[] found = new byte[scene.oracle().length()];
        Set<Integer> lost = scene.readBlocks(found);
        Set<Integer> excused = new TreeSet<>();
        for (int offset : lost) {
            lostCount++;
            int block = (int) (scene.layout().memberOffset(offset) / BLOCK);
            int slot = scene.layout().slot(offset);
            assertTrue(missing.contains(slot) || damaged.contains(key(slot, block)), what + " lost=" + offset);
            assertTrue(unusableCount(block) > shape.parityCount(), what + " lost=" + offset);
            assertTrue(!writtenSince.contains(offset), what + " answered and lost=" + offset);
            for (int unit = 0; unit < BLOCK; unit += shape.unitLength()) {
                excused.add(offset + unit);
            }
        }
        assertEquals(List.of(), scene.oracle().judge(found, excused), what);
        for (int offset : lost) {
            System.arraycopy(scene.oracle().newest(), offset, found, offset, BLOCK);
        }
        if (lost.isEmpty()) {
            scene.oracle().adopt(found);
        }
    }

    // ---- damage ----

    private static int key(int slot, int block) {
        return slot * 1000 + block;
    }

    private int unusableCount(int block) {
        int count = missing.size();
        for (int slot = 0; slot < shape.memberCount(); slot++) {
            count += !missing.contains(slot) && damaged.contains(key(slot, block)) ? 1 : 0;
        }
        return count;
    }

    private Snapshot damage(Snapshot made) {
        List<SparseContents> contents = new ArrayList<>();
        made.contents().forEach(each -> contents.add(each.fork()));
        byte[] garbage = new byte[SECTOR];
        Arrays.fill(garbage, GARBAGE);
        for (int block = 0; block < ROWS * CHUNK / BLOCK; block++) {
            for (int i = random.nextInt(3); i > 0; i--) {
                int slot = random.nextInt(shape.memberCount());
                if (damaged.add(key(slot, block))) {
                    contents.get(slot).write(sectorOf(slot, block), garbage, 0, SECTOR);
                }
            }
        }
        return new Snapshot(made.shape(), made.journalIndex(), contents, made.lengths(), made.oracle());
    }

    private static long sectorOf(int slot, int block) {
        return Scene.DATA_OFFSET + (long) block * BLOCK + (slot * 3L + block) % 8 * SECTOR;
    }

    /** A sector cannot be read for as long as nothing has been written to it for good. */
    private BlockDevice wrap(BlockDevice device) {
        int slot = Integer.parseInt(device.name().substring(1));
        ReadErrorDevice wrapped = new ReadErrorDevice(device);
        if (slot < shape.memberCount()) {
            byte[] sector = new byte[SECTOR];
            for (int block = 0; block < ROWS * CHUNK / BLOCK; block++) {
                scene.contents().get(slot).read(sectorOf(slot, block), new UnsafeBuffer(sector), 0, SECTOR);
                if (damaged.contains(key(slot, block)) && sector[0] == GARBAGE && sector[SECTOR - 1] == GARBAGE) {
                    wrapped.failReads(sectorOf(slot, block), SECTOR);
                }
            }
        }
        return wrapped;
    }
}
