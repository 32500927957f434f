package io.holdfast.cli;

import java.util.List;

/** The commands that mdadm does not have. */
final class Words {
    private static final List<String> NAMES = List.of("copy-in", "copy-out", "check", "rebuild", "demo", "help");

    private Words() {}

    static boolean isWord(String word) {
        return NAMES.contains(word);
    }

    static List<String> names() {
        return NAMES;
    }

    static int run(String[] args, Session session) {
        session.out().print(HelpText.of(null));
        return Session.OK;
    }
}
