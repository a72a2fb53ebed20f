package dev.streamgauge.query.rendering;

import static dev.streamgauge.query.Pushed.counter;
import static dev.streamgauge.query.Pushed.histogram;
import static dev.streamgauge.query.Pushed.observed;
import static dev.streamgauge.query.Pushed.sample;
import static dev.streamgauge.query.Pushed.summary;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.exposition.TextWriter;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.query.Registries;
import dev.streamgauge.query.Settings;
import dev.streamgauge.query.negotiation.ContentCoding;
import dev.streamgauge.query.routes.ScrapeCoalescer;
import dev.streamgauge.query.scrape.ScrapeRequest;
import dev.streamgauge.query.scrape.Subscribers;
import dev.streamgauge.query.share.ReadAhead;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisServer;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** Each scraper sees a new series as 0 at first, whenever it comes, and whichever process it asks. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(60)
class FirstZeroTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final ScrapeRequest SCRAPE =
            new ScrapeRequest(ACME, Set.of(), TextWriter.FORMAT, ContentCoding.IDENTITY, true);
    private static final int EXPIRY = 600;

    /** New for 75 s, the default. */
    private static final TenantLimits LIMITS = TenantLimits.DEFAULTS.with(Map.of(
            Limit.COUNTER_EXPIRY_SECONDS, (double) EXPIRY,
            Limit.HISTOGRAM_EXPIRY_SECONDS, (double) EXPIRY,
            Limit.SUMMARY_EXPIRY_SECONDS, (double) EXPIRY));

    private final Vertx vertx = Vertx.vertx();
    private final RedisServer redis = RedisServer.builder().build();
    private RedisConnections connections;
    private Registries registries;

    @BeforeAll
    void start() {
        redis.start();
        connections = connect();
        registries = new Registries(new SingleServer(connections, KEYSPACE));
    }

    @AfterAll
    void stop() {
        connections.close();
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @BeforeEach
    void clear() {
        registries.clear();
    }

    @Test
    void scrapers_allSeeTheZero_whenTheyScrapeAtDifferentTimes() {
        push(counter("orders_total", "a=\"1\"", 5));

        String ofTheFirst = scrape();
        push(counter("orders_total", "a=\"1\"", 2));
        letPass("orders_total", "a=\"1\"", 60);
        String ofTheSecond = scrape();
        String ofTheFirstAgain = scrape();
        letPass("orders_total", "a=\"1\"", 20);
        String later = scrape();

        assertThat(ofTheFirst).contains("orders_total{a=\"1\"} 0\n");
        assertThat(ofTheSecond).contains("orders_total{a=\"1\"} 0\n");
        assertThat(ofTheFirstAgain).contains("orders_total{a=\"1\"} 0\n");
        assertThat(later).contains("orders_total{a=\"1\"} 7\n");
    }

    /** The time counts from what is stored, so no process starts it again or cuts it short. */
    @Test
    void scrapers_seeTheZeroForTheSameTime_whenQueryApiIsRestarted() {
        push(counter("orders_total", "", 5));
        try (RedisConnections before = connect()) {
            assertThat(scrape(before)).contains("orders_total 0\n");
        }

        letPass("orders_total", "", 60);
        try (RedisConnections after = connect()) {
            assertThat(scrape(after)).contains("orders_total 0\n");
            letPass("orders_total", "", 20);
            assertThat(scrape(after)).contains("orders_total 5\n");
        }
    }

    @Test
    void counter_beginsAtZeroAgain_whenItExpiredAndCameBack() {
        push(counter("orders_total", "", 5));
        letPass("orders_total", "", EXPIRY + 2);
        String expired = scrape();
        push(counter("orders_total", "", 3));
        String back = scrape();
        letPass("orders_total", "", 80);

        assertThat(expired).isEmpty();
        assertThat(back).contains("orders_total 0\n");
        assertThat(scrape()).contains("orders_total 3\n");
    }

    @Test
    void histogram_beginsAtZeroAsAWhole_whenItExpiredAndCameBack() {
        Sample two = sample(histogram("seconds", "", 1, 2), "", observed(0.5, 1.5));
        push(two);
        letPass("seconds", "", EXPIRY + 2);
        push(two);
        String back = scrape();
        letPass("seconds", "", 80);

        assertThat(back).isEqualTo("""
                # TYPE seconds histogram
                seconds_bucket{le="1"} 0
                seconds_bucket{le="2"} 0
                seconds_bucket{le="+Inf"} 0
                seconds_sum 0
                seconds_count 0
                """);
        assertThat(scrape()).isEqualTo("""
                # TYPE seconds histogram
                seconds_bucket{le="1"} 1
                seconds_bucket{le="2"} 2
                seconds_bucket{le="+Inf"} 2
                seconds_sum 2
                seconds_count 2
                """);
    }

    @Test
    void summary_beginsAtZeroWithItsQuantiles_whenItExpiredAndCameBack() {
        Sample one = sample(summary("bytes", "", 0.5), "", observed(8));
        push(one);
        letPass("bytes", "", EXPIRY + 2);
        push(one);
        String back = scrape();
        letPass("bytes", "", 80);

        assertThat(back).isEqualTo("""
                # TYPE bytes summary
                bytes{quantile="0.5"} 8
                bytes_sum 0
                bytes_count 0
                """);
        assertThat(scrape()).isEqualTo("""
                # TYPE bytes summary
                bytes{quantile="0.5"} 8
                bytes_sum 8
                bytes_count 1
                """);
    }

    private void push(Sample sample) {
        registries.push(ACME.value(), LIMITS.expiry(), sample);
    }

    /** Lets a series be older, as if so many seconds had passed since its last fold. */
    private void letPass(String family, String labels, int seconds) {
        byte[] value = registries.value(ACME.value(), family, labels);
        ByteBuffer header = ByteBuffer.wrap(value, 0, StoredSeries.HEADER_LENGTH);
        header.putDouble(1, header.getDouble(1) - seconds * 1_000.0);
        header.putInt(1 + Double.BYTES, header.getInt(1 + Double.BYTES) - seconds);
        registries.poison(ACME.value(), family, labels, value);
    }

    private RedisConnections connect() {
        return new RedisConnections(vertx, RedisServer.clientOptions(redis.url()), Duration.ofSeconds(10));
    }

    private String scrape() {
        return scrape(connections);
    }

    /** The scrape of a process that has just started. */
    private static String scrape(RedisConnections through) {
        RegistryReader reader = new RegistryReader(new SingleServer(through, KEYSPACE));
        ScrapeCoalescer coalescer = new ScrapeCoalescer(
                Settings.holding(1 << 20),
                (request, scrape) -> RegistryRenderer.render(
                        reader, new ReadAhead(16), request, LIMITS, System.currentTimeMillis(), scrape));
        return Subscribers.readRest(coalescer.join(SCRAPE).orElseThrow());
    }
}
