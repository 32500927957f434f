package io.holdfast.cli.option;

import java.util.OptionalLong;

/** Sizes as people type them: a number and a suffix, K when there is none. */
public final class Sizes {
    private static final int KIB_SECTORS = 2;

    private Sizes() {}

    /**
     * Read a size.
     *
     * @param text digits with a suffix K, M, G or T in powers of 1024, or s for sectors, in either case but for s.
     * @return sectors of 512 bytes, at least 1; empty when the text is something else, or too large to count in bytes.
     */
    public static OptionalLong parseSectors(String text) {
        int end = 0;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        if (end == 0 || end > 19 || text.length() - end > 1) {
            return OptionalLong.empty();
        }
        char suffix = end == text.length() ? 'K' : text.charAt(end);
        long unit =
                switch (suffix) {
                    case 'K', 'k' -> KIB_SECTORS;
                    case 'M', 'm' -> KIB_SECTORS << 10;
                    case 'G', 'g' -> KIB_SECTORS << 20;
                    case 'T', 't' -> (long) KIB_SECTORS << 30;
                    case 's' -> 1;
                    default -> 0;
                };
        if (unit == 0) {
            return OptionalLong.empty();
        }
        long count;
        try {
            count = Long.parseLong(text.substring(0, end));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
        if (count == 0 || count > (Long.MAX_VALUE >>> 9) / unit) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(count * unit);
    }
}
