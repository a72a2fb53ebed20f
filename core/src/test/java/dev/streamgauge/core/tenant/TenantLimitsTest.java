package dev.streamgauge.core.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TenantLimitsTest {

    @Test
    void defaults_areThoseOfMimirAndOfTheContract() {
        assertThat(TenantLimits.DEFAULTS.toString().replace(", ", "\n").replaceAll(".*\\[|\\]", "") + "\n")
                .isEqualTo("""
                        ingestionRate=10000.0
                        ingestionBurstSize=200000
                        maxGlobalSeriesPerUser=150000
                        maxLabelNamesPerSeries=30
                        maxLabelNameLength=1024
                        maxLabelValueLength=2048
                        maxRequestBytes=1048576
                        maxDecompressedBytes=10485760
                        maxSamplesPerRequest=10000
                        maxValuesPerSample=1000
                        maxBucketsPerHistogram=100
                        maxBacklogEntries=100000
                        """);
    }
}
