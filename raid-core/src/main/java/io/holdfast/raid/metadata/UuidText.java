package io.holdfast.raid.metadata;

import java.util.Optional;

/** The 16 bytes of a uuid as mdadm writes them: four groups of eight hexadecimal digits joined by colons, in byte order. */
public final class UuidText {
    private static final String DIGITS = "0123456789abcdef";

    private UuidText() {}

    /**
     * The text of a uuid.
     *
     * @param uuid 16 bytes.
     * @return 35 characters.
     */
    public static String format(byte[] uuid) {
        if (uuid.length != SuperblockDescriptor.UUID_LENGTH) {
            throw new IllegalArgumentException("a uuid has 16 bytes: length=" + uuid.length);
        }
        StringBuilder text = new StringBuilder(35);
        for (int i = 0; i < uuid.length; i++) {
            if (i > 0 && i % 4 == 0) {
                text.append(':');
            }
            text.append(DIGITS.charAt((uuid[i] >> 4) & 0xf)).append(DIGITS.charAt(uuid[i] & 0xf));
        }
        return text.toString();
    }

    /**
     * The uuid of a text: 32 hexadecimal digits in either case, with any of {@code : . -} and blanks between them.
     *
     * @param text as a person typed it.
     * @return 16 bytes, or empty when the text is something else.
     */
    public static Optional<byte[]> parse(String text) {
        byte[] uuid = new byte[SuperblockDescriptor.UUID_LENGTH];
        int digitCount = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ':' || c == '.' || c == '-' || c == ' ') {
                continue;
            }
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0 || digitCount == 2 * uuid.length) {
                return Optional.empty();
            }
            uuid[digitCount / 2] = (byte) (uuid[digitCount / 2] << 4 | digit);
            digitCount++;
        }
        return digitCount == 2 * uuid.length ? Optional.of(uuid) : Optional.empty();
    }
}
