package io.holdfast.fault.exhaustive;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What whole arrays were read to hold, each kept once and known by a number: equal contents have the same number. */
final class ContentTable {
    private final List<int[]> contents = new ArrayList<>();
    private final Map<Key, Integer> numbers = new HashMap<>();

    private static final class Key {
        private final int[] pages;

        private Key(int[] pages) {
            this.pages = pages;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && Arrays.equals(pages, key.pages);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(pages);
        }
    }

    /** The number of a content, given by the number of each of the array's pages. */
    int intern(int[] pages) {
        Integer known = numbers.putIfAbsent(new Key(pages), contents.size());
        if (known != null) {
            return known;
        }
        contents.add(pages);
        return contents.size() - 1;
    }

    /** By page of the array, what it holds. */
    int[] pages(int number) {
        return contents.get(number);
    }

    /** How many there are. */
    int size() {
        return contents.size();
    }
}
