package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.ChannelDriver;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.nbd.ScriptedServer.Peer;
import io.holdfast.nbd.ScriptedServer.Request;
import io.holdfast.nbd.ScriptedServer.Script;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the client makes of servers that are old, small, slow, broken or hostile. */
@Timeout(60)
class NbdDeviceTest {
    private static final long LENGTH = 8 << 20;
    private static final int BLOCK = 4096;

    @TempDir
    Path folder;

    private interface Use {
        void use(NbdDevice device) throws Exception;
    }

    private void serve(Script script, Use use) throws Exception {
        try (ScriptedServer server = new ScriptedServer(folder, script)) {
            try (NbdDevice device = NbdDevice.open(server.client())) {
                use.use(device);
            }
        }
    }

    private String refusal(Script script, long timeoutNs) throws Exception {
        try (ScriptedServer server = new ScriptedServer(folder, script)) {
            DeviceException refusal = assertThrows(
                    DeviceException.class, () -> NbdDevice.open(server.client().handshakeTimeoutNs(timeoutNs))
                            .close());
            assertEquals(IoStatus.GONE, refusal.status());
            return refusal.getMessage();
        }
    }

    private static UnsafeBuffer memory(int length) {
        return BufferSlab.allocate(length);
    }

    private static IoStatus statusOf(Runnable operation) {
        return assertThrows(DeviceException.class, operation::run).status();
    }

    // ---- choosing an export ----

    @Test
    void shouldChooseByNameWhereTheServerKnowsNoBetter() throws Exception {
        serve(
                peer -> {
                    peer.greet(1);
                    assertEquals(OptionDescriptor.GO, peer.receiveOption());
                    peer.reply(OptionDescriptor.ERROR_UNSUPPORTED, "what?");
                    assertEquals(OptionDescriptor.EXPORT_NAME, peer.receiveOption());
                    peer.send(ByteBuffer.allocate(10 + 124)
                            .putLong(LENGTH + 100)
                            .putShort((short) 1)
                            .clear());
                    peer.drain();
                },
                device -> {
                    assertEquals(LENGTH, device.geometry().length());
                    assertEquals(512, device.geometry().logicalBlockLength());
                    assertFalse(device.isReadOnly());
                    assertFalse(device.hasDurableWrites());
                });
    }

    @Test
    void shouldChooseByNameOnAServerWithoutTheFixedStyle() throws Exception {
        serve(
                peer -> {
                    peer.greet(2);
                    assertEquals(OptionDescriptor.EXPORT_NAME, peer.receiveOption());
                    peer.send(ByteBuffer.allocate(10)
                            .putLong(LENGTH)
                            .putShort((short) 3)
                            .flip());
                    peer.drain();
                },
                device -> assertTrue(device.isReadOnly()));
    }

    @Test
    void shouldTakeTheServersBlockSizes() throws Exception {
        serve(
                peer -> {
                    peer.greet(3);
                    peer.receiveOption();
                    peer.reply(OptionDescriptor.REPLY_INFO, new byte[] {0, 9, 1, 2, 3});
                    peer.describe(LENGTH, ScriptedServer.FLAGS_ALL);
                    peer.blockSizes(4096, 65536, 1 << 20);
                    peer.reply(OptionDescriptor.REPLY_ACK, new byte[0]);
                    peer.drain();
                },
                device -> {
                    assertEquals(4096, device.geometry().logicalBlockLength());
                    assertEquals(65536, device.geometry().physicalBlockLength());
                    assertTrue(device.hasDurableWrites());
                });
    }

    @Test
    void shouldSayWhatAServerRefused() throws Exception {
        assertRefused("no export of the name 'disk': try another??", peer -> {
            peer.greet(3);
            peer.receiveOption();
            peer.reply(OptionDescriptor.ERROR_UNKNOWN, "try another\u00e9");
            peer.drain();
        });
        assertRefused("TLS", refusing(OptionDescriptor.ERROR_TLS_REQUIRED));
        assertRefused("does not let us", refusing(OptionDescriptor.ERROR_POLICY));
        assertRefused("0x80000077", refusing(0x80000077));
    }

