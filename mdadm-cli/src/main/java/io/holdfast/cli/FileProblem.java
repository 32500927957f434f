package io.holdfast.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What is wrong with a file, for people: Java's own messages often hold no more than its name. */
final class FileProblem {
    private FileProblem() {}

    static String describe(IOException e) {
        if (e instanceof FileSystemException problem) {
            String file = problem.getFile();
            if (problem instanceof NoSuchFileException) {
                return "cannot open " + file + ": No such file or directory";
            }
            if (problem instanceof AccessDeniedException) {
                return "cannot open " + file + ": Permission denied";
            }
            if (problem instanceof FileAlreadyExistsException) {
                return file + ": File exists";
            }
            return file + ": " + problem.getReason();
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
