package dev.streamgauge.server;

import dev.streamgauge.redis.Keyspace;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.Valid;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.PositiveOrZero;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** The settings that all roles share: {@code streamgauge.*}, or {@code STREAMGAUGE_*} in the environment. */
@ConfigMapping(prefix = "streamgauge")
public interface StreamgaugeConfig {

    /** Deadline of every Redis call. */
    @WithDefault("2s")
    @NotNull
    @DurationMin(millis = 10)
    @DurationMax(minutes = 1)
    Duration redisTimeout();

    /** When another aggregator takes over an unfolded entry. */
    @WithDefault("15s")
    @NotNull
    @DurationMin(seconds = 1)
    Duration reclaimIdle();

    /** Number of partitions, recorded in Redis at first start; a different value later does not start. */
    @WithDefault("16")
    @Min(1)
    @Max(64)
    int partitions();

    /** What every key in Redis begins with; a different value later is another, empty installation. */
    @WithDefault(Keyspace.DEFAULT_PREFIX)
    @NotNull
    @Pattern(
            regexp = Keyspace.PREFIX_PATTERN,
            message = "must be 1 to 64 characters of letters, digits, '.', '_' and '-'")
    String redisKeyPrefix();

    /**
     * Entries in a partition above which a tenant with more than a hundredth of them is rejected; other tenants are
     * still accepted.
     */
    @WithDefault("1000000")
    @Min(1000)
    long maxPartitionBacklogEntries();

    /** Part of Redis' {@code maxmemory} above which no sample is accepted; the rest is reserved for folding. */
    @WithDefault("0.8")
    @DecimalMin("0.1")
    @DecimalMax("1")
    double maxRedisMemoryRatio();

    /** What an accepted sample survives. */
    @WithDefault("standard")
    @NotNull
    Durability durability();

    /** {@code off} for managed servers that forbid CONFIG: the operator vouches for Redis' settings. */
    @WithDefault("on")
    @NotNull
    DurabilityCheck durabilityCheck();

    /** Tenants that there may be in mode {@code open}, where any push may name a new one. */
    @WithDefault("1000")
    @Min(1)
    @Max(1_000_000)
    int maxTenants();

    /** Connections of the HTTP server; by default as many as open files and memory allow. */
    Optional<@Min(1) @Max(1_000_000) Integer> maxConnections();

    /**
     * Hosts that requests may name besides {@code localhost}, {@code 127.0.0.1} and {@code [::1]}, where this process
     * listens on a loopback address in mode {@code open}; without ports.
     */
    Optional<
                    List<
                            @Pattern(
                                    regexp = "\\s*([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])\\s*",
                                    message = "must be a host name or an address, without a port")
                            String>>
            allowedHosts();

    /** How long the first byte of a connection may take, and the headers of a request. */
    @WithDefault("10s")
    @NotNull
    @DurationMin(millis = 100)
    @DurationMax(minutes = 10)
    Duration headerTimeout();

    /** Time after which the overrides and tenants files are read again. */
    @WithDefault("10s")
    @NotNull
    @DurationMin(millis = 100)
    @DurationMax(minutes = 10)
    Duration reloadPeriod();

    /** A YAML file with limits of single tenants. */
    Optional<Path> overridesFile();

    /** A YAML file with tenants, the hashes of their keys and their limits. */
    Optional<Path> tenantsFile();

    /** Authentication. */
    @Valid
    Auth auth();

    /** Limits of tenants that have none of their own. */
    @Valid
    Limits limits();

    /** Authentication. */
    interface Auth {

        /** {@code open}: the tenant is {@code X-Scope-OrgID}. {@code api-key}: the key decides. */
        @WithDefault("api-key")
        @NotNull
        AuthMode mode();

        /** The administrator's key; without one the admin API is off. */
        Optional<String> adminKey();

        /** The key for the metrics and the status of a process; without it, any client may read them. */
        Optional<String> metricsKey();
    }