    private static Script refusing(int error) {
        return peer -> {
            peer.greet(3);
            peer.receiveOption();
            peer.reply(error, "");
            peer.drain();
        };
    }

    private void assertRefused(String wanted, Script script) throws Exception {
        assertRefused(wanted, script, 30_000_000_000L);
    }

    private void assertRefused(String wanted, Script script, long timeoutNs) throws Exception {
        String message = refusal(script, timeoutNs);
        assertTrue(message.contains(wanted), message);
        assertTrue(message.contains("scripted.sock"), message);
        Files.deleteIfExists(folder.resolve("scripted.sock"));
    }

    @Test
    void shouldRefuseWhatIsNoServerOrMakesNoSense() throws Exception {
        assertRefused("hung up", peer -> {});
        assertRefused(
                "no NBD server",
                peer -> peer.send(
                        ByteBuffer.wrap("SSH-2.0-OpenSSH_9.2 Debian\r\n".getBytes(StandardCharsets.US_ASCII))));
        assertRefused(
                "old style",
                peer -> peer.send(ByteBuffer.allocate(152)
                        .putLong(0, HandshakeDescriptor.MAGIC)
                        .putLong(8, 0x00420281861253L)));
        assertRefused("in time", Peer::drain, 100_000_000L);
        assertRefused("with something else", peer -> {
            peer.greet(3);
            peer.receiveOption();
            peer.send(ByteBuffer.allocate(20));
            peer.drain();
        });
        assertRefused("bytes of kind 0", peer -> {
            peer.greet(3);
            peer.receiveOption();
            peer.reply(OptionDescriptor.REPLY_INFO, new byte[] {0, 0, 1});
            peer.drain();
        });
        assertRefused("does not say how long", peer -> {
            peer.greet(3);
            peer.receiveOption();
            peer.reply(OptionDescriptor.REPLY_ACK, new byte[0]);
            peer.drain();
        });
        assertRefused("18446744073709551615 bytes", peer -> {
            peer.agree(-1, 1);
            peer.drain();
        });
        for (int[] sizes :
                new int[][] {{0, 4096, 1 << 20}, {3, 4096, 1 << 20}, {1 << 17, 1 << 17, 1 << 20}, {4096, 4096, 512}}) {
            assertRefused("block sizes", peer -> {
                peer.greet(3);
                peer.receiveOption();
                peer.blockSizes(sizes[0], sizes[1], sizes[2]);
                peer.describe(LENGTH, 1);
                peer.reply(OptionDescriptor.REPLY_ACK, new byte[0]);
                peer.drain();
            });
        }
    }

    @Test
    void shouldNotListenToAServerForEver() throws Exception {
        assertRefused("4294967295 bytes", peer -> {
            peer.greet(3);
            peer.receiveOption();
            peer.send(ByteBuffer.allocate(20)
                    .putLong(OptionDescriptor.REPLY_MAGIC)
                    .putInt(OptionDescriptor.GO)
                    .putInt(OptionDescriptor.REPLY_INFO)
                    .putInt(-1)
                    .flip());
            peer.drain();
        });
        assertRefused("never comes to an end", peer -> {
            peer.greet(3);
            peer.receiveOption();
            while (true) {
                peer.describe(LENGTH, 1);
            }
        });
    }

