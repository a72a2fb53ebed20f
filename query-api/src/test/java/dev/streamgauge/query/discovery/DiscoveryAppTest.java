package dev.streamgauge.query.discovery;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.emptyString;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In mode {@code open} without an administrator's key, Prometheus finds the tenant that it names. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class DiscoveryAppTest {

    static final String PATH = "/api/v1/sd";

    @Test
    void discovery_givesWhatWasPushedAndTheUsage_atTheHostOfTheRequest() {
        String body = given().header("X-Scope-OrgID", "acme")
                .header("Host", "metrics.example.com:9090")
                .get(PATH)
                .then()
                .statusCode(200)
                .header("Content-Type", equalTo("application/json"))
                .header("Cache-Control", "no-store")
                .extract()
                .asString();

        assertThat(body).isEqualTo("""
                        [{"targets":["metrics.example.com:9090"],"labels":{"__metrics_path__":"/tenants/acme/metrics",\
                        "__meta_streamgauge_metrics":"tenant","tenant":"acme"}},\
                        {"targets":["metrics.example.com:9090"],"labels":{"__metrics_path__":"/tenants/acme/usage/metrics",\
                        "__meta_streamgauge_metrics":"usage","job":"streamgauge-usage","tenant":"acme"}}]\
                        """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"metrics.example.com", "[::1]:8080", "10.0.0.1:8080"})
    void target_isTheHostAsItWasNamed(String host) {
        assertThat(given().header("Host", host).get(PATH).jsonPath().getString("[0].targets[0]"))
                .isEqualTo(host);
    }

    /** RFC 9110, section 4.2.3: an empty port is the default port of the scheme. */
    @Test
    void target_hasNoPort_whenTheHostHasAnEmptyOne() {
        assertThat(given().header("Host", "metrics.example.com:")
                        .get(PATH)
                        .jsonPath()
                        .getString("[0].targets[0]"))
                .isEqualTo("metrics.example.com");
    }

    @Test
    void discovery_givesAnonymous_whenNoTenantIsNamed() {
        assertThat(given().get(PATH).jsonPath().getList("labels.tenant")).containsExactly("anonymous", "anonymous");
    }

    /** Without an administrator's key, no request needs one. */
    @Test
    void credentials_areIgnored_whenThereIsNoAdministrator() {
        assertThat(given().header("Authorization", "Bearer whatever")
                        .get(PATH)
                        .jsonPath()
                        .getList("labels.tenant"))
                .containsExactly("anonymous", "anonymous");
    }

    @Test
    void discovery_is400_whenTheTenantIsInvalid() {
        given().header("X-Scope-OrgID", "a/b")
                .get(PATH)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("reason", equalTo("tenant-invalid"));
    }

    @Test
    void head_isAnsweredLikeGet_withoutABody() {
        given().head(PATH)
                .then()
                .statusCode(200)
                .contentType("application/json")
                .body(emptyString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH"})
    void otherMethods_are405_andToldWhatIsAllowed(String method) {
        given().request(method, PATH)
                .then()
                .statusCode(405)
                .header("Allow", "GET, HEAD, OPTIONS")
                .body("reason", equalTo("method-not-allowed"));
    }
}
