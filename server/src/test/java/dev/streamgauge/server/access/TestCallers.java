package dev.streamgauge.server.access;

import static dev.streamgauge.server.TestRedis.DEADLINE;
import static dev.streamgauge.server.TestRedis.KEYSPACE;
import static dev.streamgauge.server.tenants.Directory.MADE;
import static dev.streamgauge.server.tenants.Directory.record;
import static dev.streamgauge.server.tenants.Directory.recordUntil;
import static dev.streamgauge.server.tenants.Directory.tenant;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.server.Settings;
import dev.streamgauge.server.TestRedis;
import dev.streamgauge.server.tenants.Directory;
import dev.streamgauge.server.tenants.TenantCache;
import dev.streamgauge.server.tenants.TenantCaches;
import dev.streamgauge.testkit.FaultProxy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Requests of callers with every kind of key, and the tenants that have the keys.
 *
 * <p>The tenants acme and beta are in Redis. The tenant filed is in the tenants file, and also in Redis, where its key
 * must not work. The record of the tenant newer cannot be read.
 */
final class TestCallers {

    /** The administrator's key, {@code streamgauge.auth.admin-key}. */
    static final String BOOTSTRAP = "the-administrators-key-0123456789";

    /** The key to the own metrics, {@code streamgauge.auth.metrics-key}. */
    static final String METRICS = "the-key-of-prometheus-0123456789";

    private static final Random RANDOM = new Random(1);
    private static final ApiKey INGEST = ApiKey.generate(RANDOM);
    private static final ApiKey QUERY = ApiKey.generate(RANDOM);
    private static final ApiKey QUERY_ALL = ApiKey.generate(RANDOM);
    private static final ApiKey DELETE = ApiKey.generate(RANDOM);
    private static final ApiKey ADMIN = ApiKey.generate(RANDOM);
    private static final ApiKey EXPIRED = ApiKey.generate(RANDOM);
    private static final ApiKey REVOKED = ApiKey.generate(RANDOM);
    private static final ApiKey UNKNOWN = ApiKey.generate(RANDOM);
    private static final ApiKey BETA_QUERY = ApiKey.generate(RANDOM);
    private static final ApiKey FILED_QUERY = ApiKey.generate(RANDOM);
    private static final ApiKey FILED_ADMIN = ApiKey.generate(RANDOM);
    private static final ApiKey FILED_IN_REDIS = ApiKey.generate(RANDOM);

    /** The keys by their names in {@code authentication.txt}. */
    static final Map<String, String> KEYS = Map.ofEntries(
            Map.entry("ingest", INGEST.text()),
            Map.entry("query", QUERY.text()),
            Map.entry("query-all", QUERY_ALL.text()),
            Map.entry("delete", DELETE.text()),
            Map.entry("admin", ADMIN.text()),
            Map.entry("expired", EXPIRED.text()),
            Map.entry("revoked", REVOKED.text()),
            Map.entry("unknown", UNKNOWN.text()),
            Map.entry("wrong-secret", withIdOf(QUERY, UNKNOWN)),
            Map.entry("beta-query", BETA_QUERY.text()),
            Map.entry("filed-query", FILED_QUERY.text()),
            Map.entry("filed-admin", FILED_ADMIN.text()),
            Map.entry("filed-in-redis", FILED_IN_REDIS.text()),
            Map.entry("bootstrap", BOOTSTRAP),
            Map.entry("metrics", METRICS));

    private final TestRedis redis;
    private final Directory directory;
    private final Path tenantsFile;

    /** Writes the tenants. */
    TestCallers(TestRedis redis, Path folder) throws IOException {
        this.redis = redis;
        this.directory = new Directory(redis);
        this.tenantsFile = Files.writeString(folder.resolve("tenants.yaml"), """
                tenants:
                  filed:
                    keys:
                      - {id: "%s", hash: "%s", scopes: [query]}
                      - {id: "%s", hash: "%s", scopes: [admin]}
                """.formatted(
                        FILED_QUERY.id(),
                        FILED_QUERY.hash().hex(),
                        FILED_ADMIN.id(),
                        FILED_ADMIN.hash().hex()));
        putAcmeWith(record(REVOKED, Scope.values()));
        directory.put(tenant("beta", record(BETA_QUERY, Scope.QUERY)));
        directory.put(tenant("filed", record(FILED_IN_REDIS, Scope.values())));
        directory.putUnreadable("newer");
    }

