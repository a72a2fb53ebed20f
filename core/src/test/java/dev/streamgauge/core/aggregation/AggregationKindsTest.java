package dev.streamgauge.core.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.snapshot.MetricType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AggregationKindsTest {

    /** Senders name kinds by these names, and other releases by these letters. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            counter   | c | c  | COUNTER   | ''
            gauge     | g | g  | GAUGE     | ''
            histogram | h | h  | HISTOGRAM | le
            summary   | s | Ss | SUMMARY   | quantile
            """)
    void all_hasTheKinds(String name, char code, String storedCodes, MetricType type, String reservedLabel) {
        AggregationKind kind = AggregationKinds.ALL.find(name).orElseThrow();

        assertThat(kind.name()).isEqualTo(name);
        assertThat(kind.code()).isEqualTo(code);
        assertThat(kind.storedCodes()).isEqualTo(storedCodes);
        assertThat(kind.type()).isEqualTo(type);
        assertThat(kind.reservedLabel()).isEqualTo(reservedLabel);
        assertThat(AggregationKinds.ALL.find(code)).contains(kind);
    }

    /** A letter says which kind has written a value, or that nothing is folded yet. */
    @Test
    void storedCodes_areOfOneKindOnly() {
        List<Character> codes = AggregationKinds.ALL.list().stream()
                .flatMap(kind -> kind.storedCodes().chars().mapToObj(code -> (char) code))
                .toList();

        assertThat(codes).doesNotHaveDuplicates().doesNotContain((char) StoredSeries.REGISTERED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Counter", "COUNTER", " counter", "untyped", "c"})
    void find_isEmpty_whenNoKindHasTheName(String name) {
        assertThat(AggregationKinds.ALL.find(name)).isEmpty();
    }

    @Test
    void find_isEmpty_whenNoKindHasTheLetter() {
        for (int code = -1; code < 300; code++) {
            assertThat(AggregationKinds.ALL.find(code).isPresent()).isEqualTo(code >= 0 && "cghs".indexOf(code) >= 0);
        }
    }

    @Test
    void list_isRejected_whenTwoKindsHaveOneName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AggregationKinds(List.of(Counter.INSTANCE, Counter.INSTANCE)))
                .withMessage("two kinds with the name or the letter of counter");
    }
}
