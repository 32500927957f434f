package io.holdfast.cli.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ArrayStatus.Device;
import io.holdfast.cli.daemon.ArrayStatus.Sync;
import io.holdfast.cli.daemon.StatusSamples;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArrayWatchTest {
    private static final Device A = device("a", 0, ArrayStatus.IN_SYNC);
    private static final Device B = device("b", 1, ArrayStatus.IN_SYNC);
    private static final Device C = device("c", 2, ArrayStatus.IN_SYNC);

    private final ArrayWatch watch = new ArrayWatch("md0", 20, 0);

    private static Device device(String name, int slot, String role) {
        return new Device(name, 0, slot, role, 0);
    }

    private static Sync sync(String activity, long done) {
        return new Sync(activity, "running", done, 1000, 0, 0, "");
    }

    private static ArrayStatus array(Sync sync, Sync lastSync, Device... devices) {
        return StatusSamples.raid5(3, sync, lastSync, List.of(devices));
    }

    private String look(ArrayStatus status) {
        return String.join(
                "; ",
                watch.look(status).stream()
                        .map(event ->
                                event.name() + (event.device() == null ? "" : " " + event.device()) + event.remark())
                        .toList());
    }

    @Test
    void shouldSayNothingOfAnArrayThatIsWell() {
        assertEquals("", look(array(null, null, A, B, C)));
        assertEquals("", look(array(null, null, A, B, C)));
    }

    @Test
    void shouldSayWhenItFindsAnArrayDegraded() {
        assertEquals("DegradedArray", look(array(null, null, A, B)));
        assertEquals("", look(array(null, null, A, B)));
    }

    @Test
    void shouldFollowAFailureAndARebuild() {
        Device faulty = device("c", -1, ArrayStatus.FAULTY);
        Device spare = device("d", 2, ArrayStatus.REBUILDING);
        look(array(null, null, A, B, C));

        assertEquals("Fail c", look(array(null, null, A, B, faulty)));
        assertEquals("RebuildStarted", look(array(sync("recovery", 10), null, A, B, spare, faulty)));
        assertEquals("Rebuild40", look(array(sync("recovery", 420), null, A, B, spare, faulty)));
        assertEquals("", look(array(sync("recovery", 590), null, A, B, spare, faulty)));
        assertEquals("Rebuild60", look(array(sync("recovery", 600), null, A, B, spare, faulty)));
        assertEquals(
                "SpareActive d; RebuildFinished",
                look(array(null, sync("recovery", 1000), A, B, device("d", 2, ArrayStatus.IN_SYNC), faulty)));
    }

    @Test
    void shouldSayWhenASpareFailsInMidRebuild() {
        look(array(sync("recovery", 10), null, A, B, device("d", 2, ArrayStatus.REBUILDING)));

        assertEquals(
                "FailSpare d; RebuildFinished", look(array(null, null, A, B, device("d", -1, ArrayStatus.FAULTY))));
    }

    @Test
    void shouldNotCallItAFailureWhenSomebodyTakesASpareAway() {
        Device spare = device("s", -1, ArrayStatus.SPARE);
        look(array(null, null, A, B, C, spare));

        assertEquals("", look(array(null, null, A, B, C)));
    }

    @Test
    void shouldCallItAFailureWhenAMemberIsGoneAltogether() {
        look(array(null, null, A, B, C));

        assertEquals("Fail c", look(array(null, null, A, B)));
    }

    @Test
    void shouldSayWhatACheckFound() {
        look(array(sync("check", 10), null, A, B, C));
        Sync end = new Sync("check", "complete", 1000, 1000, 24, 0, "");

        assertEquals("RebuildFinished mismatches found: 24 (on raid level 5)", look(array(null, end, A, B, C)));
    }

    @Test
    void shouldNoticeWorkThatCameAndWentBetweenTwoLooks() {
        look(array(null, null, A, B, C));
        Sync end = new Sync("check", "complete", 1000, 1000, 0, 0, "");

        assertEquals("RebuildStarted; RebuildFinished", look(array(null, end, A, B, C)));
        assertEquals("", look(array(null, end, A, B, C)));
    }

    @Test
    void shouldSayWhenNobodyAnswersForAnArray() {
        assertEquals("", look(null));
        look(array(null, null, A, B, C));

        assertEquals("DeviceDisappeared", look(null));
        assertEquals("", look(null));
        assertEquals("DegradedArray", look(array(null, null, A, B)));
    }

    @Test
    void shouldMissASpareThatIsWrittenDown() {
        ArrayWatch expecting = new ArrayWatch("md0", 20, 1);

        assertEquals(List.of(Event.of("SparesMissing", "md0")), expecting.look(array(null, null, A, B, C)));
        assertEquals(List.of(), expecting.look(array(null, null, A, B, C)));
        assertEquals(
                List.of(),
                new ArrayWatch("md0", 20, 1).look(array(null, null, A, B, C, device("s", -1, ArrayStatus.SPARE))));
    }
}
