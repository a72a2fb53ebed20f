package dev.streamgauge.core.aggregation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.stream.EntryId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GaugeDeltaTest {

    private static final double CURRENT = 1;
    private static final double OFFERED = 2;

    /** The current value has timestamp 100 and comes from entry 50-5, index 5. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            # timestamp, millis, sequence, index, wins
              101,       0,      0,        0,     true
              100,       51,     0,        0,     true
              100,       50,     6,        0,     true
              100,       50,     5,        6,     true
              100,       50,     5,        5,     false
              100,       50,     5,        4,     false
              100,       50,     4,        6,     false
              100,       49,     6,        6,     false
              99,        51,     6,        6,     false
            """)
    void set_replaces_whenTimestampThenPositionThenIndexIsGreater(
            long timestampMillis, long entryMillis, long sequence, int index, boolean wins) {
        Gauge.Delta gauge = new Gauge.Delta();
        gauge.set(CURRENT, 100, new EntryId(50, 5), 5);

        gauge.set(OFFERED, timestampMillis, new EntryId(entryMillis, sequence), index);

        assertThat(gauge.value()).isEqualTo(wins ? OFFERED : CURRENT);
    }

    @Test
    void set_setsTheValue_whenThereIsNoneAndTimestampIsZero() {
        Gauge.Delta gauge = new Gauge.Delta();

        gauge.set(OFFERED, 0, EntryId.NONE, 0);

        assertThat(gauge.value()).isEqualTo(OFFERED);
    }
}
