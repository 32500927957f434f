package io.holdfast.fault.exhaustive;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.RaidArray;
import java.util.function.UnaryOperator;

/**
 * Starts the array on an image with the production code, lets it recover, reads all of it, stops it, and compares parity with
 * data on the devices.
 */
final class RecoveryRunner {
    private final ArraySite site;
    private final TraceWorld world;
    private final ArrayDriver driver;
    private final ContentTable contents;
    private final ParityJudge parity;
    private long runCount;
    private boolean isHealthy;

    /**
     * A runner.
     *
     * @param site     of the array.
     * @param world    to run in.
     * @param contents takes what arrays were read to hold.
     * @param wrap     put around each device.
     */
    RecoveryRunner(ArraySite site, TraceWorld world, ContentTable contents, UnaryOperator<BlockDevice> wrap) {
        this.site = site;
        this.world = world;
        this.contents = contents;
        driver = new ArrayDriver(site, world, wrap);
        parity = new ParityJudge(site.layout(), world.pool());
    }

    /** Arrays started so far. */
    long runCount() {
        return runCount;
    }

    /**
     * Run.
     *
     * @param image of every device.
     * @param lost  members that are not there, the first slot in the lowest bit.
     * @param force whether to insist.
     * @return how it went; {@link TraceWorld#lookedAt()} tells what it rests on.
     */
    Recovery run(int[] image, int lost, boolean force) {
        runCount++;
        world.reset(image);
        RaidArray array = null;
        try {
            array = driver.assemble(lost, force);
            int[] pages = new int[site.arrayPageCount()];
            String wrong = live(array, pages);
            return new Recovery(
                    wrong.isEmpty() ? Recovery.Outcome.SERVED : Recovery.Outcome.BROKEN,
                    wrong.isEmpty() ? contents.intern(pages) : -1,
                    isHealthy,
                    wrong,
                    world.log().toArray());
        } catch (ArrayException e) {
            return new Recovery(
                    Recovery.Outcome.REFUSED,
                    -1,
                    false,
                    e.getMessage(),
                    world.log().toArray());
        } catch (RuntimeException | AssertionError e) {
            return new Recovery(
                    Recovery.Outcome.BROKEN, -1, false, describe(e), world.log().toArray());
        } finally {
            if (array != null) {
                array.abandon();
            }
        }
    }

    private String live(RaidArray array, int[] pages) {
        if (!driver.settle()) {
            return "the array does not come to rest: " + array.state();
        }
        IoStatus status = driver.readAll(array, pages);
        if (status != IoStatus.OK) {
            return "the array cannot be read: status=" + status + " state=" + array.state();
        }
        isHealthy = array.state().condition() == ArrayState.Condition.HEALTHY;
        if (!driver.stop(array)) {
            return "the array does not stop: " + array.state();
        }
        if (!driver.errors().isEmpty()) {
            return describe(driver.errors().get(0));
        }
        return isHealthy ? auditParity() : "";
    }

    private String auditParity() {
        int[] row = new int[site.shape().memberCount()];
        long memberLength = site.shape().memberLength();
        for (long offset = 0; offset < memberLength; offset += PagePool.PAGE_LENGTH) {
            for (int slot = 0; slot < row.length; slot++) {
                int page = site.memberPage(world, slot, offset);
                world.look(page, 1);
                row[slot] = world.current(page);
            }
            if (!parity.fits(offset / site.shape().chunkLength(), row)) {
                return "parity does not fit after recovery: memberOffset=" + offset;
            }
        }
        return "";
    }

    private static String describe(Throwable e) {
        StringBuilder text = new StringBuilder(e.toString());
        StackTraceElement[] stack = e.getStackTrace();
        for (int i = 0; i < Math.min(stack.length, 8); i++) {
            text.append(" at ").append(stack[i]);
        }
        return text.toString();
    }
}
