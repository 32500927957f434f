package io.holdfast.cli.report;

import java.io.PrintStream;

/**
 * Writes one JSON document, indented, as it is told. Small enough to cost nothing at start; names and nesting are the
 * caller's business.
 */
public final class JsonWriter {
    private static final String HEX = "0123456789abcdef";

    private final StringBuilder text = new StringBuilder(512);
    private int depth;
    private boolean isFirst = true;

    /** Begin an object as the next element or document. */
    public JsonWriter beginObject() {
        separate();
        return open('{');
    }

    /**
     * Begin an object as a member of the one around it.
     *
     * @param name of the member.
     */
    public JsonWriter beginObject(String name) {
        name(name);
        return open('{');
    }

    /** End the object begun last. */
    public JsonWriter endObject() {
        return close('}');
    }

    /** Begin an array as the next element or document. */
    public JsonWriter beginArray() {
        separate();
        return open('[');
    }

    /**
     * Begin an array as a member of the object around it.
     *
     * @param name of the member.
     */
    public JsonWriter beginArray(String name) {
        name(name);
        return open('[');
    }

    /** End the array begun last. */
    public JsonWriter endArray() {
        return close(']');
    }

    /**
     * A member that is a text.
     *
     * @param name  of the member.
     * @param value null for JSON's null.
     */
    public JsonWriter member(String name, String value) {
        name(name);
        string(value);
        return this;
    }

    /**
     * A member that is a whole number.
     *
     * @param name  of the member.
     * @param value to write.
     */
    public JsonWriter member(String name, long value) {
        name(name);
        text.append(value);
        return this;
    }

    /**
     * A member that is true or false.
     *
     * @param name  of the member.
     * @param value to write.
     */
    public JsonWriter member(String name, boolean value) {
        name(name);
        text.append(value);
        return this;
    }

    /**
     * A member that has no value.
     *
     * @param name of the member.
     */
    public JsonWriter nullMember(String name) {
        return member(name, (String) null);
    }

    /**
     * An element that is a text.
     *
     * @param value null for JSON's null.
     */
    public JsonWriter element(String value) {
        separate();
        string(value);
        return this;
    }

    /**
     * An element that is a whole number.
     *
     * @param value to write.
     */
    public JsonWriter element(long value) {
        separate();
        text.append(value);
        return this;
    }

    /**
     * Print what there is of the document, and forget it: for documents of any length.
     *
     * @param target to print to.
     */
    public void drainTo(PrintStream target) {
        target.append(text);
        text.setLength(0);
    }

    /** The document, or what was not {@linkplain #drainTo drained} of it, with a line end. */
    @Override
    public String toString() {
        return text + "\n";
    }

    private JsonWriter open(char bracket) {
        text.append(bracket);
        depth++;
        isFirst = true;
        return this;
    }

    private JsonWriter close(char bracket) {
        depth--;
        if (!isFirst) {
            newLine();
        }
        text.append(bracket);
        isFirst = false;
        return this;
    }

    private void name(String name) {
        separate();
        string(name);
        text.append(": ");
    }

    private void separate() {
        if (!isFirst) {
            text.append(',');
        }
        isFirst = false;
        if (depth > 0) {
            newLine();
        }
    }

    private void newLine() {
        text.append('\n').append("  ".repeat(depth));
    }

    private void string(String value) {
        if (value == null) {
            text.append("null");
            return;
        }
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                default -> {
                    // Control characters must be escaped; half a surrogate pair could not be encoded.
                    if (c < 0x20 || c == 0x7f || (Character.isSurrogate(c) && !isPaired(value, i))) {
                        text.append("\\u").append(HEX.charAt(c >> 12)).append(HEX.charAt(c >> 8 & 0xf));
                        text.append(HEX.charAt(c >> 4 & 0xf)).append(HEX.charAt(c & 0xf));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }

    private static boolean isPaired(String value, int index) {
        return Character.isHighSurrogate(value.charAt(index))
                ? index + 1 < value.length() && Character.isLowSurrogate(value.charAt(index + 1))
                : index > 0 && Character.isHighSurrogate(value.charAt(index - 1));
    }
}
