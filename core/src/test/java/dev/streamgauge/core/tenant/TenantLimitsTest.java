package dev.streamgauge.core.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TenantLimitsTest {

    @Test
    void defaults_areThoseOfMimirAndOfTheContract() {
        assertThat(TenantLimits.DEFAULTS.toString().replace(", ", "\n").replaceAll(".*?\\[|\\]", "") + "\n")
                .isEqualTo("""
                        ingestionRate=10000.0
                        ingestionBurstSize=200000
                        requestRate=0.0
                        requestBurstSize=0
                        maxGlobalSeriesPerUser=150000
                        maxGlobalSeriesPerMetric=0
                        maxLabelNamesPerSeries=30
                        maxLabelNameLength=1024
                        maxLabelValueLength=2048
                        maxRequestBytes=1048576
                        maxDecompressedBytes=10485760
                        maxSamplesPerRequest=10000
                        maxValuesPerSample=1000
                        maxValuesPerRequest=200000
                        maxBucketsPerHistogram=100
                        maxBacklogEntries=100000
                        maxBacklogBytesPerUser=67108864
                        maxRegistryBytesPerUser=134217728
                        maxIdempotencyBytesPerUser=33554432
                        counterSeconds=0
                        gaugeSeconds=604800
                        histogramSeconds=604800
                        summarySeconds=604800
                        newSeriesZeroSeconds=75
                        """);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, false", "0, 5, false", "0.1, 1, false", "0.1, 0, true"})
    void findFlaw_isTheMissingBurst_whenRequestsHaveARate(double rate, int burst, boolean isFlawed) {
        TenantLimits limits =
                TenantLimits.DEFAULTS.with(Map.of(Limit.REQUEST_RATE, rate, Limit.REQUEST_BURST_SIZE, (double) burst));

        assertThat(limits.findFlaw().isPresent()).isEqualTo(isFlawed);
    }
}
