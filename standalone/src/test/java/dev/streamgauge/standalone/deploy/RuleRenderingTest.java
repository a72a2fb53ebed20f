package dev.streamgauge.standalone.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streamgauge.standalone.docs.Page;
import dev.streamgauge.standalone.docs.PromQl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chart's rules are those of {@code deploy/prometheus}, with what the values change. */
class RuleRenderingTest {

    private static final Path PRODUCTION = Chart.FOLDER.resolve("ci/production-values.yaml");

    /** What an alert is compared with; alerts on what must not happen at all have the threshold 0. */
    private static final Pattern THRESHOLD = Pattern.compile(" > ([0-9.]+)$");

    @TempDir
    private static Path copy;

    private static Chart chart;

    @BeforeAll
    static void copyTheChart() {
        chart = Chart.in(copy);
    }

    @Test
    void rules_areThoseOfTheSource_butTheDisabledOnes() throws IOException {
        List<JsonNode> source = source();
        List<String> alerts = alerts(source);
        String first = alerts.getFirst();

        assertThat(rendered("serviceMonitor.enabled=false")).isEqualTo(source);
        assertThat(alerts(rendered("prometheusRule.disabled[0]=" + first)))
                .isEqualTo(alerts.subList(1, alerts.size()))
                .doesNotContain(first);
    }

    /** Every number that an operator may want to change is a value. */
    @Test
    void thresholds_areAllAmongTheValues() throws IOException {
        Map<String, String> ofSource = thresholds(source());
        JsonNode values = Rendering.parse(Files.readString(Chart.values())).at("/prometheusRule/thresholds");

        assertThat(values.propertyStream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                threshold -> threshold.getValue().asText())))
                .isEqualTo(ofSource);
    }

    @Test
    void thresholds_areThoseOfTheValues() throws IOException {
        Map<String, String> expected = thresholds(source());
        String[] settings = expected.keySet().stream()
                .map(alert -> "prometheusRule.thresholds." + alert + "=7.25")
                .toArray(String[]::new);
        expected.replaceAll((alert, threshold) -> "7.25");

        assertThat(thresholds(rendered(settings))).isEqualTo(expected);
        assertThat(thresholds(rendered("prometheusRule.thresholds.StreamgaugePushErrors=0")))
                .doesNotContainKey("StreamgaugePushErrors");
        assertThat(thresholds(rendered("prometheusRule.thresholds=null"))).isEqualTo(thresholds(source()));
    }

    /** Pushes are rejected above the ratio of the setting, whatever else the values say. */
    @Test
    void memoryFull_firesWherePushesAreRejected() throws IOException {
        String standard = Page.read("src/docs/reference/configuration.md").table("setting").stream()
                .filter(row -> row.code(0).equals("streamgauge.max-redis-memory-ratio"))
                .map(row -> row.code(2))
                .findFirst()
                .orElseThrow();

        assertThat(thresholds(source())).containsEntry("StreamgaugeRedisMemoryFull", standard);
        assertThat(thresholds(rendered("settings.max-redis-memory-ratio=0.65")))
                .containsEntry("StreamgaugeRedisMemoryFull", "0.65")
                .containsEntry("RedisMemoryFull", "0.9");
    }

    /** What is absent has no labels, but for those that a selector names. */
    @Test
    void absent_saysInWhichNamespace_whenTheTargetsHaveIt() {
        assertThat(expressions(rendered()))
                .filteredOn(expression -> expression.contains("absent_over_time"))
                .singleElement()
                .asString()
                .startsWith("absent_over_time(streamgauge_build_info{tenant=\"\",namespace=\"metrics\"}[6h])\n");
    }

    /** A Prometheus may watch a Redis of others, which may evict and need not keep anything. */
    @Test
    void alertsOnRedis_lookAtOursAlone_whenASelectorSaysWhichItIs() {
        List<String> all = expressions(rendered());
        List<String> ours = expressions(rendered("prometheusRule.redisSelector=job=\"redis\",namespace=\"data\""));

        assertThat(ours).hasSameSizeAs(all).contains("redis_up{tenant=\"\",job=\"redis\",namespace=\"data\"} == 0");
        for (int i = 0; i < all.size(); i++) {
            String expected = all.get(i);
            if (PromQl.metrics(expected).stream().anyMatch(metric -> metric.startsWith("redis_"))) {
                expected = expected.replace("tenant=\"\"", "tenant=\"\",job=\"redis\",namespace=\"data\"");
            }
            assertThat(ours.get(i)).isEqualTo(expected);
        }
    }

    @Test
    void alerts_linkToTheRunbooksThatAreNamed() {
        assertThat(rendered("prometheusRule.runbooksUrl=https://wiki.example.com/gauge/runbooks").stream()
                        .flatMap(group -> group.findValues("runbook_url").stream())
                        .map(JsonNode::asText))
                .hasSize(alerts(rendered()).size())
                .allMatch(url -> url.startsWith("https://wiki.example.com/gauge/runbooks#"));
    }

    private static List<JsonNode> rendered(String... settings) {
        return chart.render(PRODUCTION, settings).documents().stream()
                .filter(document -> document.path("kind").asText().equals("PrometheusRule"))
                .flatMap(document -> document.at("/spec/groups").valueStream())
                .toList();
    }

    private static List<JsonNode> source() throws IOException {
        List<JsonNode> groups = new ArrayList<>();
        try (Stream<Path> files = Files.list(Page.ROOT.resolve("deploy/prometheus"))) {
            for (Path file : files.filter(each -> each.toString().endsWith(".yaml"))
                    .sorted()
                    .toList()) {
                Rendering.parse(Files.readString(file)).path("groups").forEach(groups::add);
            }
        }
        return groups;
    }

    private static Map<String, String> thresholds(List<JsonNode> groups) {
        Map<String, String> thresholds = new TreeMap<>();
        for (JsonNode group : groups) {
            for (JsonNode rule : group.path("rules")) {
                Matcher threshold = THRESHOLD.matcher(rule.path("expr").asText());
                if (rule.has("alert") && threshold.find() && !threshold.group(1).equals("0")) {
                    thresholds.put(rule.path("alert").asText(), threshold.group(1));
                }
            }
        }
        return thresholds;
    }

    private static List<String> expressions(List<JsonNode> groups) {
        return groups.stream()
                .flatMap(group -> group.findValues("expr").stream())
                .map(JsonNode::asText)
                .toList();
    }

    private static List<String> alerts(List<JsonNode> groups) {
        return groups.stream()
                .flatMap(group -> group.findValues("alert").stream())
                .map(JsonNode::asText)
                .toList();
    }
}
