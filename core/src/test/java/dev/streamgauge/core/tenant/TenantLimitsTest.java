package dev.streamgauge.core.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TenantLimitsTest {

    @Test
    void defaults_areThoseOfMimirAndOfTheContract() {
        assertThat(TenantLimits.DEFAULTS.toString().replaceAll("[{}]", "").replace(", ", "\n") + "\n")
                .isEqualTo("""
                        ingestion_rate=10000.0
                        ingestion_burst_size=200000
                        request_rate=0.0
                        request_burst_size=0
                        max_global_series_per_user=150000
                        max_global_series_per_metric=0
                        max_label_names_per_series=30
                        max_label_name_length=1024
                        max_label_value_length=2048
                        max_request_bytes=1048576
                        max_decompressed_bytes=10485760
                        max_samples_per_request=10000
                        max_values_per_sample=1000
                        max_values_per_request=200000
                        max_buckets_per_histogram=100
                        max_backlog_entries=100000
                        max_backlog_bytes_per_user=67108864
                        max_registry_bytes_per_user=134217728
                        max_idempotency_bytes_per_user=33554432
                        counter_expiry_seconds=0
                        gauge_expiry_seconds=604800
                        histogram_expiry_seconds=604800
                        summary_expiry_seconds=604800
                        new_series_zero_seconds=75
                        """);
    }

    /** {@code max_request_bytes} is {@code maxRequestBytes}, {@code gauge_expiry_seconds} is {@code expiry.gaugeSeconds}. */
    @ParameterizedTest
    @EnumSource
    void getters_giveTheLimitOfTheirName(Limit limit) throws ReflectiveOperationException {
        String getters = Pattern.compile("_(.)")
                .matcher(limit.id().replaceFirst("(\\w+)_expiry_", "expiry.$1_"))
                .replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
        double value = limit.defaultValue() + 1;

        TenantLimits limits = TenantLimits.DEFAULTS.with(Map.of(limit, value));

        assertThat(limits.get(limit)).isEqualTo(value);
        Object got = limits;
        for (String getter : getters.split("\\.", -1)) {
            got = got.getClass().getMethod(getter).invoke(got);
        }
        assertThat(((Number) got).doubleValue()).isEqualTo(value);
    }

    @Test
    void equals_comparesAllLimits() {
        TenantLimits tight = TenantLimits.DEFAULTS.with(Map.of(Limit.NEW_SERIES_ZERO_SECONDS, 1.0));

        assertThat(tight)
                .isEqualTo(TenantLimits.DEFAULTS.with(Map.of(Limit.NEW_SERIES_ZERO_SECONDS, 1.0)))
                .hasSameHashCodeAs(TenantLimits.DEFAULTS.with(Map.of(Limit.NEW_SERIES_ZERO_SECONDS, 1.0)))
                .isNotEqualTo(TenantLimits.DEFAULTS);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, false", "0, 5, false", "0.1, 1, false", "0.1, 0, true"})
    void findFlaw_isTheMissingBurst_whenRequestsHaveARate(double rate, int burst, boolean isFlawed) {
        TenantLimits limits =
                TenantLimits.DEFAULTS.with(Map.of(Limit.REQUEST_RATE, rate, Limit.REQUEST_BURST_SIZE, (double) burst));

        assertThat(limits.findFlaw().isPresent()).isEqualTo(isFlawed);
    }
}
