package io.holdfast.fault.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.fuzz.FuzzedArray.Outcome;
import io.holdfast.raid.ArrayImages;
import io.holdfast.raid.FuzzRun;
import io.holdfast.raid.GoldenArrays;
import io.holdfast.raid.ImageMutator;
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

    private static void attempt(long seed, List<String> story) {
        SplittableRandom random = new SplittableRandom(seed);
        List<String> names = GoldenArrays.names();
        if (random.nextInt(3) > 0) {
            names = names.stream()
                    .filter(name -> name.startsWith("journal-") || name.startsWith("writeback-"))
                    .toList();
        }
        ArrayImages images;
        if (random.nextInt(3) == 0) {
            images = OwnArrays.crashed(random.nextLong(), story);
        } else {
            String name = names.get(random.nextInt(names.size()));
            story.add(name);
            images = ArrayImages.golden(name);
        }
        ArrayImages stranger = ArrayImages.golden(names.get(random.nextInt(names.size())));
        ImageMutator mutator = new ImageMutator(random.nextLong());
        int blockLength = random.nextInt(4) == 0 ? 4096 : 512;
        story.add("blockLength=" + blockLength);
        mutator.mutate(images, stranger);
        story.addAll(mutator.story());
        FuzzedArray array = new FuzzedArray(random.nextLong(), images, blockLength, story);
        FuzzRun.withinMemory(HEAP_LIMIT, DIRECT_LIMIT, () -> OUTCOMES.merge(array.live(), 1, Integer::sum));
    }
}
