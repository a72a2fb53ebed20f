package dev.streamgauge.standalone.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import dev.streamgauge.testkit.RawAnswer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each bad input of the corpus quickly gets the answer that its file expects, and changes nothing. The next valid
 * requests of its sender and of another tenant are counted, and their scrapes can be parsed.
 */
class HostileInputIT {

    /** The tenant that sends the bad input, where the input names none. */
    static final String ATTACKER = "hostile";

    private static final List<String> TENANTS = List.of(ATTACKER, "quiet");
    private static final String SERIES = "probe_total";

    /** What each tenant shows between two cases. */
    private static final Map<String, Map<String, Double>> SHOWN = new HashMap<>();

    @TempDir
    private static Path data;

    private static Jars.Started standalone;

    @BeforeAll
    static void start() throws IOException {
        // Or the sender of all these bodies would be in debt after a few of them.
        standalone = Jars.standalone(data, "STREAMGAUGE_LIMITS_INGESTION_RATE=1000000000")
                .awaitReady();
        // The first requests of a JVM are slow, whatever the input.
        for (String tenant : TENANTS) {
            push(tenant);
            awaitNextPush(tenant);
        }
    }

    @AfterAll
    static void stop() {
        standalone.close();
    }

    static List<HostileCase> corpus() {
        return HostileCase.loadAll();
    }

    @Test
    void corpus_hasThePromisedNumberOfCases() {
        assertThat(corpus()).hasSizeGreaterThanOrEqualTo(120);
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void badInput_isRejectedAndHarmsNoTenant(HostileCase hostile) throws Exception {
        try {
            assertRejected(hostile);
        } finally {
            for (String tenant : TENANTS) {
                push(tenant);
            }
            for (String tenant : TENANTS) {
                awaitNextPush(tenant);
            }
        }
    }

    private static void assertRejected(HostileCase hostile) throws Exception {
        RawAnswer answer = RawAnswer.to(standalone.address(), hostile.request());

        assertThat(answer.status()).as("%s: %s", hostile.name(), answer.body()).isEqualTo(hostile.status());
        if (!hostile.reason().equals("-")) {
            assertThat(answer.body()).contains("\"reason\":\"" + hostile.reason() + "\"");
        }
        for (String tenant : TENANTS) {
            assertThat(shown(tenant)).isEqualTo(SHOWN.get(tenant));
        }
    }

    /** Waits until a scrape shows one more push, and keeps what else it shows for the next case. */
    private static void awaitNextPush(String tenant) {
        double expected = SHOWN.getOrDefault(tenant, Map.of()).getOrDefault(SERIES, 0.0) + 1;
        Map<String, Double> shown = await().pollInterval(Duration.ofMillis(10))
                .atMost(Duration.ofSeconds(10))
                .until(() -> shown(tenant), all -> Double.valueOf(expected).equals(all.get(SERIES)));
        SHOWN.put(tenant, shown);
    }

    private static void push(String tenant) throws IOException {
        String body = "{\"name\":\"probe_total\",\"type\":\"counter\",\"value\":1}";
        String request = """
                POST /api/v1/metrics HTTP/1.1\r
                Host: localhost\r
                Connection: close\r
                X-Scope-OrgID: %s\r
                Content-Type: application/json\r
                Content-Length: %s\r
                \r
                %s""".formatted(tenant, body.length(), body);
        RawAnswer answer = RawAnswer.to(standalone.address(), request.getBytes(StandardCharsets.US_ASCII));
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.body()).isEqualTo("{\"accepted\":1,\"rejected\":0}");
    }

    private static Map<String, Double> shown(String tenant) throws Exception {
        URI address = standalone.address();
        return Scrapes.values(address, tenant);
    }
}
