package dev.streamgauge.query.discovery;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.problems.RequestError;
import dev.streamgauge.testkit.RedisTestResource;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** In mode {@code api-key}, a key finds the tenants that it may scrape. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
@TestProfile(KeyedDiscoveryAppTest.Keyed.class)
class KeyedDiscoveryAppTest {

    static final String ADMIN_KEY = "the-administrators-key-0123456789abcdef";

    /** Keys are required, and the target is configured. */
    public static class Keyed implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "streamgauge.auth.mode", "api-key",
                    "streamgauge.auth.admin-key", ADMIN_KEY,
                    "streamgauge.query.sd-target", "query.example.com:8443");
        }
    }

    @Inject
    RedisTopology topology;

    @Inject
    MeterRegistry meters;

    private DirectoryWriter directory;

    @BeforeEach
    void clear() {
        directory = new DirectoryWriter(topology);
        directory.clear();
        awaitTenantsOfAdministrator();
    }

    private static ValidatableResponse get(String key, String... headerAndValue) {
        RequestSpecification request = given().header("Authorization", "Bearer " + key);
        for (int i = 0; i < headerAndValue.length; i += 2) {
            request.header(headerAndValue[i], headerAndValue[i + 1]);
        }
        return request.get(DiscoveryAppTest.PATH).then();
    }

    /** The tenant of each target. */
    private static List<String> tenants(String key, String... headerAndValue) {
        return get(key, headerAndValue).statusCode(200).extract().jsonPath().getList("labels.tenant", String.class);
    }

    private static void awaitTenantsOfAdministrator(String... expected) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(tenants(ADMIN_KEY)).containsExactly(expected));
    }

    private static void rejected(ValidatableResponse answer, int status, RequestError reason) {
        answer.statusCode(status).contentType("application/problem+json").body("reason", equalTo(reason.id()));
    }

    @Test
    void administrator_findsAllTenants_asTheyComeAndGo() {
        directory.addKey("shop", Scope.INGEST);
        directory.addKey("acme", Scope.QUERY);

        awaitTenantsOfAdministrator("acme", "acme", "shop", "shop");

        directory.delete("acme");

        awaitTenantsOfAdministrator("shop", "shop");
    }

    /** Its series can still be read. */
    @Test
    void administrator_findsATenant_whenItsRecordIsOfANewerRelease() {
        directory.addKey("acme", Scope.QUERY);
        directory.addKey("shop", Scope.QUERY);
        directory.makeUnreadable("acme");
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        meters.get("streamgauge.unreadable.tenants").gauge().value() == 1);

        assertThat(tenants(ADMIN_KEY)).containsExactly("acme", "acme", "shop", "shop");
    }

    @Test
    void administrator_getsAnEmptyList_whenThereIsNoTenant() {
        assertThat(get(ADMIN_KEY).statusCode(200).extract().asString()).isEqualTo("[]");
    }

    @Test
    void administrator_findsTheTenantOnly_whenTheHeaderNamesOne() {
        directory.addKey("shop", Scope.INGEST);

        assertThat(tenants(ADMIN_KEY, "X-Scope-OrgID", "acme")).containsExactly("acme", "acme");
        rejected(get(ADMIN_KEY, "X-Scope-OrgID", "a/b"), 400, RequestError.TENANT_INVALID);
    }

    @ParameterizedTest
    @EnumSource(names = {"ADMIN", "QUERY_ALL"})
    void aKeyThatMayReadAll_findsAllTenants(Scope scope) {
        directory.addKey("shop", Scope.INGEST);
        String key = directory.addKey("operators", scope).text();

        awaitTenantsOfAdministrator("operators", "operators", "shop", "shop");
        assertThat(tenants(key)).containsExactly("operators", "operators", "shop", "shop");
    }

    @Test
    void aKeyOfScopeQuery_findsItsTenantAlone_atTheConfiguredTarget() {
        directory.addKey("shop", Scope.QUERY);
        String key = directory.addKey("acme", Scope.QUERY).text();

        assertThat(tenants(key)).containsExactly("acme", "acme");
        assertThat(tenants(key, "X-Scope-OrgID", "acme")).containsExactly("acme", "acme");
        assertThat(get(key, "Host", "elsewhere:80").extract().jsonPath().getList("targets"))
                .containsOnly(List.of("query.example.com:8443"));
    }

    @Test
    void aKey_findsNothing_whenItMayNotReadOrNamesAnother() {
        String ingest = directory.addKey("acme", Scope.INGEST).text();
        String query = directory.addKey("acme", Scope.QUERY).text();
        String asAnother = Base64.getEncoder().encodeToString(("shop:" + query).getBytes(StandardCharsets.UTF_8));

        rejected(get(ingest), 403, RequestError.FORBIDDEN);
        get(ingest).body("detail", equalTo("key: the scope query is needed; the key has ingest"));
        rejected(get(query, "X-Scope-OrgID", "shop"), 403, RequestError.FORBIDDEN);
        rejected(
                given().header("Authorization", "Basic " + asAnother)
                        .get(DiscoveryAppTest.PATH)
                        .then(),
                403,
                RequestError.FORBIDDEN);
        rejected(get("no-key"), 401, RequestError.UNAUTHORIZED);
        rejected(given().get(DiscoveryAppTest.PATH).then(), 401, RequestError.UNAUTHORIZED);
        rejected(
                given().header("X-Scope-OrgID", "acme")
                        .get(DiscoveryAppTest.PATH)
                        .then(),
                401,
                RequestError.UNAUTHORIZED);
    }
}
