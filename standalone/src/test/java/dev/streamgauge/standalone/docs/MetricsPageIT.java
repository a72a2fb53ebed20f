package dev.streamgauge.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics page lists the own metrics of a running standalone, which has all roles, and no others. */
class MetricsPageIT {

    private static final Pattern TYPE = Pattern.compile("# TYPE (streamgauge_\\w+) (\\w+)");
    private static final Pattern SAMPLE = Pattern.compile("(\\w+?)(?:_bucket|_sum|_count)?\\{(.*)\\} \\S+");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\"");

    @Test
    void metricsPage_listsEveryMetricWithTypeAndLabels(@TempDir Path folder) throws Exception {
        List<String> shown;
        List<String> ofTenant;
        try (Jars.Started standalone = Jars.standalone(folder).awaitReady()) {
            useEveryRole(standalone);
            shown = Scrapes.get(standalone.at("/q/metrics")).lines().toList();
            ofTenant = usageOnceItShowsTheRejection(standalone);
            standalone.process().terminate(); // and its Redis with it
        }

        assertThat(metrics(shown)).isNotEmpty();
        assertThat(documented("metric")).isEqualTo(metrics(shown));
        assertThat(documented("tenant metric")).isEqualTo(metrics(ofTenant));
    }

    /** Families with their types and labels. */
    private static Map<String, String> metrics(List<String> shown) {
        Map<String, String> metrics = new TreeMap<>();
        matches(TYPE, shown).forEach(type -> metrics.put(type.group(1), type.group(2)));
        metrics.replaceAll((name, type) -> type + " " + labels(name, shown));
        return metrics;
    }

    private static List<String> usageOnceItShowsTheRejection(Jars.Started standalone) throws Exception {
        URI usage = standalone.at("/tenants/anonymous/usage/metrics");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(Scrapes.get(usage)).contains("discarded"));
        return Scrapes.get(usage).lines().toList();
    }

    /** A role's metrics are made with its first work. */
    private static void useEveryRole(Jars.Started standalone) throws Exception {
        HttpRequest push = HttpRequest.newBuilder(standalone.at("/api/v1/metrics"))
                .POST(HttpRequest.BodyPublishers.ofString("""
[{"name":"a","type":"gauge","value":1},{"name":"b","type":"counter","value":-1}]"""))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertThat(client.send(push, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(202);
        }
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(Scrapes.get(standalone.at("/metrics"))).contains("a 1"));
    }

    private static Map<String, String> documented(String firstHeader) {
        return Page.read("src/docs/reference/metrics.md").table(firstHeader).stream()
                .collect(Collectors.toMap(
                        row -> row.code(0),
                        row -> row.cell(1)
                                + (row.cell(2).equals("none")
                                        ? " []"
                                        : " [" + row.cell(2).replace("`", "") + "]"),
                        (a, b) -> a + b,
                        TreeMap::new));
    }

    /** Names of a family's labels, but for those that its type brings. */
    private static Set<String> labels(String family, List<String> shown) {
        return matches(SAMPLE, shown)
                .filter(sample -> sample.group(1).equals(family))
                .flatMap(sample -> LABEL.matcher(sample.group(2)).results().map(label -> label.group(1)))
                .filter(label -> !label.equals("le") && !label.equals("quantile"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<Matcher> matches(Pattern pattern, List<String> lines) {
        return lines.stream().map(pattern::matcher).filter(Matcher::matches);
    }
}
