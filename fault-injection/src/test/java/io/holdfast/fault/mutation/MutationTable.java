package io.holdfast.fault.mutation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The table of mutants in docs/mutations.md: made by {@link #main}, which hunts every mutant from the first seed on, and read
 * by the tests, for which it says where to look first.
 */
final class MutationTable {
    private static final String BEGIN = "<!-- begin of the table -->";
    private static final String END = "<!-- end of the table -->";
    private static final String CELL_BORDER = " | ";

    /**
     * A line of the table.
     *
     * @param description the cells that are known beforehand.
     * @param hunter      who caught it.
     * @param seed        with which.
     * @param outcome     the cells that tell how it was caught.
     */
    record Row(String description, String hunter, long seed, String outcome) {}

    private MutationTable() {}

    /**
     * Hunt mutants, and write what came of it into the table: of those named, or of all when none is.
     *
     * @param names of mutations.
     */
    public static void main(String[] names) {
        Map<String, Row> rows = read();
        List<String> wanted = Arrays.asList(names);
        List<String> escaped = new ArrayList<>();
        for (Mutation mutation : Mutations.all()) {
            if (wanted.isEmpty() || wanted.contains(mutation.name())) {
                Hunter.Outcome outcome = Hunter.search(MutantLoader.of(mutation), Hunter.all());
                if (outcome.isCaught()) {
                    Row row = new Row(describe(mutation), outcome.hunter(), outcome.seed(), describe(outcome));
                    rows.put(mutation.name(), row);
                    System.out.println(mutation + CELL_BORDER + row.outcome + CELL_BORDER + outcome.finding());
                    write(rows);
                } else {
                    escaped.add(mutation.name());
                    System.out.println(mutation + CELL_BORDER + "escaped after runs=" + outcome.runCount());
                }
            }
        }
        if (!escaped.isEmpty()) {
            throw new AssertionError("nobody catches " + escaped);
        }
    }

    /** The cells of a line that follow from the mutation alone. */
    static String describe(Mutation mutation) {
        return String.join(
                CELL_BORDER, "`" + mutation.name() + "`", mutation.rule(), mutation.step(), mutation.describe());
    }

    private static String describe(Hunter.Outcome outcome) {
        return String.join(
                CELL_BORDER,
                caughtBy(outcome.hunter(), outcome.seed()),
                Long.toString(outcome.runCount()),
                Long.toString(outcome.stateCount()));
    }

    private static String caughtBy(String hunter, long seed) {
        return Hunter.isSeeded(hunter) ? hunter + " " + seed : "`" + hunter + "`";
    }

    /** The table as it is in the document, by name of the mutation. */
    static Map<String, Row> read() {
        Map<String, Row> rows = new LinkedHashMap<>();
        for (String line : section(document())) {
            if (line.startsWith("| `")) {
                List<String> cells = Arrays.stream(line.split("\\|", -1))
                        .map(String::strip)
                        .filter(cell -> !cell.isEmpty())
                        .toList();
                String name = cells.get(0).replace("`", "");
                String caughtBy = cells.get(4).replace("`", "");
                int space = caughtBy.indexOf(' ');
                boolean isSeeded = space > 0 && Hunter.isSeeded(caughtBy.substring(0, space));
                rows.put(
                        name,
                        new Row(
                                String.join(CELL_BORDER, cells.subList(0, 4)),
                                isSeeded ? caughtBy.substring(0, space) : caughtBy,
                                isSeeded ? Long.parseLong(caughtBy.substring(space + 1)) : 1,
                                String.join(CELL_BORDER, cells.subList(4, cells.size()))));
            }
        }
        return rows;
    }

    private static void write(Map<String, Row> rows) {
        List<String> lines = document();
        List<String> result = new ArrayList<>(lines.subList(0, lines.indexOf(BEGIN) + 1));
        result.add("| mutant | rule | without it is not kept | change | caught by | runs | crashes |");
        result.add("|---|---|---|---|---|---|---|");
        for (Mutation mutation : Mutations.all()) {
            Row row = rows.get(mutation.name());
            if (row != null) {
                result.add("| " + describe(mutation) + CELL_BORDER + row.outcome + " |");
            }
        }
        result.addAll(lines.subList(lines.indexOf(END), lines.size()));
        try {
            Files.write(path(), result);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> section(List<String> lines) {
        return lines.subList(lines.indexOf(BEGIN), lines.indexOf(END));
    }

    private static List<String> document() {
        try {
            return Files.readAllLines(path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tests run in the folder of their module, people mostly in that of the project. */
    private static Path path() {
        Path here = Path.of("docs", "mutations.md");
        return Files.exists(here) ? here : Path.of("..").resolve(here);
    }
}
