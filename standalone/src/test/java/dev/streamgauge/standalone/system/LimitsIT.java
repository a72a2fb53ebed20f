package dev.streamgauge.standalone.system;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.testkit.RedisServer;
import io.restassured.response.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each limit of a tenant, over two ingest replicas: exact, shared by both, and reported to the sender. */
class LimitsIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    private static final Keyspace KEYSPACE = new Keyspace(16);

    /** Limits that a test can reach with a few samples; each tenant has those of one test. */
    private static final String OVERRIDES = """
            overrides:
              series: {max_global_series_per_user: 5}
              family: {max_global_series_per_metric: 3}
              labels: {max_label_names_per_series: 2, max_label_name_length: 4, max_label_value_length: 6}
              sizes: {max_request_bytes: 300, max_decompressed_bytes: 600, max_samples_per_request: 3}
              values: {max_values_per_sample: 2, max_buckets_per_histogram: 2}
              burst: {ingestion_rate: 0.001, ingestion_burst_size: 5}
              waiting: {ingestion_rate: 4, ingestion_burst_size: 10}
              waiting-requests: {request_rate: 0.5, request_burst_size: 1}
              shared-rate: {ingestion_rate: 0.001, ingestion_burst_size: 100}
              shared-requests: {request_rate: 0.001, request_burst_size: 20}
              million: {max_global_series_per_user: 1000}
              million-of-one: {max_global_series_per_metric: 500}
              lowered: {ingestion_rate: 1000, ingestion_burst_size: 10}
            """;

    private static Path file;
    private static RedisServer redis;
    private static Jars.Started first;
    private static Jars.Started second;
    private static Jars.Started aggregator;
    private static Jars.Started query;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        file = folder.resolve("overrides.yaml");
        write(OVERRIDES);
        redis = RedisServer.builder().build().start();
        first = Jars.role("ingest-api", redis.url(), "STREAMGAUGE_OVERRIDES_FILE=" + file);
        second = Jars.role("ingest-api", redis.url(), "STREAMGAUGE_OVERRIDES_FILE=" + file);
        aggregator = Jars.role("aggregator", redis.url());
        query = Jars.role("query-api", redis.url(), "STREAMGAUGE_OVERRIDES_FILE=" + file);
        List.of(first, second, aggregator, query).forEach(Jars.Started::awaitReady);
    }

    @AfterAll
    static void stop() {
        List.of(first, second, aggregator, query).forEach(Jars.Started::close);
        redis.close();
    }

    private static void write(String overrides) throws IOException {
        Path written = Files.writeString(file.resolveSibling("overrides.yaml.new"), overrides);
        Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Response push(Jars.Started ingest, String tenant, String body, String... headers) {
        var request = given().contentType("application/json").header("X-Scope-OrgID", tenant);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request.body(body).post(ingest.at("/api/v1/metrics"));
    }

    private static String outline(Response response) {
        return response.statusCode() == 202
                ? "202 " + response.path("accepted")
                : response.statusCode() + " " + response.path("reason");
    }

    /** Counters of that name, of as many series as there are numbers. */
    private static String series(String name, int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(n -> "{\"name\":\"%s\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\"%d\"}}"
                        .formatted(name, n))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static String samples(int count) {
        return series("a_total", 1, 1).replaceFirst("\\[(.*)]", "[" + "$1,".repeat(count - 1) + "$1]");
    }

    private static Map<String, Integer> rejected(String tenant) {
        return given().header("X-Scope-OrgID", tenant)
                .get(query.at("/api/v1/usage"))
                .then()
                .statusCode(200)
                .extract()
                .path("samples.rejected");
    }

    @Test
    void seriesLimit_isExactOverBothReplicas_andKnownSeriesGoOn() {
        assertThat(outline(push(first, "series", series("a_total", 0, 3)))).isEqualTo("202 3");
        assertThat(outline(push(second, "series", series("b_total", 0, 3)))).isEqualTo("202 2");

        Response sixth = push(first, "series", series("a_total", 3, 1));

        assertThat(outline(sixth)).isEqualTo("400 max-series-per-user");
        assertThat(outline(push(second, "series", series("a_total", 0, 3)))).isEqualTo("202 3");
        assertThat(outline(push(first, "series", series("b_total", 0, 2)))).isEqualTo("202 2");
    }

    @Test
    void familySeriesLimit_isExactOverBothReplicas_andKnownSeriesGoOn() {
        assertThat(outline(push(first, "family", series("a_total", 0, 2)))).isEqualTo("202 2");
        assertThat(outline(push(second, "family", series("a_total", 0, 4)))).isEqualTo("202 3");

        Response fourth = push(first, "family", series("a_total", 3, 1));

        assertThat(outline(fourth)).isEqualTo("400 max-series-per-metric");
        assertThat(outline(push(first, "family", series("a_total", 0, 3)))).isEqualTo("202 3");
        assertThat(outline(push(first, "family", series("b_total", 0, 3)))).isEqualTo("202 3");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            labels | 'name':'m','value':1,'labels':{'a':'1','b':'1'}  | 'name':'m','value':1,'labels':{'a':'1','b':'1','c':'1'} | max-label-names-per-series
            labels | 'name':'m','value':1,'labels':{'abcd':'1'}       | 'name':'m','value':1,'labels':{'abcde':'1'}            | label-name-too-long
            labels | 'name':'m','value':1,'labels':{'a':'123456'}     | 'name':'m','value':1,'labels':{'a':'1234567'}          | label-value-too-long
            labels | 'name':'metric','value':1                        | 'name':'metric7','value':1                             | metric-name-too-long
            values | 'name':'h','values':[1,2],'buckets':[1,2]        | 'name':'h','values':[1,2,3],'buckets':[1,2]            | max-values-per-sample
            values | 'name':'i','value':1,'buckets':[1,2]             | 'name':'j','value':1,'buckets':[1,2,3]                 | max-buckets-per-histogram
            """)
    void sampleLimit_isExact(String tenant, String most, String tooMuch, String reason) {
        String type = tenant.equals("values") ? ",'type':'histogram'}" : ",'type':'gauge'}";

        Response accepted = push(first, tenant, ("{" + most + type).replace('\'', '"'));
        Response rejected = push(second, tenant, ("{" + tooMuch + type).replace('\'', '"'));

        assertThat(outline(accepted)).isEqualTo("202 1");
        assertThat(outline(rejected)).isEqualTo("400 " + reason);
    }

    @Test
    void requestLimits_areExact() throws IOException {
        String body = samples(3);

        assertThat(outline(push(first, "sizes", body))).isEqualTo("202 3");
        assertThat(outline(push(first, "sizes", samples(4).replace(",\"labels\":{\"n\":\"1\"}", ""))))
                .isEqualTo("413 max-samples-per-request");
        assertThat(outline(push(first, "sizes", body + " ".repeat(300 - body.length()))))
                .isEqualTo("202 3");
        assertThat(outline(push(first, "sizes", body + " ".repeat(301 - body.length()))))
                .isEqualTo("413 request-too-large");
        assertThat(outline(pushGzip("sizes", body + " ".repeat(600 - body.length()))))
                .isEqualTo("202 3");
        assertThat(outline(pushGzip("sizes", body + " ".repeat(601 - body.length()))))
                .isEqualTo("413 request-too-large");
    }

    private static Response pushGzip(String tenant, String body) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(body.getBytes(StandardCharsets.UTF_8));
        }
        return given().contentType("application/json")
                .header("X-Scope-OrgID", tenant)
                .header("Content-Encoding", "gzip")
                .body(packed.toByteArray())
                .post(first.at("/api/v1/metrics"));
    }

    @Test
    void requestLargerThanTheBurst_isRejectedForGood() {
        Response tooLarge = push(first, "burst", samples(6));
        Response whole = push(second, "burst", samples(5));
        Response tooSoon = push(first, "burst", samples(1));
        Response stillTooLarge = push(second, "burst", samples(6));

        assertThat(outline(tooLarge)).isEqualTo("413 tenant-max-ingestion-rate");
        assertThat(tooLarge.header("Retry-After")).isNull();
        assertThat(outline(whole)).isEqualTo("202 5");
        assertThat(outline(tooSoon)).isEqualTo("429 tenant-max-ingestion-rate");
        assertThat(outline(stillTooLarge)).isEqualTo("413 tenant-max-ingestion-rate");
    }

    @ParameterizedTest
    @CsvSource({
        "waiting, 8, 8, tenant-max-ingestion-rate", // eight samples at 4/s; two look-ups have filled the burst of ten
        "waiting-requests, 1, 1, tenant-max-request-rate" // one request at 0.5/s
    })
    void retryAfter_suffices_andIsNoLongerThanNeeded(String tenant, int before, int now, String reason) {
        push(first, tenant, samples(before));

        Response rejected = push(second, tenant, samples(now));
        Duration retryAfter = Duration.ofSeconds(Integer.parseInt(rejected.header("Retry-After")));

        assertThat(outline(rejected)).isEqualTo("429 " + reason);
        assertThat(retryAfter).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
        letPass(tenant, retryAfter);
        assertThat(outline(push(first, tenant, samples(now)))).isEqualTo("202 " + now);
    }

    /** Moves the tenant's rate back by that time, as if it had passed. */
    private static void letPass(String tenant, Duration time) {
        String totals = KEYSPACE.tenantTotals(new TenantId(tenant));
        for (String field : List.of("tat", "request_tat")) {
            Object paidOffAt = redis.command("HGET", totals, field);
            if (paidOffAt != null) {
                double earlier = Double.parseDouble(paidOffAt.toString()) - time.toMillis();
                redis.command("HSET", totals, field, Double.toString(earlier));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "shared-rate, 10, 9", // 100 samples, less two look-ups of each replica
        "shared-requests, 1, 20"
    })
    void burst_isSharedByTheReplicas(String tenant, int samples, int requests) {
        List<CompletableFuture<Integer>> accepted = Stream.of(first, second)
                .map(ingest -> CompletableFuture.supplyAsync(() -> acceptedOf(ingest, tenant, samples(samples), 30)))
                .toList();

        assertThat(accepted.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(requests);
    }

    private static int acceptedOf(Jars.Started ingest, String tenant, String body, int pushes) {
        return (int) IntStream.range(0, pushes)
                .filter(push -> push(ingest, tenant, body).statusCode() == 202)
                .count();
    }

    @Test
    void tenantThatTriesManySeries_fillsOnlyItsOwnLimit() {
        int accepted = 0;
        for (int from = 0; from < 30_000; from += 2_000) {
            Response response = push(from % 4_000 == 0 ? first : second, "million", series("a_total", from, 2_000));
            accepted += response.statusCode() == 202 ? response.<Integer>path("accepted") : 0;
            assertThat(outline(push(first, "modest", series("a_total", from, 2))))
                    .isEqualTo("202 2");
        }

        assertThat(accepted).isEqualTo(1_000);
        assertThat(outline(push(second, "million", series("a_total", 500, 100))))
                .isEqualTo("202 100");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(rejected("million")).isEqualTo(Map.of("max-series-per-user", 29_000)));
        given().header("X-Scope-OrgID", "million")
                .get(query.at("/api/v1/usage"))
                .then()
                .body("series.now", equalTo(1_000))
                .body("series.limit", equalTo(1_000))
                .body("families.largest[0].series", equalTo(1_000));
        assertThat(rejected("modest")).isEmpty();
    }

    @Test
    void tenantThatTriesManySeriesOfOneFamily_fillsOnlyThatFamily() {
        int accepted = 0;
        for (int from = 0; from < 30_000; from += 2_000) {
            Response response =
                    push(from % 4_000 == 0 ? first : second, "million-of-one", series("a_total", from, 2_000));
            accepted += response.statusCode() == 202 ? response.<Integer>path("accepted") : 0;
        }

        assertThat(accepted).isEqualTo(500);
        assertThat(outline(push(first, "million-of-one", series("b_total", 0, 500))))
                .isEqualTo("202 500");
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(rejected("million-of-one")).isEqualTo(Map.of("max-series-per-metric", 29_500)));
    }

    @Test
    void tenants_mayUseOneNameWithDifferentTypes() {
        assertThat(outline(push(first, "counts", "{\"name\":\"one\",\"type\":\"counter\",\"value\":2}")))
                .isEqualTo("202 1");
        assertThat(outline(push(first, "measures", "{\"name\":\"one\",\"type\":\"gauge\",\"value\":3}")))
                .isEqualTo("202 1");
        assertThat(outline(push(second, "watches", "{\"name\":\"one\",\"type\":\"histogram\",\"value\":4}")))
                .isEqualTo("202 1");

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(Scrapes.get(query.at("/tenants/counts/metrics"))).isEqualTo("# TYPE one counter\none 2\n");
            assertThat(Scrapes.get(query.at("/tenants/measures/metrics"))).isEqualTo("# TYPE one gauge\none 3\n");
            assertThat(Scrapes.get(query.at("/tenants/watches/metrics")))
                    .startsWith("# TYPE one histogram\n")
                    .contains("one_sum 4\n");
        });
    }

    @Test
    void repetition_isAnswered_whenTheBurstIsSmallerThanItWas() throws IOException {
        String key = "Idempotency-Key";
        assertThat(outline(push(first, "lowered", samples(8), key, "k"))).isEqualTo("202 8");

        write(OVERRIDES.replace("ingestion_rate: 1000, ingestion_burst_size: 10", "ingestion_burst_size: 5"));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(outline(push(first, "lowered", samples(8))))
                        .isEqualTo("413 tenant-max-ingestion-rate"));
        Response repetition = push(first, "lowered", samples(8), key, "k");
        Response reuse = push(first, "lowered", samples(7), key, "k");
        Response other = push(first, "lowered", samples(8), key, "other");

        assertThat(outline(repetition)).isEqualTo("202 8");
        assertThat(repetition.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(outline(reuse)).isEqualTo("422 idempotency-key-reused");
        assertThat(outline(other)).isEqualTo("413 tenant-max-ingestion-rate");
    }

    @Test
    void start_failsWithOneLine_whenRequestsHaveARateAndNoBurst() {
        try (Jars.Started ingest = Jars.role("ingest-api", redis.url(), "STREAMGAUGE_LIMITS_REQUEST_RATE=5")) {

            assertThat(ingest.process().exitCode(Duration.ofSeconds(60))).isNotZero();
            assertThat(ingest.process().output())
                    .contains("streamgauge.limits: request_burst_size: 0 given, at least 1 expected");
        }
    }
}
