package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.IoCallback;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.SyncProgress;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real sockets, real arrays. */
@Timeout(60)
class NbdServerTest {
    private static final long MEMBER_LENGTH = 16 << 20;
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    private final List<Throwable> bugs = Collections.synchronizedList(new ArrayList<>());

    private Path socketPath() {
        return folder.resolve("nbd.sock");
    }

    private NbdServerContext unix(NbdExport export) {
        return new NbdServerContext().export(export).socketPath(socketPath()).errorHandler(bugs::add);
    }

    private NbdServerContext tcp(NbdExport export) {
        return new NbdServerContext()
                .export(export)
                .address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .errorHandler(bugs::add);
    }

    static Stream<Arguments> transportsAndSockets() {
        return Arrays.stream(NbdTransport.values())
                .filter(NbdTransport::isAvailable)
                .flatMap(transport -> Stream.of(Arguments.of(transport, true), Arguments.of(transport, false)));
    }

    private TestClient connect(NbdServer server) {
        return server.port() < 0 ? TestClient.connect(socketPath()) : TestClient.connect(server.port());
    }

    @ParameterizedTest
    @MethodSource("transportsAndSockets")
    void shouldServeAnArrayOverEveryTransport(NbdTransport transport, boolean isUnix) {
        try (RaidArray array = RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 0))) {
            ArrayExport export = new ArrayExport("array", array);
            NbdServerContext context = (isUnix ? unix(export) : tcp(export)).transport(transport);
            try (NbdServer server = NbdServer.start(context);
                    TestClient client = connect(server).chosen()) {
                int length = 6 * MIB + 12_345;
                byte[] payload = random(length, 1);
                client.write(777, payload);
                assertArrayEquals(payload, client.read(777, length));
                ByteBuffer direct = ByteBuffer.allocate(length);
                array.read(direct, 777);
                assertArrayEquals(payload, direct.array());
                assertEquals(0, client.command(Wire.FLUSH, 0, 0, 0));
                assertEquals(0, client.command(Wire.TRIM, Wire.FUA, MIB, MIB));
                assertEquals(0, client.command(Wire.WRITE_ZEROES, Wire.FUA, 1000, 100_000));
                assertArrayEquals(new byte[100_000], client.read(1000, 100_000));
                assertEquals(22, client.command(Wire.READ, 0, array.length() - 1, 2));
                assertEquals(28, client.command(Wire.WRITE_ZEROES, 0, array.length(), 1));
                client.send(Wire.request(Wire.DISCONNECT, 0, 0, 0, 0));
                assertTrue(client.isHungUp());
            }
        }
        assertEquals(List.of(), bugs);
    }

    @Test
    void shouldServeRequestsOfEverySizeAndAlignment() {
        try (RaidArray array = RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 0));
                NbdServer server = NbdServer.start(unix(new ArrayExport("array", array)));
                TestClient client = connect(server).chosen()) {
            int length = 4 * MIB;
            byte[] model = new byte[length];
            client.write(0, model);
            SplittableRandom random = new SplittableRandom(99);
            for (int i = 0; i < 300; i++) {
                int size = 1 + random.nextInt(1 << random.nextInt(1, 19));
                int offset = random.nextInt(length - size);
                switch (random.nextInt(3)) {
                    case 0 -> {
                        byte[] payload = random(size, i);
                        client.write(offset, payload);
                        System.arraycopy(payload, 0, model, offset, size);
                    }
                    case 1 -> {
                        assertEquals(0, client.command(Wire.WRITE_ZEROES, 0, offset, size));
                        Arrays.fill(model, offset, offset + size, (byte) 0);
                    }
                    default ->
                        assertArrayEquals(
                                Arrays.copyOfRange(model, offset, offset + size), client.read(offset, size), "seed=99");
                }
            }
            assertArrayEquals(model, client.read(0, length), "seed=99");
        }
    }

    @Test
    void shouldServeTheLargestRequests() {
        try (RaidArray array = RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 0));
                NbdServer server = NbdServer.start(unix(new ArrayExport("array", array)));
                TestClient client = connect(server).chosen()) {
            byte[] payload = random(32 * MIB, 5);
            client.write(4096, payload);
            assertArrayEquals(payload, client.read(4096, 32 * MIB));
        }
    }

    /** There is nothing for an array to do where parity would have to be made anew for a part of what it covers. */
    @Test
    void shouldAnswerTrimThatCoversNoWholeStripe() {
        try (RaidArray array = RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 0));
                NbdServer server = NbdServer.start(unix(new ArrayExport("array", array)));
                TestClient client = connect(server).chosen()) {
            byte[] payload = random(65_536, 12);
            client.write(0, payload);
            assertEquals(0, client.command(Wire.TRIM, 0, 0, 65_536));
            assertEquals(0, client.command(Wire.TRIM, Wire.FUA, 5, 1));
            assertArrayEquals(payload, client.read(0, 65_536));
        }
    }

    @Test
    void shouldServeDegradedArray() {
        try (RaidArray array = RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 1));
                NbdServer server = NbdServer.start(unix(new ArrayExport("array", array)));
                TestClient client = connect(server).chosen()) {
            byte[] payload = random(MIB, 3);
            client.write(100, payload);
            assertArrayEquals(payload, client.read(100, MIB));
        }
    }

    @Test
    void shouldRefuseWritesToReadOnlyArray() {
        try (RaidArray array =
                        RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 0).readOnly(true));
                NbdServer server = NbdServer.start(unix(new ArrayExport("array", array)));
                TestClient client = connect(server)) {
            client.receive(18);
            client.send(Wire.clientFlags(3));
            client.send(Wire.option(1, new byte[0]));
            assertEquals(0b10, client.receive(10).getShort(8) & 0b10);
            assertEquals(1, client.command(Wire.WRITE_ZEROES, 0, 0, 1));
            assertEquals(0, client.command(Wire.FLUSH, 0, 0, 0));
        }
    }

    @Test
    void shouldTellClientsOfStoppedArray() {
        try (RaidArray array = RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 0));
                NbdServer server = NbdServer.start(unix(new ArrayExport("array", array)));
                TestClient client = connect(server).chosen()) {
            client.read(0, 1);
            array.stop().join();
            assertEquals(108, client.command(Wire.READ, 0, 0, 1));
            assertEquals(108, client.command(Wire.WRITE_ZEROES, 0, 0, 1));
            assertEquals(108, client.command(Wire.TRIM, 0, 0, 1));
            assertEquals(108, client.command(Wire.FLUSH, 0, 0, 0));
            client.send(Wire.write(0, 1, 0, new byte[10]));
            assertEquals(108, client.receiveError());
        }
    }

    /** The array admits two requests at a time, from both clients together. */
    @Test
    void shouldWaitForAnArrayThatHasNoRoom() {
        try (RaidArray array =
                        RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 0).requestCount(2));
                NbdServer server =
                        NbdServer.start(unix(new ArrayExport("array", array)).threadCount(2));
                TestClient first = connect(server).chosen();
                TestClient second = connect(server).chosen()) {
            byte[] payload = random(8192, 4);
            for (int i = 0; i < 200; i++) {
                first.send(Wire.write(0, i, i * 8192L, payload));
                second.send(Wire.request(Wire.WRITE_ZEROES, Wire.FUA, i, 4 * MIB + i * 8192L, 8192));
            }
            for (int i = 0; i < 200; i++) {
                assertEquals(0, first.receiveError());
                assertEquals(0, second.receiveError());
            }
            for (int i = 0; i < 200; i++) {
                assertArrayEquals(payload, second.read(i * 8192L, 8192));
            }
        }
        assertEquals(List.of(), bugs);
    }

    @Test
    void shouldServeClientThatTakesItsAnswersLate() {
        try (RaidArray array = RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 0));
                NbdServer server =
                        NbdServer.start(unix(new ArrayExport("array", array)).requestLimit(8));
                TestClient client = connect(server).chosen()) {
            byte[] payload = random(MIB, 6);
            client.write(0, payload);
            for (int i = 0; i < 100; i++) {
                client.send(Wire.request(Wire.READ, 0, i, 0, MIB));
            }
            for (int i = 0; i < 100; i++) {
                assertEquals(0, client.receiveError());
                assertArrayEquals(payload, client.receive(MIB).array());
            }
        }
    }

    @Test
    void shouldLetClientsShareAnArray() {
        try (RaidArray array = RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 0));
                NbdServer server =
                        NbdServer.start(unix(new ArrayExport("array", array)).threadCount(2));
                TestClient first = connect(server).chosen();
                TestClient second = connect(server).chosen()) {
            byte[] payload = random(100_000, 8);
            first.write(5, payload);
            assertEquals(0, second.command(Wire.FLUSH, 0, 0, 0));
            assertArrayEquals(payload, second.read(5, payload.length));
            assertEquals(2, server.connectionCount());
        }
    }

    @Test
    void shouldTurnAwayMoreClientsThanAllowed() {
        ScriptedExport export = new ScriptedExport("e", 4096);
        try (NbdServer server = NbdServer.start(unix(export).connectionLimit(1));
                TestClient first = connect(server).chosen()) {
            try (TestClient second = connect(server)) {
                assertTrue(second.isHungUp());
            }
            assertEquals(0, first.command(Wire.FLUSH, 0, 0, 0));
        }
    }

    @Test
    void shouldDropGarbageAndGoOnServingOthers() {
        ScriptedExport export = new ScriptedExport("e", 4096);
        try (NbdServer server = NbdServer.start(unix(export));
                TestClient good = connect(server).chosen();
                TestClient bad = connect(server).chosen()) {
            bad.send(Unpooled.wrappedBuffer(random(28, 11)));
            assertTrue(bad.isHungUp());
            assertEquals(0, good.command(Wire.FLUSH, 0, 0, 0));
        }
        assertEquals(List.of(), bugs);
    }

    @Test
    void shouldLeaveArrayConsistentWhenClientDiesInMidWrite() {
        try (RaidArray array = RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 0))) {
            try (NbdServer server = NbdServer.start(unix(new ArrayExport("array", array)))) {
                try (TestClient client = connect(server).chosen()) {
                    for (int i = 0; i < 20; i++) {
                        client.send(Wire.write(0, i, i * MIB / 4, random(MIB, i)));
                    }
                    client.send(Wire.request(Wire.WRITE, 0, 20, 0, MIB));
                    client.send(Unpooled.wrappedBuffer(new byte[5000]));
                }
                try (TestClient next = connect(server).chosen()) {
                    assertEquals(0, next.command(Wire.FLUSH, 0, 0, 0));
                }
            }
            SyncProgress checked = array.check(false).completion().join();
            assertEquals(SyncProgress.Outcome.COMPLETE, checked.outcome());
            assertEquals(0, checked.mismatchedSectors());
        }
        assertEquals(List.of(), bugs);
    }

    @Test
    void shouldAnswerWhatIsUnderWayBeforeClosing() {
        HeldExport export = new HeldExport();
        NbdServer server = NbdServer.start(unix(export));
        try (TestClient client = connect(server).chosen()) {
            client.send(Wire.request(Wire.FLUSH, 0, 1, 0, 0));
            export.awaitRequest();
            CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
            assertFalse(closing.isDone());
            export.answer();
            assertEquals(0, client.receiveError());
            assertTrue(client.isHungUp());
            closing.join();
        }
        assertFalse(Files.exists(socketPath()), "the socket is gone");
    }

    @Test
    void shouldCloseWithoutAnExportThatNeverAnswers() {
        HeldExport export = new HeldExport();
        NbdServer server = NbdServer.start(unix(export).drainTimeoutNs(1));
        try (TestClient client = connect(server).chosen()) {
            client.send(Wire.request(Wire.FLUSH, 0, 1, 0, 0));
            export.awaitRequest();
            server.close();
            assertTrue(client.isHungUp());
        }
        // Too late for anyone, and harmless.
        export.answer();
        server.close();
        assertEquals(List.of(), bugs);
    }

    /** Keeps one flush until it is told to answer. */
    private static final class HeldExport extends ForwardingExport {
        private final CountDownLatch asked = new CountDownLatch(1);
        private volatile Runnable answer;

        HeldExport() {
            super(new ScriptedExport("held", 4096));
        }

        @Override
        public boolean flush(IoCallback callback, long token) {
            answer = () -> callback.onComplete(token, IoStatus.OK);
            asked.countDown();
            return true;
        }

        void awaitRequest() {
            try {
                asked.await();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }

        void answer() {
            answer.run();
        }
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    // ---- where it listens ----

    @Test
    void shouldKeepSocketToItsOwner() throws IOException {
        try (NbdServer server = NbdServer.start(unix(new ScriptedExport("my export", 4096)))) {
            assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(socketPath()));
            assertEquals("nbd+unix:///my%20export?socket=" + socketPath(), server.uri());
            assertEquals(-1, server.port());
        }
    }

    @Test
    void shouldNameTheTcpAddressItGot() {
        try (NbdServer server = NbdServer.start(tcp(new ScriptedExport("e", 4096)))) {
            assertEquals("nbd://127.0.0.1:" + server.port() + "/e", server.uri());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRefuseAddressInUse(boolean isUnix) {
        ScriptedExport export = new ScriptedExport("e", 4096);
        try (NbdServer server = NbdServer.start(isUnix ? unix(export) : tcp(export))) {
            NbdServerContext second = isUnix
                    ? unix(export)
                    : tcp(export).address(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            UncheckedIOException refused = assertThrows(UncheckedIOException.class, () -> NbdServer.start(second));
            String address = isUnix ? socketPath().toString() : Integer.toString(server.port());
            assertTrue(refused.getMessage().contains(address), refused.getMessage());
            try (TestClient client = connect(server).chosen()) {
                assertEquals(0, client.command(Wire.FLUSH, 0, 0, 0));
            }
        }
    }

    @Test
    void shouldReplaceSocketOfServerThatIsGone() throws IOException {
        try (ServerSocketChannel gone = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            gone.bind(UnixDomainSocketAddress.of(socketPath()));
        }
        assertTrue(Files.exists(socketPath()));
        try (NbdServer server = NbdServer.start(unix(new ScriptedExport("e", 4096)));
                TestClient client = connect(server).chosen()) {
            assertEquals(0, client.command(Wire.FLUSH, 0, 0, 0));
        }
    }

    @Test
    void shouldNotRemoveAFileThatIsInTheWay() throws IOException {
        Files.writeString(socketPath(), "precious");
        UncheckedIOException refused =
                assertThrows(UncheckedIOException.class, () -> NbdServer.start(unix(new ScriptedExport("e", 4096))));
        assertTrue(refused.getMessage().contains("something else of that name"), refused.getMessage());
        assertEquals("precious", Files.readString(socketPath()));
    }
}
