package io.holdfast.fault.mutation;

import java.util.List;

/** The tests with a name that hunt mutants: those in which a device fails, or in which one certain moment matters. */
final class Scenarios {
    static final List<String> NAMES = List.of(
            "fault.ArrayScenarioTest.shouldGoOnWithoutAMemberThatVanishesWhileItsStripesAreInFlight",
            "fault.ArrayScenarioTest.shouldRecordAFailedMemberOnTheSurvivorsBeforeTheWriteIsAnswered",
            "fault.ArrayScenarioTest.shouldReconstructWhatCannotBeReadAndRewriteIt",
            "fault.ArrayScenarioTest.shouldRefuseWritesAndScribbleNothingWhenTooManyMembersAreLost",
            "fault.ArrayScenarioTest.shouldResumeARebuildFromItsCheckpoint",
            "fault.ArrayScenarioTest.shouldHoldWritesBackWhileTheJournalIsFullAndLoseNone",
            "fault.ArrayScenarioTest.shouldNotReplayARecordThatThePowerCanStillTakeAway",
            "raid.EngineCrashTest.shouldNotRecordHowFarARebuildCameBeforeItIsFlushed",
            "raid.EngineCrashTest.shouldNotLetMembersFallTwoUpdatesBehindWhenOneFailsToFlush",
            "raid.EngineCrashTest.shouldNotLetMembersFallTwoUpdatesBehindHoweverOftenAStartIsCut",
            "raid.EngineCrashTest.shouldReplayTheJournalHoweverOftenAStartIsCut",
            "raid.EngineCrashTest.shouldReplayTheJournalAlthoughAMemberFailsTheStartAndPowerFailsThen",
            "raid.EngineCrashTest.shouldFlushMembersBeforeTheJournalIsCalledFailed",
            "raid.EngineCrashTest.shouldFlushWhatWasLoggedBeforeTheJournalFailed",
            "raid.EngineCrashTest.shouldRebuildEveryWindowThoughAShardHearsOfTheSpareLate",
            "raid.EngineFailureTest.shouldFailAMemberThatCannotFlush",
            "raid.EngineFailureTest.shouldRetryAReadBeforeItIsTakenForLost",
            "raid.EngineFailureTest.shouldFailAMemberThatCannotHoldWhatWasRewritten",
            "raid.EngineFailureTest.shouldTakeNoWritesOnceTheJournalHasFailed",
            "raid.EngineFailureTest.shouldReplayWhatWasAnsweredBeforeACrash",
            "raid.EngineFailureTest.shouldGoOnRebuildingWhereItWasStopped");

    private Scenarios() {}
}
