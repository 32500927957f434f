package io.holdfast.cli.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Where the daemons of running arrays keep what others find them by. For an array {@code md0}:
 *
 * <ul>
 *   <li>{@code md0.ctl}: the control socket;
 *   <li>{@code md0.nbd}: the NBD socket;
 *   <li>{@code md0.lock}: locked as long as the daemon lives, however it dies; holds its process id;
 *   <li>{@code md0.log}: what a daemon in the background has to say.
 * </ul>
 *
 * <p>Immutable.
 */
public final class RunFolder {
    /** Names the folder. */
    public static final String VARIABLE = "HOLDFAST_RUN_DIR";

    /** Names the folder for what is to outlive a boot. */
    public static final String STATE_VARIABLE = "HOLDFAST_STATE_DIR";

    private static final String CONTROL_SUFFIX = ".ctl";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+:-]{0,63}");
    /** Longest path of a unix socket in bytes: what the kernel's address has room for. */
    private static final int SOCKET_PATH_LIMIT = 107;

    private final Path path;
    private final String origin;
    private final Path state;

    private RunFolder(Path path, String origin, Path state) {
        this.path = path;
        this.origin = origin;
        this.state = state;
    }

    /**
     * The folder that the environment names.
     *
     * @param environment gives a variable's value, or null.
     * @return the folder, which need not be there.
     */
    public static RunFolder of(UnaryOperator<String> environment) {
        Path state = state(environment);
        String own = environment.apply(VARIABLE);
        if (own != null && !own.isEmpty()) {
            return new RunFolder(Path.of(own).toAbsolutePath().normalize(), "$" + VARIABLE, state);
        }
        String session = environment.apply("XDG_RUNTIME_DIR");
        if (session != null && !session.isEmpty()) {
            return new RunFolder(Path.of(session).toAbsolutePath().resolve("holdfast"), "$XDG_RUNTIME_DIR", state);
        }
        return new RunFolder(Path.of("/run/holdfast"), "the default", state);
    }

    private static Path state(UnaryOperator<String> environment) {
        String own = environment.apply(STATE_VARIABLE);
        if (own != null && !own.isEmpty()) {
            return Path.of(own).toAbsolutePath().normalize();
        }
        String home = environment.apply("XDG_STATE_HOME");
        return home != null && !home.isEmpty()
                ? Path.of(home).toAbsolutePath().resolve("holdfast")
                : Path.of("/var/lib/holdfast");
    }

    /** The folder itself. */
    public Path path() {
        return path;
    }

    /**
     * What an array is called here: {@code md0}, {@code /dev/md0} and {@code /dev/md/md0} are one.
     *
     * @param word as typed.
     * @return the name; empty when this cannot be the name of an array.
     */
    public static Optional<String> nameOf(String word) {
        String name = word;
        for (String prefix : List.of("/dev/md/", "/dev/")) {
            if (word.startsWith(prefix)) {
                name = word.substring(prefix.length());
                break;
            }
        }
        return NAME.matcher(name).matches() ? Optional.of(name) : Optional.empty();
    }

    /**
     * As {@link #nameOf}, for an array that is about to be started.
     *
     * @param word as typed.
     * @return the name.
     * @throws DaemonException when an array cannot be called so.
     */
    public static String requireName(String word) {
        return nameOf(word)
                .orElseThrow(() -> new DaemonException(
                        word + ": an array cannot be called so; use letters, digits, and _ . + : - behind the first,"
                                + " 64 at most.",
                        2));
    }

    /** The control socket of an array. */
    public Path control(String name) {
        return path.resolve(name + CONTROL_SUFFIX);
    }

    /** The NBD socket of an array. */
    public Path nbd(String name) {
        return path.resolve(name + ".nbd");
    }

    /** The file that is locked while an array's daemon lives. */
    public Path lock(String name) {
        return path.resolve(name + ".lock");
    }

    /** What an array's daemon has to say when it runs in the background. */
    public Path log(String name) {
        return path.resolve(name + ".log");
    }

    /**
     * What is known of the checks of an array: in {@code $HOLDFAST_STATE_DIR}, else {@code $XDG_STATE_HOME/holdfast}, else
     * {@code /var/lib/holdfast}, since it is to outlive a boot.
     *
     * @param uuid of the array, in mdadm's form.
     * @return a file, which need not be there.
     */
    Path scrubs(String uuid) {
        return state.resolve(uuid.replace(':', '-') + ".scrub");
    }

    /**
     * Whether somebody started an array of this name and did not stop it; its daemon may be dead.
     *
     * @param name of the array.
     * @return true when there is a control socket.
     */
    public boolean isKnown(String name) {
        return Files.exists(control(name));
    }

    /**
     * All arrays that are {@linkplain #isKnown known}.
     *
     * @return names, sorted; none where there is no folder, or it cannot be read.
     */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> sockets = Files.newDirectoryStream(path, "*" + CONTROL_SUFFIX)) {
            for (Path socket : sockets) {
                String file = socket.getFileName().toString();
                String name = file.substring(0, file.length() - CONTROL_SUFFIX.length());
                if (NAME.matcher(name).matches()) {
                    names.add(name);
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        Collections.sort(names);
        return names;
    }

    /**
     * Make the folder, for its owner alone, unless it is there.
     *
     * @param name of the array that is to be started.
     * @throws DaemonException when it cannot be had or written to, or a socket's path would be too long.
     */
    public void prepare(String name) {
        int length = control(name).toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > SOCKET_PATH_LIMIT) {
            throw new DaemonException(control(name) + ": the kernel allows " + SOCKET_PATH_LIMIT
                    + " bytes for the path of a socket, and this" + " has " + length + "; set " + VARIABLE
                    + " to a folder with a shorter path.");
        }
        try {
            if (Files.isDirectory(path)) {
                checkWritable();
                return;
            }
            if (path.getParent() != null) {
                Files.createDirectories(path.getParent());
            }
            Set<PosixFilePermission> ownersAlone = PosixFilePermissions.fromString("rwx------");
            Files.createDirectory(path, PosixFilePermissions.asFileAttribute(ownersAlone));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(path)) {
                throw refused(e.getFile() + " is no folder");
            }
        } catch (AccessDeniedException e) {
            throw refused("Permission denied");
        } catch (FileSystemException e) {
            throw refused(e.getReason() == null ? e.toString() : e.getReason());
        } catch (IOException e) {
            throw refused(e.toString());
        }
    }

    private void checkWritable() {
        if (!Files.isWritable(path)) {
            throw refused("it cannot be written to");
        }
    }

    private DaemonException refused(String reason) {
        return new DaemonException("cannot use the run folder " + path + ", from " + origin + ": " + reason + "; set "
                + VARIABLE + " to a folder that you may write to.");
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
