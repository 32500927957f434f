package io.holdfast.nbd;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * The first phase, from the client's side: choose an export and learn its shape.
 *
 * <p>A server of the fixed style is asked with GO, and with the name alone where it does not know that option or the style.
 * What a server sends is taken in pieces of bounded length, and no more than a few of them.
 */
final class ClientNegotiation {
    /** What the old style says after its first word. */
    private static final long OLD_STYLE_MAGIC = 0x00420281861253L;

    private static final int REPLY_LIMIT = 64;
    private static final int EXPORT_LENGTH = 10;
    private static final int TEXT_LENGTH_LIMIT = 200;
    private static final int EXPORT_INFO_LENGTH = 12;
    private static final int BLOCK_SIZE_INFO_LENGTH = 14;

    private enum State {
        GREETING,
        REPLY_HEADER,
        REPLY_DATA,
        EXPORT,
        OVER
    }

    private final byte[] exportName;
    private final ByteBufAllocator allocator;
    private final Consumer<ByteBuf> out;
    private final Gather gather = new Gather(OptionDescriptor.DATA_LENGTH_LIMIT);

    private State state = State.GREETING;
    private boolean isFixedStyle;
    private boolean hasNoZeroes;
    private int replyType;
    private int replyCount;
    private boolean isDescribed;
    private long length;
    private int flags;
    private int minimumBlockLength = 1;
    private int preferredBlockLength = ClientExport.PREFERRED_BLOCK_LENGTH_DEFAULT;
    private int payloadLengthLimit = RequestDescriptor.PAYLOAD_LENGTH_LIMIT;
    private ClientExport export;

    /**
     * Begin to listen.
     *
     * @param exportName to ask for.
     * @param allocator  of what is sent.
     * @param out        takes what is sent.
     */
    ClientNegotiation(String exportName, ByteBufAllocator allocator, Consumer<ByteBuf> out) {
        this.exportName = exportName.getBytes(StandardCharsets.UTF_8);
        this.allocator = allocator;
        this.out = out;
        gather.expect(HandshakeDescriptor.GREETING_LENGTH);
    }

    /** The export, once it has been chosen; null before. */
    ClientExport export() {
        return export;
    }

    /**
     * Take one step, if there are bytes enough.
     *
     * @param in what has arrived.
     * @throws NbdProtocolException when it makes no sense, or is a refusal.
     */
    void read(ByteBuf in) {
        if (!gather.fill(in)) {
            return;
        }
        ByteBuf bytes = gather.bytes();
        switch (state) {
            case GREETING -> onGreeting(bytes);
            case REPLY_HEADER -> onReplyHeader(bytes);
            case REPLY_DATA -> onReply(bytes);
            case EXPORT -> onExport(bytes);
            case OVER -> throw new IllegalStateException("the export has been chosen");
        }
    }

    private void onGreeting(ByteBuf bytes) {
        if (bytes.getLong(0) != HandshakeDescriptor.MAGIC) {
            throw new NbdProtocolException("is no NBD server");
        }
        if (bytes.getLong(8) == OLD_STYLE_MAGIC) {
            throw new NbdProtocolException("speaks only the old style of the protocol, which names no exports");
        }
        if (bytes.getLong(8) != HandshakeDescriptor.OPTION_MAGIC) {
            throw new NbdProtocolException("is no NBD server");
        }
        int serverFlags = bytes.getUnsignedShort(16);
        isFixedStyle = (serverFlags & HandshakeDescriptor.FLAG_FIXED_NEWSTYLE) != 0;
        hasNoZeroes = (serverFlags & HandshakeDescriptor.FLAG_NO_ZEROES) != 0;
        ByteBuf answer = allocator.buffer(HandshakeDescriptor.CLIENT_FLAGS_LENGTH);
        answer.writeInt(serverFlags & HandshakeDescriptor.KNOWN_FLAGS);
        out.accept(answer);
        if (isFixedStyle) {
            go();
        } else {
            chooseByName();
        }
    }

    private void go() {
        ByteBuf option = option(OptionDescriptor.GO, 4 + exportName.length + 4);
        option.writeInt(exportName.length);
        option.writeBytes(exportName);
        option.writeShort(1);
        option.writeShort(OptionDescriptor.INFO_BLOCK_SIZE);
        out.accept(option);
        expect(State.REPLY_HEADER, OptionDescriptor.REPLY_HEADER_LENGTH);
    }

    private void chooseByName() {
        ByteBuf option = option(OptionDescriptor.EXPORT_NAME, exportName.length);
        option.writeBytes(exportName);
        out.accept(option);
        expect(State.EXPORT, EXPORT_LENGTH + (hasNoZeroes ? 0 : HandshakeDescriptor.PADDING_LENGTH));
    }

