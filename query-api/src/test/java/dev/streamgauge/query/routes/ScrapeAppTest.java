package dev.streamgauge.query.routes;

import static dev.streamgauge.query.Pushed.counter;
import static dev.streamgauge.query.Pushed.family;
import static dev.streamgauge.query.Pushed.gauge;
import static dev.streamgauge.query.Pushed.histogram;
import static dev.streamgauge.query.Pushed.observed;
import static dev.streamgauge.query.Pushed.sample;
import static dev.streamgauge.query.Pushed.summary;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.query.Registries;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.ParsedExposition;
import dev.streamgauge.testkit.RawAnswer;
import dev.streamgauge.testkit.RedisTestResource;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(RedisTestResource.class)
class ScrapeAppTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @Inject
    RedisTopology topology;

    @Inject
    MeterRegistry meters;

    @TestHTTPResource("/")
    URI root;

    private Registries registries;

    @BeforeEach
    void clear() {
        registries = new Registries(topology);
        registries.clear();
    }

    @AfterAll
    static void close() {
        CLIENT.close();
    }

    @Test
    void scrape_showsAllFourTypes_inTheTextFormat() throws Exception {
        registries.push(
                "acme",
                sample(family("orders_total", Counter.INSTANCE, "Orders\nso far"), "region=\"eu\"", scalar(2)),
                sample(family("orders_total", Counter.INSTANCE, "Orders\nso far"), "region=\"eu\"", scalar(1)),
                gauge("queue_depth", "", 7),
                sample(histogram("request_seconds", "", 0.1, 0.5, 1), "path=\"/a \\\"b\\\"\"", observed(0.05, 0.5, 3)),
                sample(summary("payload_bytes", "Size of a payload", 0.5, 0.99), "", observed(0, 0, 512)));
        registries.push(
                "acme",
                sample(family("orders_total", Counter.INSTANCE, "Orders\nso far"), "region=\"us\"", scalar(0.5)));

        HttpResponse<String> response = get("/metrics", "X-Scope-OrgID", "acme");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(response.headers().firstValue("Vary"))
                .hasValue("Accept, Accept-Encoding, X-Prometheus-Scrape-Timeout-Seconds");
        assertThat(response.body()).isEqualTo("""
            # HELP orders_total Orders\\nso far
            # TYPE orders_total counter
            orders_total{region="eu"} 3
            orders_total{region="us"} 0.5
            # HELP payload_bytes Size of a payload
            # TYPE payload_bytes summary
            payload_bytes{quantile="0.5"} 0
            payload_bytes{quantile="0.99"} 512
            payload_bytes_sum 512
            payload_bytes_count 3
            # TYPE queue_depth gauge
            queue_depth 7
            # TYPE request_seconds histogram
            request_seconds_bucket{path="/a \\"b\\"",le="0.1"} 1
            request_seconds_bucket{path="/a \\"b\\"",le="0.5"} 2
            request_seconds_bucket{path="/a \\"b\\"",le="1"} 2
            request_seconds_bucket{path="/a \\"b\\"",le="+Inf"} 3
            request_seconds_sum{path="/a \\"b\\""} 3.55
            request_seconds_count{path="/a \\"b\\""} 3
            """);
    }

    @Test
    void scrape_showsQuantilesWithinOnePercent() throws Exception {
        double[] latencies = IntStream.rangeClosed(1, 1_000).asDoubleStream().toArray();
        registries.push("acme", sample(summary("latency_ms", "", 0.5, 0.99), "", observed(latencies)));

        ParsedExposition scrape = parsed(get("/tenants/acme/metrics"));

        assertThat(scrape.value("latency_ms{quantile=\"0.5\"}")).isCloseTo(500, withinPercentage(1));
        assertThat(scrape.value("latency_ms{quantile=\"0.99\"}")).isCloseTo(990, withinPercentage(1));
    }

    @Test
    void scrape_showsThePushJustFolded_everyTime() throws Exception {
        for (int pushes = 1; pushes <= 50; pushes++) {
            registries.push("acme", counter("hits_total", "", 1));
            CompletableFuture<HttpResponse<String>> meanwhile = getAsync("/tenants/acme/metrics");

            ParsedExposition scrape = parsed(get("/tenants/acme/metrics"));

            assertThat(scrape.value("hits_total")).isEqualTo(pushes);
            meanwhile.join();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        ?name[]=b_total                              | b_total
        ?name%5B%5D=b_total                          | b_total
        ?name[]=c&name[]=a_total                     | a_total,c
        ?name%5B%5D=c&name[]=c                       | c
        ?name[]=c&name[]=unknown                     | c
        ?other=1                                     | a_total,b_total,c
        ?names[]=c                                   | a_total,b_total,c
        """)
    void scrape_showsNamedFamiliesOnly_whenNamesAreGiven(String query, String expected) throws Exception {
        registries.push("acme", counter("a_total", "", 1), counter("b_total", "", 2), gauge("c", "", 3));

        String body = raw("GET /tenants/acme/metrics" + query + " HTTP/1.1").body();

        assertThat(String.join(",", ParsedExposition.parse(body).families().keySet()))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"?name[]=unknown", "?name[]="})
    void scrape_isEmpty_whenNoNamedFamilyExists(String query) throws Exception {
        registries.push("acme", counter("a_total", "", 1));

        RawAnswer answer = raw("GET /tenants/acme/metrics" + query + " HTTP/1.1");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void scrape_isEmpty_whenTheTenantHasNoSeries() throws Exception {
        HttpResponse<String> response = get("/metrics");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(response.headers().firstValue("Content-Length")).hasValue("0");
        assertThat(response.body()).isEmpty();
    }

    @Test
    void scrape_leavesOutWhatIsNotFoldedYet() throws Exception {
        registries.push("acme", counter("hits_total", "path=\"/a\"", 1));
        registries.admit("acme", List.of(counter("hits_total", "path=\"/b\"", 1), gauge("depth", "", 1)));

        HttpResponse<String> response = get("/tenants/acme/metrics");

        assertThat(response.body()).isEqualTo("""
            # TYPE hits_total counter
            hits_total{path="/a"} 1
            """);
    }

    @Test
    void scrape_neverShowsAnotherTenantsSeries() throws Exception {
        registries.push("acme", counter("acme_total", "", 1), counter("shared_total", "", 1));
        registries.push("acme.eu", counter("eu_total", "", 1), counter("shared_total", "", 2));
        registries.push("anonymous", counter("anonymous_total", "", 1));

        ParsedExposition acme = parsed(get("/metrics", "X-Scope-OrgID", "acme"));
        ParsedExposition unnamed = parsed(get("/metrics"));
        ParsedExposition named = parsed(get("/tenants/acme.eu/metrics"));

        assertThat(acme.values().keySet()).containsExactly("acme_total", "shared_total");
        assertThat(acme.value("shared_total")).isEqualTo(1);
        assertThat(unnamed.values().keySet()).containsExactly("anonymous_total");
        assertThat(named.values().keySet()).containsExactly("eu_total", "shared_total");
        assertThat(named.value("shared_total")).isEqualTo(2);
    }

    @Test
    void head_hasTheHeadersOfGet_withoutABody() throws Exception {
        registries.push("acme", counter("hits_total", "", 1));

        RawAnswer get = raw("GET /tenants/acme/metrics HTTP/1.1");
        RawAnswer head = raw("HEAD /tenants/acme/metrics HTTP/1.1");

        assertThat(get.body()).hasSize(39);
        assertThat(head.body()).isEmpty();
        assertThat(head.status()).isEqualTo(get.status());
        assertThat(head.headers()).containsExactlyElementsOf(get.headers());
    }

    @Test
    void head_isWithoutABody_whenTheScrapeIsLarge() throws Exception {
        registries.push("acme", manySeries("wide", 3_000));

        RawAnswer head = raw("HEAD /tenants/acme/metrics HTTP/1.1");

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        gzip                        | true
        deflate, gzip;q=0.5         | true
        *                           | true
        gzip;q=0                    | false
        identity, gzip;q=0.1        | false
        deflate, br                 | false
        """)
    void scrape_isCompressed_whenTheClientWantsThat(String acceptEncoding, boolean compressed) throws Exception {
        registries.push("acme", manySeries("wide", 3_000));
        HttpRequest request = request("/tenants/acme/metrics", "Accept-Encoding", acceptEncoding)
                .build();

        HttpResponse<byte[]> response = CLIENT.send(request, BodyHandlers.ofByteArray());

        assertThat(response.headers().firstValue("Content-Encoding").isPresent())
                .isEqualTo(compressed);
        assertThat(response.headers().firstValue("Vary"))
                .hasValue("Accept, Accept-Encoding, X-Prometheus-Scrape-Timeout-Seconds");
        assertThat(ParsedExposition.parse(text(response.body(), compressed)).values())
                .hasSize(3_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/json", "application/openmetrics-text;version=1.0.0", "text/plain;q=0", "nonsense"})
    void scrape_isText004_whateverIsAccepted(String accept) throws Exception {
        HttpResponse<String> response = get("/metrics", "Accept", accept);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
    }

    @ParameterizedTest
    @CsvSource({"/tenants/a%20b/metrics,", "/tenants/a%2Fb/metrics,", "/metrics,a/b", "/tenants/acme/metrics,a/b"})
    void scrape_isRejected_whenTheTenantIsInvalid(String path, String header) {
        given().urlEncodingEnabled(false)
                .header("X-Scope-OrgID", header == null ? "" : header)
                .get(path)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("status", equalTo(400))
                .body("reason", equalTo("tenant-invalid"))
                .body("detail", containsString("1 to 150 characters"));
    }

    @Test
    void scrape_isForbidden_whenTheHeaderNamesAnotherTenantThanThePath() {
        given().header("X-Scope-OrgID", "other")
                .get("/tenants/acme/metrics")
                .then()
                .statusCode(403)
                .contentType("application/problem+json")
                .body("reason", equalTo("forbidden"));
    }

    @Test
    void scrape_isAnswered_whenTheHeaderNamesTheTenantOfThePath() {
        given().header("X-Scope-OrgID", "acme")
                .get("/tenants/acme/metrics")
                .then()
                .statusCode(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/tenants/acme/metrics"})
    void otherMethods_areRejected(String path) {
        for (String method : List.of("POST", "PUT", "DELETE", "PATCH", "TRACE")) {
            given().body("{}")
                    .request(method, path)
                    .then()
                    .statusCode(405)
                    .header("Allow", "GET, HEAD, OPTIONS")
                    .contentType("application/problem+json")
                    .body("reason", equalTo("method-not-allowed"));
        }
    }

    @Test
    void scrape_showsEachSeriesOnce_andReadsThemTogether_whenManyComeAtOnce() throws Exception {
        registries.push("acme", manySeries("wide", 20_000));
        long before = registries.calls("hscan");
        ParsedExposition alone = parsed(get("/tenants/acme/metrics"));
        long ofOne = registries.calls("hscan") - before;

        List<CompletableFuture<HttpResponse<String>>> scrapes = IntStream.range(0, 8)
                .mapToObj(i -> getAsync("/tenants/acme/metrics"))
                .toList();
        scrapes.forEach(CompletableFuture::join);

        long ofEight = registries.calls("hscan") - before - ofOne;
        assertThat(alone.values()).hasSize(20_000);
        for (CompletableFuture<HttpResponse<String>> scrape : scrapes) {
            assertThat(parsed(scrape.join()).values()).isEqualTo(alone.values());
        }
        assertThat(ofOne).isGreaterThan(15);
        assertThat(ofEight).isLessThanOrEqualTo(4 * ofOne);
    }

    @Test
    void scrape_showsTheRest_whenStoredValuesCannotBeRead() throws Exception {
        registries.push(
                "acme",
                counter("hits_total", "path=\"/good\"", 1),
                sample(summary("size_bytes", "", 0.5), "path=\"/good\"", observed(0)));
        registries.poison("acme", "hits_total", "path=\"/short\"", new byte[] {'c', 1, 2});
        registries.poison("acme", "hits_total", "path=\"/future\"", new byte[] {'C', 1, 2});
        registries.poison("acme", "hits_total", "path=\"/none\"", new byte[0]);
        registries.poison("acme", "size_bytes", "path=\"/bad\"", corruptSummary());
        registries.poisonFamily("acme", "from_the_future", new byte[] {'G', 0, 0, 0, 0});
        double before = meters.counter("streamgauge.unreadable.series").count();

        HttpResponse<String> response = get("/tenants/acme/metrics");

        assertThat(response.body()).isEqualTo("""
            # TYPE hits_total counter
            hits_total{path="/good"} 1
            # TYPE size_bytes summary
            size_bytes{path="/good",quantile="0.5"} 0
            size_bytes_sum{path="/good"} 0
            size_bytes_count{path="/good"} 1
            """);
        assertThat(meters.counter("streamgauge.unreadable.series").count() - before)
                .isEqualTo(5);
    }

    @Test
    void scrape_showsTheRest_whenKeysAndNamesAreUnexpected() throws Exception {
        registries.push("acme", counter("hits_total", "path=\"/good\"", 1), counter("other_total", "", 1));
        byte[] value = registries.value("acme", "other_total", "");
        registries.poison("acme", "hits_total", "path=\"/a\"} 1\nfake_total{a=\"b\"", value);
        registries.poison("acme", "hits_total", "path=\"/a\",path=\"/a\"", value);
        registries.poison("acme", "hits_total", "not a label", value);
        registries.poisonFamily("acme", "line\nbreak", new byte[] {'c', 0, 0, 0, 0});
        registries.replaceFamily("acme", "other_total");
        double before = meters.counter("streamgauge.unreadable.series").count();

        HttpResponse<String> response = get("/tenants/acme/metrics");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("""
            # TYPE hits_total counter
            hits_total{path="/good"} 1
            """);
        assertThat(meters.counter("streamgauge.unreadable.series").count() - before)
                .isEqualTo(5);
    }

    @Test
    void scrape_isAnswered_whateverIsStored() throws Exception {
        Random random = new Random(20261121);
        for (Aggregation aggregation : List.of(
                Counter.INSTANCE,
                Gauge.INSTANCE,
                histogram("any", "", 1, 2).aggregation(),
                summary("any", "", 0.5).aggregation())) {
            String name = "junk_" + aggregation.kind().name();
            registries.poisonFamily("acme", name, FamilyCodec.encode(family(name, aggregation, "")));
            for (int i = 0; i < 500; i++) {
                byte[] value = new byte[1 + random.nextInt(120)];
                random.nextBytes(value);
                value[0] = (byte) aggregation.kind().storedCodes().charAt(0);
                registries.poison("acme", name, "i=\"" + i + '"', value);
            }
        }

        HttpResponse<String> response = get("/tenants/acme/metrics");

        assertThat(response.statusCode()).isEqualTo(200);
    }

    @Test
    void ownMetrics_countScrapes_underTheRoutesTemplate() {
        registries.push("acme", counter("hits_total", "", 1));

        given().get("/tenants/acme/metrics").then().statusCode(200);

        given().get("/q/metrics")
                .then()
                .statusCode(200)
                .body(containsString("streamgauge_scrape_duration_seconds_bucket{outcome=\"ok\",le=\"0.005\""))
                .body(containsString("streamgauge_scrape_duration_seconds_count{outcome=\"failed\""))
                .body(containsString("streamgauge_scrape_series_count"))
                .body(containsString("streamgauge_unreadable_series_total"))
                .body(containsString("uri=\"/tenants/{tenant}/metrics\""));
    }

    @Test
    void status_namesTheRole() {
        given().get("/api/v1/status").then().statusCode(200).body("role", equalTo("query"));
    }

    private static SampleValue scalar(double value) {
        return new SampleValue.Scalar(value);
    }

    private static List<Sample> manySeries(String name, int count) {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            samples.add(gauge(name, "path=\"/some/path/that/is/about/as/long/as/they/are/" + i + '"', i));
        }
        return samples;
    }

    /** A summary that can be decoded, in the current window, with a bin far out of range. */
    private static byte[] corruptSummary() {
        ByteBuffer value = ByteBuffer.allocate(79);
        value.put((byte) Summary.STORED).putDouble(0).putInt(0);
        value.putDouble(1).putDouble(0).putDouble(1).putShort((short) 1);
        value.putInt((int) Summary.epochOf(System.currentTimeMillis())).putInt(32);
        value.putDouble(1)
                .putDouble(1)
                .putInt(0)
                .putShort((short) 1)
                .putInt(Integer.MIN_VALUE)
                .putInt(1)
                .putShort((short) 0);
        return value.array();
    }

    private HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve(path));
        return headers.length == 0 ? request : request.headers(headers);
    }

    private HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return CLIENT.send(request(path, headers).build(), BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> getAsync(String path) {
        return CLIENT.sendAsync(request(path).build(), BodyHandlers.ofString());
    }

    private RawAnswer raw(String requestLine) throws IOException {
        return RawAnswer.to(root, requestLine);
    }

    private static ParsedExposition parsed(HttpResponse<String> response) {
        assertThat(response.statusCode()).isEqualTo(200);
        return ParsedExposition.parse(response.body());
    }

    private static String text(byte[] body, boolean compressed) throws IOException {
        InputStream in = new ByteArrayInputStream(body);
        try (InputStream text = compressed ? new GZIPInputStream(in) : in) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