    private static String withIdOf(ApiKey one, ApiKey other) {
        int idEnd = other.text().lastIndexOf('_');
        return one.text().substring(0, idEnd) + other.text().substring(idEnd);
    }

    /** Gives acme those keys besides its usual ones, instead of those that it was given so before. */
    void putAcmeWith(KeyRecord... others) {
        directory.put(tenant(
                "acme",
                Stream.concat(
                                Stream.of(
                                        record(INGEST, Scope.INGEST),
                                        record(QUERY, Scope.QUERY),
                                        record(QUERY_ALL, Scope.QUERY_ALL),
                                        record(DELETE, Scope.DELETE),
                                        record(ADMIN, Scope.ADMIN),
                                        recordUntil(MADE, EXPIRED, Scope.values())),
                                Stream.of(others))
                        .toArray(KeyRecord[]::new)));
    }

    /** A cache of the tenants in Redis and in the file, which has read both. */
    TenantCache cache(RedisConnections connections, LongSupplier nanoTime) {
        return TenantCaches.started(
                redis,
                new SingleServer(connections, KEYSPACE),
                Settings.of("tenants-file", tenantsFile.toString()),
                () -> MADE,
                nanoTime);
    }

    /** A cache that reaches Redis and has seen the revoked key before and after its revocation. */
    TenantCache fresh() {
        TenantCache cache = cache(redis.connections(), () -> 0);
        putAcmeWith();
        cache.refresh().await().atMost(DEADLINE);
        return cache;
    }

    /** As {@link #fresh}, but Redis has been unreachable for longer than the cache may use what it read. */
    TenantCache stale() {
        FaultProxy proxy = redis.closedAfterwards(FaultProxy.to(redis.server().port()));
        AtomicLong nanos = new AtomicLong();
        TenantCache cache = cache(redis.connectionsTo("redis://127.0.0.1:" + proxy.port()), nanos::get);
        putAcmeWith();
        cache.refresh().await().atMost(DEADLINE);
        proxy.rejectNewConnections();
        proxy.cut();
        nanos.addAndGet(TenantCaches.MAX_AGE.toNanos() + 1);
        return cache;
    }

    /**
     * The request of a caller as {@code authentication.txt} writes it, such as {@code Basic acme:query, org beta}.
     *
     * @param caller {@code Authorization}, with the name of a key for its text and {@code &} between two headers; then,
     *     after {@code org}, {@code X-Scope-OrgID}, with {@code +} between two headers and {@code (empty)} for an empty
     *     one. Either part may be missing; {@code nothing} stands for neither.
     */
    static FakeRequest requestOf(String caller) {
        FakeRequest request = new FakeRequest();
        String[] parts = caller.split("(^|, )org ", 2);
        if (!parts[0].isEmpty() && !parts[0].equals("nothing")) {
            for (String header : parts[0].split(" & ", -1)) {
                request.with("Authorization", authorization(header));
            }
        }
        if (parts.length > 1) {
            for (String tenant : parts[1].split("\\+", -1)) {
                request.with(Authenticator.TENANT_HEADER, tenant.equals("(empty)") ? "" : tenant);
            }
        }
        return request;
    }

    private static String authorization(String header) {
        String scheme = header.substring(0, header.indexOf(' ') + 1);
        String rest = header.substring(scheme.length());
        int colon = rest.indexOf(':');
        if (colon < 0) {
            return scheme + KEYS.getOrDefault(rest, rest);
        }
        String pair = rest.substring(0, colon + 1) + KEYS.get(rest.substring(colon + 1));
        return scheme + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }
}
