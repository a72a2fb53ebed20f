package dev.streamgauge.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every alert is tested and has a runbook, and the dashboards fit one another and the alerts. */
class MonitoringTest {

    private static final String RUNBOOKS = "src/docs/how-to/runbooks.md";

    /** Which installation an alert is about, at the beginning of its description. */
    private static final String WHERE = "[{{ $labels.cluster }}/{{ $labels.namespace }}] ";

    private static final Pattern REPOSITORY = Pattern.compile("<scm>\\s*<url>(.*)</url>");

    /** A runbook's name and its first line. */
    private static final Pattern HEADING = Pattern.compile("^### (\\w+)\n\n(.*)$", Pattern.MULTILINE);

    private static final Pattern OWN_ANCHOR = Pattern.compile("\\]\\(#([a-z]+)\\)");

    /** A metric with the beginning of its selector. */
    private static final Pattern METRIC =
            Pattern.compile("\\b(?:(?:streamgauge[_:]|redis_|http_)[a-z0-9_:]+|up)\\b(?:\\{tenant=\"\")?");

    private static final Pattern ABOUT_TENANTS =
            Pattern.compile("^streamgauge(?:_tenant_(?:series|backlog)|[_:]discarded_samples)");

    private static Set<String> names(List<JsonNode> rules, String field) {
        return rules.stream().map(rule -> rule.path(field).asText()).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyAlert_hasARunbookAndSaysWhere() {
        List<JsonNode> alerts = AlertRules.alerts();
        Page runbooks = Page.read(RUNBOOKS); // so the page that the alerts link to exists
        List<String> headings = HEADING.matcher(runbooks.text())
                .results()
                .map(heading -> heading.group(1))
                .toList();
        Matcher repository = REPOSITORY.matcher(Page.read("pom.xml").text());

        assertThat(repository.find()).isTrue();
        assertThat(alerts).isNotEmpty();
        assertThat(headings).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(names(alerts, "alert"));
        assertThat(alerts).allSatisfy(alert -> {
            JsonNode annotations = alert.path("annotations");
            assertThat(annotations.path("runbook_url").asText())
                    .isEqualTo(repository.group(1) + "/blob/main/" + RUNBOOKS + "#"
                            + alert.path("alert").asText().toLowerCase(Locale.ROOT));
            assertThat(annotations.path("summary").asText()).isNotEmpty();
            assertThat(annotations.path("description").asText())
                    .startsWith(WHERE)
                    .hasSizeGreaterThan(WHERE.length());
            assertThat(alert.path("labels").path("severity").asText()).isIn("critical", "warning", "info");
        });
    }

    @Test
    void runbooks_beginWithWhatTheAlertSays() {
        Map<String, String> lines = HEADING.matcher(Page.read(RUNBOOKS).text())
                .results()
                .collect(Collectors.toMap(heading -> heading.group(1), heading -> heading.group(2)));

        assertThat(AlertRules.alerts())
                .allSatisfy(alert -> assertThat(lines.get(alert.path("alert").asText()))
                        .isEqualTo(
                                "*%s*, %s. %s.",
                                alert.at("/labels/severity").asText(),
                                alert.has("for") ? "after " + alert.path("for").asText() : "at once",
                                alert.at("/annotations/summary").asText()));
    }

    @Test
    void runbooks_linkToOneAnother() {
        String page = Page.read(RUNBOOKS).text();
        Set<String> anchors = names(AlertRules.alerts(), "alert").stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());

        assertThat(OWN_ANCHOR.matcher(page).results().map(link -> link.group(1)))
                .isNotEmpty()
                .isSubsetOf(anchors);
    }

    /** {@code make rules} runs the cases with promtool. */
    @Test
    void everyAlert_hasACaseThatFiresAndOneThatDoesNot() {
        Map<Boolean, Set<String>> tested = AlertRules.cases().stream()
                .collect(Collectors.partitioningBy(
                        test -> !test.path("exp_alerts").isEmpty(),
                        Collectors.mapping(test -> test.path("alertname").asText(), Collectors.toSet())));

        Set<String> alerts = names(AlertRules.alerts(), "alert");
        assertThat(tested.get(true)).containsExactlyInAnyOrderElementsOf(alerts);
        assertThat(tested.get(false)).containsExactlyInAnyOrderElementsOf(alerts);
    }

