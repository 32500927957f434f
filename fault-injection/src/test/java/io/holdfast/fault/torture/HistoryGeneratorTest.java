package io.holdfast.fault.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.JournalUse;
import io.holdfast.fault.torture.Step.Action;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HistoryGeneratorTest {
    @Test
    void shouldDrawTheSameHistoryForTheSameSeed() {
        for (long seed = 0; seed < 50; seed++) {
            TortureSettings settings = TortureSettings.open().stepCount(100);
            History one = HistoryGenerator.generate(seed, settings);
            History other = HistoryGenerator.generate(seed, settings);
            assertEquals(one.shape(), other.shape());
            assertEquals(one.steps(), other.steps());
        }
    }

    @Test
    void shouldGiveWhatWasAskedFor() {
        TortureSettings settings =
                new TortureSettings(6, 7, 32768, JournalUse.WRITE_THROUGH, FaultPlan.parse("power,torn4k"), 10);
        for (long seed = 0; seed < 50; seed++) {
            History history = HistoryGenerator.generate(seed, settings);
            assertEquals(6, history.shape().level());
            assertEquals(7, history.shape().memberCount());
            assertEquals(32768, history.shape().chunkLength());
            assertTrue(history.shape().isJournaled());
            assertEquals(4096, history.shape().logicalBlockLength());
            assertEquals(10, history.steps().size());
        }
    }

    @Test
    void shouldNotDrawALevelThatTheMembersAreTooFewFor() {
        TortureSettings settings = TortureSettings.open().array(0, 3, null).stepCount(1);
        for (long seed = 0; seed < 50; seed++) {
            assertTrue(HistoryGenerator.generate(seed, settings).shape().level() < 6);
        }
    }

    @Test
    void shouldHaveAJournalWhereAFaultIsAimedAtIt() {
        TortureSettings settings = TortureSettings.open()
                .faults(FaultPlan.parse("lost@journal=0.5"))
                .stepCount(20);
        for (long seed = 0; seed < 20; seed++) {
            History history = HistoryGenerator.generate(seed, settings);
            assertTrue(history.shape().isJournaled());
            for (Step step : history.steps()) {
                assertTrue(step.action() != Action.FAULT || step.device() == Step.JOURNAL);
            }
        }
    }

    @Test
    void shouldDoTheSameOtherwiseWhateverTheJournalIsUsedFor() {
        for (long seed = 0; seed < 20; seed++) {
            History through =
                    HistoryGenerator.generate(seed, TortureSettings.open().array(5, 4, JournalUse.WRITE_THROUGH));
            History changing =
                    HistoryGenerator.generate(seed, TortureSettings.open().array(5, 4, JournalUse.CHANGING));
            for (int i = 0; i < through.steps().size(); i++) {
                Step step = changing.steps().get(i);
                assertTrue(
                        step.action() == Action.MODE
                                || step.equals(through.steps().get(i)),
                        step::toString);
                assertTrue(through.steps().get(i).action() != Action.MODE);
            }
        }
    }

    @Test
    void shouldUseEveryActionAndEveryFaultWithinTheArray() {
        Set<Action> actions = EnumSet.noneOf(Action.class);
        Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
        TortureSettings settings = TortureSettings.open().faults(FaultPlan.parse("all"));
        for (long seed = 0; seed < 60; seed++) {
            History history = HistoryGenerator.generate(seed, settings);
            long arrayLength = history.shape().layout().arrayLength();
            for (Step step : history.steps()) {
                actions.add(step.action());
                if (step.fault() != null) {
                    kinds.add(step.fault());
                }
                if (step.isRequest()) {
                    assertTrue(step.length() > 0 && step.offset() >= 0, step::toString);
                    assertTrue(step.offset() + step.length() <= arrayLength, step::toString);
                }
                assertFalse(step.describe().isEmpty());
            }
        }
        assertEquals(EnumSet.allOf(Action.class), actions);
        Set<FaultKind> expected = EnumSet.allOf(FaultKind.class);
        expected.removeIf(FaultKind::belongsToCuts);
        assertEquals(expected, kinds);
    }
}
