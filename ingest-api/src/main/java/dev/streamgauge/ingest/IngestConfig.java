package dev.streamgauge.ingest;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;

/** The settings of the role ingest: {@code streamgauge.ingest.*}. */
@ConfigMapping(prefix = "streamgauge.ingest")
public interface IngestConfig {

    /** How long a sender may take for a body. */
    @WithDefault("10s")
    @NotNull
    @DurationMin(millis = 100)
    Duration bodyTimeout();

    /**
     * Series that this process remembers as registered; a known series costs Redis nothing. For a quarter of them it
     * also caches the template. About 350 bytes each.
     */
    @WithDefault("400000")
    @Min(1000)
    @Max(50_000_000)
    int knownSeries();

    /** Bytes of requests that may wait for Redis; further pushes are told to retry later. */
    @WithDefault("67108864")
    @Min(1048576)
    @Max(1073741824)
    int maxQueuedBytes();

    /**
     * Tenants whose rejected samples this process counts by name in its own metrics; those of all others are counted
     * together.
     */
    @WithDefault("1000")
    @Min(0)
    @Max(100_000)
    int maxTenantLabels();
}
