package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Whatever a client sends: nothing is thrown, nothing is held beyond the window, and everything is given back. */
class NbdProperties {
    private static final int LENGTH = 1 << 20;
    private static final int REQUEST_LIMIT = 4;
    private static final List<IoStatus> STATUSES = List.of(IoStatus.values());

    /** What a place for a request costs besides its payload: alignment, the answer's header. */
    private static final int PLACE_LENGTH = 8192;

    @Property(tries = 300)
    void randomBytesShouldDoNoHarm(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ScriptedExport export = new ScriptedExport("e", LENGTH);
        TestConnection test = random.nextBoolean()
                ? new TestConnection(REQUEST_LIMIT, export)
                : TestConnection.transmitting(REQUEST_LIMIT, export);
        byte[] bytes = new byte[1 + random.nextInt(2000)];
        random.nextBytes(bytes);
        sendInPieces(test, Unpooled.wrappedBuffer(bytes), random);
        finish(test, export);
    }

    @Property(tries = 600)
    void damagedSessionsShouldDoNoHarm(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ScriptedExport export = new ScriptedExport("e", LENGTH);
        TestConnection test = new TestConnection(REQUEST_LIMIT, export, new ScriptedExport("f", 512));
        ByteBuf session = session(random, true);
        for (int damage = random.nextInt(6); damage > 0; damage--) {
            int index = random.nextInt(session.writerIndex());
            session.setByte(index, session.getByte(index) ^ 1 << random.nextInt(8));
        }
        if (random.nextInt(4) == 0) {
            session.writerIndex(random.nextInt(session.writerIndex()));
        }
        if (random.nextInt(4) == 0) {
            test.takeNothing();
        }
        export.holds(random.nextBoolean());
        sendInPieces(test, session, random, () -> {
            switch (random.nextInt(8)) {
                case 0 -> export.answerAll();
                case 1 -> export.refuse(random.nextInt(4));
                case 2 -> export.status(STATUSES.get(random.nextInt(STATUSES.size())));
                case 3 -> test.advance(1);
                case 4 -> test.take();
                default -> {}
            }
        });
        if (random.nextInt(4) == 0) {
            test.connection.shutDown();
            test.run();
        }
        finish(test, export);
    }

    /** How the network cuts a client's words must make no difference. */
    @Property(tries = 200)
    void answersShouldNotDependOnHowTheBytesArrive(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ByteBuf session = session(random, false);
        List<String> whole = answers(session.copy(), null);
        assertFalse(whole.isEmpty());
        assertEquals(whole, answers(session.copy(), random));
    }

    private static List<String> answers(ByteBuf session, SplittableRandom random) {
        ScriptedExport export = new ScriptedExport("e", LENGTH);
        TestConnection test = new TestConnection(REQUEST_LIMIT, export, new ScriptedExport("f", 512));
        test.received.skipBytes(18);
        if (random == null) {
            test.send(session);
        } else {
            sendInPieces(test, session, random);
        }
        List<String> answers = parse(test.received);
        finish(test, export);
        return answers;
    }

    /** Requests may be answered in any order: what is compared is negotiation, then the answers by their cookies. */
    private static List<String> parse(ByteBuf received) {
        List<String> negotiation = new ArrayList<>();
        SortedMap<Long, String> answers = new TreeMap<>();
        while (received.isReadable()) {
            int index = received.readerIndex();
            if (received.getInt(index) == 0x67446698) {
                long cookie = received.getLong(index + 8);
                // Session gives reads a cookie that tells their length.
                int payload = received.getInt(index + 4) == 0 ? (int) (cookie >> 32) : 0;
                answers.put(cookie, hex(received, 16 + payload));
            } else if (received.getLong(index) == 0x0003e889045565a9L) {
                negotiation.add(hex(received, 20 + received.getInt(index + 16)));
            } else {
                // An export chosen by name; sessions that do so want no padding.
                negotiation.add(hex(received, 10));
            }
        }
        negotiation.addAll(answers.values());
        return negotiation;
    }

