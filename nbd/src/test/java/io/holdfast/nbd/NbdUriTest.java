package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NbdUriTest {
    @ParameterizedTest
    @CsvSource({
        "nbd://host, host, 10809, ''",
        "nbd://host/, host, 10809, ''",
        "nbd://host:1234/disk, host, 1234, disk",
        "NBD://host:1/a/b, host, 1, a/b",
        "nbd://host//absolute, host, 10809, /absolute",
        "nbd://host/a%20disk%2525, host, 10809, a disk%25",
        "nbd:///disk, localhost, 10809, disk",
        "nbd://[::1]/disk, ::1, 10809, disk",
        "nbd://[::1]:99, ::1, 99, ''",
        "nbd://someone@host/disk, host, 10809, disk",
        "nbd://host/disk?unknown=1, host, 10809, disk",
        "nbd://host/d%C3%A9, host, 10809, d\u00e9",
    })
    void shouldTakeTcpApart(String text, String host, int port, String exportName) {
        NbdUri uri = NbdUri.parse(text);
        assertEquals(host, uri.host());
        assertEquals(port, uri.port());
        assertEquals(exportName, uri.exportName());
        assertNull(uri.socketPath());
        assertEquals(text, uri.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "nbd+unix:///disk?socket=/run/nbd.sock, /run/nbd.sock, disk",
        "nbd+unix:///?socket=nbd.sock, nbd.sock, ''",
        "nbd+unix://?socket=%2Frun%2Fa%20b, /run/a b, ''",
        "nbd+unix:///x?other=1&socket=/s&more, /s, x",
    })
    void shouldTakeUnixSocketsApart(String text, String socketPath, String exportName) {
        NbdUri uri = NbdUri.parse(text);
        assertEquals(socketPath, uri.socketPath());
        assertEquals(exportName, uri.exportName());
        assertNull(uri.host());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host",
                "http://host/disk",
                "nbds://host/disk",
                "nbds+unix:///?socket=/s",
                "nbd+vsock://1/disk",
                "nbd://host:0/disk",
                "nbd://host:65536/d",
                "nbd://host:x/d",
                "nbd://host:99999999999/d",
                "nbd://[::1/d",
                "nbd://[::1]x/d",
                "nbd://host/%",
                "nbd://host/%2",
                "nbd://host/%zz",
                "nbd://host/%00",
                "nbd://host/%FF",
                "nbd://host/disk#part",
                "nbd://host/d?socket=/s",
                "nbd+unix:///disk",
                "nbd+unix:///disk?socket=",
                "nbd+unix://host/disk?socket=/s"
            })
    void shouldRefuseWithASentence(String text) {
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> NbdUri.parse(text));
        assertTrue(refusal.getMessage().startsWith(text + ": "), refusal.getMessage());
        assertTrue(refusal.getMessage().endsWith("."), refusal.getMessage());
    }

    @Property
    void shouldTakeApartOrRefuseWhateverIsTyped(@ForAll String text) {
        try {
            NbdUri uri = NbdUri.parse("nbd://" + text);
            assertFalse(uri.host().isEmpty());
            assertTrue(uri.port() > 0);
        } catch (IllegalArgumentException refusal) {
            assertFalse(refusal.getMessage().isBlank());
        }
    }

    @Test
    void shouldTellUrisFromPaths() {
        assertTrue(NbdUri.isMeant("nbd://host"));
        assertTrue(NbdUri.isMeant("nbd+unix:///?socket=/s"));
        assertTrue(NbdUri.isMeant("nbds://host"));
        assertFalse(NbdUri.isMeant("/dev/nbd0"));
        assertFalse(NbdUri.isMeant("nbd.img"));
        assertFalse(NbdUri.isMeant("./nbd://x".substring(2, 5)));
    }
}
