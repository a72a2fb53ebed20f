package dev.streamgauge.server.requests;

import dev.streamgauge.core.text.Excerpt;
import dev.streamgauge.server.description.ApiDescription;
import dev.streamgauge.server.description.ApiDescription.Operation;
import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.server.problems.RequestError;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Says what to do about a path that this process does not serve. */
final class UnknownPaths {

    private static final Pattern END_SLASH = Pattern.compile("/$");

    private static final String PUSH_JSON = "; push JSON to /api/v1/metrics instead";

    /** Paths of other systems, which their clients may be pointed here with. */
    private static final Map<Pattern, String> OF_OTHERS = Map.of(
            Pattern.compile("/metrics/(job|instance)(@base64)?/.*"), "the Pushgateway's protocol is not served",
            Pattern.compile("(/otlp)?/v1/metrics"), "OTLP is not served",
            Pattern.compile("/api/v1/(write|push)|/api/prom/push"), "Prometheus' remote write is not served",
            Pattern.compile("/api/v1/statsd"), "StatsD is not served",
            Pattern.compile("/v1/(traces|logs)"), "only metrics are served");

    private final Map<Pattern, String> roleByPath = new LinkedHashMap<>();

    /** Knows the paths of these operations, whatever role serves them. */
    UnknownPaths(Collection<Operation> operations) {
        operations.forEach(operation -> roleByPath.put(ApiDescription.pattern(operation.path()), operation.tag()));
    }

    /** The 404 for a path that this process does not serve. */
    Problem problem(String path) {
        return Problem.of(404, RequestError.NOT_FOUND, "path: " + Excerpt.quoted(path) + " " + explain(path));
    }

    private String explain(String path) {
        String withoutSlash = END_SLASH.matcher(path).replaceFirst("");
        return find(roleByPath, path)
                .map(role -> "is served by " + role + ", not by this process")
                .or(() -> find(roleByPath, withoutSlash).map(role -> "is unknown; leave out the slash at its end"))
                .or(() -> find(OF_OTHERS, withoutSlash).map(what -> "is unknown: " + what + PUSH_JSON))
                .orElse("is unknown; /q/openapi lists the paths");
    }

    private static Optional<String> find(Map<Pattern, String> byPath, String path) {
        return byPath.entrySet().stream()
                .filter(entry -> entry.getKey().matcher(path).matches())
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
