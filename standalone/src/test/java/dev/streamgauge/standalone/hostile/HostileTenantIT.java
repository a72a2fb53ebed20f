package dev.streamgauge.standalone.hostile;

import static dev.streamgauge.standalone.hostile.Attack.array;
import static dev.streamgauge.standalone.hostile.Attack.ones;
import static dev.streamgauge.standalone.hostile.Attack.outlines;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.standalone.system.Scrapes;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A tenant that stays within every limit of a single request and still does its worst, beside two quiet tenants of the
 * same partition: the processes live, no call to Redis exceeds its bounds, and the quiet tenants notice nothing. So do
 * clients that have no key at all.
 */
@Timeout(180)
@Tag("e2e")
class HostileTenantIT {

    private static final int SERIES_LIMIT = 2_000;

    /** Makes about a kilobyte of labels for each series. */
    private static final String WIDE = "x".repeat(950);

    private static final int RICH_FAMILIES = 20;

    private static HostilePlatform platform;
    private static HttpClient client;
    private static List<Tenant> rich;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private QuietTenants quiet;

    @BeforeAll
    static void start() {
        platform = new HostilePlatform();
        client = HttpClient.newHttpClient();
        rich = IntStream.range(0, 4).mapToObj(i -> platform.tenant("rich-" + i)).toList();
        String series = array(5_000, i -> wide("wide_" + i % RICH_FAMILIES, "" + i));
        rich.forEach(tenant -> assertThat(outlines(List.of(attack(tenant).push(platform.ingest(), series))))
                .containsExactly("202"));
    }

    @AfterAll
    static void stop() {
        client.close();
        platform.close();
    }

    @BeforeEach
    void startQuietTenants() {
        String name = "quiet-" + System.nanoTime();
        quiet = new QuietTenants(
                platform.ingest(), platform.query(), platform.tenant(name + "-1"), platform.tenant(name + "-2"));
        quiet.awaitScrapes(1);
    }

