package io.holdfast.nbd;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.IoCallback;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An export in memory that does what a test tells it: answers at once or when told to, refuses, fails. */
final class ScriptedExport implements NbdExport {
    private final String name;
    final byte[] content;

    /** What was asked for, in order, as words. */
    final List<String> log = new ArrayList<>();

    /** What waits to be answered, where answers are held. */
    final ArrayDeque<Runnable> held = new ArrayDeque<>();

    private boolean holds;
    private boolean readOnly;
    private boolean isStopped;
    private int refusals;
    private int minimumBlockLength = 1;
    private String description = "";
    private IoStatus status = IoStatus.OK;
    private RuntimeException bug;

    ScriptedExport(String name, int length) {
        this.name = name;
        content = new byte[length];
        for (int i = 0; i < length; i++) {
            content[i] = (byte) (i * 31 + (i >> 8));
        }
    }

    ScriptedExport holds(boolean value) {
        holds = value;
        return this;
    }

    ScriptedExport readOnly(boolean value) {
        readOnly = value;
        return this;
    }

    ScriptedExport minimumBlockLength(int value) {
        minimumBlockLength = value;
        return this;
    }

    ScriptedExport description(String value) {
        description = value;
        return this;
    }

    /** How requests from now on end. */
    void status(IoStatus value) {
        status = value;
    }

    /** How many of the next requests are refused. */
    void refuse(int count) {
        refusals = count;
    }

    void stop() {
        isStopped = true;
    }

    void throwBug(RuntimeException value) {
        bug = value;
    }

    /** Answer the request that has waited longest. */
    void answerOne() {
        held.pollFirst().run();
    }

    void answerAll() {
        while (!held.isEmpty()) {
            answerOne();
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public long length() {
        return content.length;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public int minimumBlockLength() {
        return minimumBlockLength;
    }

    @Override
    public boolean read(ByteBuffer target, long offset, IoCallback callback, long token) {
        int length = target.remaining();
        return begin(
                "read " + offset + " " + length,
                () -> target.put(target.position(), content, (int) offset, length),
                callback,
                token);
    }

    @Override
    public boolean write(ByteBuffer source, long offset, boolean forceUnitAccess, IoCallback callback, long token) {
        int length = source.remaining();
        return begin(
                "write " + offset + " " + length + (forceUnitAccess ? " fua" : ""),
                () -> source.get(source.position(), content, (int) offset, length),
                callback,
                token);
    }

    @Override
    public boolean flush(IoCallback callback, long token) {
        return begin("flush", () -> {}, callback, token);
    }

    @Override
    public boolean trim(long offset, long length, IoCallback callback, long token) {
        return begin("trim " + offset + " " + length, () -> {}, callback, token);
    }

    @Override
    public boolean writeZeroes(long offset, long length, IoCallback callback, long token) {
        return begin(
                "zero " + offset + " " + length,
                () -> Arrays.fill(content, (int) offset, (int) (offset + length), (byte) 0),
                callback,
                token);
    }

    private boolean begin(String words, Runnable work, IoCallback callback, long token) {
        if (bug != null) {
            throw bug;
        }
        if (isStopped) {
            throw new ExportStoppedException(name + " has been stopped", null);
        }
        if (refusals > 0) {
            refusals--;
            return false;
        }
        log.add(words);
        IoStatus outcome = status;
        Runnable answer = () -> {
            if (outcome == IoStatus.OK) {
                work.run();
            }
            callback.onComplete(token, outcome);
        };
        if (holds) {
            held.add(answer);
        } else {
            answer.run();
        }
        return true;
    }
}
