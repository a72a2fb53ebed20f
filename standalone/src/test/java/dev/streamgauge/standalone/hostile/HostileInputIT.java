package dev.streamgauge.standalone.hostile;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import dev.streamgauge.testkit.RawAnswer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

    @TempDir
    private static Path data;

    private static Jars.Started standalone;

    @BeforeAll
    static void start() {
        // Or the sender of all these bodies would be in debt after a few of them.
        standalone = Jars.standalone(data, "STREAMGAUGE_LIMITS_INGESTION_RATE=1000000000")
                .awaitReady();
        // The first requests of a JVM are slow, whatever the input.
        TENANTS.forEach(tenant -> await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> push(tenant)));
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
        Map<String, Map<String, Double>> before = shownByAll();

        RawAnswer answer = RawAnswer.to(standalone.address(), hostile.request());

        assertThat(answer.status()).as("%s: %s", hostile.name(), answer.body()).isEqualTo(hostile.status());
        if (!hostile.reason().equals("-")) {
            assertThat(answer.body()).contains("\"reason\":\"" + hostile.reason() + "\"");
        }
        assertThat(shownByAll()).isEqualTo(before);
        TENANTS.forEach(HostileInputIT::push);
        for (String tenant : TENANTS) {
            double expected = before.get(tenant).get(SERIES) + 1;
            await().pollInterval(Duration.ofMillis(10))
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(shown(tenant)).containsEntry(SERIES, expected));
        }
    }

    private static void push(String tenant) {
        given().header("X-Scope-OrgID", tenant)
                .contentType("application/json")
                .body("{\"name\":\"probe_total\",\"type\":\"counter\",\"value\":1}")
                .post(standalone.at("/api/v1/metrics"))
                .then()
                .statusCode(202)
                .body("accepted", equalTo(1));
    }

    private static Map<String, Map<String, Double>> shownByAll() throws Exception {
        Map<String, Map<String, Double>> all = new TreeMap<>();
        for (String tenant : TENANTS) {
            all.put(tenant, shown(tenant));
        }
        return all;
    }

    private static Map<String, Double> shown(String tenant) throws Exception {
        URI address = standalone.address();
        return Scrapes.values(address, tenant);
    }
}
