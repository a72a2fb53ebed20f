package dev.streamgauge.standalone.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.standalone.docs.Page;
import dev.streamgauge.standalone.e2e.Prometheus;
import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.RedisUsers;
import dev.streamgauge.testkit.RunningJar;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.openshift.api.model.monitoring.v1alpha1.ScrapeConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The roles work with what the chart gives them, and the scripts of chart, images and demonstration do what they say.
 */
@Tag("e2e")
class RenderedRolesIT {

    private static final String ADMIN_KEY = "an-administrators-key-of-a-test-01";
    private static final String METRICS_KEY = "a-metrics-key-of-a-test-0123456789";
    private static final ApiKey KEY = ApiKey.generate(new SecureRandom());
    private static final ApiKey SCRAPES = ApiKey.generate(new SecureRandom());
    private static final Map<String, String> SECRETS = Map.of(
            "redis/ingest-password", RedisUsers.password("streamgauge-ingest"),
            "redis/aggregator-password", RedisUsers.password("streamgauge-aggregator"),
            "redis/query-password", RedisUsers.password("streamgauge-query"),
            "keys/admin-key", ADMIN_KEY,
            "keys/metrics-key", METRICS_KEY,
            "keys/scrapes", SCRAPES.text());

    @TempDir
    private static Path folder;

    private static RedisServer redis;
    private static Rendering rendering;
    private static Rendering trial;
    private static RenderedPlatform platform;

    @BeforeAll
    static void startThePlatform() throws IOException {
        redis = RedisServer.builder().build().start();
        Path values = Files.writeString(folder.resolve("values.yaml"), """
                redis:
                  hosts: %s
                  existingSecret: redis
                auth:
                  existingSecret: keys
                  metricsKeyKey: metrics-key
                tenants:
                  acme:
                    keys:
                      - {id: "%s", hash: "%s", scopes: [ingest, query], expires: 2099-01-01T00:00:00Z}
                  prometheus:
                    keys:
                      - {id: "%s", hash: "%s", scopes: [query-all]}
                overrides:
                  acme: {max_samples_per_request: 7}
                limits: {max-samples-per-request: 100}
                settings: {partitions: 4, redis-timeout: 3s}
                ingest: {settings: {max-queued-bytes: 20000000}}
                aggregator: {settings: {reclaim-idle: 5s}}
                query: {settings: {max-concurrent-scrapes: 8}}
                jsonLogs: true
                tenantScrape: {enabled: true, keySecret: keys, keySecretKey: scrapes}
                """.formatted(
                        redis.url(),
                        KEY.id(),
                        KEY.hash().hex(),
                        SCRAPES.id(),
                        SCRAPES.hash().hex()));
        Chart chart = Chart.in(Files.createDirectories(folder.resolve("chart")));
        rendering = chart.render(values);
        trial = chart.render(Chart.FOLDER.resolve("ci/trial-values.yaml"));
        platform = RenderedPlatform.start(rendering, SECRETS, Files.createDirectories(folder.resolve("etc")));
    }

    @AfterAll
    static void stopThePlatform() {
        if (platform != null) {
            platform.close();
        }
        if (redis != null) {
            redis.close();
        }
    }

    @Test
    void roles_haveTheSettingsOfTheValues() throws Exception {
        assertThat(get(platform.at("query", "/api/v1/user_limits"), KEY.text()).body())
                .contains("\"max_samples_per_request\":7,");
        assertThat(get(platform.at("ingest", "/q/metrics"), KEY.text()).statusCode())
                .isEqualTo(403);
        assertThat(get(platform.at("ingest", "/q/metrics"), METRICS_KEY).statusCode())
                .isEqualTo(200);
        for (String role : List.of("ingest", "aggregator", "query")) {
            assertThat(platform.output(role)).contains("\"message\":\"redis state=fit");
        }
        assertThat(get(platform.at("aggregator", "/api/v1/admin/tenants"), ADMIN_KEY)
                        .statusCode())
                .isEqualTo(200);
    }

    /** Prometheus is given what the Prometheus Operator would make of the ScrapeConfig, with another host. */
    @Test
    void prometheus_findsATenantByItself_andShowsWhatWasPushed() throws Exception {
        ScrapeConfig scrape = rendering.all(ScrapeConfig.class).getFirst();
        URI discovery =
                URI.create(scrape.getSpec().getHttpSDConfigs().getFirst().getUrl());
        assertThat(discovery.getHost()).isEqualTo("gauge-streamgauge-query.metrics.svc.cluster.local");
        String key =
                SECRETS.get(scrape.getSpec().getAuthorization().getCredentials().getName() + "/"
                        + scrape.getSpec().getAuthorization().getCredentials().getKey());
        try (Prometheus prometheus =
                Prometheus.start(Files.createDirectories(folder.resolve("prometheus")), """
                        global:
                          scrape_interval: 500ms
                        scrape_configs:
                          - job_name: tenants
                            honor_labels: %s
                            params: {first_zero: ["false"]}
                            authorization: {type: Bearer, credentials: %s}
                            http_sd_configs:
                              - url: %s
                                refresh_interval: 1s
                                authorization: {type: Bearer, credentials: %s}
                        """.formatted(
                        scrape.getSpec().getHonorLabels(), key, platform.at("query", discovery.getPath()), key))) {
            for (int i = 0; i < 5; i++) {
                push("{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":2}");
            }

            await().atMost(Duration.ofSeconds(60))
                    .ignoreExceptionsInstanceOf(IOException.class) // it does not listen yet
                    .untilAsserted(() -> assertThat(prometheus.query("sum(orders_total{tenant=\"acme\"})"))
                            .isEqualTo(OptionalDouble.of(10)));
        }
    }

