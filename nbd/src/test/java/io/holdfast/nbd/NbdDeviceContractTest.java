package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BlockDeviceContract;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.blockdev.ThreadLoop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** An export of our own server is a device like any other, through each transport, and on a loop of either kind. */
class NbdDeviceContractTest {
    abstract static class OverNbd extends BlockDeviceContract {
        @TempDir
        Path folder;

        private NbdServer server;
        private BlockDevice disk;

        NbdTransport transport() {
            return NbdTransport.best();
        }

        int minimumBlockLength() {
            return 512;
        }

        @Override
        protected BlockDevice createDevice(long length) {
            disk = new MemoryBlockDevice("disk", length);
            server = NbdServer.start(new NbdServerContext()
                    .export(new DeviceExport(disk, minimumBlockLength()))
                    .socketPath(folder.resolve("nbd.sock"))
                    .transport(transport()));
            return NbdDevice.open(
                    new NbdDeviceContext().uri(NbdUri.parse(server.uri())).transport(transport()));
        }

        @AfterEach
        void stopServer() {
            if (server != null) {
                server.close();
                disk.close();
            }
        }
    }

    @Nested
    class Best extends OverNbd {}

    @Nested
    class Nio extends OverNbd {
        @Override
        NbdTransport transport() {
            return NbdTransport.NIO;
        }
    }

    @Nested
    class OnAThread extends OverNbd {
        private final List<Throwable> errors = new ArrayList<>();

        @Override
        protected IoLoop createLoop() {
            return new ThreadLoop("contract", errors::add);
        }

        @AfterEach
        void noErrors() {
            assertEquals(List.of(), errors);
        }
    }

    @Nested
    class LargeBlocks extends OverNbd {
        @Override
        int minimumBlockLength() {
            return 4096;
        }
    }
}
