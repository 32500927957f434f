package io.holdfast.fault.mutation;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every mutant there is; {@link MutationTest} takes a few of them. */
@Tag("soak")
class MutationSoakTest {
    @TestFactory
    Stream<DynamicTest> everyMutantShouldBeCaught() {
        return Mutations.all().stream()
                .map(mutation -> dynamicTest(mutation.name(), () -> MutationTest.hunt(mutation)));
    }

    @Test
    void nobodyShouldFindDamageInTheEngineAsItIs() {
        MutationTest.assertClean(MutationTest.TABLE.values());
    }
}
