package io.holdfast.cli;

import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.daemon.RunFolder;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Tells a running array's name from a device's among the words of a command. */
final class RunningArray {
    private RunningArray() {}

    /**
     * The array that a command means which works on devices as well.
     *
     * @param words   that it was given.
     * @param session of the command.
     * @return its name, when one word was given that names an array that runs, or that is no file and might; else empty.
     */
    static Optional<String> find(List<String> words, Session session) {
        if (words.size() != 1) {
            return Optional.empty();
        }
        String word = words.get(0);
        Optional<String> name = RunFolder.nameOf(word);
        boolean isMeant = name.isPresent() && (session.runFolder().isKnown(name.get()) || !exists(word));
        return isMeant ? name : Optional.empty();
    }

    private static boolean exists(String word) {
        try {
            return Files.exists(Path.of(word));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /**
     * The array that a command means which works on arrays only.
     *
     * @param word    that it was given.
     * @param session of the command.
     * @return its name.
     * @throws DaemonException when this cannot be one.
     */
    static String name(String word, Session session) {
        return RunFolder.nameOf(word)
                .orElseThrow(() -> new DaemonException("no array " + word + " is running (run folder "
                        + session.runFolder() + "): a running array is known by a name such as md0."));
    }
}
