package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.metadata.SuperblockUpdate.Member;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SuperblockUpdateTest {
    private static final long CLEAN = SuperblockDescriptor.MAX_SECTOR;

    @Test
    void shouldSayTheSameOnEveryDeviceThatHasNotFailed() {
        TestArray array = TestArray.create(5, 4, 1, true, 0);
        Superblock faulty = array.superblocks.get(1).copy();
        List<Member> members = members(array);
        members.set(1, new Member(1, array.superblocks.get(1), MemberCondition.FAULTY, -1, 0));
        members.set(3, new Member(3, array.superblocks.get(3), MemberCondition.RECOVERING, 3, 800));

        SuperblockUpdate.apply(members, 11, 4096, 264, 1234);

        for (int i = 0; i < 6; i++) {
            Superblock superblock = array.superblocks.get(i);
            if (i == 1) {
                assertEquals(faulty.buffer(), superblock.buffer());
                continue;
            }
            assertEquals(11, superblock.events());
            assertEquals(4096, superblock.resyncOffsetSectors());
            assertEquals(1234, superblock.updateTime());
            assertEquals(0, superblock.role(0));
            assertEquals(Role.FAULTY, superblock.role(1));
            assertEquals(2, superblock.role(2));
            assertEquals(3, superblock.role(3));
            assertEquals(Role.SPARE, superblock.role(4));
            assertEquals(Role.JOURNAL, superblock.role(5));
            assertEquals(Role.SPARE, superblock.role(6));
            assertEquals(i, superblock.deviceNumber());
            assertTrue(superblock.isChecksumCorrect());
            assertTrue(superblock.hasFeature(SuperblockFeature.JOURNAL));
            assertEquals(i == 3, superblock.hasFeature(SuperblockFeature.RECOVERY_OFFSET));
            assertEquals(i == 3 ? 800 : i == 5 ? 264 : 0, superblock.recoveryOffsetSectors());
            SuperblockWriter.checkWritable(superblock, "d" + i, TestArray.GEOMETRY);
        }
    }

    @Test
    void shouldForgetThatAMemberWasRecoveringWhenItIsInSync() {
        TestArray array = TestArray.clean(5, 3);
        array.superblocks
                .get(2)
                .feature(SuperblockFeature.RECOVERY_OFFSET | SuperblockFeature.RECOVERY_BITMAP, true)
                .recoveryOffsetSectors(99);

        SuperblockUpdate.apply(members(array), 11, CLEAN, 0, 1);

        assertEquals(0, array.superblocks.get(2).featureMap());
        assertEquals(0, array.superblocks.get(2).recoveryOffsetSectors());
        assertEquals(AssemblyDecision.CLEAN, array.plan().decision());
    }

    @Test
    void shouldGiveARemovedDeviceItsEntryBack() {
        TestArray array = TestArray.clean(5, 3);
        List<Member> members = members(array);
        members.remove(2);

        SuperblockUpdate.apply(members, 11, CLEAN, 0, 1);

        assertEquals(Role.SPARE, array.superblocks.get(0).role(2));
        assertEquals(DeviceVerdict.Kind.STALE, array.plan().devices().get(2).kind());
    }

    @Test
    void shouldGrowTheTableOfRolesForAHighDeviceNumber() {
        TestArray array = TestArray.clean(5, 3);
        array.superblocks.get(2).maxDev(201).deviceNumber(200);
        List<Member> members = members(array);
        members.set(2, new Member(200, array.superblocks.get(2), MemberCondition.IN_SYNC, 2, 0));

        SuperblockUpdate.apply(members, 11, CLEAN, 0, 1);

        for (Superblock superblock : array.superblocks) {
            assertEquals(201, superblock.maxDev());
            assertEquals(2, superblock.role(200));
            assertEquals(Role.SPARE, superblock.role(2));
            assertEquals(Role.SPARE, superblock.role(199));
        }
    }

    @Test
    void shouldKeepTheJournalFeatureAfterTheJournalFailed() {
        TestArray array = TestArray.journaled(5, 3);
        List<Member> members = members(array);
        members.set(3, new Member(3, null, MemberCondition.FAULTY, -1, 0));

        SuperblockUpdate.apply(members, 11, CLEAN, 0, 1);

        assertTrue(array.superblocks.get(0).hasFeature(SuperblockFeature.JOURNAL));
        assertEquals(Role.FAULTY, array.superblocks.get(0).role(3));
        assertEquals(AssemblyDecision.JOURNAL_LOST, array.plan().decision());
    }

    @Test
    void shouldCallAnArrayDirtyWhileWritesAreInFlightUnlessAJournalMakesThemSafe() {
        assertEquals(0, SuperblockUpdate.resyncOffset(true, false, CLEAN));
        assertEquals(0, SuperblockUpdate.resyncOffset(true, false, 4096));
        assertEquals(CLEAN, SuperblockUpdate.resyncOffset(true, true, CLEAN));
        assertEquals(0, SuperblockUpdate.resyncOffset(true, true, 4096));
        assertEquals(4096, SuperblockUpdate.resyncOffset(false, false, 4096));
        assertEquals(CLEAN, SuperblockUpdate.resyncOffset(false, false, CLEAN));
    }

    @Test
    void shouldRefuseASuperblockOfAnotherDevice() {
        Superblock superblock = TestArray.clean(5, 3).superblocks.get(1);

        assertThrows(IllegalArgumentException.class, () -> new Member(0, superblock, MemberCondition.IN_SYNC, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Member(0, null, MemberCondition.SPARE, -1, 0));
        assertFalse(superblock.hasFeature(SuperblockFeature.RECOVERY_OFFSET));
    }

    private static List<Member> members(TestArray array) {
        List<Member> members = new ArrayList<>();
        for (Superblock superblock : array.superblocks) {
            int role = superblock.ownRole();
            MemberCondition condition = role == Role.JOURNAL
                    ? MemberCondition.JOURNAL
                    : role == Role.SPARE ? MemberCondition.SPARE : MemberCondition.IN_SYNC;
            members.add(new Member(superblock.deviceNumber(), superblock, condition, role, 0));
        }
        return members;
    }
}
