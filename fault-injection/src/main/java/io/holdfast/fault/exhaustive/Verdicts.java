package io.holdfast.fault.exhaustive;

import io.holdfast.raid.layout.ArrayLayout;
import java.util.BitSet;

/**
 * Says what is wrong with how a recovery went; the empty string where nothing is.
 *
 * <p>What is insisted on:
 *
 * <ul>
 *   <li>The start succeeds. Only without a journal, after the first write and with a member missing, may it be refused; then
 *       nothing was written, and a forced start succeeds.
 *   <li>Every unit of the array holds what the {@link Promise} of the crash point allows, and an atomic request is there as a whole
 *       or not at all. After a forced start, units of a missing member are exempt where another unit of the same row was in
 *       doubt: the write hole, {@link #HOLE}.
 *   <li>With every member there the array is whole in the end, and parity fits everywhere.
 *   <li>A crash anywhere in all that, followed by a start with the same members, with fewer or with all of them back, reads the
 *       same bytes. After a forced start, with the same members. Where the first crash was a kill, some of what the first start read
 *       was not durable yet: then a power failure may still take it, and what is read must be what the promise of the first
 *       crash point allows.
 * </ul>
 */
final class Verdicts {
    /** Right, but for units that the write hole has taken. */
    static final String HOLE = "the write hole";

    private final ArraySite site;
    private final PagePool pool;
    private final ContentTable contents;

    Verdicts(ArraySite site, PagePool pool, ContentTable contents) {
        this.site = site;
        this.pool = pool;
        this.contents = contents;
    }

    /**
     * Judge a recovery after the first crash.
     *
     * @param recovery that went so.
     * @param point    of the crash.
     * @param lost     members that were missing.
     * @param isForced whether the start was forced.
     * @return what is wrong.
     */
    String first(Recovery recovery, Recording.Point point, int lost, boolean isForced) {
        return switch (recovery.outcome()) {
            case BROKEN -> recovery.message();
            case REFUSED ->
                isForced
                        ? "the start was refused although it was forced: " + recovery.message()
                        : refusal(recovery, lost, point.isDirty());
            case SERVED -> {
                if (recovery.isHealthy() != (lost == 0)) {
                    yield lost == 0 ? "degraded with every member there" : "healthy with a member missing";
                }
                yield content(point.promise(), contents.pages(recovery.content()), isForced ? lost : 0);
            }
        };
    }

    /**
     * Judge a recovery after a crash inside another one.
     *
     * @param recovery   that went so.
     * @param lost       members that were missing.
     * @param isForced   whether the start was forced.
     * @param before     the recovery that was crashed; it had been right.
     * @param lostBefore members that were missing then.
     * @return what is wrong.
     */
    String second(Recovery recovery, int lost, boolean isForced, Recovery before, int lostBefore) {
        return switch (recovery.outcome()) {
            case BROKEN -> recovery.message();
            case REFUSED ->
                isForced
                        ? "the start was refused although it was forced: " + recovery.message()
                        : refusal(recovery, lost, true);
            case SERVED -> {
                if (recovery.content() != before.content()) {
                    yield "a crash inside recovery, and other bytes than before: "
                            + difference(before.content(), recovery.content());
                }
                yield recovery.isHealthy() || lost != 0 || lostBefore != 0 ? "" : "degraded though none was missing";
            }
        };
    }

    /**
     * Judge a recovery after a power failure inside the recovery of what a killed process left.
     *
     * @param recovery   that went so.
     * @param lost       members that were missing.
     * @param isForced   whether the start was forced.
     * @param point      at which the process was killed.
     * @param lostBefore members that were missing in the start that the power failure ended.
     * @return what is wrong.
     */
    String afterKill(Recovery recovery, int lost, boolean isForced, Recording.Point point, int lostBefore) {
        return switch (recovery.outcome()) {
            case BROKEN -> recovery.message();
            case REFUSED ->
                isForced
                        ? "the start was refused although it was forced: " + recovery.message()
                        : refusal(recovery, lost, true);
            case SERVED -> {
                String wrong = content(point.promise(), contents.pages(recovery.content()), isForced ? lost : 0);
                if (!wrong.isEmpty() && !wrong.equals(HOLE)) {
                    yield wrong;
                }
                yield recovery.isHealthy() || lost != 0 || lostBefore != 0 ? "" : "degraded though none was missing";
            }
        };
    }

    private String refusal(Recovery recovery, int lost, boolean mayBeDirty) {
        for (int at = 0; at < recovery.events().length; ) {
            if (recovery.events()[at] == TraceLog.WRITE_BEGAN) {
                return "written to, although the start was refused: " + recovery.message();
            }
            at += TraceLog.eventLength(recovery.events(), at);
        }
        boolean mayBe = !site.shape().isJournaled() && lost != 0 && mayBeDirty;
        return mayBe ? "" : "the start was refused: " + recovery.message();
    }

    private String content(Promise promise, int[] pages, int exemptSlots) {
        BitSet broken = promise.broken(pool, pages);
        BitSet exempt = hole(promise, exemptSlots);
        BitSet wrong = (BitSet) broken.clone();
        wrong.andNot(exempt);
        if (!wrong.isEmpty()) {
            return wrong.cardinality() + " units hold what they must not; the first: "
                    + promise.describe(pool, pages, wrong.nextSetBit(0));
        }
        Promise.Atom split = promise.split(pool, pages, exempt);
        if (split != null) {
            return "a request that must be there as a whole or not at all is there in part: " + split;
        }
        return broken.isEmpty() ? "" : HOLE;
    }

    /** Units of missing members in rows of pages where something was in doubt. */
    private BitSet hole(Promise promise, int slots) {
        BitSet exempt = new BitSet();
        ArrayLayout layout = site.layout();
        int unitsInPage = promise.unitsInPage();
        for (int page = 0; slots != 0 && page < site.arrayPageCount(); page++) {
            int next = promise.nextInDoubt(page * unitsInPage);
            if (next < 0 || next >= (page + 1) * unitsInPage) {
                continue;
            }
            long offset = (long) page * PagePool.PAGE_LENGTH;
            for (int index = 0; index < layout.dataCount(); index++) {
                long other = (layout.row(offset) * layout.dataCount() + index) * layout.chunkLength()
                        + layout.offsetInChunk(offset);
                if ((slots >>> layout.slot(other) & 1) != 0) {
                    int first = (int) (other / PagePool.PAGE_LENGTH) * unitsInPage;
                    exempt.set(first, first + unitsInPage);
                }
            }
        }
        return exempt;
    }

    private String difference(int before, int after) {
        int[] was = contents.pages(before);
        int[] is = contents.pages(after);
        for (int page = 0; page < was.length; page++) {
            if (was[page] != is[page]) {
                long offset = (long) page * PagePool.PAGE_LENGTH;
                return "offset=" + offset + " was "
                        + Pattern.describe(pool.bytes(was[page]), 0, PagePool.PAGE_LENGTH, offset) + " and is "
                        + Pattern.describe(pool.bytes(is[page]), 0, PagePool.PAGE_LENGTH, offset);
            }
        }
        return "none";
    }
}
