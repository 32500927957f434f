package io.holdfast.fault.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.fuzz.FuzzedArray.Outcome;
import io.holdfast.raid.ArrayImages;
import io.holdfast.raid.FuzzRun;
import io.holdfast.raid.GoldenArrays;
import io.holdfast.raid.ImageMutator;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * The whole engine on damaged arrays of Linux and of our own, journals above all: it starts or says why not, and what has started answers
 * every request, after a bounded number of steps and in bounded memory.
 */
class AssemblyFuzzProperties {
    private static final int TRIES = 10;
    private static final long HEAP_LIMIT = 512 << 20;
    private static final long DIRECT_LIMIT = 128 << 20;
    private static final List<String> NAMES = namesInFavourOfJournals();
    private static final Map<Outcome, Integer> OUTCOMES = new EnumMap<>(Outcome.class);

    @Property(tries = 20, shrinking = ShrinkingMode.OFF)
    void arraysShouldStartOrSayWhyNot(@ForAll long seed) {
        FuzzRun.run(seed, TRIES, AssemblyFuzzProperties::attempt);
    }

    @AfterContainer
    static void shouldHaveSeenArraysRunAndRefuse() {
        System.out.println("outcomes=" + OUTCOMES);
        if (OUTCOMES.values().stream().mapToInt(Integer::intValue).sum() > 100) {
            assertTrue(OUTCOMES.containsKey(Outcome.RAN) && OUTCOMES.containsKey(Outcome.REFUSED));
        }
    }

    /** Every golden array, and those with a journal twice more. */
    private static List<String> namesInFavourOfJournals() {
        List<String> names = new ArrayList<>(GoldenArrays.names());
        for (int i = 0; i < 2; i++) {
            names.addAll(GoldenArrays.names("journal-"));
            names.addAll(GoldenArrays.names("writeback-"));
        }
        return names;
    }

    private static void attempt(long seed, List<String> story) {
        SplittableRandom random = new SplittableRandom(seed);
        boolean isOwn = random.nextInt(3) == 0;
        ArrayImages images = isOwn ? OwnArrays.crashed(random.nextLong(), story) : ArrayImages.golden(NAMES, seed, 0);
        ArrayImages stranger = ArrayImages.golden(NAMES, seed, 1);
        ImageMutator mutator = new ImageMutator(random.nextLong());
        int blockLength = random.nextInt(4) == 0 ? 4096 : 512;
        story.add(images.origin() + " blockLength=" + blockLength);
        mutator.mutate(images, stranger);
        story.addAll(mutator.story());
        FuzzedArray array = new FuzzedArray(random.nextLong(), images, blockLength, story);
        FuzzRun.withinMemory(HEAP_LIMIT, DIRECT_LIMIT, () -> OUTCOMES.merge(array.live(), 1, Integer::sum));
    }
}
