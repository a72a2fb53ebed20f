package dev.streamgauge.ingest;

import java.time.Duration;

/** Settings without a configuration file. */
public record FixedIngestConfig(Duration bodyTimeout, int knownSeries, int maxQueuedBytes, int maxTenantLabels)
        implements IngestConfig {}
