package dev.streamgauge.core.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricTypeTest {

    @ParameterizedTest
    @CsvSource(textBlock = """
            COUNTER,   counter,   c
            GAUGE,     gauge,     g
            HISTOGRAM, histogram, h
            SUMMARY,   summary,   s
            """)
    void textAndCode_nameTheType(MetricType type, String text, char code) {
        assertThat(type.text()).isEqualTo(text);
        assertThat(type.code()).isEqualTo(code);
        assertThat(MetricType.parse(text)).contains(type);
        assertThat(MetricType.ofCode(code)).contains(type);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Counter", "COUNTER", " counter", "untyped", "c"})
    void parse_isEmpty_whenTextIsNoType(String text) {
        assertThat(MetricType.parse(text)).isEmpty();
    }

    @Test
    void ofCode_isEmpty_whenLetterIsNoType() {
        for (int code = -1; code < 300; code++) {
            assertThat(MetricType.ofCode(code).isPresent()).isEqualTo(code >= 0 && "cghs".indexOf(code) >= 0);
        }
    }
}
