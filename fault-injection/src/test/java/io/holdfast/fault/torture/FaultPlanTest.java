package io.holdfast.fault.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.torture.FaultPlan.Aim;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FaultPlanTest {
    @Test
    void shouldTakeKindsRatesAndAims() {
        FaultPlan plan = FaultPlan.parse("power,eio=0.5,vanish@members,lost@journal=0.25");
        assertEquals(FaultKind.POWER.defaultRate(), plan.rate(FaultKind.POWER));
        assertEquals(0.5, plan.rate(FaultKind.EIO));
        assertEquals(Aim.MEMBERS, plan.aim(FaultKind.VANISH));
        assertEquals(Aim.JOURNAL, plan.aim(FaultKind.LOST));
        assertEquals(0.25, plan.rate(FaultKind.LOST));
        assertFalse(plan.has(FaultKind.KILL));
        assertTrue(plan.needsJournal());
    }

    @Test
    void shouldLetLaterWordsPrevail() {
        assertFalse(FaultPlan.parse("all,eio=0").has(FaultKind.EIO));
        assertTrue(FaultPlan.parse("all,eio=0").has(FaultKind.POWER));
        assertFalse(FaultPlan.parse("all,none").has(FaultKind.POWER));
        assertEquals("power", FaultPlan.parse("none,power").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "all", "power", "power,eio=0.5", "vanish@members,lost@journal=0.25"})
    void shouldBeWrittenAsItIsRead(String text) {
        assertEquals(text, FaultPlan.parse(text).toString());
    }

    @ParameterizedTest
    @EnumSource(FaultKind.class)
    void shouldHaveASwitchForEveryKind(FaultKind kind) {
        FaultPlan only = FaultPlan.parse(kind.word());
        for (FaultKind each : FaultKind.values()) {
            assertEquals(each == kind, only.has(each));
            assertTrue(FaultPlan.parse("all").has(each));
            assertEquals(each.isPromised(), FaultPlan.promised().has(each));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fire | there is no fault called \"fire\"",
                "power,, | there is no fault called \"\"",
                "eio=2 | a rate is a number from 0 to 1",
                "eio=often | a rate is a number from 0 to 1",
                "eio@moon | aim it @members or @journal",
                "power@journal | happens to all devices at once",
            })
    void shouldRefuseWhatCannotBeMeant(String text, String sentence) {
        String message = assertThrows(IllegalArgumentException.class, () -> FaultPlan.parse(text))
                .getMessage();
        assertTrue(message.contains(sentence), message);
    }
}
