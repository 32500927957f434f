package io.holdfast.cli.option;

import java.util.Collection;

/** The known word that a misspelt one most likely stands for. */
public final class Suggestion {
    private Suggestion() {}

    /**
     * End a message with a suggestion, where there is a good one.
     *
     * @param typed  what was typed, without dashes.
     * @param known  the words that would have been right.
     * @param prefix put before the suggestion, such as the dashes.
     * @return "; did you mean X?" or nothing.
     */
    public static String of(String typed, Collection<String> known, String prefix) {
        int allowance = Math.max(1, typed.length() / 3);
        int bestDistance = allowance + 1;
        String best = null;
        for (String word : known) {
            int distance = distance(typed, word);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = word;
            }
        }
        return best == null ? "" : "; did you mean " + prefix + best + "?";
    }

    /** How many letters must be put in, left out, changed or swapped with their neighbour to make one word of the other. */
    static int distance(String from, String to) {
        int[] beforeLast = new int[to.length() + 1];
        int[] last = new int[to.length() + 1];
        int[] current = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                current[j] = Math.min(Math.min(last[j], current[j - 1]) + 1, last[j - 1] + change);
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    current[j] = Math.min(current[j], beforeLast[j - 2] + 1);
                }
            }
            int[] spare = beforeLast;
            beforeLast = last;
            last = current;
            current = spare;
        }
        return last[to.length()];
    }
}
