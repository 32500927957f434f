package io.holdfast.fault.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which steps of a history are lived, and of which size: {@code 3,9-12,17:512} is step 3, steps 9 to 12, and step 17 with
 * 512 bytes, or with 512 boundaries until it cuts the power, instead of what it had. Immutable.
 */
public final class StepSelection {
    private static final int DRAWN = 0;

    /** Size by index. */
    private final Map<Integer, Integer> sizes;

    private StepSelection(Map<Integer, Integer> sizes) {
        this.sizes = sizes;
    }

    /**
     * Read a selection.
     *
     * @param text as above.
     * @return the selection.
     * @throws IllegalArgumentException with a sentence that says what cannot be meant.
     */
    public static StepSelection parse(String text) {
        TreeMap<Integer, Integer> sizes = new TreeMap<>();
        for (String item : text.split(",", -1)) {
            int colon = item.indexOf(':');
            int dash = item.indexOf('-');
            try {
                if (colon >= 0) {
                    sizes.put(
                            Integer.parseUnsignedInt(item, 0, colon, 10),
                            Math.max(1, Integer.parseUnsignedInt(item, colon + 1, item.length(), 10)));
                } else if (dash >= 0) {
                    int last = Integer.parseUnsignedInt(item, dash + 1, item.length(), 10);
                    for (int index = Integer.parseUnsignedInt(item, 0, dash, 10); index <= last; index++) {
                        sizes.put(index, DRAWN);
                    }
                } else {
                    sizes.put(Integer.parseUnsignedInt(item), DRAWN);
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "\"" + item + "\" is no step; name steps by number, such as 3,9-12,17:512.");
            }
        }
        return new StepSelection(sizes);
    }

    /** The selection that gives these steps of a history. */
    static StepSelection of(List<Step> kept, List<Step> drawn) {
        TreeMap<Integer, Integer> sizes = new TreeMap<>();
        for (Step step : kept) {
            boolean isChanged = step.size() != drawn.get(step.index()).size();
            sizes.put(step.index(), isChanged ? step.size() : DRAWN);
        }
        return new StepSelection(sizes);
    }

    List<Step> select(List<Step> drawn) {
        List<Step> kept = new ArrayList<>();
        for (Map.Entry<Integer, Integer> entry : sizes.entrySet()) {
            if (entry.getKey() < drawn.size()) {
                Step step = drawn.get(entry.getKey());
                boolean isShorter = entry.getValue() != DRAWN && entry.getValue() < step.size();
                kept.add(isShorter ? step.withSize(entry.getValue()) : step);
            }
        }
        return kept;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        int first = -1;
        int last = -1;
        for (Map.Entry<Integer, Integer> entry : sizes.entrySet()) {
            int index = entry.getKey();
            boolean isPlain = entry.getValue() == DRAWN;
            if (isPlain && first >= 0 && index == last + 1) {
                last = index;
                continue;
            }
            appendRun(text, first, last);
            first = isPlain ? index : -1;
            last = index;
            if (!isPlain) {
                separate(text).append(index).append(':').append(entry.getValue());
            }
        }
        appendRun(text, first, last);
        return text.toString();
    }

    private static void appendRun(StringBuilder text, int first, int last) {
        if (first >= 0) {
            separate(text).append(first);
            if (last > first) {
                text.append(last == first + 1 ? ',' : '-').append(last);
            }
        }
    }

    private static StringBuilder separate(StringBuilder text) {
        return text.length() == 0 ? text : text.append(',');
    }
}
