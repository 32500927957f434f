package io.holdfast.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ArrayStatus.Device;
import io.holdfast.cli.daemon.ArrayStatus.Sync;
import io.holdfast.cli.daemon.StatusSamples;
import java.util.List;
import org.junit.jupiter.api.Test;

class MdstatReportTest {
    @Test
    void shouldLookAsTheKernelsDoes() {
        ArrayStatus status = StatusSamples.raid5(
                4,
                new Sync("recovery", "running", 128L << 20, 1L << 30, 0, 8 << 20, ""),
                null,
                List.of(
                        new Device("/dev/vda", 0, 0, ArrayStatus.IN_SYNC, 0),
                        new Device("/dev/vdb", 1, 1, ArrayStatus.IN_SYNC, 0),
                        new Device("/images/d 2[x]", 2, 2, ArrayStatus.IN_SYNC, 0),
                        new Device("/dev/vdd", 5, 3, ArrayStatus.REBUILDING, 0),
                        new Device("/dev/vde", 4, -1, ArrayStatus.SPARE, 0),
                        new Device("/dev/vdf", 3, -1, ArrayStatus.FAULTY, 0),
                        new Device("/dev/vdg", 6, -1, ArrayStatus.JOURNAL, 0)));

        assertEquals("""
                Personalities : [raid6] [raid5] [raid4]\s
                md0 : active raid5 vdg[6](J) vdd[5] vde[4](S) vdf[3](F) d_2_x_[2] vdb[1] vda[0]
                      3145728 blocks super 1.2 level 5, 64k chunk, algorithm 2 [4/3] [UUU_]
                      [==>..................]  recovery = 12.5% (131072/1048576) finish=1.8min speed=8192K/sec

                unused devices: <none>
                """, new MdstatReport().of(List.of(status)));
    }

    @Test
    void shouldLookAsTheKernelsDoesWhereThereIsNoArray() {
        assertEquals(
                "Personalities : [raid6] [raid5] [raid4] \nunused devices: <none>\n", new MdstatReport().of(List.of()));
    }
}
