package dev.streamgauge.standalone.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.testkit.RedisServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A tenant that stays within every limit of a single request and still does its worst, beside two quiet tenants of the
 * same partition: the processes live, and the quiet tenants notice nothing.
 */
@Timeout(180)
class HostileTenantIT {

    private static final String ONE_PARTITION = "STREAMGAUGE_PARTITIONS=1";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SERIES_LIMIT = 2_000;

    private static RedisServer redis;
    private static Jars.Started ingest;
    private static Jars.Started aggregator;
    private static Jars.Started query;
    private static HttpClient client;

    private final List<Socket> sockets = new ArrayList<>();
    private QuietTenants quiet;

    @BeforeAll
    static void start() {
        redis = RedisServer.builder().build().start();
        String seriesLimit = "STREAMGAUGE_LIMITS_MAX_GLOBAL_SERIES_PER_USER=" + SERIES_LIMIT;
        ingest = Jars.role("ingest-api", redis.url(), ONE_PARTITION, seriesLimit);
        aggregator = Jars.role("aggregator", redis.url(), ONE_PARTITION);
        query = Jars.role("query-api", redis.url(), ONE_PARTITION);
        ingest.awaitReady();
        aggregator.awaitReady();
        query.awaitReady();
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        client.close();
        query.close();
        aggregator.close();
        ingest.close();
        redis.close();
    }

    @BeforeEach
    void startQuietTenants() {
        String name = "quiet-" + System.nanoTime();
        quiet = new QuietTenants(ingest.address(), name + "-1", name + "-2");
    }

    @AfterEach
    void quietTenants_noticeNothing() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        try (QuietTenants tenants = quiet) {
            tenants.assertUndisturbed(query.address());
        }
        for (Jars.Started each : List.of(ingest, aggregator, query)) {
            assertThat(each.process().isAlive()).as(each.process().output()).isTrue();
            assertThat(each.process().output()).doesNotContain("OutOfMemoryError");
        }
    }

    private static byte[] gzip(String text) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(compressed)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("an array in memory does not fail", e);
        }
        return compressed.toByteArray();
    }

    private static CompletableFuture<HttpResponse<String>> push(String tenant, String type, byte[] gzip) {
        HttpRequest request = HttpRequest.newBuilder(ingest.at("/api/v1/metrics"))
                .header("X-Scope-OrgID", tenant)
                .header("Content-Type", type)
                .header("Content-Encoding", "gzip")
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(gzip))
                .build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    private static CompletableFuture<HttpResponse<String>> push(String tenant, String json) {
        return push(tenant, "application/json", gzip(json));
    }

    /** The statuses of all answers, with the reason of each problem. */
    private static Set<String> outlines(List<CompletableFuture<HttpResponse<String>>> sent) {
        return sent.stream()
                .map(CompletableFuture::join)
                .map(answer -> answer.statusCode()
                        + answer.body().replaceAll("(?s).*?\"reason\" *: *\"([a-z-]+)\".*|.*", " $1"))
                .map(String::strip)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String array(int count, IntFunction<String> sample) {
        return IntStream.range(0, count).mapToObj(sample).collect(Collectors.joining(",", "[", "]"));
    }

    private static String values(int count) {
        return "[" + "1,".repeat(count - 1) + "1]";
    }

    @Test
    void fewSmallBodies_ofMillionsOfValues() {
        String histograms = array(
                5_100,
                i -> "{\"name\":\"seconds\",\"type\":\"histogram\",\"labels\":{\"n\":\"" + i + "\"},\"values\":"
                        + values(1_000) + "}");

        List<CompletableFuture<HttpResponse<String>>> sent =
                IntStream.range(0, 12).mapToObj(i -> push("values", histograms)).toList();

        assertThat(outlines(sent))
                .isSubsetOf("413 max-values-per-request", "503 ingest-overloaded", "413 request-too-large");
    }

    @Test
    void manyLargeBodies_atOnce() {
        String wide = "x".repeat(600);
        List<CompletableFuture<HttpResponse<String>>> sent = IntStream.range(0, 32)
                .mapToObj(round -> push(
                        "large",
                        array(
                                9_900,
                                i -> "{\"name\":\"wide_total\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\""
                                        + round + "-" + i + wide + "\"}}")))
                .toList();

        assertThat(outlines(sent))
                .isSubsetOf(
                        "202",
                        "202 max-series-per-user",
                        "400 max-series-per-user",
                        "429 tenant-max-ingestion-rate",
                        "503 ingest-overloaded",
                        "503 redis-unavailable");
    }

    @Test
    void bodiesWithoutTheirLastByte() throws Exception {
        byte[] body = "x".repeat((1 << 20) - 1).getBytes(StandardCharsets.US_ASCII);
        String head =
                "POST /api/v1/metrics HTTP/1.1\r\nHost: localhost\r\nX-Scope-OrgID: unfinished\r\nContent-Length: "
                        + (1 << 20) + "\r\n\r\n";
        int written = 0;
        for (int i = 0; i < 300; i++) {
            Socket socket = new Socket();
            sockets.add(socket);
            socket.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), ingest.address().getPort()));
            try {
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().write(body);
                written++;
            } catch (IOException dropped) {
                // the process has rejected this body while it was sent
            }
        }

        assertThat(written).isPositive();
    }

    @Test
    void pushesOfNewFamilies_beyondTheSeriesLimit() {
        List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
        Set<String> outlines = new TreeSet<>();
        for (int round = 0; round < 20; round++) {
            int number = round;
            sent.add(push(
                    "families",
                    array(10_000, i -> "{\"name\":\"f_" + number + "_" + i + "\",\"type\":\"counter\",\"value\":1}")));
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
        String histograms = array(
                100,
                i -> "{\"name\":\"seconds\",\"type\":\"histogram\",\"labels\":{\"n\":\"" + i + "\"},\"values\":"
                        + values(1_000) + "}");

        List<CompletableFuture<HttpResponse<String>>> sent = IntStream.range(0, 60)
                .mapToObj(i -> push("thousands", histograms))
                .toList();

        Set<String> outlines = outlines(sent);
        assertThat(outlines).isSubsetOf("202", "429 tenant-max-ingestion-rate", "503 ingest-overloaded");
        assertThat(outlines).contains("429 tenant-max-ingestion-rate");
    }

    @Test
    void bodiesOfInvalidLines() {
        byte[] lines = gzip("{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":-1}\n".repeat(9_999));
        push("invalid", "[{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}]")
                .join();

        Set<String> outlines = new TreeSet<>();
        for (int round = 0; round < 100; round++) {
            outlines.addAll(outlines(List.of(
                    push("invalid", "application/x-ndjson", lines), push("invalid", "application/x-ndjson", lines))));
        }

        assertThat(outlines).containsExactly("400 counter-negative", "429 tenant-max-ingestion-rate");
    }
}
