package dev.streamgauge.standalone.docs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The dashboards of {@code deploy/grafana}. */
public final class Dashboards {

    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), \\w+\\)");

    private Dashboards() {}

    /** Each dashboard by its file's name. */
    static Map<String, JsonNode> all() {
        ObjectMapper json = new ObjectMapper();
        Map<String, JsonNode> dashboards = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(Page.ROOT.resolve("deploy/grafana"))) {
            for (Path file : files.filter(each -> each.toString().endsWith(".json"))
                    .sorted()
                    .toList()) {
                dashboards.put(file.getFileName().toString(), json.readTree(file.toFile()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return dashboards;
    }

    /** The expressions of all panels, and of the variables. */
    public static List<String> expressions() {
        List<String> expressions = new ArrayList<>();
        for (JsonNode dashboard : all().values()) {
            dashboard
                    .path("panels")
                    .forEach(panel -> panel.path("targets")
                            .forEach(target ->
                                    expressions.add(target.path("expr").asText())));
            for (JsonNode variable : dashboard.path("templating").path("list")) {
                Matcher query = LABEL_VALUES.matcher(
                        variable.path("query").path("query").asText());
                if (query.matches()) {
                    expressions.add(query.group(1));
                }
            }
        }
        return expressions;
    }
}
