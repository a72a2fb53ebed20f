package dev.streamgauge.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streamgauge.standalone.system.Administrator.Answer;
import dev.streamgauge.testkit.ParsedExposition;
import dev.streamgauge.testkit.RedisServer;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Administers tenants over HTTP, with two ingest processes, a query process and an aggregator in the mode {@code
 * api-key}. Every answer of the admin API is validated against {@code openapi.yaml}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdminApiIT {

    private static final String ADMIN_KEY = "the-key-of-an-administrator-of-40-characters";
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    /** An entry that no aggregator of this release folds. */
    private static final String NEWER_ENTRY = "\u007f";

    @TempDir
    private static Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private HttpClient client;
    private RedisServer redis;
    private Jars.Started first;
    private Jars.Started second;
    private Jars.Started query;
    private Jars.Started aggregator;
    private Administrator admin;

    @BeforeAll
    void start() throws Exception {
        Path file = folder.resolve("tenants.yaml");
        Files.writeString(
                file,
                "tenants: {from-file: {keys: [{id: \"0123456789abcdef\", hash: \"" + "0".repeat(64)
                        + "\", scopes: [ingest]}], limits: {ingestion_rate: 7}}}\n");
        client = opened(HttpClient.newHttpClient());
        redis = opened(RedisServer.builder().build().start());
        first = role("ingest-api", file);
        second = role("ingest-api", file);
        query = role("query-api", file);
        aggregator = role("aggregator", file);
        for (Jars.Started each : List.of(first, second, query, aggregator)) {
            each.awaitReady();
        }
        admin = new Administrator(client, aggregator, ADMIN_KEY);
    }

    private Jars.Started role(String module, Path tenantsFile) {
        return opened(Jars.role(
                module,
                redis.url(),
                "STREAMGAUGE_AUTH_MODE=api-key",
                "STREAMGAUGE_AUTH_ADMIN_KEY=" + ADMIN_KEY,
                "STREAMGAUGE_PARTITIONS=1",
                "STREAMGAUGE_TENANTS_FILE=" + tenantsFile));
    }

    private <T extends AutoCloseable> T opened(T resource) {
        opened.add(resource);
        return resource;
    }

    @AfterAll
    void stop() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    // Senders and scrapers.

    private HttpResponse<String> push(Jars.Started ingest, String key, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(ingest.at("/api/v1/metrics"))
                        .header("Authorization", "Bearer " + key)
                        .timeout(DEADLINE)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String counter(String name, String label) {
        return "{\"name\":\"" + name + "\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\"" + label + "\"}}";
    }

    private int status(Jars.Started ingest, String key, String body) throws Exception {
        return push(ingest, key, body).statusCode();
    }

    private String get(Jars.Started process, String path, String key) throws Exception {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(process.at(path))
                        .header("Authorization", "Bearer " + key)
                        .timeout(DEADLINE)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() == 200 ? answer.body() : "status " + answer.statusCode();
    }

    private Map<String, Double> shown(String key) throws Exception {
        return ParsedExposition.parse(get(query, "/metrics", key)).values();
    }

    private Object total(String tenant, String field) {
        return redis.command("HGET", "sg:{0}:t:" + tenant + ":totals", field);
    }

    // The whole life of a tenant.

    @Test
    void tenant_isCreatedUsedLimitedRotatedResetAndDeleted() throws Exception {
        assertThat(admin.post("", "{\"tenant\": \"life\"}").outcome()).isEqualTo("201");
        assertThat(admin.post("", "{\"tenant\": \"life\"}").outcome()).isEqualTo("409 tenant-exists");

        Answer made = admin.post(
                "/life/keys",
                "{\"scopes\": [\"ingest\", \"query\"], \"expires\": \"2099-01-01T00:00:00Z\", \"description\": \"a shop\"}");
        assertThat(made.outcome()).isEqualTo("201");
        assertThat(made.http().headers().firstValue("Cache-Control")).contains("no-store");
        String oldKey = made.json().path("key").asText();
        assertThat(status(first, oldKey, counter("a_total", "1"))).isEqualTo(202); // at once, on both
        assertThat(status(second, oldKey, counter("a_total", "1"))).isEqualTo(202);
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(shown(oldKey)).containsValue(2.0));

        Answer limits = admin.put("/life/limits", "{\"max_global_series_per_user\": 2, \"ingestion_rate\": 0.5}");
        assertThat(limits.json().path("own").toString())
                .isEqualTo("{\"ingestion_rate\":0.5,\"max_global_series_per_user\":2}");
        assertThat(limits.json().at("/inForce/max_global_series_per_user").asInt())
                .isEqualTo(2);
        assertThat(admin.put("/life/limits", "{\"max_global_series_per_user\": 2}")
                        .json()
                        .at("/own/ingestion_rate")
                        .isMissingNode())
                .isTrue();
        for (Jars.Started ingest : List.of(first, second)) {
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(get(ingest, "/api/v1/user_limits", oldKey))
                            .contains("\"max_global_series_per_user\":2,", "\"ingestion_rate\":10000.0"));
        }
        assertThat(push(first, oldKey, "[" + counter("a_total", "2") + "," + counter("a_total", "3") + "]")
                        .body())
                .contains("\"accepted\":1", "max-series-per-user");
        assertThat(status(second, oldKey, counter("a_total", "4"))).isEqualTo(400);

        String newKey = admin.key("life", "\"ingest\", \"query\"");
        assertThat(admin.post("/life/keys", "{\"scopes\": [\"query\"]}").outcome())
                .isEqualTo("409 too-many-keys");
        String oldId = made.json().path("id").asText();
        assertThat(admin.delete("/life/keys/" + oldId).outcome()).isEqualTo("204");
        assertThat(admin.delete("/life/keys/" + oldId).outcome()).isEqualTo("404 not-found");
        for (Jars.Started ingest : List.of(first, second)) {
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(status(ingest, oldKey, counter("a_total", "1")))
                            .isEqualTo(401));
            assertThat(status(ingest, newKey, counter("a_total", "1"))).isEqualTo(202);
        }

        Answer reset = admin.post("/life/reset", "");
        assertThat(reset.json().toString()).isEqualTo("{\"tenant\":\"life\",\"families\":1,\"series\":2}");
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(shown(newKey)).isEmpty());
        assertThat(status(second, newKey, counter("a_total", "5"))).isEqualTo(202);
        assertThat(status(first, newKey, counter("a_total", "5"))).isEqualTo(202);
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(shown(newKey)).isEqualTo(Map.of("a_total{n=\"5\"}", 2.0)));

        assertThat(admin.delete("/life").json().toString())
                .isEqualTo("{\"tenant\":\"life\",\"families\":1,\"series\":1}");
        assertThat(redis.command("KEYS", "sg:{0}:t:life:*")).asString().isEqualTo("[sg:{0}:t:life:totals]");
        for (Jars.Started ingest : List.of(first, second)) {
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(status(ingest, newKey, counter("a_total", "1")))
                            .isEqualTo(401));
        }
        for (String path : List.of("/life", "/life/keys", "/life/limits")) {
            assertThat(admin.get(path).outcome()).isEqualTo("404 not-found");
        }
        assertThat(admin.delete("/life").outcome()).isEqualTo("404 not-found");
        assertThat(admin.post("/life/reset", "").outcome()).isEqualTo("404 not-found");

        HttpResponse<String> tooSoon = push(first, admin.tenantWithKey("life", "\"ingest\""), counter("a_total", "1"));
        assertThat(tooSoon.statusCode()).isEqualTo(503);
        assertThat(tooSoon.body()).contains("\"reason\":\"tenant-resetting\"");
        assertThat(Integer.parseInt(tooSoon.headers().firstValue("Retry-After").orElse("0")))
                .isBetween(1, 30);
        assertThat(aggregator.process().output())
                .contains("action=create-tenant tenant=life by=admin-key", "action=create-key tenant=life key=")
                .contains("action=delete-tenant tenant=life by=admin-key outcome=Done[families=1, series=1]")
                .doesNotContain(oldKey, newKey, newKey.substring(21), ADMIN_KEY);
    }

    /** A key with the scope {@code delete} or {@code admin} may delete series of its own tenant only. */
    @Test
    void series_areDeleted_byAKeyOfTheirTenantWithTheScopeDelete() throws Exception {
        String ingest = admin.tenantWithKey("pruned", "\"ingest\", \"query\"");
        String pruning = admin.post("/pruned/keys", "{\"scopes\":[\"delete\"]}")
                .json()
                .at("/key")
                .asText();
        String other = admin.tenantWithKey("unpruned", "\"ingest\", \"admin\"");
        assertThat(status(first, ingest, counter("a_total", "1"))).isEqualTo(202);
        assertThat(status(second, ingest, counter("a_total", "2"))).isEqualTo(202);
        assertThat(status(second, other, counter("a_total", "1"))).isEqualTo(202);

        assertThat(deleteSeries(ingest, "a_total")).startsWith("403 ");
        assertThat(deleteSeries("sgk_0000000000000000_wrong", "a_total")).startsWith("401 ");
        assertThat(deleteSeries(ADMIN_KEY, "a_total")).startsWith("403 ");
        assertThat(deleteSeries(other, "{n=\"2\"}")).isEqualTo("200 {\"series\":0,\"families\":0}");
        assertThat(deleteSeries(pruning, "{n=\"2\"}")).isEqualTo("200 {\"series\":1,\"families\":0}");

        assertThat(shown(ingest)).isEqualTo(Map.of("a_total{n=\"1\"}", 1.0));
        assertThat(deleteSeries("/api/v1/admin/tenants/unpruned/series", ADMIN_KEY, "a_total"))
                .isEqualTo("200 {\"series\":1,\"families\":1}");
        assertThat(shown(ingest)).isEqualTo(Map.of("a_total{n=\"1\"}", 1.0));
        assertThat(status(first, ingest, counter("a_total", "2"))).isEqualTo(202);
        await().atMost(DEADLINE)
                .untilAsserted(() ->
                        assertThat(shown(ingest)).isEqualTo(Map.of("a_total{n=\"1\"}", 1.0, "a_total{n=\"2\"}", 1.0)));
    }

    private String deleteSeries(String key, String selector) throws Exception {
        return deleteSeries("/api/v1/series", key, selector);
    }

    private String deleteSeries(String path, String key, String selector) throws Exception {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(aggregator.at(
                                path + "?match%5B%5D=" + URLEncoder.encode(selector, StandardCharsets.UTF_8)))
                        .header("Authorization", "Bearer " + key)
                        .timeout(DEADLINE)
                        .DELETE()
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.body();
    }

    @Test
    void keys_areShownWithoutTheirSecret() throws Exception {
        String key = admin.tenantWithKey("shown", "\"ingest\", \"admin\"");
        admin.post("/shown/keys", "{\"scopes\": [\"query\"], \"description\": \"a shop\"}");

        Answer list = admin.get("/shown/keys");

        assertThat(list.json().path("keys").size()).isEqualTo(2);
        assertThat(list.json().at("/keys/0/scopes").toString()).isEqualTo("[\"ingest\",\"admin\"]");
        assertThat(list.json().at("/keys/0/live").asBoolean()).isTrue();
        assertThat(list.json().at("/keys/1/description").asText()).isEqualTo("a shop");
        assertThat(list.http().body()).doesNotContain(key.substring(21), "hash", "sgk_");
        assertThat(admin.get("/shown").http().body()).doesNotContain(key.substring(21), "hash", "sgk_");
    }

    @Test
    void tenants_areListedInPages() throws Exception {
        for (String tenant : List.of("page-1", "page-2", "page-3", "page-4", "page-5")) {
            admin.post("", "{\"tenant\": \"" + tenant + "\"}");
        }
        List<String> listed = new ArrayList<>();
        String after = "page-0";
        while (!after.isEmpty() && listed.size() < 100) {
            Answer page = admin.get("?limit=2&after=" + after);
            page.json()
                    .path("tenants")
                    .forEach(tenant -> listed.add(tenant.path("tenant").asText()));
            after = page.json().path("next").asText();
        }

        assertThat(listed)
                .startsWith("page-1", "page-2", "page-3", "page-4", "page-5")
                .isSorted();
        assertThat(listed).doesNotHaveDuplicates();
        for (String limit : List.of("0", "1001", "x", "1&limit=2", "-1")) {
            assertThat(admin.get("?limit=" + limit).outcome()).isEqualTo("400 limit-invalid");
        }
        assertThat(admin.get("?after=%2e%2e").outcome()).isEqualTo("400 tenant-invalid");
    }

    @Test
    void tenantOfTheFile_isShownAndReset_butNotChanged() throws Exception {
        JsonNode shown = admin.get("/from-file").json();
        assertThat(shown.path("source").asText()).isEqualTo("file");
        assertThat(shown.at("/keys/0/id").asText()).isEqualTo("0123456789abcdef");
        assertThat(shown.path("limits").toString()).isEqualTo("{\"ingestion_rate\":7.0}");
        assertThat(admin.get("?after=from-fil&limit=1")
                        .json()
                        .at("/tenants/0/source")
                        .asText())
                .isEqualTo("file");

        assertThat(admin.post("", "{\"tenant\": \"from-file\"}").outcome()).isEqualTo("409 managed-by-file");
        assertThat(admin.delete("/from-file").outcome()).isEqualTo("409 managed-by-file");
        assertThat(admin.put("/from-file/limits", "{}").outcome()).isEqualTo("409 managed-by-file");
        assertThat(admin.post("/from-file/keys", "{\"scopes\": [\"query\"]}").outcome())
                .isEqualTo("409 managed-by-file");
        assertThat(admin.delete("/from-file/keys/0123456789abcdef").outcome()).isEqualTo("409 managed-by-file");
        assertThat(admin.post("/from-file/reset", "").outcome()).isEqualTo("200");
    }

    // Rejections.

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            POST   |                | nonsense                                             | 400 invalid-json
            POST   |                | [{"tenant": "x"}]                                    | 400 invalid-json
            POST   |                | {"tenant": "x"} {}                                   | 400 invalid-json
            POST   |                | {"tenant": "x", "tenant": "y"}                       | 400 invalid-json
            POST   |                | {}                                                   | 400 missing-field
            POST   |                | {"tenant": 7}                                        | 400 value-invalid
            POST   |                | {"tenant": null}                                     | 400 value-invalid
            POST   |                | {"tenant": ""}                                       | 400 tenant-invalid
            POST   |                | {"tenant": "a/b"}                                    | 400 tenant-invalid
            POST   |                | {"tenant": "x", "keys": []}                          | 400 unknown-field
            POST   | /strict/keys   | {}                                                   | 400 missing-field
            POST   | /strict/keys   | {"scopes": []}                                       | 400 value-invalid
            POST   | /strict/keys   | {"scopes": "ingest"}                                 | 400 value-invalid
            POST   | /strict/keys   | {"scopes": {"a": "ingest"}}                          | 400 value-invalid
            POST   | /strict/keys   | {"scopes": ["ingest", "ingest"]}                     | 400 value-invalid
            POST   | /strict/keys   | {"scopes": ["INGEST"]}                               | 400 value-invalid
            POST   | /strict/keys   | {"scopes": ["query"], "expires": "tomorrow"}         | 400 value-invalid
            POST   | /strict/keys   | {"scopes": ["query"], "expires": 1}                  | 400 value-invalid
            POST   | /strict/keys   | {"scopes": ["query"], "expires": "2020-01-01T00:00:00Z"} | 400 value-invalid
            POST   | /strict/keys   | {"scopes": ["query"], "description": "a\\u0000b"}     | 400 value-invalid
            POST   | /strict/keys   | {"scopes": ["query"], "secret": "mine"}              | 400 unknown-field
            POST   | /none/keys     | {"scopes": ["query"]}                                | 404 not-found
            DELETE | /strict/keys/x | ``                                                   | 400 value-invalid
            DELETE | /strict/keys/0123456789abcdef | ``                                    | 404 not-found
            PUT    | /strict/limits | {"ingestion_rates": 1}                               | 400 unknown-field
            PUT    | /strict/limits | {"ingestion_rate": "1"}                              | 400 value-invalid
            PUT    | /strict/limits | {"ingestion_rate": -1}                               | 400 value-invalid
            PUT    | /strict/limits | {"ingestion_rate": 1e999}                            | 400 value-invalid
            PUT    | /strict/limits | {"max_global_series_per_user": 1.5}                  | 400 value-invalid
            PUT    | /strict/limits | {"max_label_name_length": 65537}                     | 400 value-invalid
            PUT    | /strict/limits | {"request_rate": 5}                                  | 400 value-invalid
            PUT    | /none/limits   | {}                                                   | 404 not-found
            GET    | /none          | ``                                                   | 404 not-found
            GET    | /a%20b         | ``                                                   | 400 tenant-invalid
            POST   | /none/reset    | ``                                                   | 404 not-found
            DELETE | /none          | ``                                                   | 404 not-found
            """)
    void request_isRejectedAndChangesNothing(String method, String path, String body, String outcome) throws Exception {
        admin.post("", "{\"tenant\": \"strict\"}");
        String before = admin.get("/strict").http().body();

        Answer answer = admin.send(method, path == null ? "" : path, body);

        assertThat(answer.outcome()).isEqualTo(outcome);
        assertThat(admin.get("/strict").http().body()).isEqualTo(before);
    }

    @Test
    void body_isRejected_whenTooLargeOrNoJson() throws Exception {
        assertThat(admin.post("", "{\"tenant\": \"" + "x".repeat(70_000) + "\"}")
                        .outcome())
                .isEqualTo("413 request-too-large");

        HttpResponse<String> form = client.send(
                HttpRequest.newBuilder(aggregator.at("/api/v1/admin/tenants"))
                        .header("Authorization", "Bearer " + ADMIN_KEY)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"tenant\": \"form\"}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(form.statusCode()).isEqualTo(415);
    }

    @Test
    void method_isRejectedWithTheAllowedOnes_whenItIsNotSupported() throws Exception {
        for (String path : List.of("", "/x", "/x/keys", "/x/keys/y", "/x/limits", "/x/reset")) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(aggregator.at("/api/v1/admin/tenants" + path))
                            .method("PATCH", HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(405);
            Set<String> allowed =
                    Set.of(answer.headers().firstValue("Allow").orElse("").split(", "));
            for (String method : List.of("GET", "POST", "PUT", "DELETE")) {
                HttpResponse<String> other = client.send(
                        HttpRequest.newBuilder(aggregator.at("/api/v1/admin/tenants" + path))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(other.statusCode()).isEqualTo(allowed.contains(method) ? 401 : 405);
            }
        }
    }

    @Test
    void otherKeys_areRejectedWithOneBody() throws Exception {
        String tenantsKey = admin.tenantWithKey("other", "\"ingest\", \"query\"");
        String adminsKey = admin.tenantWithKey("deputy", "\"admin\"");

        Answer none = admin.withKey("").get("");
        Answer wrong = admin.withKey("the-key-of-an-administrator").get("");
        Answer forbidden = admin.withKey(tenantsKey).get("");

        assertThat(none.outcome()).isEqualTo("401 unauthorized");
        assertThat(wrong.http().body()).isEqualTo(none.http().body());
        assertThat(forbidden.outcome()).isEqualTo("403 forbidden");
        assertThat(admin.withKey(tenantsKey).delete("/other").outcome()).isEqualTo("403 forbidden");
        assertThat(admin.withKey(tenantsKey).post("/other/reset", "").outcome()).isEqualTo("403 forbidden");
        assertThat(admin.withKey(adminsKey).get("/other").outcome()).isEqualTo("200");
    }

    /** The keys of tenants with the scope admin are rejected too. */
    @Test
    void api_isOff_whenThereIsNoAdminKey() throws Exception {
        String adminsKey = admin.tenantWithKey("deputy-2", "\"admin\"");
        try (Jars.Started without =
                Jars.role("aggregator", redis.url(), "STREAMGAUGE_AUTH_MODE=api-key", "STREAMGAUGE_PARTITIONS=1")) {
            without.awaitReady();
            Administrator off = new Administrator(client, without, adminsKey);

            assertThat(off.get("").outcome()).isEqualTo("404 not-found");
            assertThat(off.withKey(ADMIN_KEY).delete("/deputy-2").outcome()).isEqualTo("404 not-found");
            assertThat(off.withKey("").post("", "{\"tenant\": \"x\"}").outcome())
                    .isEqualTo("404 not-found");
        }
        assertThat(admin.get("/deputy-2").outcome()).isEqualTo("200");
    }

    // Resets.

    @Test
    void everySample_isGoneOrCountedOnce_whenResetUnderLoad() throws Exception {
        String key = admin.tenantWithKey("loaded", "\"ingest\", \"query\"");
        AtomicBoolean stopped = new AtomicBoolean();
        AtomicInteger phase = new AtomicInteger(); // 0 before the reset, 1 during, 2 after
        List<List<int[]>> sent = List.of(new ArrayList<>(), new ArrayList<>());
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<?>> senders = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int number = i;
                senders.add(threads.submit(() -> {
                    while (!stopped.get()) {
                        int before = phase.get();
                        List<int[]> own = sent.get(number);
                        HttpResponse<String> answer = push(
                                number == 0 ? first : second,
                                key,
                                "[" + counter("own_total", number + "-" + own.size()) + ","
                                        + counter("shared_total", "") + "]");
                        if (answer.statusCode() == 202) {
                            own.add(new int[] {before, phase.get()});
                        } else {
                            assertThat(answer.statusCode()).isEqualTo(503);
                            assertThat(answer.body()).contains("tenant-resetting"); // it waited for a second
                        }
                    }
                    return null;
                }));
            }
            await().atMost(DEADLINE).untilAsserted(() -> assertThat(shown(key)).hasSizeGreaterThan(100));
            phase.set(1);
            for (int i = 0; i < 3; i++) {
                assertThat(admin.post("/loaded/reset", "").outcome()).isEqualTo("200");
                await().atMost(DEADLINE)
                        .untilAsserted(() -> assertThat(shown(key)).hasSizeGreaterThan(10));
            }
            phase.set(2);
            await().atMost(DEADLINE).untilAsserted(() -> assertThat(shown(key)).hasSizeGreaterThan(150));
            stopped.set(true);
            for (Future<?> each : senders) {
                each.get(30, TimeUnit.SECONDS);
            }
        }
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(total("loaded", "backlog")).isEqualTo("0"));

        Map<String, Double> shown = shown(key);
        int left = 0;
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < sent.get(i).size(); j++) {
                int[] phases = sent.get(i).get(j);
                Double value = shown.get("own_total{n=\"" + i + "-" + j + "\"}");
                if (phases[1] == 0) {
                    assertThat(value).as("push answered before the resets").isNull();
                }
                if (phases[0] == 2) {
                    assertThat(value).as("push sent after the resets").isEqualTo(1.0);
                }
                if (value != null) {
                    assertThat(value).isEqualTo(1.0);
                    left++;
                }
            }
        }
        assertThat(shown.get("shared_total")).isEqualTo(left);
        assertThat(shown).hasSize(left + 1);
        assertThat(total("loaded", "series")).isEqualTo(Integer.toString(left + 1));
    }

    @Test
    void reset_isContinuedByAnotherAggregator_whenItsAggregatorIsKilled() throws Exception {
        String key = admin.tenantWithKey("killed", "\"ingest\", \"query\"");
        assertThat(status(first, key, counter("a_total", "1"))).isEqualTo(202);
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(shown(key)).hasSize(1));
        String blocking = block("killed");
        try (Jars.Started doomed = role("aggregator", folder.resolve("tenants.yaml"));
                ExecutorService threads = Executors.newSingleThreadExecutor()) {
            doomed.awaitReady();
            Future<Answer> reset =
                    threads.submit(() -> new Administrator(client, doomed, ADMIN_KEY).post("/killed/reset", ""));
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(total("killed", "held")).isNotNull());
            assertThat(status(second, key, counter("a_total", "1"))).isEqualTo(503);

            doomed.process().kill();

            assertThat(reset).failsWithin(DEADLINE);
        }
        await().atMost(SOON) // the fence expires
                .untilAsserted(() ->
                        assertThat(status(second, key, counter("a_total", "1"))).isEqualTo(202));
        unblock("killed", blocking);
        assertThat(admin.post("/killed/reset", "").outcome()).isEqualTo("200");
        assertThat(shown(key)).isEmpty();
        assertThat(status(first, key, counter("a_total", "1"))).isEqualTo(202);
    }

    @Test
    void deletion_endsAndCanBeContinued_whenTheBacklogDoesNotDrain() throws Exception {
        String key = admin.tenantWithKey("stuck", "\"ingest\", \"query\"");
        assertThat(status(first, key, counter("a_total", "1"))).isEqualTo(202);
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(shown(key)).hasSize(1));
        String blocking = block("stuck");

        Answer answer = admin.delete("/stuck");

        assertThat(answer.outcome()).isEqualTo("503 backlog-not-drained");
        assertThat(answer.http().headers().firstValue("Retry-After")).contains("1");
        assertThat(status(first, key, counter("a_total", "1"))).isEqualTo(401);
        assertThat(admin.get("/stuck").outcome()).isEqualTo("404 not-found");
        assertThat(total("stuck", "held")).isNull();
        unblock("stuck", blocking);
        assertThat(admin.delete("/stuck").json().path("series").asInt()).isEqualTo(1);
        assertThat(admin.delete("/stuck").outcome()).isEqualTo("404 not-found");
    }

    /** Adds an entry to the tenant's backlog that no aggregator can fold; returns its id. */
    private String block(String tenant) {
        redis.command("HINCRBY", "sg:{0}:t:" + tenant + ":totals", "backlog", "1");
        return String.valueOf(redis.command("XADD", "sg:{0}:stream", "*", "p", NEWER_ENTRY));
    }

    private void unblock(String tenant, String entry) {
        redis.command("XACK", "sg:{0}:stream", "aggregators", entry);
        redis.command("XDEL", "sg:{0}:stream", entry);
        redis.command("HINCRBY", "sg:{0}:t:" + tenant + ":totals", "backlog", "-1");
    }

    /** Also in the mode {@code open}, for a tenant that was never created. */
    @ParameterizedTest
    @ValueSource(strings = {"reset", ""})
    void tenantWithoutRecord_isResetOrDeleted_inModeOpen(String path) throws Exception {
        try (RedisServer own = RedisServer.builder().build().start();
                Jars.Started standalone = Jars.standalone(
                                folder.resolve("open-" + path),
                                "STREAMGAUGE_EMBEDDED_REDIS_ENABLED=false",
                                "QUARKUS_REDIS_HOSTS=" + own.url(),
                                "STREAMGAUGE_AUTH_ADMIN_KEY=" + ADMIN_KEY)
                        .awaitReady()) {
            assertThat(status(standalone, "none", counter("a_total", "1"))).isEqualTo(202);
            Administrator both = new Administrator(client, standalone, ADMIN_KEY);

            Answer answer = path.isEmpty() ? both.delete("/anonymous") : both.post("/anonymous/reset", "");

            assertThat(answer.json().path("series").asInt()).isEqualTo(1);
            assertThat(get(standalone, "/metrics", "none")).isEmpty();
            assertThat(both.withKey("").get("").outcome()).isEqualTo("401 unauthorized");

            own.kill();
            assertThat(both.get("/anonymous").outcome()).isEqualTo("503 redis-unavailable");
            assertThat(both.get("").outcome()).isEqualTo("503 redis-unavailable");
            own.restart();
            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(both.get("").outcome()).isEqualTo("200"));
        }
    }
}
