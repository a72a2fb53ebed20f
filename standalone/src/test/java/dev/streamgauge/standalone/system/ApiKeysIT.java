package dev.streamgauge.standalone.system;

import static dev.streamgauge.standalone.system.KeyedCaller.basic;
import static dev.streamgauge.standalone.system.KeyedCaller.bearer;
import static dev.streamgauge.standalone.system.KeyedCaller.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.testkit.RedisServer;
import java.net.URI;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** In mode {@code api-key} the tenant comes from the key and from nowhere else, on every replica and at every path. */
class ApiKeysIT {

    private static final String ADMIN_KEY = "the-administrators-key-0123456789abcdef";
    private static final String METRICS_KEY = "the-key-of-prometheus-0123456789abcdef";

    /** Far below the promised 30 s; each process polls Redis once a second. */
    private static final Duration SOON = Duration.ofSeconds(10);

    private static final Pattern SCRIPT_CALLS = Pattern.compile("cmdstat_evalsha(?:_ro)?:calls=(\\d+)");

    /** For {@link #callsOf}. */
    private static final long REQUESTS = 2_000;

    private static final int SENDERS = 40;

    private static RedisServer redis;
    private static Directory directory;
    private static Jars.Started first;
    private static Jars.Started second;
    private static Jars.Started aggregator;
    private static Jars.Started query;
    private static KeyedCaller caller;

    @BeforeAll
    static void start() {
        redis = RedisServer.builder().build().start();
        directory = new Directory(redis);
        first = keyed("ingest-api");
        second = keyed("ingest-api");
        aggregator = keyed("aggregator");
        query = keyed("query-api");
        caller = new KeyedCaller();
        Stream.of(first, second, aggregator, query).forEach(Jars.Started::awaitReady);
    }

    private static Jars.Started keyed(String module) {
        return Jars.role(
                module,
                redis.url(),
                "STREAMGAUGE_AUTH_MODE=api-key",
                "STREAMGAUGE_AUTH_ADMIN_KEY=" + ADMIN_KEY,
                "STREAMGAUGE_AUTH_METRICS_KEY=" + METRICS_KEY);
    }

    @AfterAll
    static void stop() {
        Stream.of(caller, first, second, aggregator, query, directory, redis).forEach(ApiKeysIT::close);
    }

