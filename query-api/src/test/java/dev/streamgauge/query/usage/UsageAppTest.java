package dev.streamgauge.query.usage;

import static dev.streamgauge.query.Pushed.counter;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.query.Registries;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.deadletter.DeadLetterReason;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tenant can read its usage as JSON and as metrics. The counts per family are cached for a while. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class UsageAppTest {

    private static final String JSON = "/api/v1/usage";

    @Inject
    RedisTopology topology;

    @Inject
    Keyspace keyspace;

    private Registries registries;

    @BeforeEach
    void clear() {
        registries = new Registries(topology);
        registries.clear();
    }

    private static String json(String tenant) {
        return given().header("X-Scope-OrgID", tenant)
                .get(JSON)
                .then()
                .statusCode(200)
                .contentType("application/json")
                .extract()
                .asString()
                .replaceAll("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z", "(time)")
                .replaceAll("(AgeSeconds\":)\\d+\\.\\d+", "$1(age)")
                .replaceAll("(\"(registry|backlog)\":\\{\"now\":)[1-9]\\d*", "$1(bytes)");
    }

    private static String metrics(String tenant) {
        return given().get("/tenants/" + tenant + "/usage/metrics")
                .then()
                .statusCode(200)
                .contentType("text/plain; version=0.0.4; charset=utf-8")
                .extract()
                .asString();
    }

    /** Stores samples that are folded, dead-lettered and pending, and counts of rejected samples. */
    private void use(String tenant) {
        List<Sample> folded = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            folded.add(counter("f" + i + "_total", "", 1));
        }
        folded.add(counter("f10_total", "a=\"1\"", 1));
        registries.push(tenant, folded);
        registries.deadLetter(
                tenant,
                new DeadLetterReason(DeadLetterReason.UNFOLDABLE, "test"),
                counter("f0_total", "", 1),
                counter("f1_total", "", 1));
        registries.admit(tenant, List.of(counter("f0_total", "", 1)));
        registries.setField(keyspace.tenantRejections(new TenantId(tenant)), "type-conflict", "7");
        registries.setField(keyspace.tenantRejections(new TenantId(tenant)), "backlog-full", "9");
    }

    @Test
    void usage_showsSeriesAndSamplesOfTheTenant() {
        use("used");

        assertThat(json("used")).isEqualTo("""
                        {"tenant":"used","series":{"now":12,"limit":150000},\
                        "samples":{"accepted":15,"folded":12,"deadLettered":2,"pending":1,"stale":0,\
                        "rejected":{"backlog-full":9,"type-conflict":7}},\
                        "lastPush":"(time)",\
                        "backlog":{"entries":1,"limit":100000,"oldestUnfoldedAgeSeconds":(age)},\
                        "bytes":{"registry":{"now":(bytes),"limit":134217728},\
                        "backlog":{"now":(bytes),"limit":67108864},"idempotency":{"now":0,"limit":33554432}},\
                        "families":{"now":11,"largest":[{"name":"f10_total","series":2},\
                        {"name":"f0_total","series":1},{"name":"f1_total","series":1},{"name":"f2_total","series":1},\
                        {"name":"f3_total","series":1},{"name":"f4_total","series":1},{"name":"f5_total","series":1},\
                        {"name":"f6_total","series":1},{"name":"f7_total","series":1},{"name":"f8_total","series":1}]}}\
                        """);
    }

    @Test
    void usage_isZero_whenTheTenantNeverSentAnything() {
        use("another");

        assertThat(json("stranger")).isEqualTo("""
                        {"tenant":"stranger","series":{"now":0,"limit":150000},\
                        "samples":{"accepted":0,"folded":0,"deadLettered":0,"pending":0,"stale":0,"rejected":{}},\
                        "backlog":{"entries":0,"limit":100000,"oldestUnfoldedAgeSeconds":(age)},\
                        "bytes":{"registry":{"now":0,"limit":134217728},\
                        "backlog":{"now":0,"limit":67108864},"idempotency":{"now":0,"limit":33554432}},\
                        "families":{"now":0,"largest":[]}}\
                        """);
    }

    @Test
    void usageMetrics_showTheSameValues() {
        use("scraped");

        assertThat(metrics("scraped")
                        .replaceAll("(_seconds) [1-9].*", "$1 (time)")
                        .replaceAll("(age_seconds) 0\\..*", "$1 (time)")
                        .replaceAll("# HELP .*\n", "")
                        .replaceAll("((registry|backlog)_bytes) [1-9]\\d*", "$1 (bytes)")
                        .replaceAll("(?s)(family=\"f0_total\"} 1\n).*(# TYPE streamgauge_tenant_folded)", "$1...\n$2"))
                .isEqualTo("""
                        # TYPE streamgauge_tenant_accepted_samples_total counter
                        streamgauge_tenant_accepted_samples_total 15
                        # TYPE streamgauge_tenant_backlog_bytes gauge
                        streamgauge_tenant_backlog_bytes (bytes)
                        # TYPE streamgauge_tenant_backlog_bytes_limit gauge
                        streamgauge_tenant_backlog_bytes_limit 6.7108864e+07
                        # TYPE streamgauge_tenant_backlog_entries gauge
                        streamgauge_tenant_backlog_entries 1
                        # TYPE streamgauge_tenant_backlog_entries_limit gauge
                        streamgauge_tenant_backlog_entries_limit 100000
                        # TYPE streamgauge_tenant_dead_lettered_samples_total counter
                        streamgauge_tenant_dead_lettered_samples_total 2
                        # TYPE streamgauge_tenant_discarded_samples_total counter
                        streamgauge_tenant_discarded_samples_total{reason="backlog-full"} 9
                        streamgauge_tenant_discarded_samples_total{reason="type-conflict"} 7
                        # TYPE streamgauge_tenant_families gauge
                        streamgauge_tenant_families 11
                        # TYPE streamgauge_tenant_family_series gauge
                        streamgauge_tenant_family_series{family="f10_total"} 2
                        streamgauge_tenant_family_series{family="f0_total"} 1
                        ...
                        # TYPE streamgauge_tenant_folded_samples_total counter
                        streamgauge_tenant_folded_samples_total 12
                        # TYPE streamgauge_tenant_idempotency_bytes gauge
                        streamgauge_tenant_idempotency_bytes 0
                        # TYPE streamgauge_tenant_idempotency_bytes_limit gauge
                        streamgauge_tenant_idempotency_bytes_limit 3.3554432e+07
                        # TYPE streamgauge_tenant_last_push_timestamp_seconds gauge
                        streamgauge_tenant_last_push_timestamp_seconds (time)
                        # TYPE streamgauge_tenant_oldest_unfolded_sample_age_seconds gauge
                        streamgauge_tenant_oldest_unfolded_sample_age_seconds (time)
                        # TYPE streamgauge_tenant_pending_samples gauge
                        streamgauge_tenant_pending_samples 1
                        # TYPE streamgauge_tenant_registry_bytes gauge
                        streamgauge_tenant_registry_bytes (bytes)
                        # TYPE streamgauge_tenant_registry_bytes_limit gauge
                        streamgauge_tenant_registry_bytes_limit 1.34217728e+08
                        # TYPE streamgauge_tenant_series gauge
                        streamgauge_tenant_series 12
                        # TYPE streamgauge_tenant_series_limit gauge
                        streamgauge_tenant_series_limit 150000
                        # TYPE streamgauge_tenant_stale_samples_total counter
                        streamgauge_tenant_stale_samples_total 0
                        """);
    }

    @Test
    void usageMetrics_areAllThere_whenTheTenantNeverSentAnything() {
        assertThat(metrics("stranger"))
                .contains("streamgauge_tenant_series 0\n", "streamgauge_tenant_accepted_samples_total 0\n")
                .doesNotContain("last_push", "discarded", "family_series");
    }

    @Test
    void usageMetrics_answerHead() {
        given().head("/tenants/acme/usage/metrics")
                .then()
                .statusCode(200)
                .contentType("text/plain; version=0.0.4; charset=utf-8");
    }

    @Test
    void usage_countsFamiliesOnce_whenRequestedInALoop() {
        use("asking");
        json("asking");
        long before = registries.calls("hlen");

        for (int i = 0; i < 50; i++) {
            json("asking");
            metrics("asking");
        }

        // One per request for the number of families, and one per second for the directory of tenants; not eleven more.
        assertThat(registries.calls("hlen") - before).isBetween(100L, 200L);
    }

    @ParameterizedTest
    @ValueSource(strings = {JSON, "/tenants/acme/usage/metrics"})
    void usage_is405_whenTheMethodIsNotAllowed(String path) {
        given().post(path).then().statusCode(405).body("reason", equalTo("method-not-allowed"));
    }

    @Test
    void usage_isRejected_whenTheTenantIsInvalidOrDiffersFromThePath() {
        given().header("X-Scope-OrgID", "a/b")
                .get(JSON)
                .then()
                .statusCode(400)
                .body("reason", equalTo("tenant-invalid"));
        given().get("/tenants/a:b/usage/metrics").then().statusCode(400).body("reason", equalTo("tenant-invalid"));
        given().header("X-Scope-OrgID", "other")
                .get("/tenants/acme/usage/metrics")
                .then()
                .statusCode(403)
                .body("reason", equalTo("forbidden"));
    }

    @Test
    void usage_is503_whenAKeyHoldsUnexpectedData() {
        registries.setUnexpected(keyspace.tenantRejections(new TenantId("unexpected")));

        given().header("X-Scope-OrgID", "unexpected")
                .get(JSON)
                .then()
                .statusCode(503)
                .header("Retry-After", "1")
                .contentType(startsWith("application/problem+json"))
                .body("reason", equalTo("redis-unavailable"));
    }
}