    @Test
    void shouldOpenOrRefuseWhateverAnEnemySays() throws Exception {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 60; i++) {
            byte[] noise = new byte[random.nextInt(4000)];
            random.nextBytes(noise);
            int tameLength = random.nextInt(5);
            try (ScriptedServer server = new ScriptedServer(folder, peer -> {
                if (tameLength > 0) {
                    peer.greet(3);
                }
                if (tameLength > 1) {
                    peer.receiveOption();
                }
                if (tameLength > 2) {
                    peer.describe(LENGTH, ScriptedServer.FLAGS_ALL);
                }
                if (tameLength > 3) {
                    peer.reply(OptionDescriptor.REPLY_ACK, new byte[0]);
                }
                peer.send(ByteBuffer.wrap(noise));
            })) {
                try (NbdDevice device = NbdDevice.open(server.client().handshakeTimeoutNs(5_000_000_000L))) {
                    statusOf(() -> device.read(0, memory(BLOCK), 0, BLOCK));
                } catch (DeviceException refusal) {
                    assertFalse(refusal.getMessage().isBlank());
                }
            }
            Files.deleteIfExists(folder.resolve("scripted.sock"));
        }
    }

    @Test
    void shouldSayWhatCannotBeReached() {
        DeviceException noSocket = assertThrows(
                DeviceException.class,
                () -> NbdDevice.open(NbdUri.parse("nbd+unix:///?socket=" + folder.resolve("none"))));
        assertTrue(noSocket.getMessage().contains("there is no socket"), noSocket.getMessage());
        for (NbdTransport transport : NbdTransport.values()) {
            if (transport.isAvailable()) {
                DeviceException refused = assertThrows(
                        DeviceException.class,
                        () -> NbdDevice.open(new NbdDeviceContext()
                                .uri(NbdUri.parse("nbd://127.0.0.1:1/"))
                                .transport(transport)));
                assertTrue(refused.getMessage().contains("Connection refused"), refused.getMessage());
            }
        }
    }

    // ---- moving bytes ----

    @Test
    void shouldAskForNoMoreThanTheServerTakesAtOnce() throws Exception {
        List<Request> seen = new CopyOnWriteArrayList<>();
        serve(
                peer -> {
                    peer.greet(3);
                    peer.receiveOption();
                    peer.describe(LENGTH, ScriptedServer.FLAGS_ALL);
                    peer.blockSizes(1, 4096, 100_000);
                    peer.reply(OptionDescriptor.REPLY_ACK, new byte[0]);
                    for (Request request = peer.receiveRequest();
                            request.command() != RequestDescriptor.DISCONNECT;
                            request = peer.receiveRequest()) {
                        seen.add(request);
                        peer.answer(0, request.cookie());
                        if (request.command() == RequestDescriptor.READ) {
                            byte[] data = new byte[request.length()];
                            Arrays.fill(data, (byte) (request.offset() / 99_840));
                            peer.send(ByteBuffer.wrap(data));
                        }
                    }
                },
                device -> {
                    UnsafeBuffer buffer = memory(64 * BLOCK);
                    device.read(0, buffer, 0, 64 * BLOCK);
                    for (int i = 0; i < 64 * BLOCK; i++) {
                        assertEquals(i / 99_840, buffer.getByte(i));
                    }
                    device.write(BLOCK, buffer, 0, 64 * BLOCK);
                });
        assertEquals(6, seen.size());
        long at = 0;
        for (Request request : seen.subList(0, 3)) {
            assertEquals(at, request.offset());
            assertTrue(request.length() <= 100_000 && request.length() % 512 == 0);
            at += request.length();
        }
        assertEquals(64 * BLOCK, at);
    }

    @Test
    void shouldSendZeroesThatTheServerCannotMake() throws Exception {
        List<Request> seen = new CopyOnWriteArrayList<>();
        serve(
                peer -> {
                    peer.agree(LENGTH, ScriptedServer.FLAGS_ALL);
                    for (int i = 0; i < 3; i++) {
                        Request request = peer.receiveRequest();
                        seen.add(request);
                        boolean isRefused = request.command() == RequestDescriptor.WRITE_ZEROES;
                        peer.answer(isRefused ? ReplyDescriptor.ENOTSUP : 0, request.cookie());
                    }
                    peer.drain();
                },
                device -> {
                    device.writeZeroes(0, BLOCK);
                    device.writeZeroes(BLOCK, BLOCK);
                });
        assertEquals(
                List.of(RequestDescriptor.WRITE_ZEROES, RequestDescriptor.WRITE, RequestDescriptor.WRITE),
                seen.stream().map(Request::command).toList());
        for (Request request : seen.subList(1, 3)) {
            while (request.payload().hasRemaining()) {
                assertEquals(0, request.payload().get());
            }
        }
    }

    @Test
    void shouldForceEveryWriteWhereThereIsNoFlush() throws Exception {
        List<Request> seen = new CopyOnWriteArrayList<>();
        serve(
                peer -> {
                    peer.agree(LENGTH, RequestDescriptor.EXPORT_HAS_FLAGS | RequestDescriptor.EXPORT_FUA);
                    Request request = peer.receiveRequest();
                    seen.add(request);
                    peer.answer(0, request.cookie());
                    peer.drain();
                },
                device -> {
                    device.write(0, memory(BLOCK), 0, BLOCK);
                    device.flush();
                });
        assertEquals(RequestDescriptor.FLAG_FUA, seen.get(0).flags());
    }

    @Test
    void shouldNotClaimToFlushWhereNothingCan() throws Exception {
        serve(
                peer -> {
                    peer.agree(LENGTH, RequestDescriptor.EXPORT_HAS_FLAGS);
                    peer.drain();
                },
                device -> assertEquals(IoStatus.UNSUPPORTED, statusOf(device::flush)));
    }

    @Test
    void shouldRefuseChangesToAReadOnlyExportByItself() throws Exception {
        serve(
                peer -> {
                    peer.agree(LENGTH, RequestDescriptor.EXPORT_HAS_FLAGS | RequestDescriptor.EXPORT_READ_ONLY);
                    peer.drain();
                },
                device -> {
                    assertEquals(IoStatus.READ_ONLY, statusOf(() -> device.write(0, memory(BLOCK), 0, BLOCK)));
                    assertEquals(IoStatus.READ_ONLY, statusOf(() -> device.writeZeroes(0, BLOCK)));
                    device.flush();
                });
    }

    @Test
    void shouldReportEachErrorAsWhatItIs() throws Exception {
        int[] errors = {1, 5, 12, 22, 28, 95, 108, 75};
        IoStatus[] statuses = {
            IoStatus.READ_ONLY,
            IoStatus.MEDIA_ERROR,
            IoStatus.MEDIA_ERROR,
            IoStatus.MEDIA_ERROR,
            IoStatus.NO_SPACE,
            IoStatus.UNSUPPORTED,
            IoStatus.GONE,
            IoStatus.MEDIA_ERROR
        };
        serve(
                peer -> {
                    peer.agree(LENGTH, ScriptedServer.FLAGS_ALL);
                    for (int error : errors) {
                        peer.answer(error, peer.receiveRequest().cookie());
                    }
                    peer.drain();
                },
                device -> {
                    for (IoStatus status : statuses) {
                        assertEquals(status, statusOf(() -> device.read(0, memory(BLOCK), 0, BLOCK)));
                    }
                });
    }

    @Test
    void shouldMatchAnswersInAnyOrder() throws Exception {
        serve(
                peer -> {
                    peer.agree(LENGTH, ScriptedServer.FLAGS_ALL);
                    List<Request> requests = new ArrayList<>();
                    for (int i = 0; i < 16; i++) {
                        requests.add(peer.receiveRequest());
                    }
                    for (int i = 15; i >= 0; i--) {
                        Request request = requests.get(i * 7 % 16);
                        peer.answer(0, request.cookie());
                        byte[] data = new byte[request.length()];
                        Arrays.fill(data, (byte) (request.offset() / BLOCK));
                        peer.send(ByteBuffer.wrap(data));
                    }
                    peer.drain();
                },
                device -> {
                    ManualLoop loop = new ManualLoop("test");
                    UnsafeBuffer buffer = memory(16 * BLOCK);
                    try (ChannelDriver driver = new ChannelDriver(loop, device, 16)) {
                        driver.onLoop(channel -> {
                            for (int i = 0; i < 16; i++) {
                                channel.read((long) i * BLOCK, buffer, i * BLOCK, BLOCK, i);
                            }
                        });
                        for (int i = 0; i < 16; i++) {
                            assertEquals(IoStatus.OK, driver.await(i));
                        }
                    }
                    for (int i = 0; i < 16 * BLOCK; i++) {
                        assertEquals(i / BLOCK, buffer.getByte(i));
                    }
                });
    }

    // ---- losing the server ----

    @Test
    void shouldEndEverythingUnderWayWhenTheServerHangsUp() throws Exception {
        assertAllEnd(IoStatus.GONE, 60_000_000_000L, peer -> {
            peer.agree(LENGTH, ScriptedServer.FLAGS_ALL);
            for (int i = 0; i < 5; i++) {
                peer.receiveRequest();
            }
        });
    }

    @Test
    void shouldEndEverythingUnderWayWhenTheServerTalksNonsense() throws Exception {
        assertAllEnd(IoStatus.GONE, 60_000_000_000L, peer -> {
            peer.agree(LENGTH, ScriptedServer.FLAGS_ALL);
            peer.receiveRequest();
            peer.answer(0, 0x1234_5678_9ABCL);
            peer.drain();
        });
        Files.deleteIfExists(folder.resolve("scripted.sock"));
        assertAllEnd(IoStatus.GONE, 60_000_000_000L, peer -> {
            peer.agree(LENGTH, ScriptedServer.FLAGS_ALL);
            peer.receiveRequest();
            peer.send(ByteBuffer.allocate(16));
            peer.drain();
        });
    }

    @Test
    void shouldGiveUpAServerThatOwesAnswersAndIsSilent() throws Exception {
        assertAllEnd(IoStatus.TIMED_OUT, 100_000_000L, peer -> {
            peer.agree(LENGTH, ScriptedServer.FLAGS_ALL);
            peer.drain();
        });
    }

    private void assertAllEnd(IoStatus wanted, long silenceLimitNs, Script script) throws Exception {
        try (ScriptedServer server = new ScriptedServer(folder, script);
                NbdDevice device = NbdDevice.open(
                        server.client().silenceLimitNs(silenceLimitNs).requestLimit(8))) {
            ManualLoop loop = new ManualLoop("test");
            UnsafeBuffer buffer = memory(16 * BLOCK);
            try (ChannelDriver driver = new ChannelDriver(loop, device, 16)) {
                driver.onLoop(channel -> {
                    for (int i = 0; i < 16; i++) {
                        channel.write((long) i * BLOCK, buffer, i * BLOCK, BLOCK, i);
                    }
                });
                for (int i = 0; i < 16; i++) {
                    assertEquals(wanted, driver.await(i));
                }
                assertEquals(IoStatus.GONE, driver.run((c, t) -> c.read(0, buffer, 0, BLOCK, t)));
            }
            assertEquals(IoStatus.GONE, statusOf(device::flush));
        }
    }

    @Test
    void shouldRefuseUseAfterClosing() throws IOException {
        try (ScriptedServer server = new ScriptedServer(folder, peer -> {
            peer.agree(LENGTH, ScriptedServer.FLAGS_ALL);
            assertEquals(RequestDescriptor.DISCONNECT, peer.receiveRequest().command());
        })) {
            NbdDevice device = NbdDevice.open(server.client());
            device.close();
            device.close();
            assertThrows(IllegalStateException.class, () -> device.openChannel(new ManualLoop("test"), 1));
            assertThrows(IllegalStateException.class, () -> device.read(0, memory(BLOCK), 0, BLOCK));
        }
    }
}