    /** Tenants choose the names of what they push, and it has their label: none of it may fire or hide an alert. */
    @Test
    void rules_lookAtNothingThatATenantPushed() {
        List<String> open = Stream.concat(AlertRules.alerts().stream(), AlertRules.recordings().stream())
                .flatMap(rule ->
                        METRIC.matcher(rule.path("expr").asText()).results().map(MatchResult::group))
                .filter(selector -> !selector.endsWith("{tenant=\"\""))
                .filter(selector -> !ABOUT_TENANTS.matcher(selector).find())
                .toList();

        assertThat(open).isEmpty();
    }

    @Test
    void dashboards_canBeImportedBesideOneAnother() {
        Map<String, JsonNode> dashboards = Dashboards.all();

        assertThat(dashboards).hasSize(6);
        dashboards.forEach((file, dashboard) -> {
            assertThat(dashboard.path("uid").asText() + ".json").isEqualTo(file);
            assertThat(dashboard.has("id"))
                    .as(file + " has no id of one Grafana")
                    .isFalse();
            assertThat(dashboard
                            .path("templating")
                            .path("list")
                            .path(0)
                            .path("type")
                            .asText())
                    .isEqualTo("datasource");
            for (JsonNode panel : dashboard.path("panels")) {
                for (JsonNode target : panel.path("targets")) {
                    assertThat(target.path("datasource").path("uid").asText())
                            .as("%s %s", file, panel.path("title"))
                            .isEqualTo("${datasource}");
                }
            }
        });
    }

    /** A variable that a dashboard does not have would stand in its queries as it is. */
    @Test
    void dashboards_useTheirOwnVariables() {
        Pattern variable = Pattern.compile("\\$(?!__)(\\w+)");
        Dashboards.all().forEach((file, dashboard) -> {
            Set<String> known = new TreeSet<>();
            dashboard
                    .path("templating")
                    .path("list")
                    .forEach(each -> known.add(each.path("name").asText()));
            Matcher used = variable.matcher(dashboard.path("panels").toString());
            assertThat(used.results().map(match -> match.group(1)).collect(Collectors.toSet()))
                    .as(file)
                    .isSubsetOf(known);
        });
    }

    /** A dashboard changes its color where an alert fires. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            streamgauge-overview, Oldest unfolded entry,            orange, StreamgaugeBacklogOld
            streamgauge-overview, Oldest unfolded entry,            red,    StreamgaugeBacklogVeryOld
            streamgauge-overview, Age of the oldest unfolded entry, red,    StreamgaugeBacklogOld
            streamgauge-overview, Failed pushes,                    red,    StreamgaugePushErrors
            streamgauge-overview, Redis memory,                     orange, StreamgaugeRedisMemoryHigh
            streamgauge-overview, Redis memory,                     red,    StreamgaugeRedisMemoryFull
            streamgauge-redis,    Memory,                           orange, RedisMemoryHigh
            streamgauge-redis,    Memory,                           red,    StreamgaugeRedisMemoryFull
            streamgauge-redis,    Fragmentation,                    red,    RedisFragmented
            streamgauge-redis,    Replica lag,                      red,    RedisReplicaLagging
            streamgauge-streams,  Oldest entry,                     orange, StreamgaugeBacklogOld
            streamgauge-streams,  Oldest entry,                     red,    StreamgaugeBacklogVeryOld
            streamgauge-streams,  Age of the oldest unfolded entry, red,    StreamgaugeBacklogOld
            streamgauge-tenants,  Series as a share of the limit,   red,    StreamgaugeTenantNearSeriesLimit
            streamgauge-tenants,  Backlog as a share of the limit,  red,    StreamgaugeTenantNearBacklogLimit
            """)
    void dashboards_haveTheThresholdsOfTheAlerts(String dashboard, String title, String color, String alert) {
        List<Double> shown = Dashboards.all()
                .get(dashboard + ".json")
                .path("panels")
                .valueStream()
                .filter(panel -> panel.path("title").asText().equals(title))
                .flatMap(panel ->
                        panel.at("/fieldConfig/defaults/thresholds/steps").valueStream())
                .filter(step -> step.path("color").asText().equals(color))
                .map(step -> step.path("value").asDouble())
                .toList();

        assertThat(shown).containsExactly(AlertRules.threshold(alert));
    }
}
