package dev.streamgauge.core.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReasonTest {

    /** New ones may join; these never change. */
    @Test
    void id_isOneOfTheContract_forEachOfItsReasons() {
        String contract = """
                invalid-json unknown-field missing-field missing-metric-name metric-name-invalid metric-name-too-long
                type-unknown type-conflict value-invalid counter-negative buckets-invalid bucket-layout-conflict
                quantiles-invalid label-invalid label-value-invalid label-name-too-long label-value-too-long
                max-label-names-per-series duplicate-label-names too-far-in-future timestamp-invalid
                max-series-per-user max-series-per-metric max-registry-bytes max-values-per-sample
                max-buckets-per-histogram
                """;

        Stream<String> ids = Stream.of(Reason.values()).map(Reason::id);

        assertThat(ids).doesNotHaveDuplicates().contains(contract.strip().split("\\s+"));
    }
}
