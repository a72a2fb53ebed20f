package dev.streamgauge.standalone.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A tenant that tries to fill Redis over two ingest processes, beside two quiet tenants of the same partition: it takes
 * no more than its limits allow, and the quiet tenants notice nothing.
 */
@Timeout(180)
class HostileBytesIT {

    private static final String ONE_PARTITION = "STREAMGAUGE_PARTITIONS=1";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long REGISTRY_LIMIT = 4 << 20;
    private static final long RECORDS_LIMIT = 200_000;
    private static final String GOOD = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}";
    private static final String FULL = "503 redis-full";
    private static final Pattern REASON = Pattern.compile("\"reason\" *: *\"([a-z-]+)\"");

    private static RedisServer redis;
    private static List<Jars.Started> ingest;
    private static Jars.Started aggregator;
    private static Jars.Started query;
    private static HttpClient client;

    private QuietTenants quiet;

    @BeforeAll
    static void start() {
        redis = RedisServer.builder().build().start();
        String[] limits = {
            ONE_PARTITION,
            "STREAMGAUGE_LIMITS_MAX_REGISTRY_BYTES_PER_USER=" + REGISTRY_LIMIT,
            "STREAMGAUGE_LIMITS_MAX_IDEMPOTENCY_BYTES_PER_USER=" + RECORDS_LIMIT
        };
        ingest = List.of(Jars.role("ingest-api", redis.url(), limits), Jars.role("ingest-api", redis.url(), limits));
        aggregator = Jars.role("aggregator", redis.url(), ONE_PARTITION);
        query = Jars.role("query-api", redis.url(), limits);
        ingest.forEach(Jars.Started::awaitReady);
        aggregator.awaitReady();
        query.awaitReady();
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        client.close();
        query.close();
        aggregator.close();
        ingest.forEach(Jars.Started::close);
        redis.close();
    }

    @BeforeEach
    void startQuietTenants() {
        String name = "quiet-" + System.nanoTime();
        quiet = new QuietTenants(
                ingest.getFirst().address(), query.address(), Tenant.named(name + "-1"), Tenant.named(name + "-2"));
        quiet.awaitScrapes(1);
    }

    @AfterEach
    void quietTenants_noticeNothing() throws Exception {
        try (QuietTenants tenants = quiet) {
            tenants.assertUndisturbed();
        }
    }

    /** Sends to one process after the other; the answer is its status, and the first reason in it. */
    private static CompletableFuture<String> push(int number, String tenant, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        ingest.get(number % ingest.size()).at("/api/v1/metrics"))
                .header("X-Scope-OrgID", tenant)
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .thenApply(answer -> {
                    Matcher reason = REASON.matcher(answer.body());
                    return answer.statusCode() + (reason.find() ? " " + reason.group(1) : "");
                });
    }

    private static Map<String, Long> counted(List<CompletableFuture<String>> sent) {
        return sent.stream()
                .map(CompletableFuture::join)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    private static long bytes(String tenant, String what) throws IOException, InterruptedException {
        HttpResponse<String> usage = client.send(
                HttpRequest.newBuilder(query.at("/api/v1/usage"))
                        .header("X-Scope-OrgID", tenant)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        JsonNode bytes = JSON.readTree(usage.body()).path("bytes").path(what);
        return bytes.path("now").longValue();
    }

    private static long usedMemory(RedisClient admin) {
        Matcher used = Pattern.compile("used_memory:(\\d+)").matcher(String.valueOf(admin.command("INFO", "memory")));
        assertThat(used.find()).isTrue();
        return Long.parseLong(used.group(1));
    }

    @Test
    void keys_withBodiesOfRejectedSamples() throws Exception {
        String bad = ",{\"name\":\"" + "-".repeat(2_000) + "\",\"type\":\"counter\",\"value\":1}";
        String body = "[" + GOOD + bad.repeat(100) + "]";

        Map<String, Long> answers = new TreeMap<>();
        for (int from = 0; from < 600; from += 50) {
            List<CompletableFuture<String>> sent = IntStream.range(from, from + 50)
                    .mapToObj(i -> push(i, "keys", body, "Idempotency-Key", "key-" + i))
                    .toList();
            counted(sent).forEach((answer, count) -> answers.merge(answer, count, Long::sum));
        }

        assertThat(answers.keySet())
                .isSubsetOf("202 metric-name-invalid", "429 max-idempotency-bytes", "429 tenant-max-ingestion-rate");
        assertThat(answers).containsKeys("202 metric-name-invalid", "429 max-idempotency-bytes");
        long counted = bytes("keys", "idempotency");
        assertThat(counted).isBetween(RECORDS_LIMIT - 1_000, RECORDS_LIMIT);
        assertRecordsExpire(answers.getOrDefault("202 metric-name-invalid", 0L));
    }

    private static void assertRecordsExpire(long records) {
        try (RedisClient admin = redis.connect()) {
            List<?> keys = (List<?>) Objects.requireNonNull(admin.command("KEYS", "sg:{0}:idem:keys:*"));
            assertThat(keys).hasSize((int) records);
            for (Object key : keys) {
                assertThat((Long) Objects.requireNonNull(admin.command("PTTL", key.toString())))
                        .isBetween(1L, 600_000L);
                assertThat((Long) Objects.requireNonNull(admin.command("STRLEN", key.toString())))
                        .isLessThanOrEqualTo(512L);
            }
        }
    }

    @Test
    void series_withTheLongestLabels() throws Exception {
        long before;
        try (RedisClient admin = redis.connect()) {
            before = usedMemory(admin);
        }

        List<CompletableFuture<String>> sent = IntStream.range(0, 100)
                .mapToObj(i -> push(i, "labels", longLabels(i)))
                .toList();

        Map<String, Long> answers = counted(sent);
        assertThat(answers.keySet()).containsExactlyInAnyOrder("202", "400 max-registry-bytes");
        long series = bytes("labels", "registry") / answers.get("202");
        assertThat(bytes("labels", "registry")).isBetween(REGISTRY_LIMIT - series, REGISTRY_LIMIT + 100);
        assertThat(push(0, "labels", longLabels(0)).join()).isIn("202", "400 max-registry-bytes");
        try (RedisClient admin = redis.connect()) {
            assertThat(usedMemory(admin) - before).isLessThan(4 * REGISTRY_LIMIT); // buffers and the backlog, too
        }
    }

    private static String longLabels(int number) {
        return IntStream.range(0, 30)
                .mapToObj(i -> "\"l" + i + "x".repeat(1_000) + "\":\"" + number + "v".repeat(2_000) + "\"")
                .collect(Collectors.joining(
                        ",", "{\"name\":\"long_total\",\"type\":\"counter\",\"value\":1,\"labels\":{", "}}"));
    }

    /** A tenant that any push may make up is gone some time after its series. */
    @Test
    void tenant_whoseSeriesExpired() {
        assertThat(push(0, "made-up", GOOD).join()).isEqualTo("202");
        try (RedisClient admin = redis.connect()) {
            await().atMost(PATIENCE)
                    .until(() -> "1".equals(admin.command("HGET", "sg:{0}:t:made-up:totals", "folded")));

            admin.command("DEL", "sg:{0}:t:made-up:families", "sg:{0}:t:made-up:f:orders_total");
            admin.command("HSET", "sg:{0}:t:made-up:totals", "pushed", "1");
            admin.command("ZADD", "sg:{0}:sweeps", "1", "made-up");

            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat((List<?>) Objects.requireNonNull(admin.command("KEYS", "*made-up*")))
                                    .isEmpty());
        }
        assertThat(answers("made-up", process -> GOOD)).containsOnly("202");
    }

    /** The levels of memory pressure, each of them over both processes; the quiet tenants are small ones, too. */
    @Test
    void series_whenMemoryIsShort() throws Exception {
        String series =
                IntStream.range(0, 4_000).mapToObj(HostileBytesIT::ordinary).collect(Collectors.joining(",", "[", "]"));
        assertThat(answers("large", process -> series)).containsOnly("202");
        assertThat(answers("small", process -> GOOD)).containsOnly("202");

        try (ShortMemory memory = new ShortMemory()) {
            memory.use(0.85);
            awaitRejected(HostileBytesIT::newTenant, process -> GOOD);
            assertThat(answers("large", process -> ordinary(10_000 + process))).containsOnly(FULL);
            assertThat(answers("large", process -> ordinary(process), "Idempotency-Key", "k"))
                    .containsOnly(FULL);
            assertThat(answers("large", HostileBytesIT::ordinary)).containsOnly("202");
            assertSmallTenantGrows("at_80");

            memory.use(0.93);
            awaitRejected(() -> "large", HostileBytesIT::ordinary);
            assertSmallTenantGrows("at_90");
            quiet.assertUndisturbed();

            memory.use(0.97);
            awaitRejected(() -> "small", process -> GOOD);
        }
    }

    private static String newTenant() {
        return "new-" + System.nanoTime();
    }

    private static String ordinary(int order) {
        return GOOD.replace("}", ",\"labels\":{\"order\":\"" + order + "\"}}");
    }

    /** What each process answers to its own body. */
    private static List<String> answers(String tenant, IntFunction<String> bodyOfProcess, String... headers) {
        return IntStream.range(0, ingest.size())
                .mapToObj(process -> push(process, tenant, bodyOfProcess.apply(process), headers))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
    }

    private static void awaitRejected(Supplier<String> tenant, IntFunction<String> bodyOfProcess) {
        for (int process = 0; process < ingest.size(); process++) {
            awaitAnswer(FULL, process, tenant, bodyOfProcess.apply(process));
        }
    }

    private static void awaitAnswer(String answer, int process, Supplier<String> tenant, String body) {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(push(process, tenant.get(), body).join()).isEqualTo(answer));
    }

    private static void assertSmallTenantGrows(String name) {
        IntFunction<String> newFamily = process -> GOOD.replace("orders", name + "_" + process);
        assertThat(answers("small", newFamily)).containsOnly("202");
        assertThat(answers("small", process -> GOOD, "Idempotency-Key", name)).containsOnly("202");
    }

    /** A Redis with so much in it that what a test stores makes no difference, and little memory until it is closed. */
    private static final class ShortMemory implements AutoCloseable {

        private final RedisClient admin = redis.connect();

        /** Lets that part of the memory be used. */
        void use(double part) {
            admin.command("SETRANGE", "ballast", "50000000", "x");
            admin.command("CONFIG", "SET", "maxmemory", Long.toString((long) (usedMemory(admin) / part)));
        }

        @Override
        public void close() {
            admin.command("CONFIG", "SET", "maxmemory", "512mb");
            admin.command("DEL", "ballast");
            admin.close();
            for (int process = 0; process < ingest.size(); process++) {
                awaitAnswer("202", process, HostileBytesIT::newTenant, GOOD);
            }
        }
    }
}
