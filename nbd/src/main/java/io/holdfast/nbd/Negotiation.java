package io.holdfast.nbd;

import io.netty.buffer.ByteBuf;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The first phase: the client asks what there is, and chooses an export.
 *
 * <p>Whatever option a client of the fixed style sends is answered, an unknown one with an error, so that newer clients get
 * along. Data of options is gathered up to a limit and skipped beyond it. Answers wait in memory only as far as the socket
 * counts as writable: a client that asks on and on and never listens is not read any further.
 */
final class Negotiation implements Phase {
    private enum State {
        CLIENT_FLAGS,
        OPTION_HEADER,
        OPTION_DATA,
        SKIPPING,
        OVER
    }

    private final NbdConnection connection;
    private final ExportTable exports;
    private final Gather gather = new Gather(OptionDescriptor.DATA_LENGTH_LIMIT);

    private State state = State.CLIENT_FLAGS;
    private boolean isFixedStyle;
    private boolean wantsZeroes;
    private int option;
    private int skippedError;
    private String skippedReason;
    private long skipLength;

    /**
     * Begin; the greeting is the connection's.
     *
     * @param connection answered on.
     * @param exports    to choose from.
     */
    Negotiation(NbdConnection connection, ExportTable exports) {
        this.connection = connection;
        this.exports = exports;
        gather.expect(HandshakeDescriptor.CLIENT_FLAGS_LENGTH);
    }

    /** The server's first words. */
    static void greet(ByteBuf out) {
        out.writeLong(HandshakeDescriptor.MAGIC);
        out.writeLong(HandshakeDescriptor.OPTION_MAGIC);
        out.writeShort(HandshakeDescriptor.KNOWN_FLAGS);
    }

    @Override
    public boolean read(ByteBuf in) {
        if (!connection.isWritable()) {
            return false;
        }
        switch (state) {
            case CLIENT_FLAGS -> {
                if (gather.fill(in)) {
                    onClientFlags(gather.bytes().getInt(0));
                }
            }
            case OPTION_HEADER -> {
                if (gather.fill(in)) {
                    onOptionHeader(gather.bytes());
                }
            }
            case OPTION_DATA -> {
                if (gather.fill(in)) {
                    onOption(gather.bytes());
                }
            }
            case SKIPPING -> {
                int part = (int) Math.min(skipLength, in.readableBytes());
                in.skipBytes(part);
                skipLength -= part;
                if (skipLength == 0) {
                    refuse(skippedError, skippedReason);
                    expectOption();
                }
            }
            case OVER -> in.skipBytes(in.readableBytes());
        }
        return true;
    }

    private void onClientFlags(int flags) {
        if ((flags & ~HandshakeDescriptor.KNOWN_FLAGS) != 0) {
            drop("unknown client flags 0x" + Integer.toHexString(flags));
            return;
        }
        isFixedStyle = (flags & HandshakeDescriptor.FLAG_FIXED_NEWSTYLE) != 0;
        wantsZeroes = (flags & HandshakeDescriptor.FLAG_NO_ZEROES) == 0;
        expectOption();
    }

    private void expectOption() {
        state = State.OPTION_HEADER;
        gather.expect(OptionDescriptor.HEADER_LENGTH);
    }

    private void onOptionHeader(ByteBuf header) {
        if (header.getLong(0) != HandshakeDescriptor.OPTION_MAGIC) {
            drop("an option that does not begin as one");
            return;
        }
        option = header.getInt(8);
        long length = header.getUnsignedInt(12);
        if (!isFixedStyle && option != OptionDescriptor.EXPORT_NAME) {
            drop("option " + option + " from a client that would not understand the answer");
        } else if (option == OptionDescriptor.EXPORT_NAME && length > OptionDescriptor.NAME_LENGTH_LIMIT) {
            drop("an export's name of " + length + " bytes");
        } else if (!isKnown(option)) {
            skip(length, OptionDescriptor.ERROR_UNSUPPORTED, "this option is not known here");
        } else if (length > OptionDescriptor.DATA_LENGTH_LIMIT) {
            skip(length, OptionDescriptor.ERROR_TOO_BIG, "more data than this option needs");
        } else {
            state = State.OPTION_DATA;
            gather.expect((int) length);
            if (length == 0) {
                onOption(gather.bytes());
            }
        }
    }

    private void skip(long length, int error, String reason) {
        if (length == 0) {
            refuse(error, reason);
            expectOption();
            return;
        }
        state = State.SKIPPING;
        skipLength = length;
        skippedError = error;
        skippedReason = reason;
    }

    private static boolean isKnown(int option) {
        return switch (option) {
            case OptionDescriptor.EXPORT_NAME,
                    OptionDescriptor.ABORT,
                    OptionDescriptor.LIST,
                    OptionDescriptor.INFO,
                    OptionDescriptor.GO -> true;
            default -> false;
        };
    }

    /** The whole option is here. What it leads to decides the next state; else another option follows. */
    private void onOption(ByteBuf data) {
        int length = data.readableBytes();
        switch (option) {
            case OptionDescriptor.EXPORT_NAME -> onExportName(data, length);
            case OptionDescriptor.ABORT -> {
                connection.write(reply(OptionDescriptor.REPLY_ACK, 0));
                end();
            }
            case OptionDescriptor.LIST -> {
                list(length);
                expectOption();
            }
            default -> onInfo(data, length);
        }
    }

