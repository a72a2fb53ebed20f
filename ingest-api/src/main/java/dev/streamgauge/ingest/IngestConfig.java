package dev.streamgauge.ingest;

import dev.streamgauge.server.settings.Range;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The settings of the role ingest: {@code streamgauge.ingest.*}. */
@ConfigMapping(prefix = "streamgauge.ingest")
public interface IngestConfig {

    /** How long a sender may take for a body. */
    @WithDefault("10s")
    @Range(min = "100ms")
    Duration bodyTimeout();

    /**
     * Series that this process remembers as registered; a known series costs Redis nothing. For a quarter of them it
     * also caches the template. About 350 bytes each.
     */
    @WithDefault("400000")
    @Range(min = "1000", max = "50000000")
    int knownSeries();

    /** Bytes of requests that may wait for Redis; further pushes are told to retry later. */
    @WithDefault("67108864")
    @Range(min = "1048576", max = "1073741824")
    int maxQueuedBytes();

    /**
     * Tenants whose rejected samples this process counts by name in its own metrics; those of all others are counted
     * together.
     */
    @WithDefault("1000")
    @Range(min = "0", max = "100000")
    int maxTenantLabels();
}