    /** The limits of a tenant, under Mimir's names where it has the limit. */
    interface Limits {

        /** Samples a second over all ingest processes; 0 is no limit. */
        @WithDefault("10000")
        @PositiveOrZero
        double ingestionRate();

        /** Samples that may come at once; a larger request is rejected for good. */
        @WithDefault("200000")
        @Min(1)
        int ingestionBurstSize();

        /** Requests a second over all ingest processes; 0 is no limit. */
        @WithDefault("0")
        @PositiveOrZero
        double requestRate();

        /** Requests that may come at once; at least 1 where there is a rate. */
        @WithDefault("0")
        @Min(0)
        int requestBurstSize();

        /** Live series; 0 is no limit. */
        @WithDefault("150000")
        @Min(0)
        int maxGlobalSeriesPerUser();

        /** Live series of one family; 0 is no limit. */
        @WithDefault("0")
        @Min(0)
        int maxGlobalSeriesPerMetric();

        /** Labels of one series. */
        @WithDefault("30")
        @Min(0)
        @Max(1000)
        int maxLabelNamesPerSeries();

        /** Characters of a label's name. */
        @WithDefault("1024")
        @Min(1)
        @Max(65536)
        int maxLabelNameLength();

        /** Characters of a label's value, and of a metric name. */
        @WithDefault("2048")
        @Min(1)
        @Max(65536)
        int maxLabelValueLength();

        /** Bytes of a body as sent. */
        @WithDefault("1048576")
        @Min(1)
        @Max(67108864)
        int maxRequestBytes();

        /** Bytes of a body after decompression. */
        @WithDefault("10485760")
        @Min(1)
        @Max(67108864)
        int maxDecompressedBytes();

        /** Samples of one request. */
        @WithDefault("10000")
        @Min(1)
        @Max(100000)
        int maxSamplesPerRequest();

        /** Raw values of one histogram or summary sample. */
        @WithDefault("1000")
        @Min(1)
        @Max(10000)
        int maxValuesPerSample();

        /** Raw values and bucket counts of one request. */
        @WithDefault("200000")
        @Min(1)
        @Max(1000000)
        int maxValuesPerRequest();

        /** Bounds of a histogram, {@code +Inf} not counted. */
        @WithDefault("100")
        @Min(1)
        @Max(1000)
        int maxBucketsPerHistogram();

        /** Accepted stream entries that are not yet folded. */
        @WithDefault("100000")
        @Min(1)
        int maxBacklogEntries();

        /** Estimated bytes of the entries that are not yet folded. */
        @WithDefault("67108864")
        @Min(1)
        @Max(1099511627776L)
        long maxBacklogBytesPerUser();

        /** Estimated bytes of families and series; 0 is no limit. */
        @WithDefault("134217728")
        @Min(0)
        @Max(1099511627776L)
        long maxRegistryBytesPerUser();

        /** Estimated bytes of idempotency records; 0 is no limit. */
        @WithDefault("33554432")
        @Min(0)
        @Max(1099511627776L)
        long maxIdempotencyBytesPerUser();

        /** Seconds after which a counter without a new sample is dropped; 0 is never. */
        @WithDefault("0")
        @Min(0)
        int counterExpirySeconds();

        /** Seconds after which a gauge without a new sample is dropped; 0 is never. */
        @WithDefault("604800")
        @Min(0)
        int gaugeExpirySeconds();

        /** Seconds after which a histogram without a new sample is dropped; 0 is never. */
        @WithDefault("604800")
        @Min(0)
        int histogramExpirySeconds();

        /** Seconds after which a summary without a new sample is dropped; 0 is never. */
        @WithDefault("604800")
        @Min(0)
        int summaryExpirySeconds();

        /** Seconds for which scrapers see a new series that counts up as 0; 0 is off. */
        @WithDefault("75")
        @Min(0)
        @Max(3600)
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
