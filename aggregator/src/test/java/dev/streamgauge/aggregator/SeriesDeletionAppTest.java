package dev.streamgauge.aggregator;

import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.histogram;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.RawAnswer;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.redis.client.Command;
import jakarta.inject.Inject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code DELETE /api/v1/series}, while the aggregator folds. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class SeriesDeletionAppTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    /** As in the settings of these tests. */
    private static final String ADMIN_KEY = "the-administrator-of-the-aggregators-tests";

    @TestHTTPResource
    URI server;

    @Inject
    RedisTopology topology;

    @Inject
    Keyspace keyspace;

    private Tenant tenant(String name) {
        return Tenant.of(topology, name);
    }

    private static RequestSpecification asAdministrator() {
        return given().header("Authorization", "Bearer " + ADMIN_KEY);
    }

    private static ValidatableResponse delete(Tenant tenant, String... selectors) {
        RequestSpecification request =
                asAdministrator().header("X-Scope-OrgID", tenant.id().value());
        List.of(selectors).forEach(selector -> request.queryParam("match[]", selector));
        return request.when().delete("/api/v1/series").then();
    }

    @Test
    void deletion_takesEffectAfterWhatWasAcceptedBefore_andNamesWhatWent() {
        Tenant tenant = tenant("deleting");
        Tenant other = tenant("not-deleting");
        other.admit(counter("orders_total", "country=\"NL\"", 1));
        tenant.admit(
                counter("orders_total", "country=\"NL\"", 1),
                counter("orders_total", "country=\"DE\"", 2),
                counter("orders_total", "country=\"NL\"", 3),
                histogram("seconds", "country=\"NL\"", 1));

        delete(tenant, "{country=\"NL\"}")
                .statusCode(200)
                .contentType("application/json")
                .body(equalTo("{\"series\":2,\"families\":1}"));

        assertThat(tenant.shown()).isEqualTo("orders_total{country=\"DE\"} 2.0\n");
        assertThat(tenant.totals()).isEqualTo("accepted 4 folded 4 dead 0 pending 0");
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(other.shown()).isEqualTo("orders_total{country=\"NL\"} 1.0\n"));

        delete(tenant, "{country=\"NL\"}").statusCode(200).body(equalTo("{\"series\":0,\"families\":0}"));
        delete(tenant, "visits_total", "orders_total{country!=\"\"}")
                .statusCode(200)
                .body(equalTo("{\"series\":1,\"families\":1}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/series", "/api/v1/admin/tenants/dry/series"})
    void dryRun_namesWhatWouldGo_andDeletesNothing(String path) {
        Tenant tenant = tenant("dry");
        tenant.admit(
                counter("orders_total", "country=\"NL\"", 1),
                counter("orders_total", "country=\"DE\"", 1),
                counter("orders_total", "country=\"NL\",shop=\"a\"", 1),
                histogram("seconds", "country=\"NL\"", 1),
                counter("visits_total", "country=\"DE\"", 1));
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(tenant.totals()).endsWith("pending 0"));
        String before = tenant.shown();

        asAdministrator()
                .header("X-Scope-OrgID", "dry")
                .queryParam("dry_run", true)
                .queryParam("match[]", "{country=\"NL\"}")
                .delete(path)
                .then()
                .statusCode(200)
                .body(equalTo("{\"series\":3,\"families\":1,\"selected\":["
                        + "{\"name\":\"orders_total\",\"series\":2},{\"name\":\"seconds\",\"series\":1}]}"));

        assertThat(tenant.shown()).isEqualTo(before);
        asAdministrator()
                .header("X-Scope-OrgID", "dry")
                .queryParam("dry_run", true)
                .queryParam("match[]", "orders_total", "absent_total")
                .delete(path)
                .then()
                .body(equalTo(
                        "{\"series\":3,\"families\":1,\"selected\":[" + "{\"name\":\"orders_total\",\"series\":3}]}"));
    }

    /** Nothing is deleted by a request that may have meant less. */
    @ParameterizedTest
    @ValueSource(strings = {"dry_run=yes", "dry_run", "dry_run=true&dry_run=false", "dryrun=true", "start=1"})
    void deletion_isRejected_whenAParameterIsUnknownOrInvalid(String parameter) {
        for (String path : List.of("/api/v1/series", "/api/v1/admin/tenants/rejected/series")) {
            asAdministrator()
                    .header("X-Scope-OrgID", "rejected")
                    .delete(path + "?match%5B%5D=a&" + parameter)
                    .then()
                    .statusCode(400)
                    .body("reason", equalTo("value-invalid"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{}", "{a=~\".*\"}", "a{b=\"c\"", "a{b=~\"(\"}", "a{b=~\"((a{1000}){1000}){1000}\"}", "a\nb"
            })
    void deletion_isRejected_whenASelectorIsInvalid(String selector) {
        Tenant tenant = tenant("rejected");
        delete(tenant, "x", selector)
                .statusCode(400)
                .contentType("application/problem+json")
                .body("reason", equalTo("selector-invalid"))
                .body("detail", containsString("(selector 2)"));
    }

    @Test
    void deletion_isRejected_whenThereIsNoSelectorOrTooManyAre() {
        Tenant tenant = tenant("rejected");

        for (int count : new int[] {0, 51}) {
            delete(tenant, Collections.nCopies(count, "a").toArray(String[]::new))
                    .statusCode(400)
                    .body("reason", equalTo("selector-invalid"))
                    .body("detail", equalTo("match[]: " + count + " given, 1 to 50 expected"));
        }
    }

    @Test
    void deletion_isRejected_whenAllExpressionsTogetherAreTooLarge() {
        Tenant tenant = tenant("rejected");

        delete(tenant, Collections.nCopies(6, "a{b=~\"x{999}(y{900})\"}").toArray(String[]::new))
                .statusCode(400)
                .body("reason", equalTo("selector-invalid"))
                .body("detail", containsString("more than 10000 instructions"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"?match[]=%ff", "?match[]=a%00", "?match=a", "?match[]"})
    void deletion_isRejected_whenTheQueryIsMalformed(String query) {
        asAdministrator()
                .urlEncodingEnabled(false)
                .header("X-Scope-OrgID", "rejected")
                .delete("/api/v1/series" + query.replace("[", "%5B").replace("]", "%5D"))
                .then()
                .statusCode(400)
                .contentType("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer guessed", "Basic YTpi"})
    void deletion_needsTheAdministratorsKey_whenTheModeIsOpen(String authorization) {
        RequestSpecification request =
                authorization.isEmpty() ? given() : given().header("Authorization", authorization);

        request.header("X-Scope-OrgID", "victim")
                .queryParam("match[]", "a")
                .delete("/api/v1/series")
                .then()
                .statusCode(401)
                .body("reason", equalTo("unauthorized"));
    }

    @Test
    void deletion_takesSelectorsAsGoServersDo_whenTheyAreNotEncoded() throws Exception {
        String request = "DELETE /api/v1/series?match[]={a=\"b|c\"} HTTP/1.1";

        RawAnswer answer = RawAnswer.to(
                server.resolve("/"),
                (request + "\r\nHost: localhost\r\nAuthorization: Bearer " + ADMIN_KEY + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));

        assertThat(answer.body()).isEqualTo("{\"series\":0,\"families\":0}");
    }

    @Test
    void otherMethods_areNotAllowed() {
        given().get("/api/v1/series").then().statusCode(405);
    }

    @Test
    void deletion_isRejected_whenTheTenantIsInvalid() {
        asAdministrator()
                .header("X-Scope-OrgID", "a/b")
                .queryParam("match[]", "a")
                .delete("/api/v1/series")
                .then()
                .statusCode(400)
                .body("reason", equalTo("tenant-invalid"));
    }

    @Test
    void deletion_isRejected_whenAKeyHoldsUnexpectedData() {
        Tenant tenant = tenant("unexpected");
        tenant.admit(counter("a", "", 1));
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(tenant.totals()).endsWith("pending 0"));
        tenant.send(Command.DEL, keyspace.family(tenant.id(), "a"));
        tenant.send(Command.SET, keyspace.family(tenant.id(), "a"), "unexpected");

        delete(tenant, "a").statusCode(503).header("Retry-After", "1").body("reason", equalTo("redis-unavailable"));
        delete(tenant, "a{b=\"\"}").statusCode(503).body("reason", equalTo("redis-unavailable"));
    }
}