    @Test
    void helmTest_passes_andLeavesNoTenant() throws Exception {
        Container container =
                rendering.all(Pod.class).getFirst().getSpec().getContainers().getFirst();
        ProcessBuilder builder = new ProcessBuilder(container.getCommand());
        container
                .getEnv()
                .forEach(variable -> builder.environment()
                        .put(
                                variable.getName(),
                                variable.getName().endsWith("KEY")
                                        ? RenderedPlatform.value(variable, SECRETS)
                                                .orElseThrow()
                                        : platform.at(variable.getName().toLowerCase(Locale.ROOT), "")
                                                .toString()));

        String output = run(builder, Duration.ofMinutes(2));

        assertThat(output).contains("exit=0").contains("passed");
        assertThat(get(platform.at("aggregator", "/api/v1/admin/tenants"), ADMIN_KEY)
                        .body())
                .contains("acme")
                .doesNotContain("helm-test");
    }

    @Test
    void helmTest_fails_whenTheKeyIsWrong() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(rendering
                .all(Pod.class)
                .getFirst()
                .getSpec()
                .getContainers()
                .getFirst()
                .getCommand());
        builder.environment()
                .putAll(Map.of(
                        "INGEST", platform.at("ingest", "").toString(),
                        "QUERY", platform.at("query", "").toString(),
                        "KEY", ApiKey.generate(new SecureRandom()).text()));

