package dev.streamgauge.standalone.docs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The rules of {@code deploy/prometheus}, and their tests. */
final class AlertRules {

    private static final Path FOLDER = Page.ROOT.resolve("deploy/prometheus");

    private AlertRules() {}

    /** All rules that record. */
    static List<JsonNode> recordings() {
        return rules("record");
    }

    /** All rules that alert. */
    static List<JsonNode> alerts() {
        return rules("alert");
    }

    /** The number at the end of an alert's expression, above which it fires. */
    static double threshold(String alert) {
        String expression = alerts().stream()
                .filter(each -> each.path("alert").asText().equals(alert))
                .map(each -> each.path("expr").asText())
                .findFirst()
                .orElseThrow();
        return Double.parseDouble(expression.substring(expression.lastIndexOf('>') + 1));
    }

    /** Each case of promtool that is about an alert. */
    static List<JsonNode> cases() {
        List<JsonNode> cases = new ArrayList<>();
        for (JsonNode file : documents(FOLDER.resolve("tests"))) {
            for (JsonNode test : file.path("tests")) {
                test.path("alert_rule_test").forEach(cases::add);
            }
        }
        return cases;
    }

    private static List<JsonNode> rules(String kind) {
        List<JsonNode> rules = new ArrayList<>();
        for (JsonNode file : documents(FOLDER)) {
            for (JsonNode group : file.path("groups")) {
                for (JsonNode rule : group.path("rules")) {
                    if (rule.has(kind)) {
                        rules.add(rule);
                    }
                }
            }
        }
        return rules;
    }

    private static List<JsonNode> documents(Path folder) {
        YAMLMapper yaml = new YAMLMapper();
        List<JsonNode> documents = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".yaml"))
                    .sorted()
                    .toList()) {
                documents.add(yaml.readTree(file.toFile()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return documents;
    }
}
