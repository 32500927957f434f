package io.holdfast.raid.parity;

import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The codecs there are, and which of them is the fastest here.
 *
 * <p>The plain one always runs. The Vector API's runs where the JVM was started with its module
 * ({@code --add-modules jdk.incubator.vector}), ISA-L's where {@code libisal.so.2} is installed. Codecs differ in speed
 * only, so a choice that depends on measuring makes no difference to what an array holds.
 */
public final class ParityCodecs {
    /** System property that names the codec to use, {@code scalar}, {@code vector} or {@code isal}, without measuring. */
    public static final String CODEC_PROPERTY_NAME = "holdfast.parity";

    private static final Logger LOGGER = LoggerFactory.getLogger(ParityCodecs.class);
    private static final String VECTOR_NAME = "vector";
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final ParityCodec SCALAR = new ScalarCodec();

    private static ParityCodec fastest;

    private ParityCodecs() {}

    /**
     * The fastest codec on this machine, by a calibration of some milliseconds the first time anyone asks, which logs the
     * rates. With one candidate there is nothing to measure.
     *
     * @return a codec that any thread may use; the same for everyone in this process.
     * @throws IllegalArgumentException when {@value #CODEC_PROPERTY_NAME} names a codec that is not there.
     */
    public static synchronized ParityCodec fastest() {
        if (fastest == null) {
            String name = System.getProperty(CODEC_PROPERTY_NAME);
            fastest = name == null ? choose(available(), SystemNanoClock.INSTANCE) : named(name);
        }
        return fastest;
    }

    /**
     * The codec of a name.
     *
     * @param name {@code scalar}, {@code vector} or {@code isal}.
     * @return a codec that any thread may use.
     * @throws IllegalArgumentException when there is none of that name, or it cannot run here, saying what it needs.
     */
    public static ParityCodec named(String name) {
        return switch (name) {
            case ScalarCodec.NAME -> SCALAR;
            case VECTOR_NAME ->
                vector(ModuleLayer.boot())
                        .orElseThrow(() -> new IllegalArgumentException(
                                "parity codec vector needs the JVM option --add-modules " + VECTOR_MODULE));
            case IsaLCodec.NAME -> {
                Path file = IsaL.find()
                        .orElseThrow(() -> new IllegalArgumentException("parity codec isal needs libisal.so.2, which is"
                                + " not in the usual places: install libisal2, or set LD_LIBRARY_PATH"));
                yield isal(file)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "parity codec isal cannot be used: " + file + " does not load on this machine"));
            }
            default ->
                throw new IllegalArgumentException("parity codec " + name + " is unknown: use scalar, vector or isal");
        };
    }

    /**
     * All codecs that can run here.
     *
     * @return at least the plain one, which is first.
     */
    public static List<ParityCodec> available() {
        List<ParityCodec> codecs = new ArrayList<>();
        codecs.add(SCALAR);
        vector(ModuleLayer.boot()).ifPresent(codecs::add);
        IsaL.find().flatMap(ParityCodecs::isal).ifPresent(codecs::add);
        return codecs;
    }

    static ParityCodec choose(List<ParityCodec> candidates, NanoClock clock) {
        if (candidates.size() == 1) {
            return candidates.get(0);
        }
        CodecCalibration calibration = new CodecCalibration(clock);
        ParityCodec best = null;
        double bestRate = 0;
        for (ParityCodec candidate : candidates) {
            calibration.measure(candidate);
            LOGGER.debug("parity codec {}: {}", candidate.name(), calibration);
            if (best == null || calibration.rate() > bestRate) {
                best = candidate;
                bestRate = calibration.rate();
            }
        }
        LOGGER.info("parity codec {}: {} MB/s, the fastest of {}", best.name(), (long) bestRate, candidates.size());
        return best;
    }

    /** Named by a string only: the class exists in every build but links only where the module is. */
    static Optional<ParityCodec> vector(ModuleLayer layer) {
        if (layer.findModule(VECTOR_MODULE).isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Class.forName("io.holdfast.raid.parity.VectorCodec")
                    .asSubclass(ParityCodec.class)
                    .getDeclaredConstructor()
                    .newInstance());
        } catch (ClassNotFoundException
                | NoSuchMethodException
                | InstantiationException
                | IllegalAccessException
                | InvocationTargetException
                | LinkageError e) {
            // An incubating API may change under us: that costs speed, never the array.
            LOGGER.warn("parity codec vector does not run on this JVM", e);
            return Optional.empty();
        }
    }

    static Optional<ParityCodec> isal(Path file) {
        try {
            return Optional.of(new IsaLCodec(IsaL.load(file)));
        } catch (LinkageError e) {
            LOGGER.warn("parity codec isal: {} does not load: {}", file, e.toString());
            return Optional.empty();
        }
    }
}
