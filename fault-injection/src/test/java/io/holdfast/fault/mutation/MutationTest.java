package io.holdfast.fault.mutation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.holdfast.fault.mutation.Hunter.Outcome;
import io.holdfast.fault.mutation.MutationTable.Row;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The engine with one safety step removed at a time: whoever looks for damage must find some. What is removed, and who finds
 * it, is in docs/mutations.md.
 *
 * <p>Here every mutant is made, and of each rule one is hunted; {@link MutationSoakTest} hunts them all.
 */
class MutationTest {
    static final Map<String, Row> TABLE = MutationTable.read();

    /** The first of each rule. */
    private static Collection<Mutation> chosen() {
        Map<String, Mutation> chosen = new LinkedHashMap<>();
        Mutations.all().forEach(mutation -> chosen.putIfAbsent(mutation.rule(), mutation));
        return chosen.values();
    }

    @TestFactory
    Stream<DynamicTest> everyMutantShouldBeMadeOfTheEngineAsItIs() {
        return Mutations.all().stream().map(mutation -> dynamicTest(mutation.name(), () -> MutantLoader.of(mutation)));
    }

    @TestFactory
    Stream<DynamicTest> aMutantOfEachRuleShouldBeCaught() {
        return chosen().stream().map(mutation -> dynamicTest(mutation.name(), () -> hunt(mutation)));
    }

    @Test
    void whoCatchesThoseShouldFindNothingInTheEngineAsItIs() {
        assertClean(
                chosen().stream().map(mutation -> TABLE.get(mutation.name())).toList());
    }

    @Test
    void theDocumentShouldListTheMutantsThereAre() {
        List<String> expected =
                Mutations.all().stream().map(MutationTable::describe).toList();
        assertEquals(expected, TABLE.values().stream().map(Row::description).toList());
    }

    @Test
    void mutantsShouldHaveNamesOfTheirOwn() {
        Set<String> names = new HashSet<>();
        Mutations.all().forEach(mutation -> assertTrue(names.add(mutation.name()), mutation::name));
    }

    /**
     * The table says who to ask first. When the engine or the trials have changed, and what once caught a mutant does not any
     * more, everybody hunts it again, as far as {@link Hunter#all} goes.
     */
    static void hunt(Mutation mutation) {
        MutantLoader loader = MutantLoader.of(mutation);
        Row row = TABLE.get(mutation.name());
        if (row != null && Hunter.hunt(loader, row.hunter(), row.seed())[1] != null) {
            return;
        }
        Outcome outcome = Hunter.search(loader, Hunter.all());
        assertTrue(
                outcome.isCaught(),
                () -> "nobody noticed that this was missing: " + mutation.step() + " (" + mutation.describe()
                        + "); runs=" + outcome.runCount() + " crashes=" + outcome.stateCount());
        System.out.println(mutation + " is caught by " + outcome.hunter() + " seed=" + outcome.seed()
                + " now: bring docs/mutations.md up to date");
    }

    /** The same hunts, and the same way of loading, but nothing is missing. */
    static void assertClean(Collection<Row> rows) {
        MutantLoader loader = MutantLoader.ofOriginal();
        Set<String> tried = new HashSet<>();
        for (Row row : rows) {
            if (tried.add(row.hunter() + row.seed())) {
                Object finding = Hunter.hunt(loader, row.hunter(), row.seed())[1];
                assertNull(finding, () -> row.hunter() + " seed=" + row.seed() + ": " + finding);
            }
        }
        assertTrue(tried.size() > 10, () -> "hardly any hunts: " + tried);
    }
}
