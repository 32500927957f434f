package io.holdfast.fault.checker;

import io.holdfast.fault.checker.SectorDescriptor.Codec;
import io.holdfast.fault.checker.SectorDescriptor.Kind;
import io.holdfast.fault.checker.SectorDescriptor.Reading;
import java.nio.ByteBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Says of one block whether it is what was promised, and names what is wrong with it.
 *
 * <p>Every unit of the block is looked at on its own: it must carry, in all its sectors, contents that the {@link History}
 * admits. What is wrong with several units of a block has one name, the worst of them; and a block in which the write that
 * had to be there is found in part is torn. Not thread-safe; {@link #condition} and the rest speak of the last block judged.
 */
final class BlockJudge {
    private final History history;
    private final CheckedArea area;
    private final Promise promise;
    private final Codec codec;
    private final int sectorsPerUnit;
    private final Reading[] sectors;
    private final long[] foundIds;
    private final BlockCondition[] conditions;
    private BlockCondition condition;
    private int firstUnit;
    private int unitCount;
    private int worstUnit;

    BlockJudge(Ledger ledger, Promise promise) {
        this.history = ledger.history();
        this.area = ledger.area();
        this.promise = promise;
        this.codec = new Codec(ledger.run());
        sectorsPerUnit = area.unitLength() / SectorDescriptor.LENGTH;
        sectors = new Reading[area.blockLength() / SectorDescriptor.LENGTH];
        for (int i = 0; i < sectors.length; i++) {
            sectors[i] = new Reading();
        }
        foundIds = new long[area.unitsPerBlock()];
        conditions = new BlockCondition[area.unitsPerBlock()];
    }

    /** Writes sectors as this judge reads them. */
    Codec codec() {
        return codec;
    }

    /**
     * Look at units of one block.
     *
     * @param buffer on memory that {@code bytes} shows too.
     * @param bytes  the same memory: index 0 of both is the same byte.
     * @param index  of the first byte.
     * @param first  unit.
     * @param count  of units; they are of one block.
     * @return what they are together.
     */
    BlockCondition judge(MutableDirectBuffer buffer, ByteBuffer bytes, int index, int first, int count) {
        firstUnit = first;
        unitCount = count;
        condition = BlockCondition.GOOD;
        for (int i = 0; i < count; i++) {
            long offset = area.offset(first + i);
            for (int j = 0; j < sectorsPerUnit; j++) {
                int at = index + i * area.unitLength() + j * SectorDescriptor.LENGTH;
                codec.read(
                        buffer,
                        bytes,
                        at,
                        offset + (long) j * SectorDescriptor.LENGTH,
                        sectors[i * sectorsPerUnit + j]);
            }
            conditions[i] = judgeUnit(i);
        }
        for (int i = 0; i < count; i++) {
            if (conditions[i].compareTo(condition) > 0) {
                condition = conditions[i];
                worstUnit = i;
            }
        }
        if (condition == BlockCondition.LOST || condition == BlockCondition.STALE) {
            for (int i = 0; i < count; i++) {
                if (conditions[i] == BlockCondition.GOOD
                        && expected(i) == expected(worstUnit)
                        && foundIds[i] == expected(i)) {
                    condition = BlockCondition.TORN;
                    break;
                }
            }
        }
        return condition;
    }

    /** What all of the block is together. */
    BlockCondition condition() {
        return condition;
    }

    /** What a unit holds, counted from the first judged; {@link ContentId#NONE} when no write in the ledger put it there. */
    long foundId(int index) {
        long id = foundIds[index];
        return conditions[index] == BlockCondition.GOOD && history.isKnown(firstUnit + index, id, promise)
                ? id
                : ContentId.NONE;
    }

    /** Whether a unit, counted from the first judged, is what was promised. */
    boolean isGood(int index) {
        return conditions[index] == BlockCondition.GOOD;
    }

    /** What is wrong, for people. */
    String describe() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < unitCount; ) {
            int end = i + 1;
            while (end < unitCount && isAlike(i, end)) {
                end++;
            }
            if (conditions[i] != BlockCondition.GOOD || condition == BlockCondition.TORN) {
                text.append(text.length() == 0 ? "" : "; ").append(describe(i, end));
            }
            i = end;
        }
        return text.toString();
    }

    // ---- one unit ----

    private BlockCondition judgeUnit(int index) {
        int unit = firstUnit + index;
        int from = index * sectorsPerUnit;
        Kind kind = sectors[from].kind();
        long id = idOf(sectors[from], unit);
        for (int i = from + 1; i < from + sectorsPerUnit; i++) {
            Kind other = sectors[i].kind();
            if (other != kind || (kind == Kind.OWN && sectors[i].version() != sectors[from].version())) {
                foundIds[index] = ContentId.NONE;
                return history.expected(unit, promise) == ContentId.ANYTHING ? BlockCondition.GOOD : mixed(from);
            }
        }
        foundIds[index] = id;
        if (history.admits(unit, id, promise)) {
            return BlockCondition.GOOD;
        }
        return switch (kind) {
            case OWN -> ofOldVersion(unit, id);
            case MISDIRECTED -> BlockCondition.MISDIRECTED;
            case CORRUPT -> BlockCondition.CORRUPT;
            case ZEROES ->
                history.wasZeroes(unit, promise) || isUntouched(unit) ? BlockCondition.LOST : BlockCondition.FOREIGN;
            case OTHER_RUN, FOREIGN -> isUntouched(unit) ? BlockCondition.LOST : BlockCondition.FOREIGN;
        };
    }

    private BlockCondition ofOldVersion(int unit, long id) {
        if (id > history.expected(unit, promise)) {
            return BlockCondition.FOREIGN;
        }
        return id == history.beforeExpected(unit, promise) ? BlockCondition.LOST : BlockCondition.STALE;
    }

    /** Whether what lay there before the one write that had to be there was not ours: it may look like anything. */
    private boolean isUntouched(int unit) {
        return history.beforeExpected(unit, promise) == ContentId.ANYTHING;
    }

    private BlockCondition mixed(int from) {
        BlockCondition worst = BlockCondition.TORN;
        for (int i = from; i < from + sectorsPerUnit; i++) {
            BlockCondition one =
                    switch (sectors[i].kind()) {
                        case OWN, ZEROES, OTHER_RUN -> BlockCondition.TORN;
                        case MISDIRECTED -> BlockCondition.MISDIRECTED;
                        case CORRUPT -> BlockCondition.CORRUPT;
                        case FOREIGN ->
                            isUntouched(firstUnit + from / sectorsPerUnit)
                                    ? BlockCondition.TORN
                                    : BlockCondition.FOREIGN;
                    };
            worst = one.compareTo(worst) > 0 ? one : worst;
        }
        return worst;
    }

    private long idOf(Reading reading, int unit) {
        return switch (reading.kind()) {
            case OWN -> ContentId.of(reading.version(), false);
            case ZEROES -> history.zeroesId(unit, promise);
            default -> ContentId.NONE;
        };
    }

    // ---- words ----

    private long expected(int index) {
        return history.expected(firstUnit + index, promise);
    }

    private boolean isAlike(int index, int other) {
        if (conditions[index] != conditions[other] || expected(index) != expected(other)) {
            return false;
        }
        for (int i = 0; i < sectorsPerUnit; i++) {
            Reading one = sectors[index * sectorsPerUnit + i];
            Reading two = sectors[other * sectorsPerUnit + i];
            if (one.kind() != two.kind() || one.version() != two.version()) {
                return false;
            }
        }
        return true;
    }

    private String describe(int firstIndex, int endIndex) {
        int first = firstIndex * sectorsPerUnit;
        int end = endIndex * sectorsPerUnit;
        StringBuilder text = new StringBuilder();
        for (int i = first; i < end; ) {
            int next = i + 1;
            while (next < end && isSameContents(i, next)) {
                next++;
            }
            text.append(text.length() == 0 ? "" : ", ")
                    .append(next - i == 1 ? "sector " + i + " holds " : "sectors " + i + " to " + (next - 1) + " hold ")
                    .append(contents(sectors[i]));
            i = next;
        }
        return text.append(conditions[firstIndex] == BlockCondition.GOOD ? " as it should" : " and should hold ")
                .append(conditions[firstIndex] == BlockCondition.GOOD ? "" : ContentId.name(expected(firstIndex)))
                .toString();
    }

    private boolean isSameContents(int one, int two) {
        return sectors[one].kind() == sectors[two].kind()
                && (sectors[one].kind() == Kind.FOREIGN
                        || sectors[one].kind() == Kind.ZEROES
                        || sectors[one].version() == sectors[two].version());
    }

    private static String contents(Reading sector) {
        return switch (sector.kind()) {
            case OWN -> "version " + sector.version();
            case MISDIRECTED -> "version " + sector.version() + " of offset " + sector.offset();
            case CORRUPT ->
                "something marked as version " + sector.version() + " of offset " + sector.offset()
                        + " with a wrong checksum";
            case OTHER_RUN -> "what another run of the checker wrote";
            case ZEROES -> "zeroes";
            case FOREIGN -> "bytes that are not the checker's";
        };
    }
}
