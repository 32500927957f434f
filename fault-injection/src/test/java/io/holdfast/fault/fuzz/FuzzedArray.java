package io.holdfast.fault.fuzz;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.fault.ArrayEvents;
import io.holdfast.fault.Simulation;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayImages;
import io.holdfast.raid.ArrayImages.Image;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.WatchedDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.agrona.concurrent.UnsafeBuffer;

/** A damaged array, started and used in a simulation: it works, or says why not; anything else is thrown. */
final class FuzzedArray {
    private static final int PIECE_LENGTH = 64 << 10;
    private static final int MAX_PIECES = 48;
    private static final long STEP_LIMIT = 400_000;
    private static final long OPERATION_LIMIT = 20_000;
    private static final long READ_LIMIT = 256 << 20;
    private static final int CACHE_LENGTH = 2 << 20;

    /** How an attempt ended. */
    enum Outcome {
        /** The array would not start, with a reason. */
        REFUSED,
        /** It started, and stopped in good order. */
        RAN,
        /** It started, and gave up later, with a reason. */
        GAVE_UP
    }

    private final Simulation simulation;
    private final SplittableRandom random;
    private final List<String> story;
    private final List<BlockDevice> devices = new ArrayList<>();
    private final List<Throwable> errors = new ArrayList<>();
    private final ArrayEvents events = new ArrayEvents();

    FuzzedArray(long seed, ArrayImages images, int blockLength, List<String> story) {
        this.story = story;
        simulation = new Simulation(seed);
        random = simulation.random().split();
        for (Image image : images.all()) {
            SparseContents contents = new SparseContents();
            contents.write(0, image.bytes(), 0, image.bytes().length);
            DeviceGeometry geometry = new DeviceGeometry(image.bytes().length, blockLength, 4096, 512);
            devices.add(new WatchedDevice(
                    new SimulatedDevice(image.name(), geometry, contents, simulation.power(), random.nextLong())
                            .longestDelay(1),
                    OPERATION_LIMIT,
                    READ_LIMIT));
        }
    }

    /** Start, read, write, stop. */
    Outcome live() {
        Outcome outcome;
        try {
            outcome = use(RaidArray.assemble(context()));
        } catch (ArrayException | DeviceException e) {
            story.add("refused: " + e.getMessage());
            assertSentence(e.getMessage());
            outcome = Outcome.REFUSED;
        } finally {
            simulation.close();
        }
        if (!errors.isEmpty()) {
            throw new AssertionError("reported to the error handler", errors.get(0));
        }
        return outcome;
    }

    private Outcome use(RaidArray array) {
        story.add("started: " + array.description().summary());
        Outcome outcome = Outcome.RAN;
        long pieces = Math.min(MAX_PIECES, (array.length() + PIECE_LENGTH - 1) / PIECE_LENGTH);
        UnsafeBuffer buffer = BufferSlab.allocate(PIECE_LENGTH);
        ByteBuffer bytes = buffer.byteBuffer();
        for (int i = 0; i < pieces; i++) {
            long offset = (long) i * PIECE_LENGTH;
            bytes.clear().limit((int) Math.min(PIECE_LENGTH, array.length() - offset));
            outcome = worse(outcome, end(array.readAsync(bytes, offset)));
            if (random.nextInt(4) == 0) {
                bytes.clear().limit((int) Math.min(1 + random.nextInt(PIECE_LENGTH), array.length() - offset));
                outcome = worse(outcome, end(array.writeAsync(bytes, offset)));
            }
        }
        outcome = worse(outcome, end(array.flushAsync()));
        simulation.runUntil(() -> !events.isSyncing(), STEP_LIMIT);
        outcome = worse(outcome, end(array.stop()));
        array.abandon();
        return outcome;
    }

    private Outcome end(CompletableFuture<Void> future) {
        simulation.runUntil(future::isDone, STEP_LIMIT);
        try {
            future.join();
            return Outcome.RAN;
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof ArrayException || e.getCause() instanceof DeviceException)) {
                throw e;
            }
            assertSentence(e.getCause().getMessage());
            story.add("gave up: " + e.getCause().getMessage());
            return Outcome.GAVE_UP;
        }
    }

    private static Outcome worse(Outcome first, Outcome second) {
        return second == Outcome.RAN ? first : second;
    }

    private static void assertSentence(String message) {
        if (message == null || message.length() < 12 || message.contains("bug") || message.contains("Exception")) {
            throw new AssertionError("no sentence for an operator: " + message);
        }
    }

    private ArrayContext context() {
        ArrayContext context = new ArrayContext()
                .devices(devices)
                .ownsDevices(false)
                .run(random.nextBoolean())
                .force(random.nextInt(4) == 0)
                .readOnly(random.nextInt(4) == 0)
                .shardCount(1 + random.nextInt(2))
                .cacheLength(CACHE_LENGTH)
                .requestCount(8)
                .listener(events)
                .errorHandler(errors::add)
                .nanoClock(simulation.clock().nanoClock())
                .epochClock(simulation.clock().epochClock())
                .random(simulation.random()::nextLong)
                .loops(simulation::newLoop);
        story.add("run=" + context.run() + " force=" + context.force() + " readOnly=" + context.readOnly());
        return context;
    }
}
