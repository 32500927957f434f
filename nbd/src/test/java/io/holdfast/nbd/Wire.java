package io.holdfast.nbd;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** A client's words, as bytes. Numbers are spelt out here and not taken from the descriptors, so that those are tested too. */
final class Wire {
    static final int GO = 7;
    static final int INFO = 6;
    static final int READ = 0;
    static final int WRITE = 1;
    static final int DISCONNECT = 2;
    static final int FLUSH = 3;
    static final int TRIM = 4;
    static final int WRITE_ZEROES = 6;
    static final int FUA = 1;

    private Wire() {}

    static ByteBuf clientFlags(int flags) {
        return Unpooled.buffer().writeInt(flags);
    }

    static ByteBuf option(int option, byte[] data) {
        return optionHeader(option, data.length).writeBytes(data);
    }

    static ByteBuf optionHeader(int option, int length) {
        return Unpooled.buffer()
                .writeBytes("IHAVEOPT".getBytes(StandardCharsets.US_ASCII))
                .writeInt(option)
                .writeInt(length);
    }

    static ByteBuf choose(int option, String name, int... infos) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuf out = optionHeader(option, 6 + bytes.length + 2 * infos.length)
                .writeInt(bytes.length)
                .writeBytes(bytes)
                .writeShort(infos.length);
        for (int info : infos) {
            out.writeShort(info);
        }
        return out;
    }

    static ByteBuf request(int command, int flags, long cookie, long offset, long length) {
        return Unpooled.buffer()
                .writeInt(0x25609513)
                .writeShort(flags)
                .writeShort(command)
                .writeLong(cookie)
                .writeLong(offset)
                .writeInt((int) length);
    }

    static ByteBuf write(int flags, long cookie, long offset, byte[] payload) {
        return request(WRITE, flags, cookie, offset, payload.length).writeBytes(payload);
    }
}
