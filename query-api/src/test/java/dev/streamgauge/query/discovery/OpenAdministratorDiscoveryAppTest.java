package dev.streamgauge.query.discovery;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.query.routes.ShortTimeouts;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** In mode {@code open}, only an administrator finds the tenants with a record. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
@TestProfile(ShortTimeouts.class)
class OpenAdministratorDiscoveryAppTest {

    @Inject
    RedisTopology topology;

    @Test
    void administrator_findsTheTenantsWithARecord_andOthersTheirOwn() {
        DirectoryWriter directory = new DirectoryWriter(topology);
        directory.clear();
        directory.addKey("shop", Scope.QUERY);
        String ofTenant = directory.addKey("acme", Scope.QUERY).text();

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(tenants(ShortTimeouts.ADMIN_KEY, ""))
                        .containsExactly("acme", "acme", "shop", "shop"));
        assertThat(tenants(ShortTimeouts.ADMIN_KEY, "shop")).containsExactly("shop", "shop");
        assertThat(tenants("", "")).containsExactly("anonymous", "anonymous");
        assertThat(tenants("no-key", "acme")).containsExactly("acme", "acme");
        rejected("no-key", 401, "unauthorized");
        rejected(ofTenant, 403, "forbidden");
    }

    private static List<String> tenants(String key, String tenant) {
        return given().headers(key.isEmpty() ? Map.of() : Map.of("Authorization", "Bearer " + key))
                .headers(tenant.isEmpty() ? Map.of() : Map.of("X-Scope-OrgID", tenant))
                .get(DiscoveryAppTest.PATH)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getList("labels.tenant", String.class);
    }

    private static void rejected(String key, int status, String reason) {
        given().header("Authorization", "Bearer " + key)
                .get(DiscoveryAppTest.PATH)
                .then()
                .statusCode(status)
                .body("reason", equalTo(reason));
    }
}
