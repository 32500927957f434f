package io.holdfast.nbd;

import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.IoCallback;
import io.holdfast.raid.RaidArray;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A running array, as an export. The array stays its owner's: closing the server leaves it running.
 *
 * <p>An array's flush covers everything it has answered to anyone, so clients may use several connections at once: a
 * connection is only a way in, and holds nothing back that another could miss. What an array answers without a journal may
 * still be in its members' caches, which is where a flush reaches; with a journal every answer is durable already.
 */
public final class ArrayExport implements NbdExport {
    private final RaidArray array;
    private final String name;
    private final boolean readOnly;

    /**
     * Serve an array for reading and writing, or for reading alone where the array takes no writes.
     *
     * @param name  that clients ask for.
     * @param array to serve.
     */
    public ArrayExport(String name, RaidArray array) {
        this(name, array, false);
    }

    /**
     * Serve an array.
     *
     * @param name     that clients ask for.
     * @param array    to serve.
     * @param readOnly whether to refuse writes that the array would take.
     */
    public ArrayExport(String name, RaidArray array, boolean readOnly) {
        this.name = Objects.requireNonNull(name, "name");
        this.array = Objects.requireNonNull(array, "array");
        this.readOnly = readOnly;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return array.description().level() + " of "
                + array.description().layout().memberCount() + " members";
    }

    @Override
    public long length() {
        return array.length();
    }

    @Override
    public boolean readOnly() {
        return readOnly || array.state().condition() == ArrayState.Condition.READ_ONLY;
    }

    @Override
    public boolean read(ByteBuffer target, long offset, IoCallback callback, long token) {
        try {
            return array.read(target, offset, callback, token);
        } catch (ArrayException stopped) {
            throw stopped(stopped);
        }
    }

    @Override
    public boolean write(ByteBuffer source, long offset, boolean forceUnitAccess, IoCallback callback, long token) {
        try {
            return array.write(source, offset, forceUnitAccess, callback, token);
        } catch (ArrayException stopped) {
            throw stopped(stopped);
        }
    }

    @Override
    public boolean flush(IoCallback callback, long token) {
        try {
            return array.flush(callback, token);
        } catch (ArrayException stopped) {
            throw stopped(stopped);
        }
    }

    @Override
    public boolean trim(long offset, long length, IoCallback callback, long token) {
        try {
            return array.discard(offset, length, callback, token);
        } catch (ArrayException stopped) {
            throw stopped(stopped);
        }
    }

    @Override
    public boolean writeZeroes(long offset, long length, IoCallback callback, long token) {
        try {
            return array.writeZeroes(offset, length, callback, token);
        } catch (ArrayException stopped) {
            throw stopped(stopped);
        }
    }

    /** An array throws at admission for one reason alone: it has been stopped. */
    private static ExportStoppedException stopped(ArrayException cause) {
        return new ExportStoppedException(cause.getMessage(), cause);
    }
}
