package dev.streamgauge.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.server.tenants.Directory;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A caller without a valid key learns which credentials to send, and nothing else. */
class AccessErrorTest {

    private static final KeyRecord KEY = Directory.record(ApiKey.generate(new Random(1)), Scope.INGEST);

    @Test
    void response_namesBothSchemes_whenUnauthorized() {
        Response response = AccessError.UNAUTHORIZED.response();

        assertThat(response.getStatus()).isEqualTo(401);
        assertThat(response.getHeaders())
                .containsOnlyKeys(HttpHeaders.CONTENT_TYPE, HttpHeaders.WWW_AUTHENTICATE)
                .containsEntry(
                        HttpHeaders.WWW_AUTHENTICATE,
                        List.of("Bearer realm=\"streamgauge\"", "Basic realm=\"streamgauge\", charset=\"UTF-8\""));
    }

    @Test
    void response_hasNoHeaderOfItsOwn_whenForbidden() {
        Response response = AccessError.scopeMissing(Scope.QUERY, KEY).response();

        assertThat(response.getStatus()).isEqualTo(403);
        assertThat(response.getHeaders()).containsOnlyKeys(HttpHeaders.CONTENT_TYPE);
    }

    @Test
    void response_saysWhenToTryAgain_whenKeysCannotBeLookedUp() {
        Response response = AccessError.UNDECIDED.response();

        assertThat(response.getStatus()).isEqualTo(503);
        assertThat(response.getHeaders()).containsOnlyKeys(HttpHeaders.CONTENT_TYPE, HttpHeaders.RETRY_AFTER);
        assertThat(response.getHeaderString(HttpHeaders.RETRY_AFTER)).isEqualTo("1");
    }

    @Test
    void response_isAProblemWithTheReason() {
        Map<AccessError, String> reasons = Map.of(
                AccessError.UNAUTHORIZED,
                "unauthorized",
                AccessError.scopeMissing(Scope.QUERY, KEY),
                "forbidden",
                AccessError.UNDECIDED,
                "redis-unavailable");
        reasons.forEach((error, reason) -> {
            Response response = error.response();

            assertThat(response.getMediaType()).hasToString("application/problem+json");
            assertThat(response.getEntity()).isEqualTo(error.problem());
            assertThat(error.problem().reason()).isEqualTo(reason);
            assertThat(error.problem().status()).isEqualTo(error.status());
            assertThat(error.problem().detail()).isEqualTo(error.detail());
        });
    }
}
