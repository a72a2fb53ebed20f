package dev.streamgauge.benchmarks.worstcalls;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.selector.MalformedSelectorException;
import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.selector.SeriesSelector;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.accounting.RejectionCounts;
import dev.streamgauge.redis.accounting.RejectionCounts.Rejected;
import dev.streamgauge.redis.removal.RegistryReset;
import dev.streamgauge.redis.removal.RemovalOutcome;
import dev.streamgauge.redis.removal.SeriesDeletion;
import dev.streamgauge.redis.sweep.SeriesSweep;
import dev.streamgauge.testkit.Samples;
import dev.streamgauge.testkit.TestLimits;
import dev.streamgauge.testkit.stored.StoredSummaries;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Expensive calls of the scripts that sweep, delete and count rejections: of their callers' largest pages and steps. */
final class MaintenanceCalls {

    private static final TenantId TENANT = new TenantId("tenant");
    private static final int PARTITION = 0;
    private static final int EXPIRY_SECONDS = 60;
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int SERIES = 2_000;
    private static final int LARGE_SERIES = 500;
    private static final String LONG = "x".repeat(2_000);

    /** How many reasons there are to reject a push. */
    private static final int REASONS = 60;

    private static final Family COUNTERS =
            Samples.counter("orders_total", "", 1).family();
    private static final Family SUMMARIES = Samples.summary("bytes", "", 1).family();

    private final IdleRedis redis;
    private final byte[] counter;
    private final byte[] full;
    private long flush;

    MaintenanceCalls(IdleRedis redis) {
        this.redis = redis;
        long expired = System.currentTimeMillis() - Duration.ofDays(1).toMillis();
        this.counter = counter(expired);
        this.full = StoredSummaries.encode(StoredSummaries.full(expired), expired);
    }

    /** The calls, in the order of the table. */
    List<WorstCall> all() {
        return List.of(
                sweep("a page of series that stay", COUNTERS, SERIES, 0),
                sweep("a page of series that go", COUNTERS, SERIES, EXPIRY_SECONDS),
                sweep("a page of full summaries that stay", SUMMARIES, LARGE_SERIES, 0),
                sweep("a page of full summaries that go", SUMMARIES, LARGE_SERIES, EXPIRY_SECONDS),
                removal("deletion: 2,000 series", COUNTERS, SERIES, this::delete),
                removal("deletion: 500 full summaries", SUMMARIES, LARGE_SERIES, this::delete),
                removal("reset: 2,000 series", COUNTERS, SERIES, this::reset),
                removal("reset: 500 full summaries", SUMMARIES, LARGE_SERIES, this::reset),
                new WorstCall("rejections: of 100 tenants", redis::empty, () -> countRejections(100, 1)),
                new WorstCall(
                        "rejections: of 5 tenants, for each reason", redis::empty, () -> countRejections(5, REASONS)));
    }

    private WorstCall sweep(String name, Family family, int series, int expirySeconds) {
        SeriesSweep sweep = new SeriesSweep(redis.topology(), SeriesSweep.Emptied.KEEP);
        return new WorstCall(
                "sweep: " + name,
                () -> store(family, series),
                () -> sweep.sweep(TENANT, family, expirySeconds, SeriesSweep.FIRST));
    }

    private WorstCall removal(String name, Family family, int series, Function<Family, RemovalOutcome> call) {
        return new WorstCall(name, () -> store(family, series), () -> {
            RemovalOutcome outcome = call.apply(family);
            if (!(outcome instanceof RemovalOutcome.Done)) {
                throw new IllegalStateException(outcome + " instead of a removal");
            }
        });
    }

    /** The selector has labels, so that each series is named in the call. */
    private RemovalOutcome delete(Family family) {
        try {
            SeriesSelector selector = SeriesSelector.parse("%s{path!=\"\"}".formatted(family.name()));
            return new SeriesDeletion(redis.topology(), DEADLINE)
                    .delete(TENANT, new SeriesSelection(List.of(selector)));
        } catch (MalformedSelectorException e) {
            throw new IllegalStateException(e);
        }
    }

    private RemovalOutcome reset(Family family) {
        return new RegistryReset(redis.topology(), DEADLINE).reset(TENANT, RegistryReset.Extent.KEEP);
    }

    /** Ingest adds tenants to a call until it has 200 of them and their reasons. */
    private void countRejections(int tenants, int reasons) {
        Map<ErrorId, Long> samples =
                IntStream.range(0, reasons).boxed().collect(Collectors.toMap(MaintenanceCalls::reason, i -> 1L));
        Map<TenantId, Rejected> rejected = new LinkedHashMap<>();
        IntStream.range(0, tenants)
                .forEach(i -> rejected.put(
                        new TenantId("tenant-" + i), new Rejected(samples, samples.size(), TestLimits.UNLIMITED)));
        new RejectionCounts(redis.topology(), Duration.ofDays(1), "benchmark")
                .add(PARTITION, ++flush, rejected)
                .await()
                .indefinitely();
    }

    private static ErrorId reason(int number) {
        return () -> "REASON_" + number;
    }

    /** Stores a family whose series were last updated a day ago. */
    private void store(Family family, int series) {
        redis.empty();
        byte[] value = family.equals(SUMMARIES) ? full : counter;
        set(redis.keyspace().families(TENANT), bytes(family.name()), FamilyCodec.encode(family));
        set(redis.keyspace().tenantTotals(TENANT), bytes("series"), bytes(Integer.toString(series)));
        set(redis.keyspace().tenantTotals(TENANT), bytes("registry_bytes"), bytes("1000000000"));
        String labels = family.equals(SUMMARIES) ? "" : LONG;
        for (int i = 0; i < series; i++) {
            byte[] canonical = Samples.labels(String.format(Locale.ROOT, "path=\"/items/%06d%s\"", i, labels))
                    .bytes();
            set(redis.keyspace().family(TENANT, family.name()), canonical, value);
        }
    }

    private void set(String key, byte[] field, byte[] value) {
        redis.client().commandBytes(new byte[][] {bytes("HSET"), bytes(key), field, value});
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] counter(long updatedAtMillis) {
        return ByteBuffer.allocate(StoredSeries.HEADER_LENGTH + 2 * Double.BYTES)
                .put(bytes(Counter.INSTANCE.storedCodes()))
                .putDouble((double) updatedAtMillis)
                .putInt((int) (updatedAtMillis / 1000))
                .putDouble(1)
                .putDouble(0)
                .array();
    }
}
