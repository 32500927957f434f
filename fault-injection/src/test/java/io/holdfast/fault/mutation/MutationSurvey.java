package io.holdfast.fault.mutation;

import java.util.Arrays;
import java.util.List;

/** Hunts mutants from the command line: those named, or all; with no hint. For whoever adds one, or changes the engine. */
final class MutationSurvey {
    private MutationSurvey() {}

    /** Run it: names of mutations. */
    public static void main(String[] args) {
        List<String> names = Arrays.asList(args);
        List<Hunter> hunters = Hunter.all(null);
        for (Mutation mutation : Mutations.all()) {
            if (!names.isEmpty() && !names.contains(mutation.name())) {
                continue;
            }
            long start = System.nanoTime();
            String line;
            try {
                MutantLoader loader = MutantLoader.of(mutation);
                Hunter.Outcome outcome = Hunter.search(loader, hunters);
                line = outcome.isCaught()
                        ? outcome.hunter() + " seed=" + outcome.seed() + " runs=" + outcome.runCount() + " states="
                                + outcome.stateCount() + " " + oneLine(outcome.finding())
                        : "NOT CAUGHT runs=" + outcome.runCount();
            } catch (Edit.SiteException | LinkageError e) {
                line = "BROKEN " + e;
            }
            System.out.printf("%-30s %5.1fs %s%n", mutation.name(), (System.nanoTime() - start) / 1e9, line);
        }
    }

    static String oneLine(String text) {
        String line = text.lines().findFirst().orElse("").strip();
        return line.length() > 160 ? line.substring(0, 160) + "..." : line;
    }
}
