package io.holdfast.fault.torture;

import io.holdfast.fault.ArrayShape;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.StripeMap;
import java.util.Locale;

/** The rows around a place of an array: which member holds what, and the chunk in question marked. */
final class StripeDrawing {
    private static final int CELL_WIDTH = 92;
    private static final int CELL_HEIGHT = 40;
    private static final int LABEL_WIDTH = 74;
    private static final int TOP = 28;
    private static final int ROWS_AROUND = 2;

    private StripeDrawing() {}

    /**
     * Draw.
     *
     * @param shape  of the array.
     * @param offset in the array, of the damaged byte.
     * @return markup.
     */
    static String of(ArrayShape shape, long offset) {
        ArrayLayout layout = shape.layout();
        long row = layout.row(offset);
        long first = Math.max(0, row - ROWS_AROUND);
        long last = Math.min(layout.rowCount() - 1, row + ROWS_AROUND);
        int width = LABEL_WIDTH + CELL_WIDTH * layout.memberCount() + 12;
        int height = TOP + CELL_HEIGHT * (int) (last - first + 1) + 12;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<div class=\"scroll\"><svg role=\"img\" aria-label=\"stripes\" width=\"%d\" height=\"%d\""
                        + " viewBox=\"0 0 %d %d\">%n",
                width,
                height,
                width,
                height));
        for (int slot = 0; slot < layout.memberCount(); slot++) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<text class=\"soft\" x=\"%d\" y=\"18\" text-anchor=\"middle\">d%d</text>%n",
                    LABEL_WIDTH + CELL_WIDTH * slot + CELL_WIDTH / 2,
                    slot));
        }
        for (long at = first; at <= last; at++) {
            int y = TOP + CELL_HEIGHT * (int) (at - first);
            svg.append(
                    String.format(Locale.ROOT, "<text class=\"soft\" x=\"12\" y=\"%d\">row %d</text>%n", y + 24, at));
            for (int slot = 0; slot < layout.memberCount(); slot++) {
                cell(layout, at, slot, y, offset, svg);
            }
        }
        svg.append("</svg><div class=\"legend\"><span>Byte ")
                .append(offset)
                .append(" of the array lies in row ")
                .append(row)
                .append(", on d")
                .append(layout.slot(offset))
                .append(", ")
                .append(layout.offsetInChunk(offset))
                .append(" bytes into its chunk. D: data, P and Q: parity.</span></div></div>");
        return svg.toString();
    }

    private static void cell(ArrayLayout layout, long row, int slot, int y, long offset, StringBuilder svg) {
        StripeMap stripe = layout.stripe(row);
        int index = stripe.dataIndex(slot);
        boolean isData = index >= 0;
        String label = isData ? "D " + (row * layout.dataCount() + index) : slot == stripe.pSlot() ? "P" : "Q";
        int x = LABEL_WIDTH + CELL_WIDTH * slot;
        svg.append(String.format(
                Locale.ROOT,
                "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>"
                        + "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                isData ? "data" : slot == stripe.pSlot() ? "p" : "q",
                x + 3,
                y + 3,
                CELL_WIDTH - 6,
                CELL_HEIGHT - 6,
                x + CELL_WIDTH / 2,
                y + 25,
                label));
        if (row == layout.row(offset) && slot == layout.slot(offset)) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect class=\"hit\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>%n",
                    x + 3,
                    y + 3,
                    CELL_WIDTH - 6,
                    CELL_HEIGHT - 6));
        }
    }
}
