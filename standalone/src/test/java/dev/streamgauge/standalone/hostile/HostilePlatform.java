package dev.streamgauge.standalone.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.entry.FoldUnits;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.standalone.system.Directory;
import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.stored.StoredSummaries;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The three roles in mode {@code api-key}, each with a heap as in its documented memory, on a Redis of one partition. */
final class HostilePlatform implements AutoCloseable {

    private static final String ADMIN_KEY = "the-administrators-key-0123456789abcdef";

    static final Tenant ADMINISTRATOR = new Tenant("", "Authorization", "Bearer " + ADMIN_KEY);

    /** Open files of each role. */
    private static final int OPEN_FILES = 1_024;

    private static final Keyspace KEYSPACE = new Keyspace(1);

    /** Bounds of a call of the admission script. */
    private static final double MAX_LOOKUPS = 500;

    /** That of a request that goes alone: a summary with another label each, four in an entry. */
    private static final double MAX_ENTRIES = 2_500;

    /** That of a request that goes alone: its labels twice, to register and to store them, and its values. */
    private static final double MAX_BYTES = 2 * (10 << 20) + (2 << 20);

    /** Bounds of a call of the fold script. */
    private static final double MAX_FOLD_ENTRIES = 256;

    private final RedisServer redis = RedisServer.builder().build().start();
    private final Directory directory = new Directory(redis);
    private final Jars.Started ingest = role("ingest-api");
    private final Jars.Started aggregator = role("aggregator");
    private final Jars.Started query = role("query-api");

    /** Starts everything, and waits until it is ready. */
    HostilePlatform() {
        roles().forEach(Jars.Started::awaitReady);
    }

    private Jars.Started role(String module) {
        return Jars.role(
                List.of("sh", "-c", "ulimit -n " + OPEN_FILES + " && exec \"$@\"", "sh"),
                module,
                redis.url(),
                "STREAMGAUGE_PARTITIONS=1",
                "STREAMGAUGE_AUTH_MODE=api-key",
                "STREAMGAUGE_AUTH_ADMIN_KEY=" + ADMIN_KEY);
    }

    private List<Jars.Started> roles() {
        return List.of(ingest, aggregator, query);
    }

    URI ingest() {
        return ingest.address();
    }

    URI aggregator() {
        return aggregator.address();
    }

    URI query() {
        return query.address();
    }

    /** A new tenant with a key for everything. */
    Tenant tenant(String name) {
        return Tenant.withKey(name, directory.addKey(name, Scope.INGEST, Scope.QUERY, Scope.ADMIN));
    }

    void limitSeries(Tenant tenant, int series) {
        directory.limit(tenant.name(), Limit.MAX_GLOBAL_SERIES_PER_USER, series);
    }

    /** Replaces all summaries of a family by the largest that there can be. */
    void fillSummaries(Tenant tenant, String family) {
        byte[] key = KEYSPACE.family(new TenantId(tenant.name()), family).getBytes(StandardCharsets.UTF_8);
        long now = System.currentTimeMillis();
        byte[] full = StoredSummaries.encode(StoredSummaries.full(now), now);
        List<?> labels =
                (List<?>) Objects.requireNonNull(redis.commandBytes("HKEYS".getBytes(StandardCharsets.UTF_8), key));
        for (Object each : labels) {
            redis.commandBytes("HSET".getBytes(StandardCharsets.UTF_8), key, (byte[]) each, full);
        }
    }

    /** Checks that all processes live and answer health, and that no call to Redis was above its bound. */
    void assertHealthy() throws Exception {
        for (Jars.Started each : roles()) {
            assertThat(each.process().isAlive()).as(each.process().output()).isTrue();
            assertThat(each.process().output()).doesNotContain("OutOfMemoryError", "Too many open files");
            Scrapes.get(each.at("/q/health/live"));
        }
        Map<String, Double> admission = Scrapes.ownMetrics(ingest.address());
        assertThat(admission.get("streamgauge_admission_call_lookups_max")).isBetween(0.0, MAX_LOOKUPS);
        assertThat(admission.get("streamgauge_admission_call_entries_max")).isBetween(1.0, MAX_ENTRIES);
        assertThat(admission.get("streamgauge_admission_call_bytes_max")).isBetween(1.0, MAX_BYTES);
        Map<String, Double> folds = Scrapes.ownMetrics(aggregator.address());
        assertThat(folds.get("streamgauge_fold_batch_entries_max")).isBetween(1.0, MAX_FOLD_ENTRIES);
        assertThat(folds.get("streamgauge_fold_batch_units_max")).isBetween(1.0, (double) FoldUnits.MAX_PER_CALL);
    }

    @Override
    public void close() {
        roles().forEach(Jars.Started::close);
        directory.close();
        redis.close();
    }
}
