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
            "raid.EngineFailureTest.shouldAnswerAWriteOnlyWhenTheMemberThatMissedItIsRecorded(5, 0)",
            "raid.EngineFailureTest.shouldAnswerAWriteOnlyWhenTheMemberThatMissedItIsRecorded(6, 4194304)",
            "raid.EngineFailureTest.shouldFailAMemberThatCannotFlush",
            "raid.EngineFailureTest.shouldReconstructAndRewriteWhatCannotBeRead(0)",
            "raid.EngineFailureTest.shouldScribbleNothingOnceTooManyMembersAreLost(4194304)",
            "raid.EngineFailureTest.shouldRebuildOntoSparesWhileItIsWrittenTo(6, 2, 0)",
            "raid.EngineFailureTest.shouldRebuildOntoSparesWhileItIsWrittenTo(5, 1, 4194304)",
            "raid.EngineFailureTest.shouldResyncAfterACrashWithoutAJournal(5)",
            "raid.EngineFailureTest.shouldWriteAboveTheMarkOfAResyncAlthoughAMemberHasJustFailed",
            "raid.EngineFailureTest.shouldTakeAnotherSpareWhenTheOneBeingFilledFails",
            "raid.EngineFailureTest.shouldFailOnlyReadsOfBlocksThatNothingCanGiveBack",
            "raid.EngineFailureTest.shouldNotWriteAStripeOfWhichTooMuchIsKnownToBeLost",
            "raid.EngineFailureTest.shouldRetryAReadBeforeItIsTakenForLost",
            "raid.EngineFailureTest.shouldFailAMemberThatCannotHoldWhatWasRewritten",
            "raid.EngineFailureTest.shouldTakeNoWritesOnceTheJournalHasFailed",
            "raid.EngineFailureTest.shouldReplayWhatWasAnsweredBeforeACrash",
            "raid.EngineFailureTest.shouldGoOnRebuildingWhereItWasStopped");

    private Scenarios() {}
}
