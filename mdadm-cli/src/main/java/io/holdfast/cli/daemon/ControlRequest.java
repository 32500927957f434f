package io.holdfast.cli.daemon;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is asked of a daemon: a verb and its arguments. On the wire one JSON object on one line, of which {@code verb} is a
 * member: {@code {"verb": "stop", "force": true}}. What comes from a socket is believed only as far as its types go.
 */
public final class ControlRequest {
    private static final String VERB = "verb";

    private final Map<String, Object> members;

    private ControlRequest(Map<String, Object> members) {
        this.members = members;
    }

    /**
     * A request to be filled in.
     *
     * @param verb what is asked.
     * @return the request.
     */
    public static ControlRequest of(String verb) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put(VERB, verb);
        return new ControlRequest(members);
    }

    /**
     * Take a line apart.
     *
     * @param line from a client.
     * @return the request.
     * @throws DaemonException when it is none.
     */
    static ControlRequest parse(String line) {
        Map<String, Object> members;
        try {
            members = JSON.std.mapFrom(line);
        } catch (IOException | RuntimeException e) {
            throw new DaemonException("a request is one JSON object on one line, and this is not: " + firstLine(e));
        }
        if (members == null) {
            throw new DaemonException("a request is one JSON object on one line, and this is null");
        }
        ControlRequest request = new ControlRequest(members);
        request.verb();
        return request;
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /**
     * Add an argument.
     *
     * @param name  of the argument.
     * @param value a text, a flag, a whole number or a list of texts.
     * @return this.
     */
    public ControlRequest with(String name, Object value) {
        members.put(name, value);
        return this;
    }

    /** What is asked. */
    public String verb() {
        return text(VERB);
    }

    /**
     * An argument that must be there.
     *
     * @param name of the argument.
     * @return its text.
     * @throws DaemonException when it is missing or no text.
     */
    public String text(String name) {
        if (members.get(name) instanceof String text) {
            return text;
        }
        throw new DaemonException("a request needs a text \"" + name + "\"");
    }

    /**
     * An argument that may be missing.
     *
     * @param name      of the argument.
     * @param otherwise what it is then.
     * @return its text.
     */
    public String text(String name, String otherwise) {
        return members.get(name) == null ? otherwise : text(name);
    }

    /**
     * A flag; missing is false.
     *
     * @param name of the argument.
     * @return whether it is set.
     */
    public boolean flag(String name) {
        Object value = members.get(name);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw new DaemonException("\"" + name + "\" of a request is true or false");
    }

    /**
     * A list of texts; missing is empty.
     *
     * @param name of the argument.
     * @return the texts.
     */
    public List<String> texts(String name) {
        Object value = members.get(name);
        if (value == null) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object element : list) {
                if (!(element instanceof String text)) {
                    throw new DaemonException("\"" + name + "\" of a request is a list of texts");
                }
                texts.add(text);
            }
            return texts;
        }
        throw new DaemonException("\"" + name + "\" of a request is a list of texts");
    }

    /** The line for the wire, without its end. */
    String line() {
        try {
            return JSON.std.asString(members);
        } catch (IOException e) {
            throw new IllegalStateException("texts, flags and numbers are JSON: " + members, e);
        }
    }

    @Override
    public String toString() {
        return line();
    }
}
