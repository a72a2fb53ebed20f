package dev.streamgauge.server.tenants;

import static dev.streamgauge.server.TestRedis.DEADLINE;
import static dev.streamgauge.server.TestRedis.KEYSPACE;
import static dev.streamgauge.server.tenants.Directory.MADE;
import static dev.streamgauge.server.tenants.Directory.record;
import static dev.streamgauge.server.tenants.Directory.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.server.Settings;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.TestRedis;
import dev.streamgauge.testkit.FaultProxy;
import dev.streamgauge.testkit.LogRecorder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TenantCacheTest {

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private static final TenantId ACME = new TenantId("acme");

    private final Random random = new Random(1);
    private final ApiKey key = ApiKey.generate(random);
    private final ApiKey other = ApiKey.generate(random);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final LogRecorder log = LogRecorder.of(TenantCache.class);

    /** The clock of the cache. Like {@link System#nanoTime}, it starts at an arbitrary value. */
    private final AtomicLong nanos = new AtomicLong(-5);

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        log.close();
    }

    private TenantCache cache(RedisConnections connections, StreamgaugeConfig config) {
        TenantCache cache = new TenantCache(
                REDIS.vertx(), new SingleServer(connections, KEYSPACE), config, registry, () -> MADE, nanos::get);
        REDIS.closedAfterwards(() -> cache.stop(new ShutdownEvent()));
        return cache;
    }

    /** A cache without a file, which reads Redis only when the test asks for it. */
    private TenantCache cache() {
        return cache(REDIS.connections(), Settings.of());
    }

    /** A cache with that file, which has read Redis and reads it each second. */
    private TenantCache cacheWithFile(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("tenants.yaml"), yaml);
        TenantCache cache = cache(REDIS.connections(), Settings.of("tenants-file", file.toString()));
        cache.start(new StartupEvent());
        return read(cache);
    }

    private static TenantCache read(TenantCache cache) {
        cache.refresh().await().atMost(DEADLINE);
        return cache;
    }

    private static Directory directory() {
        return new Directory(REDIS);
    }

    private static FaultProxy proxy() {
        return REDIS.closedAfterwards(FaultProxy.to(REDIS.server().port()));
    }

    private TenantCache cacheBehind(FaultProxy proxy) {
        return cache(REDIS.connectionsTo("redis://127.0.0.1:" + proxy.port()), Settings.of());
    }

    private static void takeAway(FaultProxy proxy) {
        proxy.rejectNewConnections();
        proxy.cut();
    }

    private static void assertFails(TenantCache cache) {
        assertThatThrownBy(() -> read(cache)).isInstanceOf(RedisFailure.class);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private static String yaml(String tenant, ApiKey key, String limits) {
        return """
                tenants:
                  %s:
                    keys: [{id: "%s", hash: "%s", scopes: [query]}]
                    limits: {%s}
                """.formatted(tenant, key.id(), key.hash().hex(), limits);
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }

    @Test
    void find_givesTheRecordAndItsKeys_whenTheTenantIsInRedis() {
        KeyRecord stored = record(key, Scope.QUERY);
        TenantRecord acme = tenant("acme", stored).withLimits(Map.of(Limit.INGESTION_RATE, 5.0));
        directory().put(acme);

        TenantCache cache = read(cache());

        assertThat(cache.find(ACME)).contains(acme);
        assertThat(cache.findKey(key.id())).contains(new OwnedKey(ACME, stored));
        assertThat(cache.limitsOf(ACME)).isEqualTo(Map.of(Limit.INGESTION_RATE, 5.0));
        assertThat(cache.isInFile(ACME)).isFalse();
        assertThat(cache.ids()).containsExactly(ACME);
        assertThat(cache.page(Optional.empty(), 10)).containsExactly(acme);
    }

    @Test
    void find_givesNothing_whenThereIsNoSuchTenant() {
        TenantCache cache = read(cache());

        assertThat(cache.find(ACME)).isEmpty();
        assertThat(cache.findKey(key.id())).isEmpty();
        assertThat(cache.limitsOf(ACME)).isEmpty();
        assertThat(cache.isInFile(ACME)).isFalse();
        assertThat(cache.ids()).isEmpty();
        assertThat(cache.page(Optional.empty(), 10)).isEmpty();
    }

    @Test
    void isFresh_isFalse_whenNothingWasReadYet() {
        TenantCache cache = cache();

        assertThat(cache.isFresh()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"0, true", "30000000000, true", "30000000001, false"})
    void isFresh_endsAfterThirtySeconds(long ageNanos, boolean fresh) {
        TenantCache cache = read(cache());

        pass(Duration.ofNanos(ageNanos));

        assertThat(cache.isFresh()).isEqualTo(fresh);
    }

    @Test
    void isFresh_isTrueAgain_whenRedisWasReadAgain() {
        TenantCache cache = read(cache());
        pass(Duration.ofSeconds(31));
        assertThat(cache.isFresh()).isFalse();

        read(cache);

        assertThat(cache.isFresh()).isTrue();
    }

    @Test
    void isFresh_countsFromTheLastReadThatSucceeded() {
        FaultProxy proxy = proxy();
        TenantCache cache = read(cacheBehind(proxy));
        takeAway(proxy);
        pass(Duration.ofSeconds(20));

        assertFails(cache);

        assertThat(cache.isFresh()).isTrue();
        pass(Duration.ofSeconds(11));
        assertThat(cache.isFresh()).isFalse();
    }

    /** The answer may lack what changed while it was on its way. */
    @Test
    void isFresh_countsFromTheBeginningOfTheRead() throws Exception {
        FaultProxy proxy = proxy();
        TenantCache cache = read(cacheBehind(proxy));
        proxy.replies(new FaultProxy.Hang());
        CompletableFuture<Void> reading = cache.refresh().subscribeAsCompletionStage();
        await().atMost(DEADLINE).until(() -> polls() == 2);
        pass(Duration.ofSeconds(20));
        proxy.heal();
        reading.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);

        pass(Duration.ofSeconds(11));

        assertThat(cache.isFresh()).isFalse();
    }

    @Test
    void tenantsFile_winsOverRedis_whenATenantIsInBoth() throws IOException {
        directory().put(tenant("acme", record(other, Scope.ADMIN)).withLimits(Map.of(Limit.REQUEST_RATE, 7.0)));

        TenantCache cache = cacheWithFile(yaml("acme", key, "ingestion_rate: 5"));

        TenantRecord inFile = tenant("acme", record(key, Scope.QUERY)).withLimits(Map.of(Limit.INGESTION_RATE, 5.0));
        assertThat(cache.isInFile(ACME)).isTrue();
        assertThat(cache.find(ACME)).contains(inFile);
        assertThat(cache.findKey(key.id())).contains(new OwnedKey(ACME, record(key, Scope.QUERY)));
        assertThat(cache.findKey(other.id())).as("its key in Redis").isEmpty();
        assertThat(cache.limitsOf(ACME)).isEqualTo(Map.of(Limit.INGESTION_RATE, 5.0));
        assertThat(cache.page(Optional.empty(), 10)).containsExactly(inFile);
        assertThat(cache.ids()).containsExactly(ACME);
        assertThat(gauge("streamgauge.tenants")).isOne();
    }

    @Test
    void tenantsFile_leavesTheOthersToRedis() throws IOException {
        directory().put(tenant("beta", record(other, Scope.QUERY)));

        TenantCache cache = cacheWithFile(yaml("acme", key, ""));

        assertThat(cache.findKey(key.id())).isPresent();
        assertThat(cache.findKey(other.id())).contains(new OwnedKey(new TenantId("beta"), record(other, Scope.QUERY)));
        assertThat(cache.isInFile(new TenantId("beta"))).isFalse();
        assertThat(cache.ids()).containsExactly(ACME, new TenantId("beta"));
        assertThat(gauge("streamgauge.tenants")).isEqualTo(2);
    }

    /** The id of a key in the file cannot be taken by a tenant in Redis. */
    @Test
    void tenantsFile_keepsItsKey_whenAKeyInRedisHasTheSameId() throws IOException {
        directory().put(tenant("beta", record(key, Scope.ADMIN)));

        TenantCache cache = cacheWithFile(yaml("acme", key, ""));

        assertThat(cache.findKey(key.id())).contains(new OwnedKey(ACME, record(key, Scope.QUERY)));
    }

    /** Redis has b, d and f. The file has a, d and g, and a limit for d, shown as d*. The first page is after /. */
    @Test
    void page_isInTheOrderOfIds_fromBothSources() throws IOException {
        Stream.of("f", "b", "d").forEach(name -> directory().put(tenant(name)));
        TenantCache cache = cacheWithFile("tenants: {g: {}, d: {limits: {ingestion_rate: 1}}, a: {}}\n");

        String pages = Stream.of("/ 10", "/ 3", "/ 1", "a 2", "b 2", "c 2", "d 2", "f 2", "g 2")
                .map(asked -> asked + ": " + page(cache, asked.split(" ", -1)))
                .collect(Collectors.joining("\n"));

        assertThat(pages).isEqualTo("""
                / 10: a b d* f g
                / 3: a b d*
                / 1: a
                a 2: b d*
                b 2: d* f
                c 2: d* f
                d 2: f g
                f 2: g
                g 2:\s""");
    }

    private static String page(TenantCache cache, String[] afterAndLimit) {
        Optional<TenantId> after = TenantId.parse(afterAndLimit[0]);
        return cache.page(after, Integer.parseInt(afterAndLimit[1])).stream()
                .map(row -> row.tenant() + (row.limits().isEmpty() ? "" : "*"))
                .collect(Collectors.joining(" "));
    }

    /** A scraper drops a tenant that the list lacks, so the list has those with an unreadable record too. */
    @Test
    void ids_areInOrder_withThoseThatCannotBeRead() throws IOException {
        directory().put(tenant("d"));
        directory().putUnreadable("c");

        TenantCache cache = cacheWithFile("tenants: {e: {}, b: {}}\n");

        assertThat(cache.ids()).extracting(TenantId::value).containsExactly("b", "c", "d", "e");
    }

    @Test
    void record_countsForNothing_whenItCannotBeRead() throws IOException {
        Directory directory = directory();
        directory.put(tenant("acme", record(key, Scope.QUERY)));
        TenantCache cache = cacheWithFile("");
        assertThat(cache.findKey(key.id())).isPresent();

        directory.putUnreadable("acme");
        read(cache);

        assertThat(cache.findKey(key.id())).isEmpty();
        assertThat(cache.find(ACME)).isEmpty();
        assertThat(cache.page(Optional.empty(), 10)).isEmpty();
        assertThat(gauge("streamgauge.unreadable.tenants")).isOne();
        assertThat(gauge("streamgauge.tenants")).isZero();
        directory.put(tenant("acme", record(key, Scope.QUERY)));
        read(cache);
        assertThat(cache.findKey(key.id())).isPresent();
        assertThat(gauge("streamgauge.unreadable.tenants")).isZero();
    }

    @Test
    void age_isShown_whileRedisCannotBeReached() {
        FaultProxy proxy = proxy();
        TenantCache cache = cacheBehind(proxy);
        cache.start(new StartupEvent());
        read(cache);
        takeAway(proxy);
        assertThat(gauge("streamgauge.tenant.directory.age.seconds")).isZero();

        pass(Duration.ofMillis(2_500));

        assertThat(gauge("streamgauge.tenant.directory.age.seconds")).isEqualTo(2.5);
    }

    @Test
    void polls_areCounted_alsoThoseThatFail() {
        FaultProxy proxy = proxy();
        TenantCache cache = read(cacheBehind(proxy));
        takeAway(proxy);

        assertFails(cache);

        assertThat(polls()).isEqualTo(2);
    }

    private double polls() {
        return registry.get("streamgauge.tenant.directory.polls").counter().count();
    }

    @Test
    void log_saysOnceThatRedisCannotBeReached_andOnceThatItWasRead() {
        FaultProxy proxy = proxy();
        proxy.rejectNewConnections();
        TenantCache cache = cacheBehind(proxy);
        for (int i = 0; i < 3; i++) {
            assertFails(cache);
        }
        proxy.heal();
        read(cache);
        read(cache);

        assertThat(log.lines())
                .extracting(line -> line.replaceFirst("message=.*", "message=…"))
                .containsExactly("WARN tenants directory=failed kept=last message=…", "INFO tenants directory=read");
    }

    @Test
    void log_saysOnceHowManyRecordsCannotBeRead() {
        Directory directory = directory();
        directory.putUnreadable("a");
        TenantCache cache = read(cache());
        read(cache);
        directory.putUnreadable("b");
        read(cache);
        read(cache);

        assertThat(log.lines())
                .containsExactly(
                        "WARN tenants unreadable=1: a newer release has written them; upgrade this process",
                        "WARN tenants unreadable=2: a newer release has written them; upgrade this process");
    }
}
