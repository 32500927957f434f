package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.ArrayImages;
import io.holdfast.raid.ArrayImages.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JournalChangeCommandTest {
    private static final long SEED = 11;
    private static final long JOURNAL_LENGTH = 4 << 20;

    @TempDir
    Path folder;

    private List<String> members;
    private String journal;
    private byte[] content;

    /** An array of three members, filled, with a journal on j or without one. */
    private void makeArray(boolean hasJournal) throws IOException {
        members = CommandRun.makeFiles(folder, 3, 9 << 20);
        journal = fresh("j");
        CommandRun run = CommandRun.of(
                "--create md0 --no-start --level=5 --raid-devices=3 --chunk=64 --assume-clean"
                        + (hasJournal ? " --write-journal=" + journal : ""),
                members);
        assertEquals(0, run.exitCode(), run.err());
        content = new byte[3 << 20];
        new Random(SEED).nextBytes(content);
        Path image = folder.resolve("image");
        Files.write(image, content);
        CommandRun in = run("copy-in " + image, hasJournal ? with(journal) : members);
        assertEquals(0, in.exitCode(), in.err());
    }

    private String fresh(String name) throws IOException {
        return CommandRun.makeFile(folder, name, JOURNAL_LENGTH);
    }

    private List<String> with(String... more) {
        List<String> all = new ArrayList<>(members);
        all.addAll(Arrays.asList(more));
        return all;
    }

    private static CommandRun run(String words, List<String> devices) {
        return CommandRun.of(words, devices);
    }

    private void assertHolds(List<String> devices) {
        CommandRun out = run("copy-out -", devices);
        assertEquals(0, out.exitCode(), out.err());
        assertArrayEquals(content, Arrays.copyOf(out.outBytes(), content.length));
        assertEquals(0, run("check -q", devices).exitCode());
    }

    private static String detail(List<String> devices) {
        return run("--detail", devices).out();
    }

    @Test
    void shouldGiveAJournalToAnArrayThatHasNone() throws IOException {
        makeArray(false);

        CommandRun run = run("journal add " + journal, members);

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("Journal now:  none\nJournal then: " + journal + "\n"), run.out());
        assertTrue(run.out().endsWith("The array's journal is on " + journal + " now.\n"), run.out());
        assertTrue(detail(with(journal)).contains("Consistency Policy : journal\n"), detail(with(journal)));
        assertHolds(with(journal));
        assertEquals(1, run("copy-in " + folder.resolve("image"), members).exitCode());
    }

    @Test
    void shouldGiveAJournalOfTwoCopies() throws IOException {
        makeArray(false);
        String other = fresh("j2");

        CommandRun run = run("journal add " + journal + "," + other, members);

        assertEquals(0, run.exitCode(), run.err());
        assertHolds(with(journal, other));
        assertEquals(
                0, run("copy-in --run " + folder.resolve("image"), with(other)).exitCode());
        assertHolds(with(other));
    }

    @Test
    void shouldAddACopy() throws IOException {
        makeArray(true);
        String other = fresh("j2");

        CommandRun run = run("journal add-copy " + other, with(journal));

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().endsWith("The array's journal is on " + journal + ", " + other + " now.\n"), run.out());
        assertHolds(with(journal, other));
        assertHolds(with(other));
    }

    @Test
    void shouldRefuseACopyThatIsSmallerThanTheLogAndKeepTheJournal() throws IOException {
        makeArray(true);
        String small = CommandRun.makeFile(folder, "small", JOURNAL_LENGTH - (1 << 20));

        CommandRun run = run("journal add-copy " + small, with(journal));

        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains(small + ": too small"), run.err());
        assertHolds(with(journal));
    }

    @Test
    void shouldRefuseAFifthCopy() throws IOException {
        makeArray(false);
        String copies = String.join(",", journal, fresh("j2"), fresh("j3"), fresh("j4"));
        assertEquals(0, run("journal add " + copies, members).exitCode());

        CommandRun run = run("journal add-copy " + fresh("j5"), with(copies.split(",")));

        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("the journal has 4 copies, and there can be no more."), run.err());
    }

    @Test
    void shouldReplaceAJournal() throws IOException {
        makeArray(true);
        String other = fresh("j2");

        CommandRun run = run("journal replace " + other, with(journal));

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("Journal now:  " + journal + "\nJournal then: " + other + "\n"), run.out());
        assertTrue(run.out().contains(journal + " is free: 'holdfast --zero-superblock " + journal), run.out());
        assertHolds(with(other));
        assertEquals(1, run("copy-in " + folder.resolve("image"), with(journal)).exitCode());
    }

    @Test
    void shouldRemoveAJournal() throws IOException {
        makeArray(true);

        CommandRun run = run("journal remove", with(journal));

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("The array has no journal now.\n"), run.out());
        assertTrue(detail(members).contains("Consistency Policy : resync\n"), detail(members));
        assertHolds(members);
    }

    @ParameterizedTest
    @ValueSource(strings = {"journal-raid5-powerloss", "writeback-raid5-killed"})
    void shouldBringALogOfLinuxToTheMembersBeforeItIsLetGo(String golden) throws IOException {
        List<String> files = new ArrayList<>();
        String log = null;
        for (Image image : ArrayImages.golden(List.of(golden), 0, 0).all()) {
            Path file = folder.resolve(image.name());
            Files.write(file, image.bytes());
            files.add(file.toString());
            if (CommandRun.of("--examine", file.toString()).out().contains("Device Role : Journal")) {
                log = file.toString();
            }
        }
        byte[] before = run("copy-out -", files).outBytes();

        CommandRun run = run("journal remove", files);

        assertEquals(0, run.exitCode(), run.err());
        files.remove(log);
        assertArrayEquals(before, run("copy-out -", files).outBytes());
        assertEquals(0, run("check -q", files).exitCode());
    }

    @Test
    void shouldChangeTheJournalOfAnArrayThatIsDegraded() throws IOException {
        makeArray(true);
        String other = fresh("j2");
        members.remove(1);

        CommandRun refused = run("journal replace " + other, with(journal));
        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("--run"), refused.err());

        assertEquals(0, run("journal replace --run " + other, with(journal)).exitCode());
        CommandRun out = run("copy-out -", with(other));
        assertArrayEquals(content, Arrays.copyOf(out.outBytes(), content.length));
    }

    @Test
    void shouldGiveUpALostJournalOnlyWhenForced() throws IOException {
        makeArray(true);
        String other = fresh("j2");

        CommandRun refused = run("journal replace " + other, members);
        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("--force gives it up, with what only it held."), refused.err());

        CommandRun asked = run("journal replace --force " + other, members);
        assertEquals(1, asked.exitCode());
        assertTrue(asked.out().contains("Journal now:  lost\n"), asked.out());
        assertTrue(asked.out().contains("Its log:      given up, with what only it holds;"), asked.out());
        assertTrue(asked.err().contains("The journal is given up"), asked.err());
        assertTrue(asked.err().endsWith("journal replace aborted; nothing was written.\n"), asked.err());
        assertEquals(1, run("check -q", members).exitCode());

        CommandRun replaced = CommandRun.answering("y\n", "journal replace --force " + other, members);
        assertEquals(0, replaced.exitCode(), replaced.err());
        assertHolds(with(other));
    }

    @Test
    void shouldSayHowAnArrayComesToAJournalAgainWhenItsOwnIsLost() throws IOException {
        makeArray(true);

        for (String words : List.of("copy-in ", "copy-in --force ")) {
            CommandRun run = run(words + folder.resolve("image"), members);

            assertEquals(1, run.exitCode());
            assertTrue(run.err().contains("'holdfast journal replace --force' gives it up"), run.err());
        }
        assertEquals(0, run("copy-out --force -", members).exitCode());
    }

    @Test
    void shouldGoOnWithoutALostJournalWhenForced() throws IOException {
        makeArray(true);

        CommandRun run = run("journal remove --force --yes", members);

        assertEquals(0, run.exitCode(), run.err());
        assertHolds(members);
    }

    @Test
    void shouldNotAddACopyToALostJournal() throws IOException {
        makeArray(true);

        CommandRun run = run("journal add-copy --force --yes " + fresh("j2"), members);

        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("'holdfast journal replace --force' gives it up"), run.err());
    }

    @Test
    void shouldOnlySayWhatItWouldDoInADryRun() throws IOException {
        makeArray(true);
        String other = fresh("j2");
        byte[] before = Files.readAllBytes(Path.of(journal));

        CommandRun run = run("journal replace --dry-run " + other, with(journal));

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("Journal then: " + other + "\n"), run.out());
        CommandRun json = run("journal replace --dry-run --json " + other, with(journal));
        assertTrue(json.out().contains("\"done\": false,\n  \"givenUp\": false,\n"), json.out());
        assertArrayEquals(before, Files.readAllBytes(Path.of(journal)));
        assertArrayEquals(new byte[(int) JOURNAL_LENGTH], Files.readAllBytes(Path.of(other)));
    }

    @Test
    void shouldAskAboutWhatTheNewDeviceHolds() throws IOException {
        makeArray(false);
        CommandRun.put(journal, 0, new byte[] {'X', 'F', 'S', 'B'});

        CommandRun refused = run("journal add " + journal, members);

        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains(journal + " appears to contain an xfs file system\n"), refused.err());
        assertTrue(detail(members).contains("Consistency Policy : resync\n"));
        assertEquals(0, run("journal add --yes " + journal, members).exitCode());
    }

    @Test
    void shouldAskBeforeAMemberThatWasForgottenBecomesTheJournal() throws IOException {
        makeArray(false);
        String member = members.remove(0);

        CommandRun run = run("journal add --force " + member, members);

        assertEquals(1, run.exitCode());
        members.add(member);
        assertHolds(members);
    }

    @Test
    void shouldRefuseADeviceThatIsTooSmallAndKeepTheOldJournal() throws IOException {
        makeArray(true);
        String small = CommandRun.makeFile(folder, "small", (1 << 20) + (256 << 10));

        CommandRun run = run("journal replace " + small, with(journal));

        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains(small + ": too small to be the journal of this array"), run.err());
        assertHolds(with(journal));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "add j2 | true | the array has a journal, ",
                "add-copy j2 | false | the array has no journal; 'holdfast journal add' gives it one.",
                "replace j2 | false | the array has no journal; 'holdfast journal add' gives it one.",
                "remove | false | the array has no journal.",
                "add d0 | false | is listed twice",
                "add absent | false | cannot open absent: No such file or directory",
            })
    void shouldRefuseWhatMakesNoSense(String words, boolean hasJournal, String message) throws IOException {
        makeArray(hasJournal);
        String typed = words.replace("j2", fresh("j2")).replace("d0", members.get(0));

        CommandRun run = run("journal " + typed, hasJournal ? with(journal) : members);

        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains(message), run.err());
        assertFalse(run.err().contains("Exception"), run.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "journal add-copy a,b c | journal add-copy: one copy is added at a time; name one new device.",
                "journal add a,b,c,d,e f | journal add: a journal has 1 to 4 copies, and not 5",
                "journal add a,,b c | journal add: there is nothing before or behind a comma; name the new devices as A or A,B.",
            })
    void shouldRefuseNamesThatCannotBeMeant(String words, String message) {
        CommandRun run = CommandRun.of(words.split(" "));

        assertEquals(2, run.exitCode());
        assertEquals("holdfast: " + message + "\n", run.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "journal add | journal add: Missing required parameters: 'NEW', 'DEV' | journal add",
                "journal replace a | journal replace: Missing required parameter: 'DEV' | journal replace",
                "journal remove | journal remove: Missing required parameter: 'DEV' | journal remove",
                "journal remove --forse a | journal remove: Unknown option: '--forse'; did you mean --force? | journal remove",
                "journal add-cpoy a b | journal: cannot 'add-cpoy' one; did you mean add-copy? | journal",
            })
    void shouldShowUsageForWhatIsNotUnderstood(String words, String message, String help) {
        CommandRun run = CommandRun.of(words.split(" "));

        assertEquals(2, run.exitCode());
        assertEquals("holdfast: " + message + "\nUsage: holdfast " + help + " --help\n  for help\n", run.err());
    }

    @Test
    void shouldSayTheOutcomeAsJson() throws IOException {
        makeArray(true);
        String other = fresh("j2");

        CommandRun run = run("journal replace --json " + other, with(journal));

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("{\n  \"change\": \"replace\",\n"), run.out());
        assertTrue(run.out().contains("\"before\": [\n    \"" + journal + "\"\n  ],\n"), run.out());
        assertTrue(run.out().contains("\"after\": [\n    \"" + other + "\"\n  ]"), run.out());
    }

    @Test
    void shouldNoteThePolicyWithTheArray() throws IOException {
        makeArray(true);

        CommandRun run = run("journal policy readonly", with(journal));

        assertEquals(0, run.exitCode(), run.err());
        assertEquals("When its journal fails, the array is to refuse writes until it has another.\n", run.out());
        CommandRun again = run("journal policy --json stop", with(journal));
        assertEquals("{\n  \"before\": \"readonly\",\n  \"after\": \"stop\"\n}\n", again.out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "journal policy redonly a | journal policy: cannot 'redonly' when the journal fails; use continue, readonly, stop; did you mean readonly?",
                "check --on-journal-loss stpo a | --on-journal-loss: cannot 'stpo' when the journal fails; use continue, readonly, stop; did you mean stop?",
                "rebuild --on-journal-loss x a b | --on-journal-loss: cannot 'x' when the journal fails; use continue, readonly, stop",
                "copy-in --max-replay 5h - a | --max-replay: '5h' is no time; use such as 5s, 500ms or 2m.",
                "copy-in --max-replay 9999m - a | --max-replay: 9999m is longer than a day.",
                "copy-in --max-replay s - a | --max-replay: 's' is no time; use such as 5s, 500ms or 2m.",
                "copy-in --journal-mode writeback - a | --journal-mode: there is no mode 'writeback'; use write-through or write-back; did you mean write-back?",
            })
    void shouldRefusePoliciesAndModesThatDoNotExist(String words, String message) {
        CommandRun run = CommandRun.of(words.split(" "));

        assertEquals(2, run.exitCode());
        assertEquals("holdfast: " + message + "\n", run.err());
    }

    @Test
    void shouldCopyInByWriteBack() throws IOException {
        makeArray(true);
        content[5] ^= 1;
        Path image = folder.resolve("image");
        Files.write(image, content);

        CommandRun run = run(
                "copy-in --journal-mode=write-back --on-journal-loss=stop --max-replay=500ms " + image, with(journal));

        assertEquals(0, run.exitCode(), run.err());
        assertHolds(with(journal));
    }

    @Test
    void shouldSayThatAModeMeansNothingWithoutAJournal() throws IOException {
        makeArray(false);

        CommandRun run = run("copy-in --journal-mode=write-back " + folder.resolve("image"), members);

        assertEquals(0, run.exitCode());
        assertTrue(run.err().contains("has no journal, so --journal-mode=write-back changes nothing"), run.err());
    }
}
