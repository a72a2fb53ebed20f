package dev.streamgauge.server;

import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.server.settings.LimitRanges;
import dev.streamgauge.server.settings.Matches;
import dev.streamgauge.server.settings.Range;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The settings that all roles share: {@code streamgauge.*}, or {@code STREAMGAUGE_*} in the environment. */
@ConfigMapping(prefix = "streamgauge")
public interface StreamgaugeConfig {

    /** Deadline of every Redis call. */
    @WithDefault("2s")
    @Range(min = "10ms", max = "1m")
    Duration redisTimeout();

    /** When another aggregator takes over an unfolded entry. */
    @WithDefault("15s")
    @Range(min = "1s")
    Duration reclaimIdle();

    /** Number of partitions, recorded in Redis at first start; a different value later does not start. */
    @WithDefault("16")
    @Range(min = "1", max = "64")
    int partitions();

    /** What every key in Redis begins with; a different value later is another, empty installation. */
    @WithDefault(Keyspace.DEFAULT_PREFIX)
    @Matches(
            pattern = Keyspace.PREFIX_PATTERN,
            message = "must be 1 to 64 characters of letters, digits, '.', '_' and '-'")
    String redisKeyPrefix();

    /**
     * Entries in a partition above which a tenant with more than a hundredth of them is rejected; other tenants are
     * still accepted.
     */
    @WithDefault("1000000")
    @Range(min = "1000")
    long maxPartitionBacklogEntries();

    /** Part of Redis' {@code maxmemory} above which no sample is accepted; the rest is reserved for folding. */
    @WithDefault("0.8")
    @Range(min = "0.1", max = "1")
    double maxRedisMemoryRatio();

    /** What an accepted sample survives. */
    @WithDefault("standard")
    Durability durability();

    /** {@code off} for managed servers that forbid CONFIG: the operator vouches for Redis' settings. */
    @WithDefault("on")
    DurabilityCheck durabilityCheck();

    /** Tenants that there may be in mode {@code open}, where any push may name a new one. */
    @WithDefault("1000")
    @Range(min = "1", max = "1000000")
    int maxTenants();

    /** Connections of the HTTP server; by default as many as open files and memory allow. */
    @Range(min = "1", max = "1000000")
    Optional<Integer> maxConnections();

    /**
     * Hosts that requests may name besides {@code localhost}, {@code 127.0.0.1} and {@code [::1]}, where this process
     * listens on a loopback address in mode {@code open}; without ports.
     */
    @Matches(
            pattern = "\\s*([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])\\s*",
            message = "must be a host name or an address, without a port")
    Optional<List<String>> allowedHosts();

    /** How long the first byte of a connection may take, and the headers of a request. */
    @WithDefault("10s")
    @Range(min = "100ms", max = "10m")
    Duration headerTimeout();

    /** Time after which the overrides and tenants files are read again. */
    @WithDefault("10s")
    @Range(min = "100ms", max = "10m")
    Duration reloadPeriod();

    /** A YAML file with limits of single tenants. */
    Optional<Path> overridesFile();

    /** A YAML file with tenants, the hashes of their keys and their limits. */
    Optional<Path> tenantsFile();

    /** Authentication. */
    Auth auth();

    /** Limits of tenants that have none of their own. */
    @LimitRanges
    Limits limits();

    /** Authentication. */
    interface Auth {

        /** {@code open}: the tenant is {@code X-Scope-OrgID}. {@code api-key}: the key decides. */
        @WithDefault("api-key")
        AuthMode mode();

        /** The administrator's key; without one the admin API is off. */
        Optional<String> adminKey();

        /** The key for the metrics and the status of a process; without it, any client may read them. */
        Optional<String> metricsKey();
    }

    /** A setting for each {@link Limit}, which says what it means, its default and its range. */
    interface Limits {

        double ingestionRate();

        int ingestionBurstSize();

        double requestRate();

        int requestBurstSize();

        int maxGlobalSeriesPerUser();

        int maxGlobalSeriesPerMetric();

        int maxLabelNamesPerSeries();

        int maxLabelNameLength();

        int maxLabelValueLength();

        int maxRequestBytes();

        int maxDecompressedBytes();

        int maxSamplesPerRequest();

        int maxValuesPerSample();

        int maxValuesPerRequest();

        int maxBucketsPerHistogram();

        int maxBacklogEntries();

        long maxBacklogBytesPerUser();

        long maxRegistryBytesPerUser();

        long maxIdempotencyBytesPerUser();

        int counterExpirySeconds();

        int gaugeExpirySeconds();

        int histogramExpirySeconds();

        int summaryExpirySeconds();

        int newSeriesZeroSeconds();
    }

    /** How the tenant of a request is found. */
    enum AuthMode {
        OPEN,
        API_KEY
    }

    /** What an accepted sample survives. */
    enum Durability {
        /** Failure of processes and power: Redis must fsync before it answers. */
        STANDARD,
        /** Failure of our processes: up to 2 s of samples may be lost with Redis. */
        FAST,
        /** As standard, and most failures of the Redis node. */
        REPLICATED
    }

    /** Whether Redis' settings are checked at start. */
    enum DurabilityCheck {
        ON,
        OFF
    }
}
