package dev.streamgauge.query.deadletter;

import static dev.streamgauge.query.Pushed.counter;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.emptyString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.Registries;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.deadletter.DeadLetterReason;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A tenant can read which of its accepted samples could not be counted, and why. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class DeadLettersAppTest {

    private static final String PATH = "/api/v1/dead-letters";
    private static final DeadLetterReason REASON =
            new DeadLetterReason(DeadLetterReason.UNFOLDABLE, "value of another type");

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

    private static ValidatableResponse get(String tenant, String query) {
        return given().header("X-Scope-OrgID", tenant)
                .urlEncodingEnabled(false)
                .get(PATH + query)
                .then();
    }

    private static List<String> entries(String tenant, String query) {
        return get(tenant, query).statusCode(200).extract().jsonPath().getList("deadLetters.entry", String.class);
    }

    @Test
    void deadLetters_listSamplesAndReason() {
        String entry = registries.deadLetter("acme", REASON, counter("a_total", "", 1), counter("b", "x=\"1\"", 1));

        JsonPath body = get("acme", "")
                .statusCode(200)
                .contentType("application/json")
                .extract()
                .jsonPath();

        String time = body.getString("deadLetters[0].time");
        assertThat(time).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(body.prettify().replaceAll("\\s", "")).isEqualTo("""
            {"deadLetters":[{"time":"%s","entry":"%s","reason":"unfoldable",\
            "message":"valueofanothertype","samples":2,"metrics":["a_total","b"]}]}\
            """.formatted(time, entry));
    }

    @Test
    void deadLetters_areEmpty_whenThereAreNone() {
        String body = get("acme", "").statusCode(200).extract().asString();

        assertThat(body).isEqualTo("{\"deadLetters\":[]}");
    }

    @Test
    void deadLetters_areTheTenantsOwn() {
        String acme = registries.deadLetter("acme", REASON, counter("a_total", "", 1));
        String other = registries.deadLetter("other", REASON, counter("a_total", "", 1));
        String anonymous = registries.deadLetter("anonymous", REASON, counter("a_total", "", 1));

        assertThat(entries("acme", "")).containsExactly(acme);
        assertThat(entries("other", "")).containsExactly(other);
        assertThat(entries("unknown", "")).isEmpty();
        assertThat(given().get(PATH).jsonPath().getList("deadLetters.entry")).isEqualTo(List.of(anonymous));
    }

    @Test
    void deadLetters_areNewestFirst_asManyAsAsked() {
        List<String> deadLettered = IntStream.range(0, 103)
                .mapToObj(i -> registries.deadLetter("acme", REASON, counter("a_total", "", 1)))
                .toList()
                .reversed();

        assertThat(entries("acme", "?limit=1")).isEqualTo(deadLettered.subList(0, 1));
        assertThat(entries("acme", "?limit=7")).isEqualTo(deadLettered.subList(0, 7));
        assertThat(entries("acme", "?limit=100")).isEqualTo(deadLettered.subList(0, 100));
        assertThat(entries("acme", "")).isEqualTo(deadLettered.subList(0, 100));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"?limit=0", "?limit=101", "?limit=-1", "?limit=1.5", "?limit=", "?limit=x", "?limit=1&limit=1"})
    void get_is400_whenTheLimitIsInvalid(String query) {
        get("acme", query)
                .statusCode(400)
                .contentType("application/problem+json")
                .body("reason", equalTo("limit-invalid"))
                .body("detail", startsWith("limit: "));
    }

    @Test
    void get_is400_whenTheTenantIsInvalid() {
        get("a/b", "")
                .statusCode(400)
                .contentType("application/problem+json")
                .body("reason", equalTo("tenant-invalid"));
    }

    @Test
    void head_isAnsweredLikeGet_withoutABody() {
        registries.deadLetter("acme", REASON, counter("a_total", "", 1));

        given().header("X-Scope-OrgID", "acme")
                .head(PATH)
                .then()
                .statusCode(200)
                .contentType("application/json")
                .body(emptyString());
    }

    @ParameterizedTest
    @CsvSource({"POST", "PUT", "DELETE", "PATCH"})
    void otherMethods_are405_andToldWhatIsAllowed(String method) {
        given().request(method, PATH)
                .then()
                .statusCode(405)
                .header("Allow", "GET, HEAD, OPTIONS")
                .contentType("application/problem+json")
                .body("reason", equalTo("method-not-allowed"));
    }

    @Test
    void get_is503_whenTheKeyHoldsUnexpectedData() {
        registries.setUnexpected(keyspace.tenantDeadLetters(new TenantId("acme")));

        get("acme", "")
                .statusCode(503)
                .header("Retry-After", "1")
                .contentType("application/problem+json")
                .body("reason", equalTo("redis-unavailable"));
    }
}
