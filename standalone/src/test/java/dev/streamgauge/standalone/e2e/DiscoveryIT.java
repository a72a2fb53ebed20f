package dev.streamgauge.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.standalone.system.Jars;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Prometheus finds tenants as they are made, scrapes what they pushed and their usage, and forgets deleted ones.
 */
@Tag("e2e")
class DiscoveryIT {

    private static final String ADMIN_KEY = "the-key-of-an-administrator-of-40-characters";

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void prometheus_findsTenants_asTheyComeAndGo(@TempDir Path folder) throws Exception {
        try (Jars.Started standalone = Jars.standalone(
                                folder.resolve("data"),
                                "STREAMGAUGE_AUTH_MODE=api-key",
                                "STREAMGAUGE_AUTH_ADMIN_KEY=" + ADMIN_KEY,
                                "STREAMGAUGE_LIMITS_NEW_SERIES_ZERO_SECONDS=0")
                        .awaitReady();
                Prometheus prometheus =
                        Prometheus.start(folder, """
                        global:
                          scrape_interval: 500ms
                        scrape_configs:
                          - job_name: tenants
                            honor_labels: true
                            authorization: {type: Bearer, credentials: "%1$s"}
                            http_sd_configs:
                              - url: %2$s
                                refresh_interval: 1s
                                authorization: {type: Bearer, credentials: "%1$s"}
                        """.formatted(ADMIN_KEY, standalone.at("/api/v1/sd")))) {

            make(standalone, "acme", 7);
            make(standalone, "o'hara*(nl)!", 9);

            assertQuery(prometheus, "orders_total{job=\"tenants\",tenant=\"acme\"}", 7);
            assertQuery(prometheus, "orders_total{job=\"tenants\",tenant=\"o'hara*(nl)!\"}", 9);
            assertQuery(prometheus, "streamgauge_tenant_series{job=\"streamgauge-usage\",tenant=\"acme\"}", 1);
            assertQuery(prometheus, "sum(up)", 4);

            send(standalone, "DELETE", "/api/v1/admin/tenants/acme", ADMIN_KEY, "");

            assertQuery(prometheus, "sum(up)", 2);
        }
    }

    /** Makes a tenant, and pushes as it. */
    private void make(Jars.Started standalone, String tenant, int orders) throws Exception {
        send(standalone, "POST", "/api/v1/admin/tenants", ADMIN_KEY, "{\"tenant\":\"" + tenant + "\"}");
        String key = new ObjectMapper()
                .readTree(send(
                        standalone,
                        "POST",
                        "/api/v1/admin/tenants/" + tenant + "/keys",
                        ADMIN_KEY,
                        "{\"scopes\":[\"ingest\"]}"))
                .path("key")
                .asText();
        send(
                standalone,
                "POST",
                "/api/v1/metrics",
                key,
                "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":" + orders + "}");
    }

    private String send(Jars.Started standalone, String method, String path, String key, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(standalone.at(path))
                        .header("Authorization", "Bearer " + key)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 202);
        return answer.body();
    }

    private static void assertQuery(Prometheus prometheus, String expression, double expected) {
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptionsInstanceOf(IOException.class) // it does not listen yet
                .untilAsserted(() ->
                        assertThat(prometheus.query(expression)).as(expression).isEqualTo(OptionalDouble.of(expected)));
    }
}
