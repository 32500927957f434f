package io.holdfast.fault.exhaustive;

/**
 * Names of crash states.
 *
 * <pre>
 *   POINT.LOST[.tN|.k].CHOICES[.f.CHOICES]           after the first crash
 *   ...-MOMENT.LOST[.tN].CHOICES[.f.CHOICES]         after a crash inside that recovery
 * </pre>
 *
 * <p>LOST is the set of missing members in hexadecimal, the first slot in the lowest bit; {@code tN} says that the Nth page that
 * can be torn is; {@code k} that the process was killed and the power stayed on; {@code f} that the start was refused and then forced. CHOICES has a character for every page that was
 * written: which of the contents that it may have it got, as a digit, or {@code _} where no recovery looked.
 */
final class StateName {
    /** Between a crash and the next. */
    static final char NEXT = '-';

    /** Between the parts of the name of one crash. */
    static final char PART = '.';

    /** Before the number of a torn page. */
    static final char TORN = 't';

    /** After a kill. */
    static final String KILLED = "k";

    /** A start that was forced. */
    static final String FORCED = "f";

    private static final char UNDECIDED = '_';
    private static final int HEXADECIMAL = 16;

    private StateName() {}

    static String first(int point, int lost) {
        return point + "" + PART + Integer.toString(lost, HEXADECIMAL);
    }

    static String second(String state, int moment, int lost) {
        return state + NEXT + first(moment, lost);
    }

    static String torn(String name, int page) {
        return name + PART + TORN + page;
    }

    static String killed(String name) {
        return name + PART + KILLED;
    }

    static String forced(String state) {
        return state + PART + FORCED;
    }

    static String chosen(String name, int[] chosen) {
        StringBuilder text = new StringBuilder(name).append(PART);
        for (int each : chosen) {
            text.append(each < 0 ? UNDECIDED : Character.forDigit(each, Character.MAX_RADIX));
        }
        return text.toString();
    }

    /** Members missing, as a name has them. */
    static int lost(String part) {
        return Integer.parseInt(part, HEXADECIMAL);
    }

    /** Choices, as a name has them; -1 where none was made. */
    static int[] choices(String part) {
        int[] chosen = new int[part.length()];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = part.charAt(i) == UNDECIDED ? -1 : Character.digit(part.charAt(i), Character.MAX_RADIX);
        }
        return chosen;
    }
}
