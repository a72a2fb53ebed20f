package dev.streamgauge.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Prometheus scrapes two tenants, and knows the sums that were pushed; promtool has nothing to complain about.
 */
@Tag("e2e")
class PrometheusScrapeIT {

    private static final int PUSHES = 20;

    @Test
    void query_returnsThePushedSums_whenPrometheusScrapesTwoTenants(@TempDir Path folder) throws Exception {
        try (Jars.Started standalone = Jars.standalone(
                                folder.resolve("data"), "STREAMGAUGE_LIMITS_NEW_SERIES_ZERO_SECONDS=0")
                        .awaitReady();
                Prometheus prometheus = Prometheus.start(
                        folder, """
                        global:
                          scrape_interval: 500ms
                        scrape_configs:
                          - job_name: acme
                            metrics_path: /tenants/acme/metrics
                            static_configs: [{targets: ["%1$s"]}]
                          - job_name: globex
                            metrics_path: /tenants/globex/metrics
                            static_configs: [{targets: ["%1$s"]}]
                        """.formatted(standalone.address().getAuthority()))) {

            for (int i = 1; i <= PUSHES; i++) {
                push(standalone, "acme", i);
                push(standalone, "globex", 2 * i);
            }

            double sum = PUSHES * (PUSHES + 1) / 2.0;
            assertQuery(prometheus, "sum(orders_total{job=\"acme\"})", sum);
            assertQuery(prometheus, "sum(orders_total{job=\"globex\"})", 2 * sum);
            assertQuery(prometheus, "depth{job=\"globex\"}", 2 * PUSHES);
            assertQuery(prometheus, "latency_seconds_bucket{job=\"acme\",le=\"10\"}", 10);
            assertQuery(prometheus, "latency_seconds_count{job=\"acme\"}", PUSHES);
            assertQuery(prometheus, "payload_bytes_sum{job=\"acme\"}", sum);
            assertQuery(prometheus, "count(payload_bytes{job=\"acme\",quantile=\"0.5\"})", 1);
        }
    }

    /** {@code increase()} extrapolates to the ends of the window, hence the tolerance; the series has no other end. */
    @Test
    void increase_countsTheFirstIncrements(@TempDir Path folder) throws Exception {
        try (Jars.Started standalone = Jars.standalone(
                                folder.resolve("data"), "STREAMGAUGE_LIMITS_NEW_SERIES_ZERO_SECONDS=5")
                        .awaitReady();
                Prometheus prometheus = Prometheus.start(
                        folder, """
                        global:
                          scrape_interval: 1s
                        scrape_configs:
                          - job_name: acme
                            metrics_path: /tenants/acme/metrics
                            static_configs: [{targets: ["%1$s"]}]
                        """.formatted(standalone.address().getAuthority()))) {
            assertQuery(prometheus, "up", 1);

            push(standalone, "acme", 5);

            assertQuery(prometheus, "max_over_time(orders_total[5m])", 5);
            for (String name : List.of("orders_total", "latency_seconds_sum", "payload_bytes_sum")) {
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(() -> assertThat(prometheus
                                        .query("sum(increase(" + name + "[5m]))")
                                        .orElse(0))
                                .as(name)
                                .isBetween(4.5, 5.5));
            }
            assertQuery(prometheus, "min_over_time(payload_bytes{quantile=\"0.5\"}[5m])", 5);
        }
    }

    @Test
    void promtool_findsMissingHelpOnly_whenCheckingAScrape(@TempDir Path folder) throws Exception {
        try (Jars.Started standalone = Jars.standalone(folder.resolve("data")).awaitReady()) {
            push(standalone, "acme", 1);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> Scrapes.values(standalone.address(), "acme").size() > 1);

            String exposition = Scrapes.get(standalone.at("/tenants/acme/metrics"));
            List<String> findings = promtool(exposition);

            assertThat(findings).isNotEmpty().allMatch(finding -> finding.endsWith("no help text"));
        }
    }

    @Test
    void promtool_findsNothing_whenCheckingTheOwnMetrics(@TempDir Path folder) throws Exception {
        try (Jars.Started standalone = Jars.standalone(folder.resolve("data")).awaitReady()) {
            push(standalone, "acme", 1);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> Scrapes.values(standalone.address(), "acme").size() > 1);

            assertThat(promtool(Scrapes.get(standalone.at("/q/metrics")))).isEmpty();
        }
    }

    private static void push(Jars.Started standalone, String tenant, int value) throws Exception {
        String body = """
                [{"name":"orders_total","type":"counter","value":%1$d,"labels":{"region":"eu"}},
                 {"name":"depth","type":"gauge","value":%1$d},
                 {"name":"latency_seconds","type":"histogram","value":%1$d,"buckets":[1,10]},
                 {"name":"payload_bytes","type":"summary","value":%1$d,"quantiles":[0.5]}]""".formatted(value);
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(standalone.at("/api/v1/metrics"))
                            .header("X-Scope-OrgID", tenant)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        }
    }

    private static void assertQuery(Prometheus prometheus, String expression, double expected) {
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(IOException.class) // it does not listen yet
                .untilAsserted(() ->
                        assertThat(prometheus.query(expression)).as(expression).isEqualTo(OptionalDouble.of(expected)));
    }

    private static List<String> promtool(String exposition) throws Exception {
        Process process = new ProcessBuilder("promtool", "check", "metrics")
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().write(exposition.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output.lines().toList();
    }
}
