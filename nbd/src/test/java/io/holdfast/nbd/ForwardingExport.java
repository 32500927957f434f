package io.holdfast.nbd;

import io.holdfast.raid.IoCallback;
import java.nio.ByteBuffer;

/** An export that leaves everything to another, for tests that change one thing. */
class ForwardingExport implements NbdExport {
    private final NbdExport target;

    ForwardingExport(NbdExport target) {
        this.target = target;
    }

    @Override
    public String name() {
        return target.name();
    }

    @Override
    public long length() {
        return target.length();
    }

    @Override
    public boolean readOnly() {
        return target.readOnly();
    }

    @Override
    public boolean read(ByteBuffer destination, long offset, IoCallback callback, long token) {
        return target.read(destination, offset, callback, token);
    }

    @Override
    public boolean write(ByteBuffer source, long offset, boolean forceUnitAccess, IoCallback callback, long token) {
        return target.write(source, offset, forceUnitAccess, callback, token);
    }

    @Override
    public boolean flush(IoCallback callback, long token) {
        return target.flush(callback, token);
    }

    @Override
    public boolean trim(long offset, long length, IoCallback callback, long token) {
        return target.trim(offset, length, callback, token);
    }

    @Override
    public boolean writeZeroes(long offset, long length, IoCallback callback, long token) {
        return target.writeZeroes(offset, length, callback, token);
    }
}
