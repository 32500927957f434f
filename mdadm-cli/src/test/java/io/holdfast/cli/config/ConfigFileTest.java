package io.holdfast.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cli.option.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
    @TempDir
    Path folder;

    @Test
    void shouldReadMdadmsLanguage() {
        ConfigFile file = ConfigFile.parse("""
                # a comment
                DEVICE /dev/sd* "/images/with blank/*.img"   # and another
                dev partitions
                ARRAY /dev/md0 UUID=5c74ea3c:6d18188e:dbe10805:6a2e87d6 name=vm:0
                   spares=2 spare-group='shared ones'
                \tdevices=/dev/a,/dev/b
                ARRAY <ignore> name=other
                ARRAY /dev/md9 level=5
                MAILADDR root@example.org
                PROG /usr/sbin/handle it
                FROBNICATE yes
                """);

        assertEquals(List.of("/dev/sd*", "/images/with blank/*.img", "partitions"), file.devicePatterns());
        assertEquals(2, file.arrays().size());
        ArrayLine first = file.arrays().get(0);
        assertEquals("/dev/md0", first.word());
        assertEquals(2, first.spareCount());
        assertEquals("shared ones", first.spareGroup());
        assertEquals(List.of("/dev/a", "/dev/b"), first.devicePatterns());
        assertFalse(first.isIgnored());
        assertTrue(file.arrays().get(1).isIgnored());
        assertEquals(Optional.of("root@example.org"), file.setting("mailaddr"));
        assertEquals(Optional.of("/usr/sbin/handle it"), file.setting("program"));
        assertEquals(Optional.empty(), file.setting("mailfrom"));
        assertEquals(
                List.of("ARRAY line /dev/md9 has no identity information.", "Unknown keyword FROBNICATE"),
                file.warnings());
    }

    @Test
    void shouldReadNothingIntoNothing() {
        ConfigFile file = ConfigFile.parse("\n  \n#\n\t# x\n");

        assertEquals(List.of(), file.devicePatterns());
        assertEquals(List.of(), file.arrays());
        assertEquals(List.of(), file.warnings());
    }

    @Test
    void shouldSayWhichFileCannotBeRead() throws IOException {
        Path absent = folder.resolve("absent");

        assertEquals(
                "cannot read the configuration file " + absent + ": No such file or directory",
                assertThrows(UsageException.class, () -> ConfigFile.read(absent))
                        .getMessage());
        Path large = Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);
        assertThrows(UsageException.class, () -> ConfigFile.read(large));
    }

    @Test
    void shouldExpandPatternsAsAShellDoes() throws IOException {
        for (String name : List.of("a/x1.img", "a/x2.img", "b/x1.img", "b/.x3.img", "b/y.txt", "b/{z}.img")) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.createFile(folder.resolve(name));
        }

        assertEquals(paths("a/x1.img", "a/x2.img", "b/x1.img"), PathPattern.expand(folder + "/*/x[12].im?"));
        assertEquals(paths("b/.x3.img"), PathPattern.expand(folder + "/b/.x*"));
        assertEquals(paths("b/{z}.img"), PathPattern.expand(folder + "/b/{*"));
        assertEquals(paths("b/y.txt"), PathPattern.expand(folder + "//b/y.txt"));
        assertEquals(List.of(), PathPattern.expand(folder + "/b/absent"));
        assertEquals(List.of(), PathPattern.expand(folder + "/b/[a"));
        assertEquals(List.of(), PathPattern.expand(folder + "/*"));
        assertTrue(PathPattern.fits("/dev/sd?", "/dev/sdb"));
        assertFalse(PathPattern.fits("/dev/sd?", "/dev/sdb1"));
        assertFalse(PathPattern.fits("/dev/[", "/dev/sdb1"));
    }

    private List<String> paths(String... names) {
        return List.of(names).stream()
                .map(name -> folder.resolve(name).toString())
                .toList();
    }
}
