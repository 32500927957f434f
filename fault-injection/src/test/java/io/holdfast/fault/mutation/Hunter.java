package io.holdfast.fault.mutation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Something that looks for damage, a bounded number of times.
 *
 * @param name      of a kind of trial, or of a test as {@code Class.method} without {@code io.holdfast.}.
 * @param seedCount how many seeds it tries, from 1 on; 1 where a seed makes no difference.
 */
record Hunter(String name, int seedCount) {
    /** Seeded lives of whole arrays that every mutant has to go through at most. */
    static final int TRIAL_COUNT = 60;

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
            for (long seed = 1; seed <= hunter.seedCount; seed++) {
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

    /** Those that hunt every mutant. */
    static List<Hunter> all(int trialCount) {
        List<Hunter> hunters = new ArrayList<>();
        hunters.add(new Hunter("trial", trialCount));
        for (String scenario : Scenarios.NAMES) {
            hunters.add(new Hunter(scenario, 1));
        }
        return hunters;
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
