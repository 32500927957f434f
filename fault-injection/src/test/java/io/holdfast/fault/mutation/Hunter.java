package io.holdfast.fault.mutation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Something that looks for damage, a bounded number of times.
 *
 * @param name      of a kind of history, or of a test as {@code Class.method} without {@code io.holdfast.}.
 * @param firstSeed that it tries.
 * @param lastSeed  that it tries; the same where a seed makes no difference.
 */
record Hunter(String name, long firstSeed, long lastSeed) {
    /** Name of the hunter that lives seeded histories with crashes and lost members. */
    static final String CRASHES = "crashes";

    /** Name of the same for arrays without a journal, and longer histories. */
    static final String UNJOURNALED = "unjournaled";

    /** Name of the same for arrays in write-back, and longer histories. */
    static final String CACHED = "write-back";

    /** Name of the hunter that lives seeded histories with every kind of fault. */
    static final String TORTURE = "torture";

    /** Name of the hunter that goes through every crash state of a small workload. */
    static final String EXHAUSTIVE = "exhaustive";

    /** Histories of arrays without a journal in which the engine itself was once found wrong. */
    private static final long[] NOTED = {17, 44};

    /**
     * What came of hunting.
     *
     * @param hunter     who caught it; null when nobody did.
     * @param seed       with which.
     * @param runCount   runs until then, of all hunters together.
     * @param stateCount crash states looked at until then.
     * @param finding    the first thing that was wrong.
     */
    record Outcome(String hunter, long seed, int runCount, long stateCount, String finding) {
        boolean isCaught() {
            return hunter != null;
        }
    }

    /** Run one hunt among the classes of a loader. */
    static Object[] hunt(MutantLoader loader, String hunter, long seed) {
        return entry(loader).apply(hunter, seed);
    }

    /** All of them, in order, until one catches the mutant. */
    static Outcome search(MutantLoader loader, List<Hunter> hunters) {
        BiFunction<String, Long, Object[]> entry = entry(loader);
        int runs = 0;
        long states = 0;
        for (Hunter hunter : hunters) {
            for (long seed = hunter.firstSeed; seed <= hunter.lastSeed; seed++) {
                Object[] result = entry.apply(hunter.name, seed);
                runs++;
                states += (long) result[0];
                if (result[1] != null) {
                    return new Outcome(hunter.name, seed, runs, states, (String) result[1]);
                }
            }
        }
        return new Outcome(null, 0, runs, states, null);
    }

    /**
     * Those that hunt a mutant, in this order: eight histories with crashes, the scenarios, every crash state of small
     * workloads, and more histories of each kind.
     */
    static List<Hunter> all() {
        List<Hunter> hunters = new ArrayList<>();
        hunters.add(new Hunter(CRASHES, 1, 8));
        for (String each : Scenarios.NAMES) {
            hunters.add(new Hunter(each, 1, 1));
        }
        for (long seed : NOTED) {
            hunters.add(new Hunter(UNJOURNALED, seed, seed));
        }
        hunters.add(new Hunter(EXHAUSTIVE, 1, 4));
        hunters.add(new Hunter(TORTURE, 1, 16));
        hunters.add(new Hunter(CACHED, 1, 16));
        hunters.add(new Hunter(UNJOURNALED, 1, 16));
        hunters.add(new Hunter(CRASHES, 9, 60));
        return hunters;
    }

    /** Whether a hunter takes a seed. */
    static boolean isSeeded(String name) {
        return List.of(CRASHES, UNJOURNALED, CACHED, TORTURE, EXHAUSTIVE).contains(name);
    }

    @SuppressWarnings("unchecked")
    private static BiFunction<String, Long, Object[]> entry(MutantLoader loader) {
        try {
            return Class.forName(HuntEntry.class.getName(), true, loader)
                    .asSubclass(BiFunction.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no hunters among the classes of the mutant", e);
        }
    }
}
