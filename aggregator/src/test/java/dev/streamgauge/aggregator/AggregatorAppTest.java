package dev.streamgauge.aggregator;

import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.gauge;
import static dev.streamgauge.testkit.Samples.histogram;
import static dev.streamgauge.testkit.Samples.summary;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.redis.client.Command;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** The role as a process runs it, against a real Redis: admitted entries are folded, whatever else is stored. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class AggregatorAppTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @Inject
    RedisTopology topology;

    @Inject
    Keyspace keyspace;

    @ConfigProperty(name = "quarkus.application.version")
    String version;

    private Tenant tenant(String name) {
        return Tenant.of(topology, name);
    }

    private static void awaitTotals(Tenant tenant, String totals) {
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(tenant.totals()).isEqualTo(totals));
    }

    private static double metric(String series) {
        String text = given().get("/q/metrics").then().statusCode(200).extract().asString();
        return text.lines()
                .map(line -> line.replace(",}", "}"))
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no series " + series + " in\n" + text));
    }

    @Test
    void entries_areFolded_ofEveryKind() {
        Tenant tenant = tenant("every-kind");

        tenant.admit(
                counter("orders_total", "region=\"eu\"", 1),
                counter("orders_total", "region=\"eu\"", 2.5),
                counter("orders_total", "", 1e-20),
                gauge("depth", "", 7, 1_763_700_000_002L),
                gauge("depth", "", 8, 1_763_700_000_001L),
                histogram("seconds", "", 0.5, 1, 1.5),
                histogram("seconds", "", 7),
                summary("bytes", "", 3, -1));

        awaitTotals(tenant, "accepted 8 folded 8 dead 0 pending 0");
        assertThat(tenant.shown()).isEqualTo("""
                        bytes{} count 2.0 sum 2.0
                        depth{} 7.0
                        orders_total{region="eu"} 3.5
                        orders_total{} 1.0E-20
                        seconds{} 2.0 1.0 1.0 sum 10.0
                        """);
        assertThat(tenant.streamLength()).isZero();
    }

    @Test
    void entries_areAllFolded_whenMoreWaitThanOneCallTakes() {
        Tenant tenant = tenant("many");
        Sample[] samples = new Sample[1_000];
        Arrays.setAll(samples, i -> counter("orders_total", "n=\"" + i % 10 + "\"", i));

        tenant.admit(samples);

        awaitTotals(tenant, "accepted 1000 folded 1000 dead 0 pending 0");
        assertThat(tenant.shown()).startsWith("orders_total{n=\"0\"} 49500.0\norders_total{n=\"1\"} 49600.0\n");
    }

    @Test
    void malformedEntry_isDeadLettered_andItsNeighboursAreFoldedOnce() {
        Tenant tenant = tenant("malformed");
        Sample good = counter("orders_total", "", 1);
        byte[] cutShort = Arrays.copyOf(tenant.entry(good), tenant.entry(good).length - 1);

        tenant.admit(
                List.of(good, good, good, good),
                List.of(tenant.entry(good), cutShort, tenant.entry(good), tenant.entry(good)));

        awaitTotals(tenant, "accepted 4 folded 3 dead 1 pending 0");
        assertThat(tenant.shown()).isEqualTo("orders_total{} 3.0\n");
        assertThat(tenant.deadLetters()).containsExactly("malformed");
        assertThat(tenant.streamLength()).isZero();
    }

    @Test
    void entryOfAnUnknownVersion_staysPending_andBlocksNothing() {
        Tenant tenant = tenant("version");
        Sample good = counter("orders_total", "", 1);
        byte[] newer = tenant.entry(good);
        newer[0] = 2;

        tenant.admit(List.of(good, good, good), List.of(tenant.entry(good), newer, tenant.entry(good)));

        awaitTotals(tenant, "accepted 3 folded 2 dead 0 pending 1");
        // Over several rounds of maintenance, which read it again without resetting its idle time.
        await().atMost(DEADLINE).until(() -> tenant.idle().compareTo(Duration.ofSeconds(3)) > 0);
        tenant.admit(good);

        awaitTotals(tenant, "accepted 4 folded 3 dead 0 pending 1");
        assertThat(tenant.shown()).isEqualTo("orders_total{} 3.0\n");
        assertThat(tenant.pending()).hasSize(1);
        assertThat(tenant.deadLetters()).isEmpty();
    }

    @Test
    void nothing_isLost_whenGroupsAreDestroyedMeanwhile() {
        Tenant tenant = tenant("group");
        String stream = keyspace.stream(tenant.partition());
        Sample one = counter("orders_total", "", 1);
        tenant.admit(one);
        awaitTotals(tenant, "accepted 1 folded 1 dead 0 pending 0");

        for (int i = 0; i < 20; i++) {
            tenant.send(Command.XGROUP, "DESTROY", stream, Keyspace.GROUP);
            tenant.admit(one, one);
        }

        awaitTotals(tenant, "accepted 41 folded 41 dead 0 pending 0");
        assertThat(tenant.shown()).isEqualTo("orders_total{} 41.0\n");
        assertThat(tenant.deadLetters()).isEmpty();
    }

    @Test
    void folding_goesOn_whenTheStreamIsDeleted() {
        Tenant tenant = tenant("stream");
        Sample one = counter("orders_total", "", 1);
        tenant.admit(one);
        awaitTotals(tenant, "accepted 1 folded 1 dead 0 pending 0");

        tenant.send(Command.DEL, keyspace.stream(tenant.partition()));
        tenant.admit(one);

        awaitTotals(tenant, "accepted 2 folded 2 dead 0 pending 0");
    }

    @Test
    void entry_isDeadLetteredAndOthersAreFolded_whenItsSeriesHoldsUnexpectedData() {
        Tenant tenant = tenant("unexpected");
        tenant.spoil("orders_total", "a=\"spoilt\"");

        tenant.admit(
                counter("orders_total", "a=\"good\"", 1),
                counter("orders_total", "a=\"spoilt\"", 1),
                counter("orders_total", "a=\"good\"", 1),
                gauge("depth", "", 7, Sample.NO_TIMESTAMP));

        awaitTotals(tenant, "accepted 4 folded 3 dead 1 pending 0");
        tenant.remove("orders_total", "a=\"spoilt\"");
        assertThat(tenant.shown()).isEqualTo("depth{} 7.0\norders_total{a=\"good\"} 2.0\n");
        assertThat(tenant.deadLetters()).containsExactly("unfoldable");
    }

    @Test
    void ownMetrics_move() {
        Tenant tenant = tenant("metrics");
        Sample one = counter("orders_total", "", 1);
        tenant.admit(one);
        awaitTotals(tenant, "accepted 1 folded 1 dead 0 pending 0");
        double entries = metric("streamgauge_fold_batch_entries_sum");
        double batches = metric("streamgauge_fold_batch_entries_count");
        double folds = metric("streamgauge_fold_duration_seconds_count");
        double failed = metric("streamgauge_fold_failed_batches_total");

        tenant.admit(List.of(one, one, one), List.of(tenant.entry(one), new byte[] {1}, tenant.entry(one)));

        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(metric("streamgauge_fold_batch_entries_sum") - entries)
                        .isEqualTo(2));
        assertThat(metric("streamgauge_fold_batch_entries_count")).isGreaterThan(batches);
        assertThat(metric("streamgauge_fold_duration_seconds_count")).isGreaterThan(folds);
        assertThat(metric("streamgauge_fold_failed_batches_total")).isGreaterThan(failed);
        assertThat(metric("streamgauge_fold_stale_batches_total")).isNotNegative();
        assertThat(metric("streamgauge_claimed_entries_total")).isNotNegative();
    }

    @Test
    void process_saysItsRole() {
        given().get("/api/v1/status").then().statusCode(200).body("role", equalTo("aggregator"));
        given().get("/q/health/ready").then().statusCode(200);
        assertThat(metric("streamgauge_build_info{role=\"aggregator\",version=\"" + version + "\"}"))
                .isEqualTo(1);
    }
}
