package dev.streamgauge.core.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricTypeTest {

    @ParameterizedTest
    @CsvSource(textBlock = """
            COUNTER,   counter
            GAUGE,     gauge
            HISTOGRAM, histogram
            SUMMARY,   summary
            """)
    void text_isWhatPrometheusReads(MetricType type, String text) {
        assertThat(type.text()).isEqualTo(text);
    }
}
