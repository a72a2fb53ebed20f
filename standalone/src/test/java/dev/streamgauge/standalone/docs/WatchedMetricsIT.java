package dev.streamgauge.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every metric that an alert, a recording rule or a dashboard names is shown by a running standalone, which has all
 * roles, or is recorded, or is one of redis_exporter's or of Prometheus' own.
 */
class WatchedMetricsIT {

    private static final Pattern SAMPLE = Pattern.compile("^(\\w+)[{ ].*");

    /** Those that Prometheus makes itself for each scrape and each alert. */
    private static final Set<String> OF_PROMETHEUS =
            Set.of("up", "ALERTS", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_series_added");

    @Test
    void watchedMetrics_areThere(@TempDir Path folder) throws Exception {
        Set<String> there = new TreeSet<>(OF_PROMETHEUS);
        Path exporters = Page.ROOT.resolve("standalone/src/test/resources/redis-exporter-metrics.txt");
        Files.readAllLines(exporters).stream()
                .filter(line -> !line.startsWith("#"))
                .forEach(there::add);
        AlertRules.recordings().forEach(rule -> there.add(rule.path("record").asText()));
        try (Jars.Started standalone = Jars.standalone(folder).awaitReady()) {
            push(standalone);
            addAllOf(standalone.at("/metrics"), "a", new TreeSet<>()); // the scrape's own metrics begin with a scrape
            addAllOf(
                    standalone.at("/tenants/anonymous/usage/metrics"),
                    "streamgauge_tenant_discarded_samples_total",
                    there);
            addAllOf(standalone.at("/q/metrics"), "streamgauge_scrape_series_count", there);
            standalone.process().terminate(); // and its Redis with it
        }

        Set<String> watched = new TreeSet<>();
        for (JsonNode rule : AlertRules.recordings()) {
            watched.addAll(PromQl.metrics(rule.path("expr").asText()));
        }
        for (JsonNode rule : AlertRules.alerts()) {
            watched.addAll(PromQl.metrics(rule.path("expr").asText()));
        }
        Dashboards.expressions().forEach(expression -> watched.addAll(PromQl.metrics(expression)));

        assertThat(watched).contains("streamgauge:backlog_entries:max", "streamgauge_redis_up", "redis_up", "up");
        watched.removeAll(there);
        assertThat(watched).as("metrics that nothing shows").isEmpty();
    }

    private static void addAllOf(URI metrics, String awaited, Set<String> names) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            names.addAll(sampleNames(Scrapes.get(metrics)).toList());
            assertThat(names).contains(awaited);
        });
    }

    private static Stream<String> sampleNames(String exposition) {
        return exposition
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> SAMPLE.matcher(line).replaceFirst("$1"));
    }

    /** Something is stored, and something is rejected. */
    private static void push(Jars.Started standalone) throws Exception {
        HttpRequest push = HttpRequest.newBuilder(standalone.at("/api/v1/metrics"))
                .POST(HttpRequest.BodyPublishers.ofString("""
[{"name":"a","type":"gauge","value":1},{"name":"b","type":"counter","value":-1}]"""))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertThat(client.send(push, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(202);
        }
    }
}
