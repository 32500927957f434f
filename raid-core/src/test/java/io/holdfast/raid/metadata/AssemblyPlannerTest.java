package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.metadata.AssemblyPlan.JournalState;
import io.holdfast.raid.metadata.DeviceVerdict.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AssemblyPlannerTest {
    private static final AssemblyOptions DEFAULT = AssemblyOptions.DEFAULT;
    private static final AssemblyOptions RUN = DEFAULT.withRun();
    private static final AssemblyOptions FORCE = DEFAULT.withForce();

    @Test
    void shouldStartACleanArray() {
        AssemblyPlan plan = TestArray.clean(5, 4).plan();

        assertEquals(AssemblyDecision.CLEAN, plan.decision());
        assertTrue(plan.isWritable());
        assertEquals(List.of(), plan.missingSlots());
        for (int slot = 0; slot < 4; slot++) {
            assertEquals("d" + slot, plan.inSync(slot).orElseThrow().deviceName());
        }
        assertEquals(JournalState.NOT_USED, plan.journalState());
        ArrayIdentity identity = plan.identity().orElseThrow();
        assertEquals(5, identity.level());
        assertEquals(2, identity.layout());
        assertEquals(128, identity.chunkSectors());
        assertEquals(63488, identity.sizeSectors());
        assertEquals(3 * 63488, identity.arraySectors());
    }

    @Test
    void shouldLookAtTheJournalOfACleanArray() {
        AssemblyPlan plan = TestArray.journaled(5, 3).plan();

        assertEquals(AssemblyDecision.CLEAN, plan.decision());
        assertEquals(JournalState.PRESENT, plan.journalState());
        assertTrue(plan.isReplayToBeLookedAt());
        assertEquals("j", plan.journal().orElseThrow().deviceName());
    }

    @Test
    void shouldRebuildTheLastMemberOfAFreshRaid5() {
        NewArray options = new NewArray()
                .raidDisks(4)
                .creationTimeSeconds(1)
                .chunkSectors(128)
                .random(new SplittableRandom(1));
        for (int i = 0; i < 4; i++) {
            options.device(NewDevice.member("d" + i, TestArray.GEOMETRY));
        }
        List<ExaminedDevice> devices = new ArrayList<>();
        options.plan()
                .devices()
                .forEach(
                        d -> devices.add(ExaminedDevice.valid(d.name(), TestArray.GEOMETRY.sectors(), d.superblock())));

        AssemblyPlan plan = AssemblyPlanner.plan(devices, DEFAULT);

        assertEquals(AssemblyDecision.DEGRADED, plan.decision());
        assertEquals(List.of(3), plan.missingSlots());
        assertEquals("d3", plan.spares().get(0).deviceName());
    }

    @Test
    void shouldAskBeforeGoingOnWithoutAMemberThatWasThereLastTime() {
        List<ExaminedDevice> devices = TestArray.clean(5, 4).without(2);

        AssemblyPlan refused = AssemblyPlanner.plan(devices, DEFAULT);
        assertEquals(AssemblyDecision.INCOMPLETE, refused.decision());
        assertTrue(refused.reason().contains("slot 2"), refused.reason());

        AssemblyPlan plan = AssemblyPlanner.plan(devices, RUN);
        assertEquals(AssemblyDecision.DEGRADED, plan.decision());
        assertEquals(List.of(2), plan.missingSlots());
    }

    @Test
    void shouldGoOnUnaskedWithoutAMemberWhoseFailureWasRecorded() {
        AssemblyPlan plan = AssemblyPlanner.plan(TestArray.clean(5, 4).fail(2).without(2), DEFAULT);

        assertEquals(AssemblyDecision.DEGRADED, plan.decision());
    }

    @Test
    void shouldAcceptAMemberOneBehindThatTheOthersCallInSync() {
        AssemblyPlan plan = TestArray.clean(5, 4)
                .alter(1, superblock -> superblock.events(9))
                .plan();

        assertEquals(AssemblyDecision.CLEAN, plan.decision());
        assertEquals(1, plan.devices().get(1).eventsBehind());
        assertEquals(Kind.IN_SYNC, plan.devices().get(1).kind());
    }

    @Test
    void shouldNotAcceptAMemberOneBehindThatAnyFresherOneCallsFailed() {
        AssemblyPlan plan = TestArray.clean(5, 4).fail(1).plan();

        assertEquals(Kind.STALE, plan.devices().get(1).kind());
        assertEquals(1, plan.devices().get(1).eventsBehind());
        assertEquals(AssemblyDecision.DEGRADED, plan.decision());

        AssemblyPlan oneAccuser = TestArray.clean(6, 5)
                .alterAllBut(List.of(1), superblock -> superblock.events(11))
                .alter(4, superblock -> superblock.role(1, Role.FAULTY))
                .plan();
        assertEquals(Kind.STALE, oneAccuser.devices().get(1).kind());
        AssemblyPlan removed = TestArray.clean(5, 4)
                .alterAllBut(List.of(1), superblock -> superblock.events(11).role(1, Role.SPARE))
                .plan();
        assertEquals(Kind.STALE, removed.devices().get(1).kind());
    }

    @Test
    void shouldNotAcceptAMemberTwoBehindEvenIfTheOthersCallItInSync() {
        AssemblyPlan plan = TestArray.clean(5, 4)
                .alter(1, superblock -> superblock.events(8))
                .plan(RUN);

        assertEquals(Kind.STALE, plan.devices().get(1).kind());
        assertEquals(2, plan.devices().get(1).eventsBehind());
        assertEquals(AssemblyDecision.DEGRADED, plan.decision());
    }

    @Test
    void shouldNotAcceptAFailedMemberWhoseCountIsEqualBecauseLinuxCountedBack() {
        AssemblyPlan plan = TestArray.clean(5, 4)
                .alterAllBut(List.of(1), superblock -> superblock.role(1, Role.FAULTY))
                .plan();

        assertEquals(Kind.STALE, plan.devices().get(1).kind());
        assertEquals(AssemblyDecision.DEGRADED, plan.decision());
    }

    @Test
    void shouldLetSparesLag() {
        AssemblyPlan plan = TestArray.create(5, 3, 1, false, 0)
                .alter(3, superblock -> superblock.events(2))
                .plan();

        assertEquals(Kind.SPARE, plan.devices().get(3).kind());
        assertEquals(AssemblyDecision.CLEAN, plan.decision());
    }

    @Test
    void shouldNeverTakeASpareForInSyncBecauseTheOthersAlreadyShowItsSlot() {
        TestArray array = TestArray.create(5, 3, 1, false, 0);
        array.fail(2);
        array.alterAllBut(List.of(2, 3), superblock -> superblock.role(3, 2).events(12));

        AssemblyPlan plan = array.plan();

        assertEquals(Kind.SPARE, plan.devices().get(3).kind());
        assertEquals(Kind.STALE, plan.devices().get(2).kind());
        assertEquals(List.of(2), plan.missingSlots());
    }

    @Test
    void shouldCountARecoveringMemberAsMissingAndKeepItsOffset() {
        AssemblyPlan plan = TestArray.clean(5, 4)
                .alter(3, superblock -> superblock
                        .feature(SuperblockFeature.RECOVERY_OFFSET, true)
                        .recoveryOffsetSectors(1003))
                .plan();

        assertEquals(AssemblyDecision.DEGRADED, plan.decision());
        assertEquals(List.of(3), plan.missingSlots());
        assertEquals(1000, plan.recovering(3).orElseThrow().recoveredSectors());
        assertEquals(Kind.RECOVERING, plan.devices().get(3).kind());
    }

    @Test
    void shouldRebuildFromTheStartWhenTheRecoveryOffsetIsNonsense() {
        AssemblyPlan plan = TestArray.clean(5, 4)
                .alter(3, superblock -> superblock
                        .feature(SuperblockFeature.RECOVERY_OFFSET, true)
                        .recoveryOffsetSectors(-8))
                .plan();

        assertEquals(0, plan.recovering(3).orElseThrow().recoveredSectors());
    }

    @Test
    void shouldResyncADirtyArrayFromItsCheckpoint() {
        TestArray array = TestArray.clean(6, 4);
        array.alterAllBut(List.of(), superblock -> superblock.resyncOffsetSectors(4096));

        assertEquals(AssemblyDecision.DIRTY, array.plan().decision());
        assertEquals(4096, array.plan().resyncOffsetSectors());

        array.alter(2, superblock -> superblock.resyncOffsetSectors(1024));
        assertEquals(1024, array.plan().resyncOffsetSectors());
        array.alter(2, superblock -> superblock.resyncOffsetSectors(1L << 50));
        assertEquals(4096, array.plan().resyncOffsetSectors());
        array.alterAllBut(List.of(), superblock -> superblock.resyncOffsetSectors(1L << 50));
        assertEquals(0, array.plan().resyncOffsetSectors());
    }

    @Test
    void shouldRefuseDirtyAndDegradedUnlessForced() {
        TestArray array = TestArray.clean(5, 4).fail(0);
        array.alterAllBut(List.of(0), superblock -> superblock.resyncOffsetSectors(0));

        AssemblyPlan refused = array.plan();
        assertEquals(AssemblyDecision.DIRTY_DEGRADED, refused.decision());
        assertTrue(refused.reason().contains("while not clean - consider --force"), refused.reason());
        assertEquals(List.of(), refused.corrections(5));

        AssemblyPlan forced = array.plan(FORCE);
        assertEquals(AssemblyDecision.DIRTY_DEGRADED_FORCED, forced.decision());
        assertEquals(0, forced.resyncOffsetSectors());
        List<SuperblockUpdate.Member> corrections = forced.corrections(5);
        assertEquals(3, corrections.size());
        for (SuperblockUpdate.Member member : corrections) {
            assertTrue(member.superblock().isClean());
            assertEquals(12, member.superblock().events());
            assertEquals(Role.SPARE, member.superblock().role(0));
            assertTrue(member.superblock().isChecksumCorrect());
        }
    }

    @Test
    void shouldNameMissingSlotsAndHowStaleTheOthersAre() {
        TestArray array = TestArray.clean(5, 4).fail(0).fail(1);
        array.alter(0, superblock -> superblock.events(10)).alter(1, superblock -> superblock.events(11));
        array.alterAllBut(List.of(0, 1), superblock -> superblock.events(14));

        AssemblyPlan plan = array.plan();

        assertEquals(AssemblyDecision.TOO_FEW, plan.decision());
        assertTrue(plan.reason().contains("slot 0 (d0 is 4 updates behind)"), plan.reason());
        assertTrue(plan.reason().contains("slot 1 (d1 is 3 updates behind)"), plan.reason());
    }

    @Test
    void shouldForceTheLeastStaleMemberAndOnlyAsManyAsAreNeeded() {
        TestArray array = TestArray.clean(5, 4).fail(0).fail(1);
        array.alter(0, superblock -> superblock.events(10)).alter(1, superblock -> superblock.events(11));
        array.alterAllBut(List.of(0, 1), superblock -> superblock.events(14));

        AssemblyPlan plan = array.plan(FORCE);

        assertEquals(AssemblyDecision.DEGRADED, plan.decision());
        assertEquals(Kind.STALE, plan.devices().get(0).kind());
        assertEquals(Kind.FORCED, plan.devices().get(1).kind());
        assertTrue(plan.reason().contains("from 11 up to 14"), plan.reason());
        List<SuperblockUpdate.Member> corrections = plan.corrections(77);
        assertEquals(3, corrections.size());
        for (SuperblockUpdate.Member member : corrections) {
            assertEquals(15, member.superblock().events());
            assertEquals(77, member.superblock().updateTime());
            assertEquals(Role.SPARE, member.superblock().role(0));
            assertEquals(1, member.superblock().role(1));
            assertEquals(member.deviceNumber(), member.superblock().deviceNumber());
        }
    }

    @Test
    void shouldForceAllMembersOfTheSameVintageTogether() {
        TestArray array = TestArray.clean(5, 4);
        array.alterAllBut(List.of(0, 1, 3), superblock -> superblock.events(30));

        AssemblyPlan plan = array.plan(FORCE);

        assertEquals(AssemblyDecision.CLEAN, plan.decision());
        assertEquals(
                3, plan.devices().stream().filter(d -> d.kind() == Kind.FORCED).count());
    }

    @Test
    void shouldNotForceAMemberThatWasBeingRebuiltNorOneOfAnotherHistory() {
        TestArray array = TestArray.clean(5, 3);
        array.alterAllBut(List.of(0, 1), superblock -> superblock.events(30));
        array.alter(0, superblock -> superblock
                .feature(SuperblockFeature.RECOVERY_OFFSET, true)
                .recoveryOffsetSectors(8));
        array.alter(1, superblock -> superblock.role(2, Role.FAULTY));

        AssemblyPlan plan = array.plan(FORCE);

        assertEquals(AssemblyDecision.TOO_FEW, plan.decision());
        assertEquals(Kind.OTHER_HISTORY, plan.devices().get(1).kind());
    }

    @Test
    void shouldRefuseTwoEquallyFreshHistories() {
        TestArray array = TestArray.clean(6, 4);
        array.alterAllBut(
                List.of(2, 3), superblock -> superblock.role(2, Role.FAULTY).role(3, Role.FAULTY));
        array.alterAllBut(
                List.of(0, 1), superblock -> superblock.role(0, Role.FAULTY).role(1, Role.FAULTY));

        for (AssemblyOptions options : List.of(DEFAULT, RUN, FORCE)) {
            AssemblyPlan plan = array.plan(options);
            assertEquals(AssemblyDecision.CONFLICT, plan.decision());
            assertTrue(plan.reason().contains("went on without each other"), plan.reason());
        }
    }

    @Test
    void shouldTakeTheFresherOfTwoHistoriesAndNothingOfTheOther() {
        TestArray array = TestArray.clean(6, 4);
        array.alterAllBut(
                List.of(2, 3),
                superblock ->
                        superblock.role(2, Role.FAULTY).role(3, Role.FAULTY).events(11));
        array.alterAllBut(
                List.of(0, 1), superblock -> superblock.role(0, Role.FAULTY).role(1, Role.FAULTY));

        AssemblyPlan plan = array.plan(FORCE);

        assertEquals(AssemblyDecision.DEGRADED, plan.decision());
        assertEquals(List.of(2, 3), plan.missingSlots());
        assertEquals(Kind.OTHER_HISTORY, plan.devices().get(2).kind());
        assertEquals(Kind.OTHER_HISTORY, plan.devices().get(3).kind());
    }

    @Test
    void shouldRefuseToWriteWithoutTheJournal() {
        List<ExaminedDevice> devices = TestArray.journaled(5, 3).without(3);

        AssemblyPlan refused = AssemblyPlanner.plan(devices, RUN);
        assertEquals(AssemblyDecision.JOURNAL_LOST, refused.decision());
        assertEquals(JournalState.MISSING, refused.journalState());

        AssemblyPlan forced = AssemblyPlanner.plan(devices, FORCE);
        assertEquals(AssemblyDecision.JOURNAL_LOST_FORCED, forced.decision());
        assertFalse(forced.isWritable());
        assertTrue(forced.isOpenable());
        assertEquals(List.of(), forced.corrections(1));
    }

    @Test
    void shouldTellAStaleJournalFromAMissingOne() {
        AssemblyPlan plan = TestArray.journaled(5, 3)
                .alter(3, superblock -> superblock.events(8))
                .plan();

        assertEquals(JournalState.STALE, plan.journalState());
        assertEquals(AssemblyDecision.JOURNAL_LOST, plan.decision());
    }

    @Test
    void shouldAcceptAFreshlyMadeArrayWhoseJournalIsOneAhead() {
        TestArray array = TestArray.journaled(5, 3);
        array.alter(3, superblock -> superblock.events(11));

        assertEquals(AssemblyDecision.CLEAN, array.plan().decision());
    }

    @Test
    void shouldNameADeviceOfAnotherArray() {
        List<ExaminedDevice> devices = new ArrayList<>(TestArray.clean(5, 4).examined());
        ExaminedDevice stranger =
                TestArray.create(5, 4, 0, false, 99).examined().get(0);
        devices.add(0, ExaminedDevice.valid("stranger", stranger.deviceSectors(), stranger.superblock()));

        AssemblyPlan refused = AssemblyPlanner.plan(devices, DEFAULT);
        assertEquals(AssemblyDecision.CONFLICT, refused.decision());
        assertTrue(refused.reason().contains("stranger belongs to another array"), refused.reason());

        AssemblyPlan plan = AssemblyPlanner.plan(devices, RUN);
        assertEquals(AssemblyDecision.CLEAN, plan.decision());
        assertEquals(Kind.OTHER_ARRAY, plan.devices().get(0).kind());

        String uuid = stranger.superblock().setUuidText();
        AssemblyPlan other = AssemblyPlanner.plan(devices, RUN.withUuid(uuid));
        assertEquals(uuid, other.identity().orElseThrow().uuid());
        assertEquals(AssemblyDecision.TOO_FEW, other.decision());
    }

    @Test
    void shouldRefuseADeviceListedTwice() {
        List<ExaminedDevice> devices = new ArrayList<>(TestArray.clean(5, 4).examined());
        devices.add(devices.get(1));

        AssemblyPlan plan = AssemblyPlanner.plan(devices, FORCE);

        assertEquals(AssemblyDecision.CONFLICT, plan.decision());
        assertTrue(plan.reason().contains("d1 is listed twice"), plan.reason());
    }

    @Test
    void shouldRefuseACopyThatIsEquallyFreshAndIgnoreOneThatIsNot() {
        List<ExaminedDevice> devices = new ArrayList<>(TestArray.clean(5, 4).examined());
        Superblock copy = devices.get(1).superblock().copy();
        devices.add(ExaminedDevice.valid("copy", devices.get(1).deviceSectors(), copy));
        assertEquals(
                AssemblyDecision.CONFLICT, AssemblyPlanner.plan(devices, FORCE).decision());

        copy.events(9).updateChecksum();
        AssemblyPlan plan = AssemblyPlanner.plan(devices, DEFAULT);
        assertEquals(AssemblyDecision.CLEAN, plan.decision());
        assertEquals(Kind.DUPLICATE, plan.devices().get(4).kind());
    }

    @Test
    void shouldRefuseTwoMembersOfOneSlot() {
        TestArray array = TestArray.create(5, 3, 1, false, 0);
        array.alterAllBut(List.of(), superblock -> superblock.role(3, 1));

        AssemblyPlan plan = array.plan(RUN);

        assertEquals(AssemblyDecision.CONFLICT, plan.decision());
        assertTrue(plan.reason().contains("d1 and d3 both claim slot 1"), plan.reason());
    }

    @Test
    void shouldRefuseAFreshMemberThatDescribesTheArrayDifferently() {
        AssemblyPlan plan = TestArray.clean(5, 4)
                .alter(3, superblock -> superblock.chunkSectors(64))
                .plan(RUN);

        assertEquals(AssemblyDecision.CONFLICT, plan.decision());
        assertEquals(Kind.MISMATCH, plan.devices().get(3).kind());
        assertTrue(plan.reason().contains("doesn't match others"), plan.reason());
    }

    @Test
    void shouldLeaveOutAnUnusableDeviceOnlyWhenAsked() {
        List<ExaminedDevice> devices = new ArrayList<>(TestArray.clean(5, 4).examined());
        devices.set(0, ExaminedDevice.without("d0", 1000, ExaminedDevice.Verdict.NONE, "d0: no superblock found."));

        AssemblyPlan refused = AssemblyPlanner.plan(devices, DEFAULT);
        assertEquals(AssemblyDecision.CONFLICT, refused.decision());
        assertTrue(refused.reason().contains("d0: no superblock found."), refused.reason());
        assertEquals(
                AssemblyDecision.DEGRADED, AssemblyPlanner.plan(devices, RUN).decision());
    }

    @Test
    void shouldTreatAnUnreadableDeviceAsMissing() {
        List<ExaminedDevice> devices =
                new ArrayList<>(TestArray.clean(5, 4).fail(0).examined());
        devices.set(0, ExaminedDevice.without("d0", 1000, ExaminedDevice.Verdict.UNREADABLE, "d0: cannot be read."));

        AssemblyPlan plan = AssemblyPlanner.plan(devices, DEFAULT);
        assertEquals(AssemblyDecision.DEGRADED, plan.decision());
        assertEquals(Kind.UNREADABLE, plan.devices().get(0).kind());
    }

    @Test
    void shouldFindNoArrayInNothing() {
        assertEquals(
                AssemblyDecision.CONFLICT,
                AssemblyPlanner.plan(List.of(), FORCE).decision());
        List<ExaminedDevice> onlySpare = TestArray.create(5, 3, 1, false, 0).without(0, 1, 2);
        AssemblyPlan plan = AssemblyPlanner.plan(onlySpare, FORCE);
        assertEquals(AssemblyDecision.CONFLICT, plan.decision());
        assertTrue(plan.identity().isEmpty());
        assertEquals(Kind.SPARE, plan.devices().get(0).kind());
        assertFalse(plan.lines().isEmpty());
    }

    @Test
    void shouldRefuseAnArrayOfAnotherLevel() {
        TestArray array = TestArray.clean(5, 4);
        array.alterAllBut(List.of(), superblock -> superblock.level(1).layout(0));

        AssemblyPlan plan = array.plan(FORCE);

        assertEquals(AssemblyDecision.UNSUPPORTED, plan.decision());
        assertTrue(plan.reason().contains("level 1"), plan.reason());
    }

    @Test
    void shouldOpenReadOnlyOrRefuseWhatItDoesNotDo() {
        assertCarried(SuperblockFeature.PPL, AssemblyDecision.CLEAN_LIMITED, "partial parity log");
        assertCarried(SuperblockFeature.MULTIPLE_PPLS, AssemblyDecision.CLEAN_LIMITED, "partial parity log");
        assertCarried(SuperblockFeature.RESHAPE, AssemblyDecision.UNSUPPORTED, "reshape");
        assertCarried(SuperblockFeature.CLUSTERED, AssemblyDecision.UNSUPPORTED, "cluster");
        assertCarried(
                SuperblockFeature.BITMAP | SuperblockFeature.JOURNAL,
                AssemblyDecision.UNSUPPORTED,
                "exclude each other");
        assertCarried(
                SuperblockFeature.PPL | SuperblockFeature.MULTIPLE_PPLS,
                AssemblyDecision.UNSUPPORTED,
                "exclude each other");
    }

    @Test
    void shouldNotWriteToAnArrayWhoseBitmapCannotBeKept() {
        TestArray array = TestArray.clean(5, 4);
        array.alterAllBut(List.of(), superblock -> superblock.feature(SuperblockFeature.BITMAP, true));
        List<ExaminedDevice> devices = new ArrayList<>();
        array.without().forEach(device -> devices.add(device.withBitmap(null, "cannot be read (torn)")));

        AssemblyPlan plan = AssemblyPlanner.plan(devices, DEFAULT);

        assertEquals(AssemblyDecision.CLEAN_LIMITED, plan.decision());
        assertTrue(plan.reason().contains("its write-intent bitmap cannot be read (torn)"), plan.reason());
    }

    @Test
    void shouldBelieveTheBitmapOfACurrentMemberAndTakeBackWhomItCovers() {
        TestArray array = TestArray.clean(5, 4);
        array.alterAllBut(List.of(), superblock -> superblock.feature(SuperblockFeature.BITMAP, true));
        long events = array.superblocks.get(0).events();
        array.fail(2).fail(2).fail(2);
        long now = array.superblocks.get(0).events();
        assertTrue(now > events + 1);

        AssemblyPlan back = planWithBitmap(array, now, events, 3);
        assertEquals(Kind.RECOVERING, back.devices().get(2).kind());
        assertTrue(back.devices().get(2).byBitmap());
        assertEquals(0, back.devices().get(2).recoveredSectors());
        assertTrue(back.updateMembers().get(2).superblock().hasFeature(SuperblockFeature.RECOVERY_BITMAP));
        assertTrue(
                back.devices().get(2).sentence().contains("3 regions (192 KiB)"),
                back.devices().get(2).sentence());

        // Bits that it would need may have been cleared since; or nobody kept them at all.
        assertEquals(
                Kind.STALE,
                planWithBitmap(array, now, events + 1, 3).devices().get(2).kind());
        AssemblyPlan stale = planWithBitmap(array, now - 1, events, 3);
        assertEquals(Kind.STALE, stale.devices().get(2).kind());
        assertTrue(stale.bitmap().orElseThrow().isStale());
        assertEquals(496, stale.bitmap().orElseThrow().dirtyCount());

        // What was only rebuilt in part when it went is not covered by bits.
        array.alter(2, superblock -> superblock.feature(SuperblockFeature.RECOVERY_OFFSET, true));
        assertEquals(
                Kind.STALE,
                planWithBitmap(array, now, events, 3).devices().get(2).kind());
    }

    private static AssemblyPlan planWithBitmap(TestArray array, long events, long eventsCleared, long dirtyCount) {
        List<ExaminedDevice> devices = new ArrayList<>();
        array.without()
                .forEach(device -> devices.add(device.withBitmap(
                        new Bitmap(4, "", events, eventsCleared, 63488, false, 65536, 5, 0, 496, dirtyCount), "")));
        return AssemblyPlanner.plan(devices, DEFAULT);
    }

    @Test
    void shouldLeaveASlotToItsDeviceWhileAnotherIsToReplaceIt() {
        TestArray array = TestArray.create(5, 3, 1, false, 0);
        array.alterAllBut(List.of(), superblock -> superblock.role(3, 1));
        array.alter(
                3,
                superblock ->
                        superblock.feature(SuperblockFeature.REPLACEMENT | SuperblockFeature.RECOVERY_OFFSET, true));

        AssemblyPlan plan = array.plan();

        assertEquals(AssemblyDecision.CLEAN, plan.decision());
        assertEquals(Kind.REPLACEMENT, plan.devices().get(3).kind());
        assertEquals("d1", plan.inSync(1).orElseThrow().deviceName());
    }

    @Test
    void shouldGiveASlotToACompleteReplacementWhereNobodyBelievesItsDeviceAnyMore() {
        TestArray array = TestArray.create(5, 3, 1, false, 0);
        array.alterAllBut(List.of(), superblock -> superblock.role(3, 1));
        array.alter(3, superblock -> superblock.feature(SuperblockFeature.REPLACEMENT, true));
        // One superblock of the generation that says so has come out.
        array.alter(0, superblock -> superblock.role(1, Role.FAULTY).events(superblock.events() + 1));

        AssemblyPlan plan = array.plan();

        assertEquals("d3", plan.inSync(1).orElseThrow().deviceName());
        assertEquals(AssemblyDecision.CLEAN, plan.decision());
    }

    @Test
    void shouldRefuseADirtyDegradedArrayWithAPartialParityLogUnlessForced() {
        TestArray array = TestArray.clean(5, 4).fail(0);
        array.alterAllBut(
                List.of(0), superblock -> superblock.resyncOffsetSectors(0).feature(SuperblockFeature.PPL, true));

        assertEquals(AssemblyDecision.DIRTY_DEGRADED, array.plan().decision());
        assertEquals(AssemblyDecision.DIRTY_DEGRADED_LIMITED, array.plan(FORCE).decision());
    }

    @Test
    void shouldWriteNothingWhenAskedToOnlyRead() {
        AssemblyPlan plan = TestArray.clean(5, 4).plan(DEFAULT.withReadOnly());

        assertEquals(AssemblyDecision.CLEAN_READ_ONLY, plan.decision());
        assertFalse(plan.isWritable());
    }

    @Test
    void shouldTellTheWholeStoryInLines() {
        List<String> lines = TestArray.clean(5, 4).fail(1).plan().lines();

        assertEquals("d0: slot 0, in sync.", lines.get(0));
        assertEquals("d1: was slot 1, is stale: 1 update behind, and d0 calls it faulty.", lines.get(1));
        assertTrue(lines.get(4).endsWith("(t), level 5, 3 of 4 members in sync: would start degraded."), lines.get(4));
        assertEquals("Degraded. Missing: slot 1 (d1 is 1 update behind).", lines.get(5));
    }

    @Test
    void shouldGiveAMemberOneBehindTheDescriptionOfTheFreshest() {
        TestArray array = TestArray.clean(5, 4);
        array.alterAllBut(List.of(1), superblock -> superblock.events(11).setName("renamed"));

        List<SuperblockUpdate.Member> members = array.plan().updateMembers();

        assertEquals("renamed", members.get(1).superblock().setName());
        assertEquals(1, members.get(1).superblock().deviceNumber());
        assertEquals("t", array.superblocks.get(1).setName());
    }

    private static void assertCarried(int feature, AssemblyDecision decision, String word) {
        TestArray array = TestArray.clean(5, 4);
        array.alterAllBut(List.of(), superblock -> superblock.feature(feature, true));
        if ((feature & SuperblockFeature.JOURNAL) != 0) {
            array.alterAllBut(List.of(), superblock -> superblock.role(4, Role.JOURNAL));
        }
        AssemblyPlan plan = array.plan();
        assertEquals(decision, plan.decision());
        assertTrue(plan.reason().contains(word), plan.reason());
    }
}
