package dev.streamgauge.query.rendering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.exposition.TextWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.query.Pushed;
import dev.streamgauge.query.Settings;
import dev.streamgauge.query.negotiation.ContentCoding;
import dev.streamgauge.query.routes.ScrapeCoalescer;
import dev.streamgauge.query.scrape.CoalescedScrape.Subscriber;
import dev.streamgauge.query.scrape.ScrapeRequest;
import dev.streamgauge.query.scrape.Subscribers;
import dev.streamgauge.query.share.ReadAhead;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.sweep.SeriesSweep;
import dev.streamgauge.redis.sweep.SweptPage;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.ParsedExposition;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How scrapes show expired series and new series. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(60)
class ExpiredSeriesTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final ScrapeRequest SCRAPE =
            new ScrapeRequest(ACME, Set.of(), TextWriter.FORMAT, ContentCoding.IDENTITY, true);
    private static final Family ORDERS = Pushed.family("orders_total", Counter.INSTANCE, "");
    private static final String SERIES = KEYSPACE.family(ACME, "orders_total");
    private static final int EXPIRY = 600;
    private static final TenantLimits EXPIRING =
            TenantLimits.DEFAULTS.with(Map.of(Limit.COUNTER_EXPIRY_SECONDS, (double) EXPIRY));
    private static final int MANY = 100_000;

    private final Vertx vertx = Vertx.vertx();
    private final RedisServer redis = RedisServer.builder().build();
    private RedisConnections connections;
    private RedisClient connection;

    @BeforeAll
    void start() {
        redis.start();
        RedisOptions options = RedisServer.clientOptions(redis.url());
        connections = new RedisConnections(vertx, options, Duration.ofSeconds(10));
        connection = redis.connect();
    }

    @AfterAll
    void stop() {
        connection.close();
        connections.close();
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @BeforeEach
    void clear() {
        connection.command("FLUSHALL");
        connection.commandBytes(
                ascii("HSET"), ascii(KEYSPACE.families(ACME)), ascii("orders_total"), FamilyCodec.encode(ORDERS));
    }

    @Test
    void scrape_showsNothing_whenAllSeriesExpired() {
        store("a=\"1\"", 5, EXPIRY + 2, EXPIRY + 2);

        assertThat(scrape(EXPIRING)).isEmpty();
        assertThat(scrape(TenantLimits.DEFAULTS)).contains("orders_total{a=\"1\"} 5\n");
    }

    /** The fold decides by the same watermark, and continues the series. */
    @Test
    void scrape_showsASeries_whenItIsOldBecauseNothingIsFolded() {
        store("a=\"1\"", 5, EXPIRY + 200, EXPIRY + 200);
        String admitted = Long.toString(System.currentTimeMillis() - 300_000);
        connection.command("XADD", KEYSPACE.stream(0), admitted + "-0", "p", "x");
        connection.command("HSET", KEYSPACE.tenantTotals(ACME), "backlog", "1", "since", admitted);

        assertThat(scrape(EXPIRING)).contains("orders_total{a=\"1\"} 5\n");
    }

    @Test
    void scrape_showsEverything_whenTheClockCannotBeRead() {
        store("a=\"1\"", 5, EXPIRY + 2, EXPIRY + 2);
        connection.command("SET", KEYSPACE.tenantTotals(ACME), "unexpected");

        assertThat(scrape(EXPIRING)).contains("orders_total{a=\"1\"} 5\n");
    }

    @Test
    void scraper_seesZero_whenASeriesIsNew() {
        TenantLimits zeroes = TenantLimits.DEFAULTS.with(Map.of(Limit.NEW_SERIES_ZERO_SECONDS, 60.0));
        TenantLimits none = TenantLimits.DEFAULTS.with(Map.of(Limit.NEW_SERIES_ZERO_SECONDS, 0.0));
        store("a=\"new\"", 5, 30, 1);
        store("a=\"old\"", 5, 90, 1);

        assertThat(scrape(zeroes)).contains("orders_total{a=\"new\"} 0\n", "orders_total{a=\"old\"} 5\n");
        assertThat(scrape(none)).contains("orders_total{a=\"new\"} 5\n");
    }

    /** The clock was set back, or forward, by an hour after the series had begun. */
    @ParameterizedTest
    @ValueSource(ints = {-3_600, 3_600})
    void scraper_seesTheValue_whenTheClockStepped(int createdSecondsAgo) {
        store("a=\"1\"", 5, createdSecondsAgo, 1);

        assertThat(scrape(TenantLimits.DEFAULTS)).contains("orders_total{a=\"1\"} 5\n");
    }

    /** Entries keep ids of the time before the step, and the watermark must not follow them. */
    @Test
    void scrape_showsALiveSeries_whenTheClockWasSetBackByMoreThanItsExpiry() {
        store("a=\"after\"", 5, 100, 1);
        store("a=\"before\"", 7, -3_600, -3_600);
        store("a=\"old\"", 9, EXPIRY + 2, EXPIRY + 2);
        String ahead = Long.toString(System.currentTimeMillis() + 3_600_000);
        connection.command("XADD", KEYSPACE.stream(0), ahead + "-0", "p", "x");
        connection.command("HSET", KEYSPACE.tenantTotals(ACME), "backlog", "1", "since", ahead);

        assertThat(scrape(EXPIRING))
                .contains("orders_total{a=\"after\"} 5\n", "orders_total{a=\"before\"} 7\n")
                .doesNotContain("old");
    }

    /**
     * The scrape pauses after some pages, and continues when half of the series are gone. Its limits have no expiry, so
     * that it shows each series that it reads.
     */
    @Test
    void scrape_showsEachSeriesOnce_whenASweepRemovesHalfInItsMiddle() {
        storeMany();
        Subscriber subscriber = begin(TenantLimits.DEFAULTS, Settings.holding(1));

        assertThat(sweepAll()).isEqualTo(MANY / 2);

        assertShowsTheYoungOnce(Subscribers.readRest(subscriber));
    }

    @Test
    void scrapes_showEachSeriesOnce_whileASweepRemovesHalf() throws Exception {
        storeMany();
        FutureTask<Integer> swept = new FutureTask<>(this::sweepAll);
        Thread.ofPlatform().start(swept); // a thread of a shared pool would have another class loader
        List<String> bodies = new ArrayList<>();
        do {
            bodies.add(scrape(bodies.size() % 2 == 0 ? TenantLimits.DEFAULTS : EXPIRING));
        } while (!swept.isDone());

        assertThat(swept.get(20, TimeUnit.SECONDS)).isEqualTo(MANY / 2);
        bodies.forEach(ExpiredSeriesTest::assertShowsTheYoungOnce);
    }

    private static void assertShowsTheYoungOnce(String body) {
        Set<String> shown = ParsedExposition.parse(body).values().keySet(); // rejects a series that is shown twice
        assertThat(IntStream.range(0, MANY)
                        .filter(i -> i % 2 == 1 && !shown.contains("orders_total{i=\"" + i + "\"}"))
                        .boxed())
                .as("young series that are not shown")
                .isEmpty();
    }

    private String scrape(TenantLimits limits) {
        return Subscribers.readRest(begin(limits, Settings.holding(1 << 20)));
    }

    private Subscriber begin(TenantLimits limits, Settings settings) {
        RegistryReader reader = new RegistryReader(new SingleServer(connections, KEYSPACE));
        ScrapeCoalescer coalescer = new ScrapeCoalescer(
                settings,
                (request, scrape) -> RegistryRenderer.render(
                        reader, new ReadAhead(16), request, limits, System.currentTimeMillis(), scrape));
        return coalescer.join(SCRAPE).orElseThrow();
    }

    private int sweepAll() {
        SeriesSweep sweep = new SeriesSweep(new SingleServer(connections, KEYSPACE), SeriesSweep.Emptied.KEEP);
        int removed = 0;
        SweptPage page = sweep.sweep(ACME, ORDERS, EXPIRY, SeriesSweep.FIRST);
        while (!page.isLast()) {
            removed += page.series();
            page = sweep.sweep(ACME, ORDERS, EXPIRY, page.cursor());
        }
        return removed + page.series();
    }

    /** Every other series is expired. */
    private void storeMany() {
        for (int from = 0; from < MANY; from += 1_000) {
            List<byte[]> words = new ArrayList<>(List.of(ascii("HSET"), ascii(SERIES)));
            for (int i = from; i < from + 1_000; i++) {
                words.add(ascii("i=\"" + i + '"'));
                words.add(value(i, EXPIRY + 100, i % 2 == 0 ? EXPIRY + 100 : 0));
            }
            connection.commandBytes(words.toArray(byte[][]::new));
        }
        connection.command("HSET", KEYSPACE.tenantTotals(ACME), "series", Integer.toString(MANY));
    }

    private void store(String labels, double value, int createdSecondsAgo, int updatedSecondsAgo) {
        connection.commandBytes(
                ascii("HSET"), ascii(SERIES), ascii(labels), value(value, createdSecondsAgo, updatedSecondsAgo));
    }

    private static byte[] value(double value, int createdSecondsAgo, int updatedSecondsAgo) {
        long now = System.currentTimeMillis() / 1_000;
        return ByteBuffer.allocate(StoredSeries.HEADER_LENGTH + 2 * Double.BYTES)
                .put((byte) 'c')
                .putDouble((now - createdSecondsAgo) * 1_000.0)
                .putInt((int) (now - updatedSecondsAgo))
                .putDouble(value)
                .putDouble(0)
                .array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
