package io.holdfast.fault.torture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Which faults are injected, how often and into what. Immutable. */
public final class FaultPlan {
    /** What a fault is aimed at. */
    enum Aim {
        /** Members and the journal. */
        ANY(""),
        /** Members only. */
        MEMBERS("@members"),
        /** The journal only. */
        JOURNAL("@journal");

        private final String suffix;

        Aim(String suffix) {
            this.suffix = suffix;
        }
    }

    private static final double MOST = 1.0;
    private static final int SILENT_ONE_IN = 4;

    private record Entry(double rate, Aim aim) {}

    private final Map<FaultKind, Entry> entries;

    private FaultPlan(Map<FaultKind, Entry> entries) {
        this.entries = entries;
    }

    /** Nothing goes wrong. */
    public static FaultPlan none() {
        return new FaultPlan(new EnumMap<>(FaultKind.class));
    }

    /** Everything that an array is promised to survive. */
    public static FaultPlan promised() {
        EnumMap<FaultKind, Entry> entries = new EnumMap<>(FaultKind.class);
        for (FaultKind kind : FaultKind.values()) {
            if (kind.isPromised()) {
                entries.put(kind, new Entry(kind.defaultRate(), Aim.ANY));
            }
        }
        return new FaultPlan(entries);
    }

    /**
     * What a history has whose faults nobody chose: all that is promised to be survived, and now and then one or two of those
     * that nobody can promise anything about.
     *
     * @param random source of chance.
     * @return the plan.
     */
    static FaultPlan draw(SplittableRandom random) {
        FaultPlan plan = promised();
        if (random.nextInt(SILENT_ONE_IN) == 0) {
            List<FaultKind> silent = Arrays.stream(FaultKind.values())
                    .filter(kind -> !kind.isPromised())
                    .toList();
            for (int i = random.nextInt(2); i >= 0; i--) {
                FaultKind kind = silent.get(random.nextInt(silent.size()));
                plan.entries.put(kind, new Entry(kind.defaultRate(), Aim.ANY));
            }
        }
        return plan;
    }

    /**
     * Read a list.
     *
     * @param text {@code all}, {@code none}, or kinds by commas, each perhaps followed by {@code @members} or
     *             {@code @journal} and by {@code =RATE}.
     * @return the plan.
     * @throws IllegalArgumentException with a sentence that says what cannot be meant.
     */
    public static FaultPlan parse(String text) {
        EnumMap<FaultKind, Entry> entries = new EnumMap<>(FaultKind.class);
        for (String item : text.split(",", -1)) {
            String name = item.strip();
            if (name.equals("none")) {
                entries.clear();
                continue;
            }
            if (name.equals("all")) {
                for (FaultKind kind : FaultKind.values()) {
                    entries.put(kind, new Entry(kind.defaultRate(), Aim.ANY));
                }
                continue;
            }
            int equals = name.indexOf('=');
            String rateText = equals < 0 ? null : name.substring(equals + 1);
            String target = equals < 0 ? name : name.substring(0, equals);
            int at = target.indexOf('@');
            String word = at < 0 ? target : target.substring(0, at);
            FaultKind kind = FaultKind.of(word);
            if (kind == null) {
                throw new IllegalArgumentException("there is no fault called \"" + word + "\"; there are "
                        + Arrays.stream(FaultKind.values()).map(FaultKind::word).collect(Collectors.joining(", "))
                        + ", all and none.");
            }
            Aim aim = aim(kind, at < 0 ? "" : target.substring(at));
            double rate = rateText == null ? kind.defaultRate() : rate(name, rateText);
            entries.put(kind, new Entry(rate, aim));
        }
        return new FaultPlan(entries);
    }

    private static Aim aim(FaultKind kind, String suffix) {
        for (Aim aim : Aim.values()) {
            if (aim.suffix.equals(suffix)) {
                if (aim != Aim.ANY && !kind.hasDevice()) {
                    throw new IllegalArgumentException(
                            kind.word() + " happens to all devices at once; leave out " + suffix + ".");
                }
                return aim;
            }
        }
        throw new IllegalArgumentException(kind.word() + suffix + ": aim it @members or @journal, or leave that out.");
    }

    private static double rate(String item, String text) {
        try {
            double rate = Double.parseDouble(text);
            if (rate >= 0 && rate <= MOST) {
                return rate;
            }
        } catch (NumberFormatException e) {
            // Said below, as for a number out of range.
        }
        throw new IllegalArgumentException(item + ": a rate is a number from 0 to 1, such as 0.02.");
    }

    /**
     * How often a kind is injected.
     *
     * @param kind of fault.
     * @return the share of steps, or of cuts; 0 when it is switched off.
     */
    public double rate(FaultKind kind) {
        Entry entry = entries.get(kind);
        return entry == null ? 0 : entry.rate;
    }

    /** Whether a kind is injected at all. */
    public boolean has(FaultKind kind) {
        return rate(kind) > 0;
    }

    Aim aim(FaultKind kind) {
        return entries.get(kind).aim;
    }

    /** Whether a kind is injected into members. */
    boolean isAimedAtMembers(FaultKind kind) {
        return has(kind) && aim(kind) != Aim.JOURNAL;
    }

    /** Whether some fault can only be met where there is a journal. */
    boolean needsJournal() {
        return entries.values().stream().anyMatch(entry -> entry.aim == Aim.JOURNAL && entry.rate > 0);
    }

    /** The list that {@link #parse} makes this plan of. */
    @Override
    public String toString() {
        if (entries.isEmpty()) {
            return "none";
        }
        boolean isAll = entries.size() == FaultKind.values().length
                && entries.entrySet().stream()
                        .allMatch(entry -> entry.getValue().aim == Aim.ANY
                                && entry.getValue().rate == entry.getKey().defaultRate());
        if (isAll) {
            return "all";
        }
        List<String> items = new ArrayList<>();
        entries.forEach((kind, entry) ->
                items.add(kind.word() + entry.aim.suffix + (entry.rate == kind.defaultRate() ? "" : "=" + entry.rate)));
        return String.join(",", items);
    }
}
