package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NbdServerContextTest {
    private static NbdServerContext sound() {
        return new NbdServerContext().export(new ScriptedExport("e", 4096)).socketPath(Path.of("run", "nbd.sock"));
    }

    @Test
    void shouldChooseTheBestTransportThatWorks() {
        NbdServerContext context = sound().conclude();
        assertSame(NbdTransport.best(), context.transport());
        assertTrue(context.transport().isAvailable());
        assertTrue(context.toString().contains("transport=" + NbdTransport.best()), context.toString());
    }

    @Test
    void shouldKnowTransportsByName() {
        for (NbdTransport transport : NbdTransport.values()) {
            assertSame(transport, NbdTransport.of(transport.toString()));
        }
        assertSame(NbdTransport.best(), NbdTransport.of("AUTO"));
        assertThrows(IllegalArgumentException.class, () -> NbdTransport.of("carrier pigeon"));
    }

    static Stream<Arguments> impossibleSettings() {
        return Stream.of(
                refused(
                        "socketPath",
                        context -> context.address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))),
                refused("socketPath", context -> context.socketPath(null)),
                refused("socketPath", context -> context.socketPath(Path.of("x".repeat(108)))),
                refused("0.0.0.0", context -> context.socketPath(null).address(new InetSocketAddress("0.0.0.0", 0))),
                refused("192.0.2.1", context -> context.socketPath(null)
                        .address(new InetSocketAddress("192.0.2.1", 0))),
                refused("nowhere.invalid", context -> context.socketPath(null)
                        .address(InetSocketAddress.createUnresolved("nowhere.invalid", 1))),
                refused("threadCount=0", context -> context.threadCount(0)),
                refused("connectionLimit=0", context -> context.connectionLimit(0)),
                refused("requestLimit=65537", context -> context.requestLimit(65537)),
                refused("windowLength=33554431", context -> context.windowLength((32 << 20) - 1)),
                refused("handshakeTimeoutNs=0", context -> context.handshakeTimeoutNs(0)),
                refused("drainTimeoutNs=-1", context -> context.drainTimeoutNs(-1)));
    }

    private static Arguments refused(String named, UnaryOperator<NbdServerContext> change) {
        return Arguments.of(named, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("impossibleSettings")
    void shouldNameTheSettingThatIsImpossible(String named, UnaryOperator<NbdServerContext> change) {
        NbdServerContext context = change.apply(sound());
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, context::conclude);
        assertTrue(refused.getMessage().contains(named), refused.getMessage());
    }

    @Test
    void shouldRefuseExportsThatCannotBeServed() {
        ScriptedExport export = new ScriptedExport("e", 4096);
        List<List<NbdExport>> impossible = List.of(
                List.of(),
                List.of(export, new ScriptedExport("e", 512)),
                List.of(new ScriptedExport("ö".repeat(2049), 512)),
                List.of(new ScriptedExport("e", 512).description("x".repeat(4097))),
                List.of(new ScriptedExport("e", 512).minimumBlockLength(3)),
                List.of(new ScriptedExport("e", 512).minimumBlockLength(0)),
                List.of(new ScriptedExport("e", 512).minimumBlockLength(131_072)));
        for (List<NbdExport> exports : impossible) {
            assertThrows(IllegalArgumentException.class, () -> new ExportTable(exports), () -> exports.toString());
        }
        assertSame(export, new ExportTable(List.of(export)).find(""));
        assertEquals(null, new ExportTable(List.of(export)).find("f"));
    }
}
