package io.holdfast.cli.report;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;

/** Times of a superblock, in the form of C's {@code ctime}: local, to the second, in English. */
public final class ClockText {
    private static final long SECONDS_MASK = (1L << 40) - 1;
    private static final String[] DAYS = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    private static final String[] MONTHS = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };

    private ClockText() {}

    /**
     * The seconds of a superblock's time.
     *
     * @param time as stored: 40 bits of seconds, 24 of microseconds.
     * @return seconds since 1970.
     */
    static long seconds(long time) {
        return time & SECONDS_MASK;
    }

    /**
     * A time for people.
     *
     * @param epochSeconds since 1970, at most 40 bits.
     * @param zone         where they live.
     * @return such as "Sat Nov 21 07:08:43 2026".
     */
    public static String format(long epochSeconds, ZoneId zone) {
        ZonedDateTime time = Instant.ofEpochSecond(epochSeconds).atZone(zone);
        StringBuilder text = new StringBuilder(24);
        text.append(DAYS[time.getDayOfWeek().getValue() - 1]).append(' ');
        text.append(MONTHS[time.getMonthValue() - 1]).append(' ');
        pad(text, time.getDayOfMonth(), ' ').append(' ');
        pad(text, time.getHour(), '0').append(':');
        pad(text, time.getMinute(), '0').append(':');
        pad(text, time.getSecond(), '0').append(' ');
        return text.append(time.getYear()).toString();
    }

    private static StringBuilder pad(StringBuilder text, int number, char filler) {
        return (number < 10 ? text.append(filler) : text).append(number);
    }
}