    private ByteBuf option(int option, int dataLength) {
        ByteBuf bytes = allocator.buffer(OptionDescriptor.HEADER_LENGTH + dataLength);
        bytes.writeLong(HandshakeDescriptor.OPTION_MAGIC);
        bytes.writeInt(option);
        bytes.writeInt(dataLength);
        return bytes;
    }

    private void onReplyHeader(ByteBuf header) {
        if (header.getLong(0) != OptionDescriptor.REPLY_MAGIC || header.getInt(8) != OptionDescriptor.GO) {
            throw new NbdProtocolException("answers an option with something else");
        }
        replyType = header.getInt(12);
        long dataLength = header.getUnsignedInt(16);
        if (++replyCount > REPLY_LIMIT) {
            throw new NbdProtocolException("never comes to an end describing the export");
        }
        if (dataLength > OptionDescriptor.DATA_LENGTH_LIMIT) {
            throw new NbdProtocolException("answers an option with " + dataLength + " bytes");
        }
        expect(State.REPLY_DATA, (int) dataLength);
        if (dataLength == 0) {
            onReply(gather.bytes());
        }
    }

    private void onReply(ByteBuf data) {
        if ((replyType & OptionDescriptor.ERROR_BIT) != 0) {
            onError(data);
            return;
        }
        if (replyType == OptionDescriptor.REPLY_ACK) {
            if (!isDescribed) {
                throw new NbdProtocolException("does not say how long the export is");
            }
            over();
            return;
        }
        if (replyType == OptionDescriptor.REPLY_INFO) {
            onInfo(data);
        }
        expect(State.REPLY_HEADER, OptionDescriptor.REPLY_HEADER_LENGTH);
    }

    private void onInfo(ByteBuf data) {
        int kind = data.readableBytes() < 2 ? -1 : data.getUnsignedShort(0);
        if (kind == OptionDescriptor.INFO_EXPORT && data.readableBytes() == EXPORT_INFO_LENGTH) {
            describe(data.getLong(2), data.getUnsignedShort(10));
        } else if (kind == OptionDescriptor.INFO_BLOCK_SIZE && data.readableBytes() == BLOCK_SIZE_INFO_LENGTH) {
            minimumBlockLength = data.getInt(2);
            preferredBlockLength = data.getInt(6);
            payloadLengthLimit = (int) Math.min(data.getUnsignedInt(10), RequestDescriptor.PAYLOAD_LENGTH_LIMIT);
        } else if (kind == -1 || kind == OptionDescriptor.INFO_EXPORT || kind == OptionDescriptor.INFO_BLOCK_SIZE) {
            throw new NbdProtocolException(
                    "describes the export in " + data.readableBytes() + " bytes of kind " + kind);
        }
    }

    private void describe(long newLength, int newFlags) {
        isDescribed = true;
        length = newLength;
        flags = (newFlags & RequestDescriptor.EXPORT_HAS_FLAGS) != 0 ? newFlags : 0;
    }

    private void onError(ByteBuf data) {
        String text = text(data);
        switch (replyType) {
            case OptionDescriptor.ERROR_UNSUPPORTED -> chooseByName();
            case OptionDescriptor.ERROR_UNKNOWN ->
                throw new NbdProtocolException(
                        "has no export of the name '" + new String(exportName, StandardCharsets.UTF_8) + "'" + text);
            case OptionDescriptor.ERROR_TLS_REQUIRED ->
                throw new NbdProtocolException("insists on TLS, which is not supported" + text);
            case OptionDescriptor.ERROR_POLICY ->
                throw new NbdProtocolException("does not let us use the export" + text);
            case OptionDescriptor.ERROR_SHUTDOWN -> throw new NbdProtocolException("is shutting down" + text);
            default ->
                throw new NbdProtocolException(
                        "refuses the export with error 0x" + Integer.toHexString(replyType) + text);
        }
    }

    /** What the server says to people, fit for a terminal. */
    private static String text(ByteBuf data) {
        StringBuilder text = new StringBuilder();
        int count = Math.min(data.readableBytes(), TEXT_LENGTH_LIMIT);
        for (int i = 0; i < count; i++) {
            int c = data.getUnsignedByte(i);
            text.append(c >= ' ' && c <= '~' ? (char) c : '?');
        }
        return text.length() == 0 ? "" : ": " + text;
    }

    private void onExport(ByteBuf bytes) {
        describe(bytes.getLong(0), bytes.getUnsignedShort(8));
        over();
    }

    private void over() {
        state = State.OVER;
        export = new ClientExport(length, flags, minimumBlockLength, preferredBlockLength, payloadLengthLimit);
    }

    private void expect(State next, int wantedLength) {
        state = next;
        gather.expect(wantedLength);
    }
}