    private static String hex(ByteBuf received, int length) {
        return ByteBufUtil.hexDump(received.readSlice(length));
    }

    @Example
    void boundShouldBeAbleToFail() {
        TestConnection test = TestConnection.transmitting(REQUEST_LIMIT, new ScriptedExport("e", LENGTH).holds(true));
        test.send(Wire.request(Wire.READ, 0, 1, 0, LENGTH));
        assertTrue(test.allocator.used() >= LENGTH, "the allocator sees what requests hold");
    }

    private static void sendInPieces(TestConnection test, ByteBuf bytes, SplittableRandom random) {
        sendInPieces(test, bytes, random, () -> {});
    }

    private static void sendInPieces(TestConnection test, ByteBuf bytes, SplittableRandom random, Runnable between) {
        int most = 1 << random.nextInt(1, 14);
        while (bytes.isReadable()) {
            test.send(bytes.readRetainedSlice(Math.min(bytes.readableBytes(), 1 + random.nextInt(most))));
            between.run();
        }
    }

    private static void finish(TestConnection test, ScriptedExport export) {
        long bound = TestConnection.WINDOW_LENGTH + REQUEST_LIMIT * PLACE_LENGTH;
        assertTrue(test.allocator.peak() <= bound, () -> "peak=" + test.allocator.peak());
        test.vanish();
        // The export lets go of what it holds when it likes; refused requests and flushes may come of it.
        export.holds(false);
        export.answerAll();
        test.run();
        test.hangUp();
    }

    /** What a client may well say: some options, an export, some requests. Odd ones say things that make no sense, too. */
    private static ByteBuf session(SplittableRandom random, boolean isOdd) {
        ByteBuf out = Unpooled.buffer();
        add(out, Wire.clientFlags(isOdd && random.nextInt(4) == 0 ? 1 : 3));
        for (int count = random.nextInt(4); count > 0; count--) {
            add(
                    out,
                    switch (random.nextInt(isOdd ? 4 : 3)) {
                        case 0 -> Wire.option(3, new byte[0]);
                        case 1 -> Wire.option(8, new byte[random.nextInt(20_000)]);
                        case 2 -> Wire.choose(Wire.INFO, random.nextBoolean() ? "e" : "nobody", 0, 1, 2, 3);
                        default -> Wire.option(random.nextInt(20), new byte[random.nextInt(300)]);
                    });
        }
        add(out, random.nextInt(4) == 0 ? Wire.option(1, new byte[] {'e'}) : Wire.choose(Wire.GO, "e", 3));
        for (int count = random.nextInt(30); count > 0; count--) {
            add(out, request(random, isOdd, count));
        }
        if (random.nextInt(4) == 0) {
            add(out, Wire.request(Wire.DISCONNECT, 0, 0, 0, 0));
        }
        return out;
    }

    private static ByteBuf request(SplittableRandom random, boolean isOdd, int cookie) {
        int length = random.nextInt(1 << random.nextInt(1, 13));
        int offset = random.nextInt(LENGTH);
        int flags = random.nextInt(3) == 0 ? Wire.FUA : 0;
        return switch (random.nextInt(isOdd ? 6 : 5)) {
            case 0 -> Wire.request(Wire.READ, flags, (long) length << 32 | cookie, offset, length);
            case 1 -> Wire.write(flags, cookie, offset, new byte[length]);
            case 2 -> Wire.request(Wire.FLUSH, flags, cookie, 0, 0);
            case 3 -> Wire.request(Wire.TRIM, flags, cookie, offset, length);
            case 4 -> Wire.request(Wire.WRITE_ZEROES, flags, cookie, offset, length);
            default -> Wire.request(random.nextInt(12), random.nextInt(20), cookie, random.nextLong(), length);
        };
    }

    private static void add(ByteBuf out, ByteBuf message) {
        out.writeBytes(message);
    }
}
