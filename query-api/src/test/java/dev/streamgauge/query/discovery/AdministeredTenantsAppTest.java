package dev.streamgauge.query.discovery;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In mode {@code api-key}, an administrator reads what any tenant can read about itself. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
@TestProfile(KeyedDiscoveryAppTest.Keyed.class)
class AdministeredTenantsAppTest {

    private static final String TENANTS = "/api/v1/admin/tenants/";

    @Inject
    RedisTopology topology;

    private String admin;
    private String queryAll;

    @BeforeEach
    void write() {
        DirectoryWriter directory = new DirectoryWriter(topology);
        directory.clear();
        directory.addKey("shop", Scope.INGEST);
        admin = directory.addKey("operators", Scope.ADMIN).text();
        queryAll = directory.addKey("operators", Scope.QUERY_ALL).text();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> get(queryAll, "/tenants/shop/metrics").extract().statusCode() == 200
                        && get(admin, "/tenants/none/metrics").extract().statusCode() == 404);
    }

    private static ValidatableResponse get(String key, String path) {
        return given().urlEncodingEnabled(false)
                .header("Authorization", "Bearer " + key)
                .get(path)
                .then();
    }

    @Test
    void administrator_readsUsageLimitsAndDeadLetters_ofAnyTenant() {
        for (String key : List.of(KeyedDiscoveryAppTest.ADMIN_KEY, admin)) {
            get(key, TENANTS + "shop/usage").statusCode(200).body("tenant", equalTo("shop"));
            get(key, TENANTS + "shop/user_limits").statusCode(200).body("max_samples_per_request", equalTo(10_000));
            get(key, TENANTS + "shop/dead-letters?limit=5").statusCode(200).body("deadLetters", empty());
        }
        get(admin, TENANTS + "shop/dead-letters?limit=0").statusCode(400).body("reason", equalTo("limit-invalid"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"usage", "user_limits", "dead-letters"})
    void request_isRejected_whenItsKeyOrItsTenantIsWrong(String what) {
        get(queryAll, TENANTS + "shop/" + what)
                .statusCode(403)
                .body("detail", equalTo("key: the scope admin is needed; the key has query-all"));
        get("guessed", TENANTS + "shop/" + what).statusCode(401).body("reason", equalTo("unauthorized"));
        get(admin, TENANTS + "none/" + what).statusCode(404).body("reason", equalTo("not-found"));
        get(admin, TENANTS + "a%2Fb/" + what).statusCode(400).body("reason", equalTo("tenant-invalid"));
        given().header("Authorization", "Bearer " + admin)
                .post(TENANTS + "shop/" + what)
                .then()
                .statusCode(405)
                .header("Allow", containsString("GET"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/tenants/none/metrics", "/tenants/none/usage/metrics"})
    void scrape_isNotFound_whenTheTenantDoesNotExist(String path) {
        for (String key : List.of(KeyedDiscoveryAppTest.ADMIN_KEY, admin, queryAll)) {
            get(key, path)
                    .statusCode(404)
                    .contentType("application/problem+json")
                    .body("reason", equalTo("not-found"));
        }
    }
}
