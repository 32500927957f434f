package io.holdfast.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cli.Holdfast;
import io.holdfast.raid.GoldenArray;
import io.holdfast.raid.GoldenArrays;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What our command says about superblocks that Linux wrote is what mdadm says about them, line for line. */
@Tag("interop")
@Timeout(120)
class ExamineTest {
    @TempDir
    Path directory;

    static Stream<String> all() {
        return GoldenArrays.names().stream();
    }

    @BeforeEach
    void requireMdadm() {
        Guest.require();
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldSayWhatMdadmSays(String name) throws IOException {
        GoldenArray golden = GoldenArrays.load(name);
        List<String> files =
                golden.unpack(directory).values().stream().map(Path::toString).toList();
        for (List<String> options :
                List.of(List.of("--examine"), List.of("--examine", "--brief"), List.of("--examine", "--export"))) {
            for (String file : files) {
                List<String> arguments = new ArrayList<>(options);
                arguments.add(file);
                String theirs = mdadm(arguments);
                assertTrue(!theirs.isBlank(), arguments::toString);
                assertEquals(theirs, ours(arguments), arguments::toString);
            }
        }
        // Not --examine-bitmap: mdadm takes a regular file for a bitmap kept in a file, not for a member.
        if (name.startsWith("badblocks-")) {
            for (String file : files) {
                List<String> arguments = List.of("--examine-badblocks", file);
                assertEquals(mdadm(arguments), ours(arguments));
            }
        }
    }

    private static String mdadm(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("/usr/sbin/mdadm"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String ours(List<String> arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Holdfast.run(
                arguments.toArray(String[]::new),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                InputStream.nullInputStream());
        return out.toString(StandardCharsets.UTF_8);
    }
}
