package io.holdfast.cli;

import io.holdfast.cli.option.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import picocli.CommandLine.ParseResult;

/** {@code demo}: the settings of the demonstration, checked, and its folder, made and taken away again. */
final class DemoCommand {
    private static final int SECTOR_LENGTH = 512;

    private final WordOptions options;
    private final Session session;

    DemoCommand(ParseResult words, Session session) {
        this.options = new WordOptions(words, session);
        this.session = session;
    }

    int run() throws IOException {
        int level = level();
        long memberLength = memberLength();
        if (level < 0 || memberLength < 0) {
            return Session.USAGE;
        }
        Path source = Path.of(options.text(
                "--source",
                Path.of(System.getProperty("java.home"), "lib", "modules").toString()));
        if (!Files.isReadable(source)) {
            session.say(source + ": cannot be read; name another file or folder with --source.");
            return Session.FAILED;
        }
        String given = options.text("--dir", null);
        Path folder = given == null ? Files.createTempDirectory("holdfast-demo-") : Path.of(given);
        boolean isOurs = given == null || !Files.exists(folder);
        Files.createDirectories(folder);
        Demo demo = new Demo(session, options, folder, source, level, memberLength);
        boolean isRight = false;
        try {
            isRight = demo.run();
        } finally {
            // What went wrong is worth a look.
            if (options.has("--keep") || !isRight) {
                session.out().println("The files are in " + folder + ".");
            } else {
                demo.removeFiles();
                if (isOurs) {
                    Files.deleteIfExists(folder);
                }
            }
        }
        return isRight ? Session.OK : Session.FAILED;
    }

    private int level() {
        String text = options.text("--level", "5");
        if (text.equals("4") || text.equals("5") || text.equals("6")) {
            return text.charAt(0) - '0';
        }
        session.say("demo: invalid raid level: " + text + "; use 4, 5 or 6.");
        return -1;
    }

    /** Bytes of each member; 0 to fit the source; -1 when it makes no sense. */
    private long memberLength() {
        String text = options.text("--size", null);
        if (text == null) {
            return 0;
        }
        OptionalLong sectors = Sizes.parseSectors(text);
        if (sectors.isEmpty() || sectors.getAsLong() * SECTOR_LENGTH < Demo.SMALLEST_MEMBER_LENGTH) {
            session.say("demo: invalid size: " + text + "; use at least " + (Demo.SMALLEST_MEMBER_LENGTH >> 20) + "M.");
            return -1;
        }
        return sectors.getAsLong() * SECTOR_LENGTH;
    }
}