    private void onExportName(ByteBuf data, int length) {
        NbdExport export = find(data, 0, length);
        if (export == null) {
            drop("an export that does not exist was asked for");
            return;
        }
        ByteBuf out = connection.newBuffer(10 + HandshakeDescriptor.PADDING_LENGTH);
        out.writeLong(export.length());
        out.writeShort(Transmission.flags(export));
        if (wantsZeroes) {
            out.writeZero(HandshakeDescriptor.PADDING_LENGTH);
        }
        connection.write(out);
        transmit(export);
    }

    private void list(int dataLength) {
        if (dataLength != 0) {
            refuse(OptionDescriptor.ERROR_INVALID, "this option carries no data");
            return;
        }
        for (NbdExport export : exports.all()) {
            byte[] name = export.name().getBytes(StandardCharsets.UTF_8);
            ByteBuf out = reply(OptionDescriptor.REPLY_SERVER, 4 + name.length);
            out.writeInt(name.length);
            out.writeBytes(name);
            connection.write(out);
        }
        connection.write(reply(OptionDescriptor.REPLY_ACK, 0));
    }

    private void onInfo(ByteBuf data, int length) {
        NbdExport export = describe(data, length);
        if (export != null && option == OptionDescriptor.GO) {
            transmit(export);
        } else {
            expectOption();
        }
    }

    /** Answer INFO or GO. Returns the export, or null when an error was the answer. */
    private NbdExport describe(ByteBuf data, int length) {
        if (length < 6) {
            return refuse(OptionDescriptor.ERROR_INVALID, "the data ends too early");
        }
        long nameLength = data.getUnsignedInt(0);
        if (nameLength > OptionDescriptor.NAME_LENGTH_LIMIT) {
            return refuse(OptionDescriptor.ERROR_TOO_BIG, "the name is longer than 4096 bytes");
        }
        int countIndex = 4 + (int) nameLength;
        if (countIndex + 2 > length || countIndex + 2 + 2 * data.getUnsignedShort(countIndex) != length) {
            return refuse(OptionDescriptor.ERROR_INVALID, "the data's length disagrees with what is in it");
        }
        NbdExport export = find(data, 4, (int) nameLength);
        if (export == null) {
            return refuse(OptionDescriptor.ERROR_UNKNOWN, "there is no export of that name");
        }
        boolean wantsName = false;
        boolean wantsDescription = false;
        boolean wantsBlockSize = false;
        for (int index = countIndex + 2; index < length; index += 2) {
            int kind = data.getUnsignedShort(index);
            wantsName |= kind == OptionDescriptor.INFO_NAME;
            wantsDescription |= kind == OptionDescriptor.INFO_DESCRIPTION;
            wantsBlockSize |= kind == OptionDescriptor.INFO_BLOCK_SIZE;
        }
        if (!wantsBlockSize && export.minimumBlockLength() > 1 && option == OptionDescriptor.GO) {
            return refuse(
                    OptionDescriptor.ERROR_BLOCK_SIZE_REQUIRED,
                    "this export has a block size, which must be asked for");
        }
        ByteBuf out = reply(OptionDescriptor.REPLY_INFO, 12);
        out.writeShort(OptionDescriptor.INFO_EXPORT);
        out.writeLong(export.length());
        out.writeShort(Transmission.flags(export));
        connection.write(out);
        if (wantsName) {
            inform(OptionDescriptor.INFO_NAME, export.name());
        }
        if (wantsDescription && !export.description().isEmpty()) {
            inform(OptionDescriptor.INFO_DESCRIPTION, export.description());
        }
        if (wantsBlockSize) {
            ByteBuf sizes = reply(OptionDescriptor.REPLY_INFO, 14);
            sizes.writeShort(OptionDescriptor.INFO_BLOCK_SIZE);
            sizes.writeInt(export.minimumBlockLength());
            sizes.writeInt(export.preferredBlockLength());
            sizes.writeInt(RequestDescriptor.PAYLOAD_LENGTH_LIMIT);
            connection.write(sizes);
        }
        connection.write(reply(OptionDescriptor.REPLY_ACK, 0));
        return export;
    }

    private void inform(int kind, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuf out = reply(OptionDescriptor.REPLY_INFO, 2 + bytes.length);
        out.writeShort(kind);
        out.writeBytes(bytes);
        connection.write(out);
    }

    private NbdExport find(ByteBuf data, int index, int length) {
        try {
            return exports.find(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(data.nioBuffer(index, length))
                    .toString());
        } catch (CharacterCodingException notText) {
            // No export can have such a name.
            return null;
        }
    }

    private NbdExport refuse(int error, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        ByteBuf out = reply(error, text.length);
        out.writeBytes(text);
        connection.write(out);
        return null;
    }

    private ByteBuf reply(int type, int dataLength) {
        ByteBuf out = connection.newBuffer(OptionDescriptor.REPLY_HEADER_LENGTH + dataLength);
        out.writeLong(OptionDescriptor.REPLY_MAGIC);
        out.writeInt(option);
        out.writeInt(type);
        out.writeInt(dataLength);
        return out;
    }

    private void transmit(NbdExport export) {
        state = State.OVER;
        connection.transmit(export);
    }

    private void drop(String reason) {
        state = State.OVER;
        connection.drop(reason);
    }

    private void end() {
        state = State.OVER;
        connection.closeWhenWritten();
    }

    @Override
    public void shutDown() {
        end();
    }

    @Override
    public void abandon() {
        state = State.OVER;
    }

    @Override
    public boolean isAtRest() {
        return true;
    }
}
