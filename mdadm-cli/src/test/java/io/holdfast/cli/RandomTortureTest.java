package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.torture.FaultKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomTortureTest {
    @TempDir
    Path folder;

    private static CommandRun torture(String options) {
        return CommandRun.of("torture " + options, List.of());
    }

    @Test
    void shouldSayWhatItDidAndThatPromisesWereKept() {
        CommandRun run =
                torture("--seed 42 --steps 60 --level 6 --members 5 --journal write-through --faults power=0.1,eio");
        assertEquals(Session.OK, run.exitCode(), run.out() + run.err());
        assertTrue(run.out().startsWith("1 history from seed 42: 60 steps"), run.out());
        assertTrue(run.out().contains("power loss"), run.out());
        assertTrue(run.out().contains("Every promise was kept."), run.out());
        assertTrue(run.err().contains("seed 42"), run.err());
    }

    @Test
    void shouldDoTheSameForTheSameSeed() {
        String options = "--seed 0x2a --steps 50 --faults all --json";
        CommandRun first = torture(options);
        assertEquals(Session.OK, first.exitCode(), first.out() + first.err());
        assertEquals("", first.err());
        String timeless = "\"milliseconds\": \\d+";
        assertEquals(
                first.out().replaceAll(timeless, ""), torture(options).out().replaceAll(timeless, ""));
        assertTrue(first.out().contains("\"passed\": true"), first.out());
        assertTrue(first.out().contains("\"seed\": 42"), first.out());
    }

    @Test
    void shouldLiveOnlyTheStepsAskedFor() {
        CommandRun run = torture("--seed 42 --steps 60 --only 3,10-12 --faults none -q");
        assertEquals(Session.OK, run.exitCode(), run.out() + run.err());
        assertTrue(run.out().contains(": 4 steps"), run.out());
        assertTrue(run.out().contains("No fault was injected."), run.out());
    }

    @Test
    void shouldStopWhenTimeIsUp() {
        CommandRun run = torture("--seed 7 --seconds 1 -q");
        assertEquals(Session.OK, run.exitCode(), run.out() + run.err());
        assertTrue(run.out().contains("from seed 7"), run.out());
    }

    @Test
    void shouldWriteAReport() throws IOException {
        Path report = folder.resolve("out.html");
        CommandRun run = torture("--seed 5 --steps 40 --report " + report);
        assertEquals(Session.OK, run.exitCode(), run.out() + run.err());
        assertTrue(run.err().contains("the report is in " + report), run.err());
        String page = Files.readString(report);
        assertTrue(page.startsWith("<!doctype html>"));
        assertTrue(page.contains("Every promise was kept"));
    }

    @Test
    void shouldSayBeforehandThatAReportCannotBeWritten() {
        CommandRun run = torture("--seed 5 --steps 40 --report " + folder.resolve("no/such/folder.html"));
        assertEquals(Session.FAILED, run.exitCode());
        assertTrue(run.err().contains("cannot be written; name a file in a folder that exists."), run.err());
        assertEquals("", run.out());
    }

    @Test
    void shouldExplainFaultsThatDoNotExist() {
        CommandRun run = torture("--faults eio,fire");
        assertEquals(Session.USAGE, run.exitCode());
        assertTrue(run.err().contains("there is no fault called \"fire\""), run.err());
        CommandRun only = torture("--only x");
        assertEquals(Session.USAGE, only.exitCode());
        assertTrue(only.err().contains("name steps by number"), only.err());
    }

    @Test
    void shouldNameEveryFaultInItsHelp() {
        String help = torture("--help").out().replaceAll("\\s+", " ");
        for (FaultKind kind : FaultKind.values()) {
            assertTrue(help.contains(" " + kind.word() + ",") || help.contains(" " + kind.word() + "."), kind.word());
        }
        assertFalse(help.contains("FAULT_NAMES"));
    }
}