        assertThat(run(builder, Duration.ofMinutes(1))).doesNotContain("exit=0").contains("401");
    }

    /** The demonstration's own script pushes as its tenants, with its own keys. */
    @Test
    void demonstration_hasAcceptedAndRejectedPushes() throws Exception {
        Path compose = Page.ROOT.resolve("deploy/compose");
        JsonNode environment = Rendering.parse(Files.readString(compose.resolve("compose.yaml")))
                .path("x-environment");
        int port = FreePort.find();
        URI address = URI.create("http://127.0.0.1:" + port);
        try (RedisServer empty = RedisServer.builder().build().start()) {
            RunningJar.Builder builder = RunningJar.builder(Jars.jar("ingest-api"))
                    .jvmArgument("-Xmx256m")
                    .environment("QUARKUS_HTTP_PORT", Integer.toString(port));
            environment
                    .propertyStream()
                    .forEach(variable -> builder.environment(
                            variable.getKey(),
                            variable.getValue()
                                    .asText()
                                    .replace("redis://redis:6379", empty.url())
                                    .replace("/etc/streamgauge", compose.toString())));
            try (RunningJar ingest = builder.start()) {
                ingest.awaitAnswer(address.resolve("/q/health/ready"), Duration.ofSeconds(60));
                ProcessBuilder senders =
                        new ProcessBuilder("sh", compose.resolve("senders.sh").toString());
                senders.environment()
                        .putAll(Map.of(
                                "INGEST",
                                address.toString(),
                                "KEYS",
                                compose.resolve("keys").toString(),
                                "ROUNDS",
                                "20",
                                "PAUSE",
                                "0"));

                assertThat(run(senders, Duration.ofMinutes(1)).lines())
                        .contains("shop 202", "billing 202", "billing 429")
                        .doesNotContain("shop 400", "shop 401", "billing 401");
            }
        }
    }

    /** The demonstration's Prometheus sends the administrator's key that its roles have. */
    @Test
    void demonstration_hasOneAdministratorsKey() throws Exception {
        Path compose = Page.ROOT.resolve("deploy/compose");

        assertThat(Rendering.parse(Files.readString(compose.resolve("compose.yaml")))
                        .at("/x-environment/STREAMGAUGE_AUTH_ADMIN_KEY")
                        .asText())
                .isEqualTo(Files.readString(compose.resolve("keys/administrator")));
    }

    /** The Redis for trials is what the roles' check asks for. */
    @Test
    void trialRedis_isFoundSuitable() throws Exception {
        Map<String, String> secret = trial.all(Secret.class).getFirst().getStringData();
        String[] directives = secret.get("redis.conf")
                .lines()
                .filter(line -> !line.matches("(port|dir) .*"))
                .toArray(String[]::new);
        int port = FreePort.find();
        try (RedisServer server =
                        RedisServer.builder().directives(directives).build().start();
                RunningJar ingest = RunningJar.builder(Jars.jar("ingest-api"))
                        .jvmArgument("-Xmx256m")
                        .environment("QUARKUS_REDIS_HOSTS", server.url())
                        .environment("QUARKUS_REDIS_PASSWORD", secret.get("password"))
                        .environment("QUARKUS_HTTP_PORT", Integer.toString(port))
                        .start()) {
            ingest.awaitAnswer(URI.create("http://127.0.0.1:" + port + "/q/health/ready"), Duration.ofSeconds(60));

            assertThat(ingest.output()).contains("redis state=fit");
        }
    }

    /** An error must not restart a Redis, but no client can use it. */
    @Test
    void trialRedis_isReadyWithItsPasswordAlone_andAliveWithAnyAnswer() throws Exception {
        Container container = trial.all(StatefulSet.class)
                .getFirst()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();
        List<String> ready = container.getReadinessProbe().getExec().getCommand();
        List<String> live = container.getLivenessProbe().getExec().getCommand();
        String password = trial.all(Secret.class).getFirst().getStringData().get("password");
        try (RedisServer server = RedisServer.builder()
                .directives("requirepass " + password)
                .build()
                .start()) {
            assertThat(probe(ready, server.port(), password)).endsWith("exit=0");
            assertThat(probe(ready, server.port(), "wrong")).doesNotContain("exit=0");
            assertThat(probe(live, server.port(), "wrong")).endsWith("exit=0");
        }
        assertThat(probe(live, FreePort.find(), password)).doesNotContain("exit=0");
    }

    /** Runs a probe's command with the installed client and another port. */
    private static String probe(List<String> command, int port, String password) throws Exception {
        List<String> local = new ArrayList<>(List.of("redis-cli", "-p", Integer.toString(port)));
        local.addAll(command.subList(1, command.size()));
        ProcessBuilder builder = new ProcessBuilder(local);
        builder.environment().put("REDISCLI_AUTH", password);
        return run(builder, Duration.ofMinutes(1));
    }

    /** With AOTMode=on a JVM does not start without a cache that fits. */
    @Test
    void image_startsFromTheCacheThatItsScriptMakes() throws Exception {
        Path app = copy(Page.ROOT.resolve("query-api/target/quarkus-app"), folder.resolve("app"));
        Path docker = Page.ROOT.resolve("deploy/docker");
        String java = Path.of(System.getProperty("java.home"), "bin").toString();
        ProcessBuilder make =
                new ProcessBuilder("bash", docker.resolve("make-aot-cache.sh").toString(), app.toString());
        make.environment().merge("PATH", java, (path, first) -> first + ":" + path);
        make.environment().put("QUARKUS_HTTP_PORT", Integer.toString(FreePort.find()));
        assertThat(run(make, Duration.ofMinutes(2))).endsWith("exit=0");

        List<String> entrypoint = Files.readAllLines(docker.resolve("Dockerfile")).stream()
                .filter(line -> line.startsWith("ENTRYPOINT "))
                .flatMap(line ->
                        Rendering.parse(line.substring("ENTRYPOINT ".length())).valueStream())
                .map(word -> word.asText().replace("/app/", app + "/"))
                .toList();
        int port = FreePort.find();
        RunningJar.Builder builder = RunningJar.builder(app.resolve("quarkus-run.jar"))
                .jvmArgument("-XX:AOTMode=on")
                .environment("QUARKUS_HTTP_PORT", Integer.toString(port))
                .environment("QUARKUS_REDIS_HOSTS", "redis://127.0.0.1:1");
        assertThat(entrypoint)
                .startsWith("java")
                .endsWith("-jar", app.resolve("quarkus-run.jar").toString());
        entrypoint.subList(1, entrypoint.size() - 2).forEach(builder::jvmArgument);
        try (RunningJar started = builder.start()) {
            started.awaitAnswer(URI.create("http://127.0.0.1:" + port + "/q/health/live"), Duration.ofSeconds(60));
        }
    }

    private static void push(String body) throws Exception {
        HttpResponse<String> response = send(HttpRequest.newBuilder(platform.at("ingest", "/api/v1/metrics"))
                .header("Authorization", "Bearer " + KEY.text())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    }

    private static HttpResponse<String> get(URI address, String key) throws Exception {
        return send(HttpRequest.newBuilder(address).header("Authorization", "Bearer " + key));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    /** What a program prints, and at the end {@code exit=<code>}. */
    private static String run(ProcessBuilder builder, Duration deadline) throws Exception {
        Path output = Files.createTempFile(folder, "output", ".txt");
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(deadline.toSeconds(), TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            return Files.readString(output, StandardCharsets.UTF_8) + "exit=none within " + deadline;
        }
        return Files.readString(output, StandardCharsets.UTF_8) + "exit=" + process.exitValue();
    }

    /** The cache is bound to the times of files, so they are kept. */
    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        return to;
    }
}
