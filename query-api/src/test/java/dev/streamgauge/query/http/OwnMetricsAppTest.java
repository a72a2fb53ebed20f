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
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** The process says what it runs; requests of made-up methods and paths make no series, and hide none. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class OwnMetricsAppTest {

    private static final Pattern TAGS =
            Pattern.compile("http_server_requests_seconds_count\\{.*method=\"(.*?)\".*uri=\"(.*?)\".*");

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
                .contains("streamgauge_build_info{role=\"query\",version=\"" + version + "\"} 1.0");
    }
}