    private static void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aKey_pushesAndReadsItsTenant_asBearerAndAsBasic() throws Exception {
        ApiKey key = directory.addKey("shop", Scope.INGEST, Scope.QUERY);
        String asBasic = basic("shop", key.text());

        // Each on its first use, without a pause after its making.
        assertThat(caller.pushed(first, bearer(key))).isEqualTo(202);
        assertThat(caller.pushed(second, asBasic)).isEqualTo(202);
        assertThat(caller.pushed(first, "Authorization: bEARER  " + key.text(), tenant("shop")))
                .isEqualTo(202);

        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(
                                caller.get(query.at("/metrics"), bearer(key)).body())
                        .contains("orders_total 3"));
        for (URI address : List.of(
                query.at("/tenants/shop/metrics"),
                query.at("/api/v1/dead-letters"),
                query.at("/api/v1/sd"),
                query.at("/api/v1/user_limits"),
                first.at("/api/v1/user_limits"))) {
            assertThat(caller.get(address, asBasic).statusCode())
                    .as("%s", address)
                    .isEqualTo(200);
            assertThat(caller.get(address, bearer(key), tenant("shop")).statusCode())
                    .as("%s", address)
                    .isEqualTo(200);
        }
    }

    /** The body comes while the key is looked up, and must not be lost. */
    @Test
    void newKey_worksAtOnceOnBothReplicas_evenWithALargeBody() throws Exception {
        StringBuilder large = new StringBuilder("[");
        for (int i = 0; i < 2_000; i++) {
            large.append(i == 0 ? "" : ",")
                    .append("{\"name\":\"a_total\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\"")
                    .append(i)
                    .append("\"}}");
        }
        for (int round = 0; round < 5; round++) {
            ApiKey key = directory.addKey("new-" + round, Scope.INGEST);

            HttpResponse<String> answer = caller.push(first, large + "]", bearer(key));

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
            assertThat(answer.body()).contains("\"accepted\":2000");
            assertThat(caller.pushed(second, bearer(key))).isEqualTo(202);
        }
    }

    @Test
    void aRevokedKey_diesOnAllReplicas_andTheOtherLivesOn() throws Exception {
        ApiKey old = directory.addKey("rotating", Scope.INGEST, Scope.QUERY);
        ApiKey next = directory.addKey("rotating", Scope.INGEST, Scope.QUERY);
        assertThat(caller.pushed(first, bearer(old))).isEqualTo(202);
        assertThat(caller.pushed(second, bearer(old))).isEqualTo(202);
        assertThat(caller.get(query.at("/metrics"), bearer(old)).statusCode()).isEqualTo(200);

        directory.revoke("rotating", old);

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(caller.pushed(first, bearer(old))).isEqualTo(401);
            assertThat(caller.pushed(second, bearer(old))).isEqualTo(401);
            assertThat(caller.get(query.at("/metrics"), bearer(old)).statusCode())
                    .isEqualTo(401);
        });
        assertThat(caller.pushed(first, bearer(next))).isEqualTo(202);
        assertThat(caller.pushed(second, bearer(next))).isEqualTo(202);

        directory.delete("rotating");

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(caller.pushed(first, bearer(next))).isEqualTo(401);
            assertThat(caller.pushed(second, bearer(next))).isEqualTo(401);
        });
    }

    @Test
    void aKey_endsWithItsExpiry() throws Exception {
        ApiKey key = directory.addKey("short", Optional.of(Instant.now().plusSeconds(4)), Scope.INGEST);
        assertThat(caller.pushed(first, bearer(key))).isEqualTo(202);

        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(caller.pushed(first, bearer(key))).isEqualTo(401));
    }

    /** Invalid credentials. */
    private static Map<String, String[]> unknown(ApiKey right, ApiKey expired, ApiKey revoked) {
        String text = right.text();
        ApiKey made = ApiKey.generate(new SecureRandom());
        String otherSecret = text.substring(0, 21) + made.text().substring(21);
        Map<String, String[]> table = new LinkedHashMap<>();
        table.put("missing", new String[] {});
        table.put("missing, tenant named", new String[] {tenant("acme")});
        table.put("empty", new String[] {"Authorization: "});
        table.put("empty bearer", new String[] {"Authorization: Bearer "});
        table.put("no scheme", new String[] {"Authorization: " + text});
        table.put("another scheme", new String[] {"Authorization: Digest " + text});
        table.put("unknown", new String[] {bearer(made)});
        table.put("wrong secret", new String[] {"Authorization: Bearer " + otherSecret});
        table.put("prefix of the right one", new String[] {"Authorization: Bearer " + text.substring(0, 84)});
        table.put("its id", new String[] {"Authorization: Bearer " + text.substring(0, 20)});
        table.put("right one with a suffix", new String[] {"Authorization: Bearer " + text + "0"});
        table.put("upper case", new String[] {"Authorization: Bearer " + text.toUpperCase(Locale.ROOT)});
        table.put("too long", new String[] {"Authorization: Bearer " + text.repeat(4)});
        table.put(
                "its hash",
                new String[] {"Authorization: Bearer " + right.hash().hex()});
        table.put("expired", new String[] {bearer(expired)});
        table.put("revoked", new String[] {bearer(revoked)});
        table.put("two headers", new String[] {bearer(right), bearer(right)});
        table.put("basic without password", new String[] {basic("acme", "")});
        table.put("basic with a wrong password", new String[] {basic("acme", made.text())});
        table.put("basic that is no base64", new String[] {"Authorization: Basic ****"});
        table.put("key as the user", new String[] {basic(text, "acme")});
        table.put("prefix of the admin key", new String[] {
            "Authorization: Bearer " + ADMIN_KEY.substring(0, ADMIN_KEY.length() - 1)
        });
        table.put("metrics key", new String[] {"Authorization: Bearer " + METRICS_KEY});
        return table;
    }

    /** Valid credentials that do not permit the request. */
    private static Map<String, String[]> forbidden(ApiKey right, ApiKey narrow, ApiKey other) {
        Map<String, String[]> table = new LinkedHashMap<>();
        table.put("another tenant named", new String[] {bearer(right), tenant("other")});
        table.put("no tenant's name", new String[] {bearer(right), tenant("a/b")});
        table.put("two tenants named", new String[] {bearer(right), tenant("acme"), tenant("other")});
        table.put("basic with another user", new String[] {basic("other", right.text())});
        table.put("basic without user", new String[] {basic("", right.text())});
        table.put("without the scope", new String[] {bearer(narrow)});
        table.put("other's key for acme", new String[] {bearer(other), tenant("acme")});
        return table;
    }

    @Test
    void invalidKeys_getOneBodyEverywhere_andValidOnesLearnWhatTheyLack() throws Exception {
        ApiKey right = directory.addKey("acme", Scope.INGEST, Scope.QUERY);
        ApiKey ingestOnly = directory.addKey("acme", Scope.INGEST);
        ApiKey queryOnly = directory.addKey("acme", Scope.QUERY);
        ApiKey other = directory.addKey("other", Scope.INGEST, Scope.QUERY);
        ApiKey expired =
                directory.addKey("acme", Optional.of(Instant.now().minusSeconds(1)), Scope.INGEST, Scope.QUERY);
        ApiKey revoked = directory.addKey("other", Scope.INGEST, Scope.QUERY);
        directory.revoke("other", revoked);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(caller.get(query.at("/metrics"), bearer(revoked))
                                .statusCode())
                        .isEqualTo(401));
        Map<String, Integer> statuses = new TreeMap<>();
        Map<String, Integer> expected = new TreeMap<>();
        Set<String> bodies401 = new LinkedHashSet<>();
        Set<String> bodies403 = new LinkedHashSet<>();

        for (String path : List.of(
                "push",
                "/metrics",
                "/tenants/acme/metrics",
                "/api/v1/dead-letters",
                "/api/v1/sd",
                "/api/v1/user_limits")) {
            for (Map.Entry<String, String[]> row :
                    unknown(right, expired, revoked).entrySet()) {
                HttpResponse<String> answer = answer(path, row.getValue());
                expected.put(path + " " + row.getKey(), 401);
                statuses.put(path + " " + row.getKey(), answer.statusCode());
                bodies401.add(answer.body());
                assertThat(answer.headers().allValues("WWW-Authenticate"))
                        .as("%s %s", path, row.getKey())
                        .containsExactly(
                                "Bearer realm=\"streamgauge\"", "Basic realm=\"streamgauge\", charset=\"UTF-8\"");
            }
            ApiKey narrow = path.equals("push") ? queryOnly : ingestOnly;
            for (Map.Entry<String, String[]> row :
                    forbidden(right, narrow, other).entrySet()) {
                HttpResponse<String> answer = answer(path, row.getValue());
                expected.put(path + " " + row.getKey(), 403);
                statuses.put(path + " " + row.getKey(), answer.statusCode());
                bodies403.add(answer.body());
            }
        }
        bodies403.add(forbiddenBody("/tenants/acme/metrics", bearer(other)));
        bodies403.add(forbiddenBody("/metrics", "Authorization: Bearer " + ADMIN_KEY));

        assertThat(statuses).isEqualTo(expected);
        assertThat(bodies401).singleElement().asString().contains("\"reason\":\"unauthorized\"");
        assertThat(bodies403)
                .allSatisfy(body -> assertThat(body)
                        .contains("\"reason\":\"forbidden\"", "\"detail\":\"key: ")
                        .doesNotContain("acme"));
        assertThat(caller.pushed(first, bearer(right))).isEqualTo(202);
    }

    private static String forbiddenBody(String path, String credentials) throws Exception {
        HttpResponse<String> answer = caller.get(query.at(path), credentials);
        assertThat(answer.statusCode()).as(path).isEqualTo(403);
        return answer.body();
    }

    private static HttpResponse<String> answer(String path, String[] headers) throws Exception {
        return path.equals("push")
                ? caller.push(first, KeyedCaller.SAMPLE, headers)
                : caller.get(query.at(path), headers);
    }

    @Test
    void administrators_readAnyTenantThatThePathNames() throws Exception {
        ApiKey admin = directory.addKey("platform", Scope.ADMIN);
        ApiKey shop = directory.addKey("shop-of-admins", Scope.INGEST);
        assertThat(caller.pushed(first, bearer(shop))).isEqualTo(202);
        URI path = query.at("/tenants/shop-of-admins/metrics");

        for (String credentials : List.of(
                bearer(admin),
                basic("platform", admin.text()),
                "Authorization: Bearer " + ADMIN_KEY,
                basic("", ADMIN_KEY))) {
            assertThat(caller.get(path, credentials).statusCode()).isEqualTo(200);
            assertThat(caller.get(path, credentials, tenant("other")).statusCode())
                    .isEqualTo(403);
            assertThat(caller.get(query.at("/tenants/a%2Fb/metrics"), credentials)
                            .statusCode())
                    .isEqualTo(400);
            assertThat(caller.get(query.at("/tenants/nowhere/metrics"), credentials)
                            .body())
                    .contains("\"status\":404", "\"reason\":\"not-found\"");
        }
        for (String bootstrap : List.of("Authorization: Bearer " + ADMIN_KEY, basic("", ADMIN_KEY))) {
            assertThat(caller.get(query.at("/metrics"), bootstrap).statusCode()).isEqualTo(403);
            assertThat(caller.pushed(first, bootstrap)).isEqualTo(403);
        }
        assertThat(caller.get(query.at("/metrics"), bearer(admin)).statusCode()).isEqualTo(200);
        assertThat(caller.pushed(first, bearer(admin))).isEqualTo(202);
        assertThat(caller.get(path, basic("shop-of-admins", admin.text())).statusCode())
                .isEqualTo(403);
    }

    /** What a Prometheus needs that scrapes all tenants, and no more. */
    @Test
    void aKeyOfScopeQueryAll_readsAnyTenant_andChangesNothing() throws Exception {
        ApiKey all = directory.addKey("prometheus", Scope.QUERY_ALL);
        ApiKey shop = directory.addKey("scraped-shop", Scope.INGEST);
        assertThat(caller.pushed(first, bearer(shop))).isEqualTo(202);

        for (String path : List.of(
                "/metrics",
                "/api/v1/usage",
                "/tenants/prometheus/metrics",
                "/tenants/scraped-shop/metrics",
                "/tenants/scraped-shop/usage/metrics")) {
            assertThat(caller.get(query.at(path), bearer(all)).statusCode())
                    .as(path)
                    .isEqualTo(200);
        }
        assertThat(caller.get(query.at("/api/v1/sd"), bearer(all)).body())
                .contains("/tenants/scraped-shop/metrics", "/tenants/prometheus/metrics");
        for (String path : List.of("/tenants/nowhere/metrics", "/tenants/nowhere/usage/metrics")) {
            HttpResponse<String> none = caller.get(query.at(path), bearer(all));
            assertThat(none.statusCode()).as(path).isEqualTo(404);
            assertThat(none.body()).contains("\"reason\":\"not-found\"");
        }
        assertThat(caller.pushed(first, bearer(all))).isEqualTo(403);
        assertThat(caller.get(aggregator.at("/api/v1/admin/tenants"), bearer(all))
                        .body())
                .contains("\"detail\":\"key: the scope admin is needed; the key has query-all\"");
    }

    @Test
    void ownMetricsAndStatus_needTheirKey_howeverThePathIsWritten() throws Exception {
        ApiKey tenant = directory.addKey("curious", Scope.QUERY, Scope.INGEST);
        ApiKey admin = directory.addKey("curious", Scope.ADMIN);
        for (Jars.Started process : List.of(first, aggregator, query)) {
            for (String path : List.of("/q/metrics", "/api/v1/status")) {
                assertThat(caller.get(process.at(path)).statusCode()).isEqualTo(401);
                assertThat(caller.get(process.at(path), bearer(tenant)).statusCode())
                        .isEqualTo(403);
                for (String credentials : List.of(
                        "Authorization: Bearer " + METRICS_KEY,
                        basic("prometheus", METRICS_KEY),
                        "Authorization: Bearer " + ADMIN_KEY,
                        bearer(admin))) {
                    assertThat(caller.get(process.at(path), credentials).statusCode())
                            .as("%s", path)
                            .isEqualTo(200);
                }
            }
            for (String path : List.of(
                    "/q/metrics/",
                    "/q//metrics",
                    "//q/metrics",
                    "/q/./metrics",
                    "/q/x/../metrics",
                    "/%71/metrics",
                    "/q/%6Detrics",
                    "/q/metrics;x",
                    "/q/metrics?x",
                    "/q/metrics/x",
                    "/api/v1//status",
                    "/api/v1/status/",
                    "/api/v1/status;x",
                    "/api/v1/%73tatus",
                    "/api/v1/./status")) {
                HttpResponse<String> answer = caller.get(URI.create(process.address() + path));
                assertThat(answer.statusCode()).as(path).isIn(400, 401, 404);
                assertThat(answer.body()).as(path).doesNotContain("jvm_", "durability");
            }
            for (String path : List.of("/q/health/live", "/q/health/ready", "/-/healthy", "/-/ready")) {
                assertThat(caller.get(process.at(path)).statusCode()).isEqualTo(200);
            }
        }
    }

    /** Two ingest processes are the only clients of Redis, and call no other script while nothing is stored. */
    @Test
    void guesses_touchRedisABoundedNumberOfTimes() throws Exception {
        try (RedisServer own = RedisServer.builder().build().start();
                Directory tenants = new Directory(own);
                Jars.Started one = alone(own).awaitReady();
                Jars.Started two = alone(own).awaitReady()) {
            ApiKey right = tenants.addKey("acme", Scope.QUERY);
            assertThat(caller.pushed(one, bearer(right))).isEqualTo(403);
            assertThat(caller.pushed(two, bearer(right))).isEqualTo(403);
            String wrongSecret = "Authorization: Bearer " + right.text().substring(0, 84);

            long quiet = callsOf(own, List.of(one, two), i -> i % 2 == 0 ? bearer(right) : wrongSecret);
            SecureRandom random = new SecureRandom();
            long guessed = callsOf(own, List.of(one, two), i -> bearer(ApiKey.generate(random)));

            // The polls that come once a second, whatever is sent.
            assertThat(quiet).as("calls, of known or malformed keys").isLessThan(REQUESTS / 10);
            // About 20 senders of each process wait for the same poll.
            assertThat(guessed).as("calls, of guesses").isBetween(2L, REQUESTS / 4);
        }
    }

    private static Jars.Started alone(RedisServer redis) {
        return Jars.role("ingest-api", redis.url(), "STREAMGAUGE_AUTH_MODE=api-key");
    }

    private interface Credentials {
        String of(int request);
    }

    /**
     * Sends {@link #REQUESTS} requests that are all rejected, from forty senders that each send the next request as soon
     * as they have an answer. Returns how many scripts Redis ran meanwhile.
     */
    private static long callsOf(RedisServer own, List<Jars.Started> processes, Credentials credentials) {
        long before = scriptCalls(own);
        List<CompletableFuture<Void>> senders = new ArrayList<>();
        for (int sender = 0; sender < SENDERS; sender++) {
            senders.add(sendFrom(sender, processes, credentials, (int) (REQUESTS / SENDERS)));
        }
        CompletableFuture.allOf(senders.toArray(CompletableFuture[]::new)).join();
        return scriptCalls(own) - before;
    }

    private static CompletableFuture<Void> sendFrom(
            int sender, List<Jars.Started> processes, Credentials credentials, int left) {
        if (left == 0) {
            return CompletableFuture.completedFuture(null);
        }
        return caller.pushLater(processes.get((sender + left) % processes.size()), credentials.of(sender + left))
                .thenCompose(answer -> {
                    assertThat(answer.statusCode()).isIn(401, 403);
                    return sendFrom(sender, processes, credentials, left - 1);
                });
    }

    private static long scriptCalls(RedisServer server) {
        return SCRIPT_CALLS
                .matcher(String.valueOf(server.command("INFO", "commandstats")))
                .results()
                .mapToLong(calls -> Long.parseLong(calls.group(1)))
                .sum();
    }

    @Test
    void limits_areThoseOfTheRecord_onEveryReplica() throws Exception {
        ApiKey key = directory.addKey("small", Scope.INGEST, Scope.QUERY);
        directory.limit("small", Limit.MAX_GLOBAL_SERIES_PER_USER, 1);
        String two = "[{\"name\":\"a_total\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\"1\"}},"
                + "{\"name\":\"a_total\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\"2\"}}]";

        for (Jars.Started ingest : List.of(first, second)) {
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(caller.get(ingest.at("/api/v1/user_limits"), bearer(key))
                                    .body())
                            .contains("\"max_global_series_per_user\":1,"));
            assertThat(caller.push(ingest, two, bearer(key)).body()).contains("\"accepted\":1", "max-series-per-user");
        }

        directory.limit("small", Limit.INGESTION_RATE, 5);

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(caller.get(second.at("/api/v1/user_limits"), bearer(key))
                                .body())
                        .contains("\"max_global_series_per_user\":150000,", "\"ingestion_rate\":5.0"));
    }

    @Test
    void secrets_standNowhere() throws Exception {
        ApiKey key = directory.addKey("secretive", Scope.INGEST, Scope.QUERY);
        assertThat(caller.pushed(first, bearer(key))).isEqualTo(202);
        assertThat(caller.pushed(first, bearer(key), tenant("other"))).isEqualTo(403);
        String metricsKey = "Authorization: Bearer " + METRICS_KEY;
        List<String> texts = new ArrayList<>();
        for (Jars.Started process : List.of(first, second, aggregator, query)) {
            texts.add(process.process().output());
            for (String path :
                    List.of("/q/metrics", "/api/v1/status", "/q/health", "/q/info", "/q/openapi", "/q/dev")) {
                texts.add(caller.get(process.at(path), metricsKey).body());
            }
        }

        assertThat(String.join("\n", texts))
                .doesNotContain(
                        ADMIN_KEY,
                        METRICS_KEY,
                        key.text(),
                        key.text().substring(21),
                        key.hash().hex());
    }
}
