package dev.streamgauge.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {

    private static final List<String> NAMES = List.of("name", "value", "values", "labels", "timestamp", "unit");

    @ParameterizedTest
    @CsvSource({
        "vlaue, value",
        "Value, value",
        "lables, labels",
        "label, labels",
        "timestmap, timestamp",
        "time_stamp, timestamp",
        "units, unit",
        "nme, name"
    })
    void nearest_isTheNameThatWasMeant(String misspelled, String meant) {
        assertThat(Spelling.nearest(misspelled, NAMES)).contains(meant);
    }

    @ParameterizedTest
    @CsvSource({"ts", "description", "x", "''", "very_long_text_that_is_no_name"})
    void nearest_isEmpty_whenNoNameIsSimilar(String text) {
        assertThat(Spelling.nearest(text, NAMES)).isEmpty();
    }

    @Test
    void distance_countsEdits() {
        assertThat(Spelling.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(Spelling.distance("ab", "ba")).isEqualTo(1);
        assertThat(Spelling.distance("", "abc")).isEqualTo(3);
        assertThat(Spelling.distance("same", "same")).isZero();
    }
}
