package io.holdfast.cli.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.raid.SyncActivity;
import org.junit.jupiter.api.Test;

class SyncMeterTest {
    private static final long SECOND = 1_000_000_000L;

    private final SyncMeter meter = new SyncMeter();

    private void sample(int second, long length) {
        meter.sample(second * SECOND, SyncActivity.CHECK, length, 1 << 20);
    }

    @Test
    void shouldKnowNothingBeforeTimeHasPassed() {
        assertEquals(0, meter.lengthPerSecond(SECOND, 100));
        sample(1, 0);
        assertEquals(0, meter.lengthPerSecond(SECOND, 0));
    }

    @Test
    void shouldTellTheRateSinceTheBeginningAtFirst() {
        sample(0, 0);
        sample(1, 1000);

        assertEquals(1500, meter.lengthPerSecond(2 * SECOND, 3000));
    }

    @Test
    void shouldForgetHowItWasLongAgo() {
        for (int second = 0; second <= 100; second++) {
            sample(second, second < 50 ? 1000L * second : 50_000 + 10L * (second - 50));
        }

        assertEquals(10, meter.lengthPerSecond(100 * SECOND, 50_500));
    }

    @Test
    void shouldBeginAnewWithOtherWork() {
        sample(0, 0);
        sample(10, 100_000);

        meter.sample(11 * SECOND, SyncActivity.REPAIR, 0, 1 << 20);

        assertEquals(5, meter.lengthPerSecond(12 * SECOND, 5));
    }

    @Test
    void shouldBeginAnewWhenWorkOfTheSameKindBegins() {
        sample(0, 0);
        sample(10, 100_000);
        sample(11, 0);

        assertEquals(5, meter.lengthPerSecond(12 * SECOND, 5));
        meter.rest();
        assertEquals(0, meter.lengthPerSecond(13 * SECOND, 10));
    }
}
