package dev.streamgauge.standalone.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import dev.streamgauge.testkit.RawAnswer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a web page, or a machine of the same network, can do to a standalone in mode {@code open}: nothing. */
class OpenModeIT {

    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final String SAMPLE = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}";
    private static final String ADMIN_KEY = "the-administrator-of-a-laptop-of-40-letters";

    @TempDir
    Path data;

    @Test
    void totals_stayAsTheyAre_whenAWebPageAttacks() throws Exception {
        try (Jars.Started standalone = Jars.standalone(data).awaitReady()) {
            assertThat(push(standalone, "Host: localhost").status()).isEqualTo(202);
            awaitTotal(standalone, 1);

            RawAnswer crossSite = push(standalone, "Host: localhost", "Sec-Fetch-Site: cross-site");
            RawAnswer rebound = push(standalone, "Host: evil.example", "Sec-Fetch-Site: same-origin");
            RawAnswer read = send(standalone.address(), "GET /metrics HTTP/1.1", "Host: evil.example:8080");
            RawAnswer deleted = send(
                    standalone.address(), "DELETE /api/v1/series?match[]=orders_total HTTP/1.1", "Host: localhost");

            assertThat(crossSite.status()).isEqualTo(403);
            assertThat(rebound.status()).isEqualTo(403);
            assertThat(read.status()).isEqualTo(403);
            assertThat(read.body()).doesNotContain("orders_total").contains("streamgauge.allowed-hosts");
            assertThat(deleted.status()).isEqualTo(404);
            assertThat(deleted.body()).contains("streamgauge.auth.admin-key is not set");
            assertThat(push(standalone, "Host: localhost").status()).isEqualTo(202);
            awaitTotal(standalone, 2);
            stop(standalone);
        }
    }

    @Test
    void deletion_needsTheAdministratorsKey_whenThereIsOne() throws Exception {
        try (Jars.Started standalone = Jars.standalone(
                        data, "STREAMGAUGE_AUTH_ADMIN_KEY=" + ADMIN_KEY, "STREAMGAUGE_ALLOWED_HOSTS=laptop.example")
                .awaitReady()) {
            push(standalone, "Host: laptop.example");
            awaitTotal(standalone, 1);
            String request = "DELETE /api/v1/series?match[]=orders_total HTTP/1.1";

            RawAnswer anonymous = send(standalone.address(), request, "Host: localhost");
            assertThat(anonymous.status()).isEqualTo(401);
            awaitTotal(standalone, 1);

            RawAnswer administrator =
                    send(standalone.address(), request, "Host: localhost", "Authorization: Bearer " + ADMIN_KEY);
            assertThat(administrator.body()).isEqualTo("{\"series\":1,\"families\":1}");
            stop(standalone);
        }
    }

    /** All of 127.0.0.0/8 leads to this machine, so 127.0.0.2 stands for its other addresses. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void otherAddresses_areNotServed_unlessTheHostIsSet() throws Exception {
        try (Jars.Started standalone = Jars.standalone(data).awaitReady()) {
            assertThatThrownBy(() -> health(standalone, "10.0.3.7")).isInstanceOf(ConnectException.class);
            stop(standalone);
        }

        try (Jars.Started standalone =
                Jars.standalone(data, "QUARKUS_HTTP_HOST=0.0.0.0").awaitReady()) {
            assertThat(health(standalone, "10.0.3.7").status()).isEqualTo(200);
            stop(standalone);
        }
    }

    /** As the health check of a load balancer, which names an address. */
    private static RawAnswer health(Jars.Started standalone, String host) throws IOException {
        URI other = URI.create("http://127.0.0.2:" + standalone.address().getPort());
        return send(other, "GET /q/health/ready HTTP/1.1", "Host: " + host);
    }

    private static RawAnswer push(Jars.Started standalone, String... headers) throws IOException {
        return send(
                standalone.address(),
                "POST /api/v1/metrics HTTP/1.1",
                String.join("\r\n", headers),
                "Content-Length: " + SAMPLE.length(),
                "",
                SAMPLE);
    }

    private static RawAnswer send(URI server, String... lines) throws IOException {
        return RawAnswer.to(server, (String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static void awaitTotal(Jars.Started standalone, double total) {
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(Scrapes.values(standalone.address(), "anonymous"))
                        .isEqualTo(Map.of("orders_total", total)));
    }

    /** And its Redis with it. */
    private static void stop(Jars.Started standalone) {
        standalone.process().terminate();
        standalone.process().exitCode(DEADLINE);
    }
}
