package dev.streamgauge.ingest.limits;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.Map;

/** Limits that a test can reach with a few samples. */
public final class TightLimits implements QuarkusTestProfile {

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "streamgauge.limits.ingestion-rate", "4",
                "streamgauge.limits.ingestion-burst-size", "20",
                "streamgauge.limits.max-global-series-per-user", "3",
                "streamgauge.limits.max-backlog-entries", "4",
                "streamgauge.ingest.body-timeout", "1s");
    }
}
