package io.holdfast.cli.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ControlServerTest {
    private static final long PATIENCE_NS = 1000;

    @TempDir
    Path temporary;

    private final AtomicLong nowNs = new AtomicLong();
    private final CountDownLatch held = new CountDownLatch(1);
    private RunFolder folder;
    private ControlServer server;

    @BeforeEach
    void listen() {
        folder = RunFolder.of(name -> temporary.toString());
        server = new ControlServer(folder.control("md0"), this::run, nowNs::get, PATIENCE_NS);
    }

    @AfterEach
    void close() {
        held.countDown();
        server.close();
    }

    private Object run(ControlRequest request, ControlServer.Progress progress) throws Exception {
        switch (request.verb()) {
            case "echo" -> {
                return Map.of("text", request.text("text"));
            }
            case "hold" -> {
                held.await();
                return Map.of();
            }
            case "count" -> {
                for (int i = 0; i < 3; i++) {
                    progress.tell(Map.of("at", i));
                }
                return Map.of("end", true);
            }
            case "refuse" -> throw new DaemonException("not today", 3);
            case "fail" -> throw new ArrayException(IoStatus.GONE, "the array is gone");
            case "break" -> throw new IllegalStateException("a bug");
            default -> throw new DaemonException("what?");
        }
    }

    private String echo(String text) {
        Map<String, Object> result =
                ControlClient.ask(folder, "md0", ControlRequest.of("echo").with("text", text));
        return String.valueOf(result.get("text"));
    }

    /** What the server says to raw bytes, until it hangs up. */
    private String answers(byte[] bytes, boolean isEnding) throws IOException {
        try (SocketChannel channel = ControlServer.connect(folder.control("md0"))) {
            ByteBuffer out = ByteBuffer.wrap(bytes);
            try {
                while (out.hasRemaining()) {
                    channel.write(out);
                }
            } catch (IOException e) {
                // It need not have listened to the end.
                assertTrue(bytes.length > ControlServer.REQUEST_LIMIT);
            }
            if (isEnding) {
                channel.shutdownOutput();
            }
            StringBuilder text = new StringBuilder();
            ByteBuffer in = ByteBuffer.allocate(4096);
            try {
                while (channel.read(in.clear()) >= 0) {
                    text.append(StandardCharsets.UTF_8.decode(in.flip()));
                }
            } catch (IOException e) {
                assertTrue(bytes.length > ControlServer.REQUEST_LIMIT, e.toString());
            }
            return text.toString();
        }
    }

    @Test
    void shouldAnswer() {
        assertEquals("a \u00e4 \n\"", echo("a \u00e4 \n\""));
    }

    @Test
    void shouldKeepToItsOwner() throws IOException {
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.control("md0"))));
    }

    @Test
    void shouldAnswerManyRequestsOfOneClient() throws IOException {
        String text = answers(
                "{\"verb\":\"echo\",\"text\":\"1\"}\n{\"verb\":\"nothing\"}\n{\"verb\":\"echo\",\"text\":\"2\"}\n"
                        .getBytes(StandardCharsets.UTF_8),
                true);

        assertEquals(
                "{\"result\":{\"text\":\"1\"}}\n{\"error\":\"what?\",\"exitCode\":1}\n{\"result\":{\"text\":\"2\"}}\n",
                text);
    }

    @Test
    void shouldTellHowFarItHasCome() {
        List<Object> states = new ArrayList<>();
        try (ControlClient client = ControlClient.connect(folder, "md0")) {
            Map<String, Object> end = client.call(ControlRequest.of("count"), state -> states.add(state.get("at")));

            assertEquals(Map.of("end", true), end);
        }
        assertEquals(List.of(0, 1, 2), states);
    }

    @Test
    void shouldHandOnRefusals() {
        DaemonException refusal = assertThrows(
                DaemonException.class, () -> ControlClient.ask(folder, "md0", ControlRequest.of("refuse")));

        assertEquals("not today", refusal.getMessage());
        assertEquals(3, refusal.exitCode());
        assertEquals(
                "the array is gone",
                assertThrows(DaemonException.class, () -> ControlClient.ask(folder, "md0", ControlRequest.of("fail")))
                        .getMessage());
        assertTrue(
                assertThrows(DaemonException.class, () -> ControlClient.ask(folder, "md0", ControlRequest.of("break")))
                        .getMessage()
                        .contains("a bug"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "null",
                "[]",
                "7",
                "\"echo\"",
                "{}",
                "{\"verb\":7}",
                "{\"verb\":null}",
                "{\"verb\":\"echo\"}",
                "{\"verb\":\"echo\",\"text\":{\"a\":[]}}",
                "GET / HTTP/1.1",
                "\0\0\0"
            })
    void shouldAnswerNonsenseWithAnError(String line) throws IOException {
        String text = answers((line + "\n").getBytes(StandardCharsets.UTF_8), true);

        assertTrue(text.startsWith("{\"error\":\""), text);
        assertEquals(1, text.lines().count(), text);
        assertEquals("still there", echo("still there"));
    }

    @Test
    void shouldSurviveDepth() throws IOException {
        String text = answers(("[".repeat(60_000) + "\n").getBytes(StandardCharsets.UTF_8), true);

        assertTrue(text.startsWith("{\"error\":\""), text);
    }

    @Test
    void shouldNotTakeMoreThanARequestIsAllowed() throws IOException {
        answers(new byte[4 << 20], false);

        assertEquals("still there", echo("still there"));
    }

    @Test
    void shouldForgetHalfARequest() throws IOException {
        assertEquals("", answers("{\"verb\":\"ec".getBytes(StandardCharsets.UTF_8), true));
    }

    @Test
    void shouldServeOthersWhileOneIsHeld() throws Exception {
        try (SocketChannel silent = ControlServer.connect(folder.control("md0"));
                SocketChannel holding = ControlServer.connect(folder.control("md0"))) {
            holding.write(ByteBuffer.wrap("{\"verb\":\"hold\"}\n".getBytes(StandardCharsets.UTF_8)));

            assertEquals("free", echo("free"));
            assertTrue(silent.isConnected());
        }
    }

    @Test
    void shouldHangUpOnTheSilentButNotOnThoseWhoWait() throws Exception {
        try (SocketChannel silent = ControlServer.connect(folder.control("md0"));
                SocketChannel waiting = ControlServer.connect(folder.control("md0"))) {
            waiting.write(ByteBuffer.wrap("{\"verb\":\"hold\"}\n".getBytes(StandardCharsets.UTF_8)));
            while (server.busyCount() == 0 || server.clientCount() < 2) {
                Thread.onSpinWait();
            }
            nowNs.addAndGet(2 * PATIENCE_NS);

            server.tidy();

            assertEquals(-1, silent.read(ByteBuffer.allocate(1)));
            held.countDown();
            ByteBuffer answer = ByteBuffer.allocate(64);
            assertTrue(waiting.read(answer) > 0);
            assertTrue(StandardCharsets.UTF_8.decode(answer.flip()).toString().startsWith("{\"result\":"));
        }
    }

    @Test
    void shouldTurnAwayAFlood() throws IOException {
        List<SocketChannel> flood = new ArrayList<>();
        try {
            for (int i = 0; i < 80; i++) {
                flood.add(ControlServer.connect(folder.control("md0")));
            }
            assertEquals(-1, flood.get(79).read(ByteBuffer.allocate(1)));
        } finally {
            for (SocketChannel channel : flood) {
                channel.close();
            }
        }
    }

    @Test
    void shouldAnswerWhoWaitsBeforeItEnds() throws Exception {
        try (SocketChannel waiting = ControlServer.connect(folder.control("md0"))) {
            waiting.write(ByteBuffer.wrap("{\"verb\":\"hold\"}\n".getBytes(StandardCharsets.UTF_8)));
            while (server.busyCount() == 0) {
                Thread.onSpinWait();
            }
            server.stopListening();
            assertFalse(Files.exists(folder.control("md0")));
            held.countDown();

            server.close();

            ByteBuffer answer = ByteBuffer.allocate(64);
            assertTrue(waiting.read(answer) > 0);
        }
    }

    @Test
    void shouldTellADeadDaemonFromNone() throws IOException {
        server.close();
        assertTrue(assertThrows(DaemonException.class, () -> ControlClient.connect(folder, "md0"))
                .getMessage()
                .startsWith("no array md0 is running"));
        Files.createFile(folder.control("md0"));

        String message = assertThrows(DaemonException.class, () -> ControlClient.connect(folder, "md0"))
                .getMessage();

        assertTrue(message.startsWith("the daemon of array md0 has ended without stopping it"), message);
        assertFalse(ControlClient.isAlive(folder, "md0"));
    }

    @Test
    void shouldTakeThePlaceOfADeadOne() throws IOException {
        server.close();
        Files.createFile(folder.control("md0"));

        try (ControlServer second = new ControlServer(folder.control("md0"), this::run, nowNs::get, PATIENCE_NS)) {
            assertEquals("x", echo("x"));
            assertEquals(List.of("md0"), folder.names());
            assertTrue(second.clientCount() <= 1);
        }
        assertNull(folder.names().stream().findFirst().orElse(null));
    }
}
