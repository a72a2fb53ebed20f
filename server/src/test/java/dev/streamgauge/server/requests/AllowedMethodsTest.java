package dev.streamgauge.server.requests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.server.description.ApiDescription;
import dev.streamgauge.server.problems.ProblemAnswers;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedMethodsTest {

    private static AllowedMethods of(String... roles) {
        return new AllowedMethods(new ProblemAnswers(new ObjectMapper()), ApiDescription.operations(), List.of(roles));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        /api/v1/metrics                                  | POST, OPTIONS
        /metrics                                         | GET, HEAD, OPTIONS
        /                                                | GET, HEAD, OPTIONS
        /tenants/acme/metrics                            | GET, HEAD, OPTIONS
        /api/v1/series                                   | DELETE, OPTIONS
        /api/v1/admin/tenants                            | GET, POST, HEAD, OPTIONS
        /api/v1/admin/tenants/acme                       | GET, DELETE, HEAD, OPTIONS
        /api/v1/admin/tenants/keys                       | GET, DELETE, HEAD, OPTIONS
        /api/v1/admin/tenants/acme/keys                  | GET, POST, HEAD, OPTIONS
        /api/v1/admin/tenants/acme/keys/0123456789abcdef | DELETE, OPTIONS
        /api/v1/admin/tenants/acme/limits                | GET, PUT, HEAD, OPTIONS
        /api/v1/admin/tenants/acme/reset                 | POST, OPTIONS
        /api/v1/user_limits                              | GET, HEAD, OPTIONS
        /q/health/live                                   | GET, HEAD, OPTIONS
        /q/health/started                                | GET, HEAD, OPTIONS
        /-/ready                                         | GET, HEAD, OPTIONS
        /q/metrics                                       | GET, HEAD, OPTIONS
        /q/openapi                                       | GET, HEAD, OPTIONS
        """)
    void find_givesTheMethodsOfThePathAlone(String path, String methods) {
        assertThat(of("ingest", "aggregator", "query").find(path))
                .hasValueSatisfying(
                        found -> assertThat(String.join(", ", found)).isEqualTo(methods));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nothing",
                "/api/v1/metrics/x",
                "/tenants//metrics",
                "/api/v1/admin/tenants/a/b",
                "/metrics/",
                "/api/v1/metrics/",
                "/tenants/acme/metrics/",
                "/api/v1/admin/tenants/",
                "/q/health/ready/"
            })
    void find_isEmpty_whenThereIsNoSuchPath(String path) {
        assertThat(of("ingest", "aggregator", "query").find(path)).isEmpty();
    }

    @Test
    void find_isEmpty_whenAnotherRoleServesThePath() {
        AllowedMethods ofIngest = of("ingest");

        assertThat(ofIngest.find("/metrics")).isEmpty();
        assertThat(ofIngest.find("/api/v1/series")).isEmpty();
        assertThat(ofIngest.find("/api/v1/metrics")).isPresent();
        assertThat(ofIngest.find("/api/v1/status")).isPresent();
    }
}
