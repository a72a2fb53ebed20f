package dev.streamgauge.query.rendering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.exposition.TextWriter;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.query.Pushed;
import dev.streamgauge.query.Registries;
import dev.streamgauge.query.Settings;
import dev.streamgauge.query.negotiation.ContentCoding;
import dev.streamgauge.query.routes.ScrapeCoalescer;
import dev.streamgauge.query.scrape.CoalescedScrape.Subscriber;
import dev.streamgauge.query.scrape.ScrapeRequest;
import dev.streamgauge.query.scrape.Subscribers;
import dev.streamgauge.query.share.ReadAhead;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.ParsedExposition;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

@TestInstance(Lifecycle.PER_CLASS)
@Timeout(60)
class RegistryRendererTest {

    private static final Keyspace KEYSPACE = new Keyspace(16);
    private static final ScrapeRequest ACME =
            new ScrapeRequest(new TenantId("acme"), Set.of(), TextWriter.FORMAT, ContentCoding.IDENTITY, false);

    private final Vertx vertx = Vertx.vertx();
    private final RedisServer redis = RedisServer.builder().build();
    private RedisConnections connections;
    private Registries registries;
    private RegistryReader reader;
    private TenantLimits limits = TenantLimits.DEFAULTS;

    @BeforeAll
    void start() {
        redis.start();
        RedisOptions options = RedisServer.clientOptions(redis.url());
        connections = new RedisConnections(vertx, options, Duration.ofSeconds(10));
        registries = new Registries(new SingleServer(connections, KEYSPACE));
        reader = new RegistryReader(new SingleServer(connections, KEYSPACE));
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
    void render_showsNoQuantile_whenNothingWasPushedForLongerThanTheWindow() {
        registries.push(
                "acme", Pushed.sample(Pushed.summary("size_bytes", "", 0.5), "path=\"/a\"", Pushed.observed(1, 2, 3)));
        letAnHourPass("size_bytes", "path=\"/a\"");

        String body = render(System.currentTimeMillis());

        assertThat(body).isEqualTo("""
                        # TYPE size_bytes summary
                        size_bytes{path="/a",quantile="0.5"} NaN
                        size_bytes_sum{path="/a"} 6
                        size_bytes_count{path="/a"} 3
                        """);
    }

    /** The slots were filled by the clock of Redis. */
    @Test
    void render_showsQuantiles_whenTheClockOfThisProcessIsAnHourAhead() {
        registries.push("acme", Pushed.sample(Pushed.summary("size_bytes", "", 0.5), "", Pushed.observed(2)));
        long hourLater = System.currentTimeMillis() + Duration.ofHours(1).toMillis();

        assertThat(render(hourLater)).contains("size_bytes{quantile=\"0.5\"} 2\n");
    }

    /** Makes the only slot of a stored summary older. */
    private void letAnHourPass(String family, String labels) {
        int epoch = StoredSeries.HEADER_LENGTH + 3 * Double.BYTES + Short.BYTES;
        byte[] value = registries.value("acme", family, labels);
        ByteBuffer stored = ByteBuffer.wrap(value);
        stored.putInt(
                epoch,
                stored.getInt(epoch) - Math.toIntExact(Duration.ofHours(1).dividedBy(Summary.SLOT)));
        registries.poison("acme", family, labels, value);
    }

    @Test
    void render_showsAllKinds_whenTheFormatIsNewToTheProduct() {
        registries.push(
                "acme",
                Pushed.counter("orders_total", "method=\"GET\",region=\"e\\\"u\"", 3),
                Pushed.gauge("queue_depth", "", 7),
                Pushed.sample(Pushed.histogram("seconds", "", 1, 2), "", Pushed.observed(0.5, 1.5)),
                Pushed.sample(Pushed.summary("size_bytes", "", 0.5), "", Pushed.observed(512)));

        String body = render(0, new ScrapeRequest(ACME.tenant(), Set.of(), LinesFormat.INSTANCE, ACME.coding(), false));

        assertThat(body.replaceAll("since 20\\S+Z", "since then")).isEqualTo("""
                counter orders_total{method=GET, region=e"u} 3.0 since then
                gauge queue_depth{} 7.0 since then
                histogram seconds{} 2.0 since then
                summary size_bytes{} 512.0 since then
                end
                """);
    }

    @Test
    void render_leavesAFamilyOut_whenTheQuantilesOfItsOnlySeriesCannotBeComputed() {
        registries.push("acme", Pushed.sample(Pushed.summary("size_bytes", "", 0.5), "", Pushed.observed(1, 2, 3)));
        registries.poison("acme", "size_bytes", "", withASlotOfNoRange(registries.value("acme", "size_bytes", "")));

        assertThat(render(0)).isEmpty();
    }

    /** Adds an empty slot before the only one of a stored summary. Its range is not a number, and so is the window's. */
    private static byte[] withASlotOfNoRange(byte[] value) {
        int slots = StoredSeries.HEADER_LENGTH + 3 * Double.BYTES;
        int first = slots + Short.BYTES;
        ByteBuffer stored = ByteBuffer.wrap(value);
        int sketchLength = 2 * Double.BYTES + Integer.BYTES + 2 * Short.BYTES;
        return ByteBuffer.allocate(value.length + 2 * Integer.BYTES + sketchLength)
                .put(value, 0, slots)
                .putShort((short) 2)
                .putInt(stored.getInt(first) - 1)
                .putInt(sketchLength)
                .putDouble(Double.NaN)
                .putDouble(Double.NaN)
                .putInt(0)
                .putShort((short) 0)
                .putShort((short) 0)
                .put(value, first, value.length - first)
                .array();
    }

    @Test
    void render_showsEveryFamilyOnce_inOrder_whenThereAreMany() {
        List<Sample> samples = new ArrayList<>();
        for (int i = 999; i >= 0; i--) {
            samples.add(Pushed.gauge("family_" + i, "", i));
        }
        registries.push("acme", samples);

        ParsedExposition scrape = ParsedExposition.parse(render(0));

        assertThat(scrape.families()).hasSize(1_000);
        assertThat(scrape.value("family_77")).isEqualTo(77);
    }

    @Test
    void render_showsEveryFamilyOnce_whenTheirRowsAreTooManyToSort() {
        String help = "h".repeat(8_000);
        for (int from = 0; from < 5_000; from += 1_000) {
            registries.push(
                    "acme",
                    IntStream.range(from, from + 1_000)
                            .mapToObj(i -> Pushed.sample(
                                    Pushed.family("family_" + i, Gauge.INSTANCE, help), "", new SampleValue.Scalar(i)))
                            .toList());
        }

        List<String> types =
                render(0).lines().filter(line -> line.startsWith("# TYPE ")).toList();

        assertThat(5_000L * help.length()).isGreaterThan(2L * FamilyRows.GROUP_BYTES);
        assertThat(types).hasSize(5_000).doesNotHaveDuplicates();
    }

    @Test
    void render_readsAsMuchAheadAsTheProcessAllows() {
        for (int i = 0; i < 40; i++) {
            registries.push("acme", Pushed.gauge("family_" + i, "", i));
        }
        ReadAhead none = new ReadAhead(0);
        ScrapeCoalescer coalescer = new ScrapeCoalescer(
                Settings.holding(1 << 20),
                (request, scrape) -> RegistryRenderer.render(reader, none, request, limits, 0, scrape));

        String body = Subscribers.readRest(coalescer.join(ACME).orElseThrow());

        assertThat(ParsedExposition.parse(body).families()).hasSize(40);
    }

    @Test
    void render_showsEverything_whenLargeAndSmallFamiliesTakeTurns() {
        for (int family = 0; family < 6; family++) {
            String name = "family_" + family;
            int series = family % 2 == 0 ? 3_000 : 2;
            registries.push(
                    "acme",
                    IntStream.range(0, series)
                            .mapToObj(i -> Pushed.gauge(name, "i=\"" + i + '"', i))
                            .toList());
        }

        ParsedExposition scrape = ParsedExposition.parse(render(0));

        assertThat(scrape.values()).hasSize(3 * 3_000 + 3 * 2);
    }

    /**
     * After a hash has shrunk, HSCAN may return fields again that the last page before ended with. Without {@link
     * SeriesDeduplicator}, about 19 of 20 runs show a series twice.
     */
    @Test
    void render_showsEachSeriesOnce_whenTheFamilyShrinksMeanwhile() {
        registries.push(
                "acme",
                IntStream.range(0, 20_000)
                        .mapToObj(i -> Pushed.gauge("wide", "i=\"" + i + '"', i))
                        .toList());
        long before = registries.calls("hscan");
        Subscriber subscriber = begin(0, Settings.holding(1), ACME);
        long pages = awaitNoMoreCalls("hscan") - before - 1; // the first read the families

        List<String> kept = deleteAllBut(20, pages);
        String body = Subscribers.readRest(subscriber);

        ParsedExposition scrape = ParsedExposition.parse(body); // rejects a series that is shown twice
        assertThat(pages).isBetween(3L, 15L);
        assertThat(scrape.values().keySet())
                .containsAll(kept.stream().map(labels -> "wide{" + labels + '}').toList());
    }

    /** The scrape pauses when its subscriber does not take the next chunk. */
    private long awaitNoMoreCalls(String command) {
        AtomicLong last = new AtomicLong(-1);
        await().pollInterval(Duration.ofMillis(300)).until(() -> {
            long now = registries.calls(command);
            return last.getAndSet(now) == now;
        });
        return last.get();
    }

    /** Deletes all series but the last {@code count} of the first {@code pages} pages. */
    private List<String> deleteAllBut(int count, long pages) {
        String key = KEYSPACE.family(ACME.tenant(), "wide");
        try (RedisClient connection = redis.connect()) {
            List<String> kept = List.of();
            String cursor = "0";
            for (long page = 0; page < pages; page++) {
                String asked = page == 0 ? "16" : "1000";
                List<?> reply = (List<?>) connection.command("HSCAN", key, cursor, "COUNT", asked);
                cursor = (String) reply.get(0);
                List<String> labels = everySecond((List<?>) reply.get(1));
                kept = labels.subList(Math.max(0, labels.size() - count), labels.size());
            }
            List<String> gone = new ArrayList<>();
            ((List<?>) connection.command("HKEYS", key)).forEach(labels -> gone.add((String) labels));
            gone.removeAll(Set.copyOf(kept));
            for (int from = 0; from < gone.size(); from += 100) {
                Stream<String> fields = gone.subList(from, Math.min(from + 100, gone.size())).stream();
                connection.command(Stream.concat(Stream.of("HDEL", key), fields).toArray(String[]::new));
            }
            return kept;
        }
    }

    private static List<String> everySecond(List<?> fieldsAndValues) {
        return IntStream.range(0, fieldsAndValues.size() / 2)
                .mapToObj(i -> (String) fieldsAndValues.get(2 * i))
                .toList();
    }

    private String render(long nowMillis) {
        return render(nowMillis, ACME);
    }

    private String render(long nowMillis, ScrapeRequest scraped) {
        return Subscribers.readRest(begin(nowMillis, Settings.holding(1 << 20), scraped));
    }

    private Subscriber begin(long nowMillis, Settings settings, ScrapeRequest scraped) {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(
                settings,
                (request, scrape) ->
                        RegistryRenderer.render(reader, new ReadAhead(16), request, limits, nowMillis, scrape));
        return coalescer.join(scraped).orElseThrow();
    }
}