    @AfterEach
    void quietTenants_noticeNothing() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        try (QuietTenants tenants = quiet) {
            tenants.assertUndisturbed();
        }
        platform.assertHealthy();
    }

    private static Attack attack(Tenant tenant) {
        return new Attack(client, tenant);
    }

    private static Attack attack(String tenant) {
        return attack(platform.tenant(tenant));
    }

    private static String wide(String name, String label) {
        return "{\"name\":\"" + name + "\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\"" + label + WIDE
                + "\"}}";
    }

    private static String observations(String type, int series, int values) {
        return array(
                series,
                i -> "{\"name\":\"seconds\",\"type\":\"" + type + "\",\"labels\":{\"n\":\"" + i + "\"},\"values\":"
                        + ones(values) + "}");
    }

    @Test
    void fewSmallBodies_ofMillionsOfValues() {
        Attack attack = attack("values");
        String histograms = observations("histogram", 5_100, 1_000);

        Set<String> outlines = outlines(IntStream.range(0, 12)
                .mapToObj(i -> attack.push(platform.ingest(), histograms))
                .toList());

        assertThat(outlines).isSubsetOf("413 max-values-per-request", "503 ingest-overloaded", "413 request-too-large");
    }

    @Test
    void manyLargeBodies_atOnce() {
        Attack attack = attack("large");

        Set<String> outlines = outlines(IntStream.range(0, 32)
                .mapToObj(round ->
                        attack.push(platform.ingest(), array(9_900, i -> wide("wide_total", round + "-" + i))))
                .toList());

        assertThat(outlines)
                .isSubsetOf(
                        "202",
                        "202 max-series-per-user",
                        "400 max-series-per-user",
                        "429 tenant-max-ingestion-rate",
                        "503 ingest-overloaded",
                        "503 redis-unavailable");
    }

    @Test
    void pushesOfNewFamilies_beyondTheSeriesLimit() {
        Tenant tenant = platform.tenant("families");
        platform.limitSeries(tenant, SERIES_LIMIT);
        List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
        Set<String> outlines = new TreeSet<>();
        for (int round = 0; round < 20; round++) {
            int number = round;
            sent.add(attack(tenant)
                    .push(
                            platform.ingest(),
                            array(
                                    10_000,
                                    i -> "{\"name\":\"f_" + number + "_" + i
                                            + "\",\"type\":\"counter\",\"value\":1}")));
            if (sent.size() == 4) {
                outlines.addAll(outlines(sent));
                sent.clear();
            }
        }

        assertThat(outlines)
                .isSubsetOf(
                        "202",
                        "202 max-series-per-user",
                        "400 max-series-per-user",
                        "429 tenant-max-ingestion-rate",
                        "503 redis-unavailable");
        assertThat(outlines).contains("400 max-series-per-user");
    }

    @Test
    void samplesOfAThousandValues() {
        Attack attack = attack("thousands");
        String histograms = observations("histogram", 100, 1_000);

        Set<String> outlines = outlines(IntStream.range(0, 60)
                .mapToObj(i -> attack.push(platform.ingest(), histograms))
                .toList());

        assertThat(outlines).isSubsetOf("202", "429 tenant-max-ingestion-rate", "503 ingest-overloaded");
        assertThat(outlines).contains("429 tenant-max-ingestion-rate");
    }

    @Test
    void oneValueEach_forSummariesWhoseSketchesAreFull() throws Exception {
        Tenant tenant = platform.tenant("sketches");
        Attack attack = attack(tenant);
        String values = observations("summary", 300, 1);
        assertThat(outlines(List.of(attack.push(platform.ingest(), values)))).containsExactly("202");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> attack.get(platform.query().resolve("/metrics"))
                        .join()
                        .body()
                        .contains("n=\"299\""));
        platform.fillSummaries(tenant, "seconds");
        double foldsBefore = folds();

        Set<String> outlines = outlines(IntStream.range(0, 10)
                .mapToObj(i -> attack.push(platform.ingest(), values))
                .toList());

        assertThat(outlines).isSubsetOf("202", "429 tenant-max-ingestion-rate");
        // Four summaries fit into a call.
        await().atMost(Duration.ofSeconds(30)).until(() -> folds() >= foldsBefore + 300.0 / 4);
    }

    private static double folds() throws Exception {
        return Scrapes.ownMetrics(platform.aggregator()).get("streamgauge_fold_batch_units_count");
    }

    @Test
    void bodiesOfInvalidLines() {
        Attack attack = attack("invalid");
        byte[] lines = Attack.gzip("{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":-1}\n".repeat(9_999));
        attack.push(platform.ingest(), "[{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}]")
                .join();

        Set<String> outlines = new TreeSet<>();
        for (int round = 0; round < 100; round++) {
            outlines.addAll(outlines(
                    List.of(attack.pushLines(platform.ingest(), lines), attack.pushLines(platform.ingest(), lines))));
        }

        assertThat(outlines).containsExactly("400 counter-negative", "429 tenant-max-ingestion-rate");
    }

    @Test
    void slowScrapes_ofFourTenants() throws Exception {
        List<RawSender> scrapers = new ArrayList<>();
        for (int i = 0; i < 17; i++) {
            for (Tenant tenant : rich) {
                RawSender scraper = new RawSender(platform.query());
                opened.add(scraper);
                scrapers.add(scraper);
                scraper.send("GET /metrics?" + allFamiliesBut(i) + " HTTP/1.1\r\nHost: localhost\r\n"
                        + tenant.headerLine() + "\r\n");
            }
        }

        quiet.awaitScrapes(10);

        Set<String> statuses =
                scrapers.stream().map(RawSender::readStatus).collect(Collectors.toCollection(TreeSet::new));
        assertThat(statuses).isSubsetOf("200", "503", "closed").contains("200", "503");
    }

    /** Equal scrapes would be coalesced. */
    private static String allFamiliesBut(int one) {
        return IntStream.range(0, RICH_FAMILIES)
                .filter(family -> family != one)
                .mapToObj(family -> "name%5B%5D=wide_" + family)
                .collect(Collectors.joining("&"));
    }

    @Test
    void scrapes_ofDifferentUnknownNames() {
        List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            sent.add(attack(rich.getFirst()).get(platform.query().resolve("/metrics?name%5B%5D=unknown_" + i)));
        }

        quiet.awaitScrapes(5);

        assertThat(outlines(sent)).isSubsetOf("200", "503 too-many-scrapes");
    }

    @Test
    void deletions_withExpensiveSelectors() {
        String expensive = URLEncoder.encode(
                "{__name__=~\"wide_.*\",n=~\".*(x?x?x?x?x?){60}y\",n=~\".*(x|xx|xxx){200}z\"}", StandardCharsets.UTF_8);
        List<CompletableFuture<HttpResponse<String>>> sent = rich.stream()
                .map(tenant ->
                        attack(tenant).delete(platform.aggregator().resolve("/api/v1/series?match%5B%5D=" + expensive)))
                .toList();

        HttpResponse<String> ofAdministrator = new Attack(client, HostilePlatform.ADMINISTRATOR)
                .delete(platform.aggregator().resolve("/api/v1/admin/tenants/unused/series?match%5B%5D=no_such_metric"))
                .join();

        assertThat(Attack.outline(ofAdministrator)).isEqualTo("200");
        assertThat(outlines(sent)).containsExactly("503 deletion-timeout");
    }

    @Test
    void connections_thatNeverSendAByte() throws Exception {
        for (int i = 0; i < 1_400; i++) {
            opened.add(new RawSender(platform.ingest()));
        }

        quiet.awaitScrapes(5);

        Scrapes.get(platform.ingest().resolve("/q/health/ready"));
    }

    @Test
    void bodies_ofUnknownSenders() {
        String head = "POST /api/v1/metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + ApiKey.generate(new Random(1)).text() + "\r\n";
        String chunks = head + "Transfer-Encoding: chunked\r\n\r\n" + "1\r\nx\r\n".repeat(100_000);
        String length = head + "Content-Length: 100000000\r\n\r\n" + "x".repeat(1 << 20);

        Set<String> statuses = new TreeSet<>();
        for (String sent : List.of(chunks, length)) {
            statuses.addAll(statuses(300, sender -> sender.send(sent)));
        }

        assertThat(statuses).isSubsetOf("401", "503", "closed").contains("401");
    }

    /** A client may offer HTTP/2, which would take its body without flow control. */
    @Test
    void bodies_ofUnknownSendersThatOfferHttp2() {
        String head = """
                POST /api/v1/metrics HTTP/1.1
                Host: localhost
                Authorization: Bearer %s
                Connection: Upgrade, HTTP2-Settings
                Upgrade: h2c
                HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA
                Content-Length: 1000000000

                """.formatted(ApiKey.generate(new Random(1)).text()).replace("\n", "\r\n");
        byte[] part = new byte[1 << 20];

        Set<String> statuses = statuses(40, sender -> {
            boolean isOpen = sender.send(head);
            for (int i = 0; i < 50 && isOpen; i++) {
                isOpen = sender.send(part);
            }
        });

        assertThat(statuses).isSubsetOf("401", "503", "closed");
    }

    /** Answers that are not read would pile up, and so would requests that wait for them. */
    @Test
    void requestsSentAhead_byClientsThatReadNothing() throws Exception {
        String requests = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20_000);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<RawSender> senders = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                RawSender sender = new RawSender(platform.ingest());
                senders.add(sender);
                threads.execute(() -> sender.send(requests));
            }
            quiet.awaitScrapes(5);
            senders.forEach(RawSender::close);
        }
    }

    /** What so many connections to ingest are answered, after each has sent something. */
    private static Set<String> statuses(int connections, Consumer<RawSender> sending) {
        Set<String> statuses = ConcurrentHashMap.newKeySet();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < connections; i++) {
                threads.execute(() -> {
                    try (RawSender sender = new RawSender(platform.ingest())) {
                        sending.accept(sender);
                        statuses.add(sender.readStatus());
                    } catch (IOException e) {
                        statuses.add(e.toString());
                    }
                });
            }
        }
        return statuses;
    }
}
