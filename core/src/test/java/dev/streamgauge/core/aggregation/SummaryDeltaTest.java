package dev.streamgauge.core.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.streamgauge.core.distribution.Quantiles;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SummaryDeltaTest {

    private static final long SLOT_MILLIS = Summary.SLOT.toMillis();

    /** The beginning of a slot. */
    private static final long NOON = 1_763_726_400_000L;

    private static final Quantiles MEDIAN = Quantiles.of(0.5).orElseThrow();

    /** A value of 100 is admitted at noon plus the first column, and scraped at noon plus the second. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            # admitted, scraped, shown
              PT0S,     PT0S,        true
              PT0S,     PT9M59.999S, true
              PT0S,     PT10M,       false
              PT1M59.999S, PT9M59.999S, true
              PT1M59.999S, PT10M,    false
              PT2M,     PT10M,       true
              PT2M,     PT11M59.999S, true
              PT2M,     PT12M,       false
              PT2M,     PT0S,        true
            # the clock was set back, and forward, by an hour
              PT1H,     PT0S,        true
              PT0S,     PT1H,        false
            """)
    void quantiles_showAValue_whileItsSlotIsInTheWindow(Duration admitted, Duration scraped, boolean shown) {
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        summary.observe(100, NOON + admitted.toMillis());

        double[] values = summary.quantiles(MEDIAN, NOON + scraped.toMillis());

        if (shown) {
            assertThat(values[0]).isCloseTo(100, within(1.0));
        } else {
            assertThat(values[0]).isNaN();
        }
        assertThat(summary.sum()).isEqualTo(100);
        assertThat(summary.count()).isEqualTo(1);
    }

    @Test
    void quantiles_spanAllSlotsOfTheWindow_inTheirOrder() {
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        for (int slot = -1; slot < Summary.WINDOW_SLOTS; slot++) {
            summary.observe(Math.pow(10, slot), NOON + slot * SLOT_MILLIS);
        }
        Quantiles quartiles = Quantiles.of(0, 0.25, 0.5, 0.75, 1).orElseThrow();

        double[] values = summary.quantiles(quartiles, NOON + (Summary.WINDOW_SLOTS - 1) * SLOT_MILLIS);

        double[] expected = {1, 10, 100, 1000, 10_000};
        for (int i = 0; i < expected.length; i++) {
            assertThat(values[i]).isCloseTo(expected[i], within(expected[i] * 0.01));
        }
        assertThat(summary.count()).isEqualTo(6);
    }

    @Test
    void quantiles_areNone_whenTheFamilyHasNone() {
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        summary.observe(1, NOON);

        assertThat(summary.quantiles(Quantiles.NONE, NOON)).isEmpty();
    }

    @Test
    void observe_staysAtTheGreatestCount_whenFull() {
        Summary.Delta summary = summaryWithCount(0x1p53 - 1);

        summary.observe(1, NOON);
        summary.observe(1, NOON);

        assertThat(summary.count()).isEqualTo(0x1p53);
        assertThat(summary.sum()).isEqualTo(2);
    }

    @Test
    void merge_staysAtTheGreatestCount_whenFull() {
        Summary.Delta summary = summaryWithCount(0x1p53 - 1);

        summary.merge(summaryWithCount(0x1p53));

        assertThat(summary.count()).isEqualTo(0x1p53);
    }

    private static Summary.Delta summaryWithCount(double count) {
        ByteBuffer packed = ByteBuffer.allocate(26);
        packed.putDouble(0).putDouble(0).putDouble(count).putShort((short) 0).flip();
        return (Summary.Delta) Summary.WITHOUT_QUANTILES.unpack(Summary.STORED, packed);
    }
}
