package dev.streamgauge.query.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.testkit.RawAnswer;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The process says what it runs; requests of made-up methods and paths make no series, and hide none. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class OwnMetricsAppTest {

    private static final Pattern TAGS =
            Pattern.compile("http_server_requests_seconds_count\\{.*method=\"(.*?)\".*uri=\"(.*?)\".*");

    private static final Predicate<String> HELP =
            Pattern.compile("# HELP \\w+ \\S.*").asMatchPredicate();

    private static final Pattern LABEL = Pattern.compile("[{,](\\w+)=\"");

    @TestHTTPResource("/")
    URI root;

    @ConfigProperty(name = "quarkus.application.version")
    String version;

    private void send(String requestLine) throws IOException {
        assertThat(RawAnswer.to(root, requestLine + " HTTP/1.1").status()).isPositive();
    }

    /** All values of one tag of the requests that were counted. */
    private static Set<String> values(int tag) {
        String metrics = given().get("/q/metrics").asString();
        return metrics.lines()
                .map(TAGS::matcher)
                .filter(Matcher::matches)
                .map(sample -> sample.group(tag))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void requests_areCountedUnderTheirOwnPath_whateverWasAskedForBefore() throws IOException {
        for (int i = 0; i < 300; i++) {
            send("MADE-UP-" + i + " /metrics");
        }
        for (int i = 0; i < 50; i++) {
            send("GET /junk/" + i);
            send("GET /q/metrics/junk-" + i); // answered, since its route has a wildcard
            send("POST /api/v1/status/junk-" + i);
            send("GET /%zz" + i);
        }

        given().get("/tenants/acme/metrics").then().statusCode(200);
        given().get("/metrics").then().statusCode(200);
        given().get("/api/v1/status").then().statusCode(200);

        assertThat(values(1)).contains("GET", "UNKNOWN").noneMatch(method -> method.startsWith("MADE-UP"));
        assertThat(values(2))
                .containsAll(List.of("/metrics", "/tenants/{tenant}/metrics", "/api/v1/status", "UNKNOWN"))
                .noneMatch(uri -> uri.contains("junk") || uri.contains("%"));
    }

    @Test
    void process_saysItsVersionAndRole() {
        assertThat(given().get("/q/metrics").asString().lines())
                .contains("streamgauge_build_info{role=\"query\",version=\"" + version + "\",} 1.0");
    }

    /** {@code Accept} as Prometheus 2 and 3 send it, and that of a client that knows OpenMetrics only. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            */*                                                       | text/plain; version=0.0.4; charset=utf-8
            application/json                                          | text/plain; version=0.0.4; charset=utf-8
            text/plain                                                | text/plain; version=0.0.4; charset=utf-8
            text/html,application/xhtml+xml;q=0.9                     | text/plain; version=0.0.4; charset=utf-8
            application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
            text/plain;version=0.0.4;q=0.5,*/*;q=0.1                  | text/plain; version=0.0.4; charset=utf-8
            application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
            application/openmetrics-text;version=0.0.1;q=0.5,\
            text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
            text/plain;version=0.0.4;q=0.3,*/*;q=0.2                  | text/plain; version=0.0.4; charset=utf-8
            application/openmetrics-text; version=1.0.0               | \
            application/openmetrics-text; version=1.0.0; charset=utf-8
            """)
    void metrics_areTextUnlessOnlyOpenMetricsIsAccepted(String accept, String contentType) throws Exception {
        assertThat(contentType(HttpRequest.newBuilder().header("Accept", accept)))
                .isEqualTo(contentType);
    }

    @Test
    void metrics_areText_whenNothingIsSaidOfTheFormat() throws Exception {
        assertThat(contentType(HttpRequest.newBuilder())).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
    }

    private String contentType(HttpRequest.Builder request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.uri(root.resolve("/q/metrics")).build(), BodyHandlers.ofString())
                    .headers()
                    .firstValue("Content-Type")
                    .orElseThrow();
        }
    }

    /** What promtool complains of, apart from the names, which it knows better. */
    @Test
    void everyMetric_hasAHelpText_andLabelsInSnakeCase() {
        List<String> lines = given().get("/q/metrics").asString().lines().toList();

        assertThat(lines.stream().filter(line -> line.startsWith("# HELP "))).allMatch(HELP);
        assertThat(lines.stream()
                        .filter(line -> !line.startsWith("#"))
                        .flatMap(line -> LABEL.matcher(line).results().map(label -> label.group(1))))
                .isNotEmpty()
                .allMatch(label -> label.equals(label.toLowerCase(Locale.ROOT)));
        assertThat(lines).anyMatch(line -> line.startsWith("process_cpu_seconds_total "));
    }
}
