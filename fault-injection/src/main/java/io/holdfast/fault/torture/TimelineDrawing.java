package io.holdfast.fault.torture;

import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.torture.StoryEvent.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A history as a drawing: a line for the array and one for each device, a mark for each thing that happened. */
final class TimelineDrawing {
    private static final int LABEL_WIDTH = 74;
    private static final int ROW_HEIGHT = 34;
    private static final int TOP = 30;
    private static final int LEAST_GAP = 13;
    private static final int WIDTH = 1020;
    private static final int MOST_EVENTS = 400;
    private static final int LABEL_SPACING = 110;
    private static final double NS_PER_SECOND = 1e9;
    private static final double NS_PER_MILLI = 1e6;

    private TimelineDrawing() {}

    /**
     * Draw.
     *
     * @param result with its story.
     * @return markup.
     */
    static String of(TortureResult result) {
        ArrayShape shape = result.history().shape();
        List<StoryEvent> events = result.story();
        // What led to the end is what matters.
        events = events.subList(Math.max(0, events.size() - MOST_EVENTS), events.size());
        List<Integer> devices = new ArrayList<>(List.of(StoryEvent.ARRAY));
        for (int slot = 0; slot < shape.memberCount(); slot++) {
            devices.add(slot);
        }
        if (shape.isJournaled()) {
            devices.add(Step.JOURNAL);
        }
        double gap = Math.max(LEAST_GAP, (double) (WIDTH - LABEL_WIDTH - 24) / Math.max(1, events.size()));
        int width = (int) (LABEL_WIDTH + 24 + gap * events.size());
        int height = TOP + ROW_HEIGHT * devices.size() + 10;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<div class=\"scroll\"><svg role=\"img\" aria-label=\"timeline\" width=\"%d\" height=\"%d\""
                        + " viewBox=\"0 0 %d %d\">%n",
                width,
                height,
                width,
                height));
        for (int row = 0; row < devices.size(); row++) {
            int device = devices.get(row);
            int y = y(row);
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"12\" y=\"%d\">%s</text><line class=\"rule\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>%n",
                    y + 4,
                    device == StoryEvent.ARRAY ? "array" : Step.deviceName(device),
                    LABEL_WIDTH,
                    width - 8,
                    y,
                    y));
        }
        int everyNth = (int) Math.ceil(LABEL_SPACING / gap);
        for (int i = 0; i < events.size(); i++) {
            StoryEvent event = events.get(i);
            double x = LABEL_WIDTH + 12 + gap * i + gap / 2;
            if (i % everyNth == 0) {
                svg.append(String.format(
                        Locale.ROOT,
                        "<text class=\"soft\" x=\"%.1f\" y=\"16\" text-anchor=\"middle\">%s</text>%n",
                        x,
                        time(event.elapsedNs())));
            }
            if (event.kind() == Kind.CRASH) {
                svg.append(String.format(
                        Locale.ROOT,
                        "<line class=\"crash\" stroke-dasharray=\"3 3\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\""
                                + " y2=\"%d\"/>%n",
                        x,
                        x,
                        y(0),
                        y(devices.size() - 1) + 8));
            }
            int row = Math.max(0, devices.indexOf(event.device()));
            svg.append(mark(event.kind(), x, y(row), event)).append('\n');
        }
        svg.append("</svg>").append(legend()).append("</div>");
        return svg.toString();
    }

    private static String time(long ns) {
        return ns < NS_PER_SECOND
                ? String.format(Locale.ROOT, "%.2f ms", ns / NS_PER_MILLI)
                : String.format(Locale.ROOT, "%.3f s", ns / NS_PER_SECOND);
    }

    private static int y(int row) {
        return TOP + ROW_HEIGHT / 2 + row * ROW_HEIGHT;
    }

    private static String mark(Kind kind, double x, int y, StoryEvent event) {
        String title = event == null
                ? ""
                : "<title>" + HtmlPage.escape((event.step() < 0 ? "" : "step " + event.step() + ": ") + event.text())
                        + "</title>";
        String shape =
                switch (kind) {
                    case STEP -> "<circle class=\"step\" cx=\"%1$.1f\" cy=\"%2$d\" r=\"2.6\">%3$s</circle>";
                    case FAULT ->
                        "<path class=\"fault\" transform=\"translate(%1$.1f %2$d)\" d=\"M0-7 6 5H-6Z\">%3$s</path>";
                    case CRASH ->
                        "<path class=\"crash\" stroke-width=\"2.4\" transform=\"translate(%1$.1f %2$d)\""
                                + " d=\"M-5-5 5 5M-5 5 5-5\">%3$s</path>";
                    case START -> "<circle class=\"start\" cx=\"%1$.1f\" cy=\"%2$d\" r=\"5\">%3$s</circle>";
                    case JUDGED ->
                        "<path class=\"judged\" stroke-width=\"2.4\" transform=\"translate(%1$.1f %2$d)\""
                                + " d=\"M-6 0-2 5 6-5\">%3$s</path>";
                    case EVENT ->
                        "<rect class=\"event\" x=\"-3\" y=\"-3\" width=\"6\" height=\"6\""
                                + " transform=\"translate(%1$.1f %2$d)\">%3$s</rect>";
                    case FINDING ->
                        "<path class=\"found\" transform=\"translate(%1$.1f %2$d)\" d=\"M0-8 8 0 0 8-8"
                                + " 0Z\">%3$s</path>";
                };
        return String.format(Locale.ROOT, shape, x, y, title);
    }

    private static String legend() {
        StringBuilder legend = new StringBuilder("<div class=\"legend\">");
        for (Kind kind : Kind.values()) {
            legend.append("<span><svg width=\"18\" height=\"18\" viewBox=\"0 0 18 18\">")
                    .append(mark(kind, 9, 9, null))
                    .append("</svg>")
                    .append(kind.title())
                    .append("</span>");
        }
        return legend.append("</div>").toString();
    }
}
