package io.holdfast.nbd;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Where an export is, in the form that NBD clients share: {@code nbd://host[:port]/export} and
 * {@code nbd+unix:///export?socket=PATH}. Everything behind the first slash, percent-encoded, is the export's name, which may
 * be empty. Immutable.
 */
public final class NbdUri {
    private static final String TCP = "nbd";
    private static final String UNIX = "nbd+unix";
    private static final int PORT_LIMIT = 65535;
    private static final String LOCAL_HOST = "localhost";

    private final String text;
    private final String host;
    private final int port;
    private final String socketPath;
    private final String exportName;

    private NbdUri(String text, String host, int port, String socketPath, String exportName) {
        this.text = text;
        this.host = host;
        this.port = port;
        this.socketPath = socketPath;
        this.exportName = exportName;
    }

    /**
     * Whether a word means to be such a URI, right or wrong.
     *
     * @param text as typed.
     * @return true when it begins with {@code nbd} and a colon further on, as no sensible path does.
     */
    public static boolean isMeant(String text) {
        int colon = text.indexOf("://");
        return colon > 0 && text.substring(0, colon).toLowerCase(Locale.ROOT).startsWith(TCP);
    }

    /**
     * Take a URI apart.
     *
     * @param text as typed.
     * @return what it says.
     * @throws IllegalArgumentException with a sentence, when it makes no sense or asks for what is not to be had.
     */
    public static NbdUri parse(String text) {
        int colon = text.indexOf("://");
        if (colon < 0) {
            throw refusal(text, "it must begin with nbd:// or nbd+unix://");
        }
        String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
        if (scheme.startsWith("nbds")) {
            throw refusal(text, "TLS is not supported; use nbd:// or nbd+unix://");
        }
        if (!scheme.equals(TCP) && !scheme.equals(UNIX)) {
            throw refusal(text, "it must begin with nbd:// or nbd+unix://");
        }
        String rest = text.substring(colon + 3);
        if (rest.indexOf('#') >= 0) {
            throw refusal(text, "a fragment means nothing here; write # as %23");
        }
        String query = "";
        int question = rest.indexOf('?');
        if (question >= 0) {
            query = rest.substring(question + 1);
            rest = rest.substring(0, question);
        }
        int slash = rest.indexOf('/');
        String authority = slash < 0 ? rest : rest.substring(0, slash);
        String exportName = slash < 0 ? "" : decode(text, rest.substring(slash + 1));
        if (exportName.getBytes(StandardCharsets.UTF_8).length > OptionDescriptor.NAME_LENGTH_LIMIT) {
            throw refusal(text, "the export's name is longer than " + OptionDescriptor.NAME_LENGTH_LIMIT + " bytes");
        }
        String socket = socket(text, query);
        if (scheme.equals(UNIX)) {
            if (!authority.isEmpty()) {
                throw refusal(text, "a unix socket has no host; write nbd+unix:///EXPORT?socket=PATH");
            }
            if (socket == null || socket.isEmpty()) {
                throw refusal(text, "it names no socket; write nbd+unix:///EXPORT?socket=PATH");
            }
            return new NbdUri(text, null, -1, socket, exportName);
        }
        if (socket != null) {
            throw refusal(text, "a socket's path goes with nbd+unix://");
        }
        return tcp(text, authority, exportName);
    }

    private static NbdUri tcp(String text, String authority, String exportName) {
        String hostAndPort = authority.substring(authority.lastIndexOf('@') + 1);
        String host;
        String port;
        if (hostAndPort.startsWith("[")) {
            int bracket = hostAndPort.indexOf(']');
            if (bracket < 0 || (bracket + 1 < hostAndPort.length() && hostAndPort.charAt(bracket + 1) != ':')) {
                throw refusal(text, "the brackets of its address do not match");
            }
            host = hostAndPort.substring(1, bracket);
            port = hostAndPort.substring(Math.min(bracket + 2, hostAndPort.length()));
        } else {
            int colon = hostAndPort.indexOf(':');
            host = decode(text, colon < 0 ? hostAndPort : hostAndPort.substring(0, colon));
            port = colon < 0 ? "" : hostAndPort.substring(colon + 1);
        }
        return new NbdUri(text, host.isEmpty() ? LOCAL_HOST : host, port(text, port), null, exportName);
    }

    private static int port(String text, String port) {
        if (port.isEmpty()) {
            return NbdServerContext.Configuration.PORT_DEFAULT;
        }
        int value = 0;
        for (int i = 0; i < port.length(); i++) {
            char c = port.charAt(i);
            value = c < '0' || c > '9' || value > PORT_LIMIT ? PORT_LIMIT + 1 : 10 * value + (c - '0');
        }
        if (value < 1 || value > PORT_LIMIT) {
            throw refusal(text, "port " + port + " is not a number from 1 to 65535");
        }
        return value;
    }

    /** Others may follow that mean something to other clients, so they are passed over. */
    private static String socket(String text, String query) {
        String socket = null;
        for (String part : query.split("&", -1)) {
            if (part.startsWith("socket=")) {
                socket = decode(text, part.substring("socket=".length()));
            }
        }
        return socket;
    }

    private static String decode(String text, String encoded) {
        byte[] bytes = encoded.getBytes(StandardCharsets.UTF_8);
        ByteBuffer decoded = ByteBuffer.allocate(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '%') {
                decoded.put(bytes[i]);
                continue;
            }
            int high = i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
            int low = i + 2 < bytes.length ? Character.digit(bytes[i + 2], 16) : -1;
            if (high < 0 || low < 0) {
                throw refusal(text, "a percent sign is followed by two hexadecimal digits; write % as %25");
            }
            decoded.put((byte) (high << 4 | low));
            i += 2;
        }
        try {
            String name =
                    StandardCharsets.UTF_8.newDecoder().decode(decoded.flip()).toString();
            if (name.indexOf(0) >= 0) {
                throw refusal(text, "a name holds no zero byte");
            }
            return name;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(text + ": what it names is not UTF-8.", e);
        }
    }

    private static IllegalArgumentException refusal(String text, String reason) {
        return new IllegalArgumentException(text + ": " + reason + ".");
    }

    /** Name or address of the host; null with a unix socket. */
    public String host() {
        return host;
    }

    /** TCP port; -1 with a unix socket. */
    public int port() {
        return port;
    }

    /** Path of the unix socket; null with TCP. */
    public String socketPath() {
        return socketPath;
    }

    /** Of the export; empty for the server's default. */
    public String exportName() {
        return exportName;
    }

    /** As it was typed. */
    @Override
    public String toString() {
        return text;
    }
}
