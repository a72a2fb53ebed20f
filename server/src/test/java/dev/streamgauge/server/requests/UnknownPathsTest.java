package dev.streamgauge.server.requests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.server.description.ApiDescription;
import dev.streamgauge.server.problems.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnknownPathsTest {

    private final UnknownPaths paths = new UnknownPaths(ApiDescription.operations());

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /api/v1/metrics | path: '/api/v1/metrics' is served by ingest-api, not by this process
            /api/v1/metrics/ | path: '/api/v1/metrics/' is unknown; leave out the slash at its end
            /tenants/acme/metrics/ | path: '/tenants/acme/metrics/' is unknown; leave out the slash at its end
            /v1/metrics/ | path: '/v1/metrics/' is unknown: OTLP is not served; push JSON to /api/v1/metrics instead
            /tenants/acme/metrics | path: '/tenants/acme/metrics' is served by query-api, not by this process
            /metrics/job/backup/instance/a | path: '/metrics/job/backup/instance/a' is unknown: the Pushgateway's protocol is not served; push JSON to /api/v1/metrics instead
            /v1/metrics | path: '/v1/metrics' is unknown: OTLP is not served; push JSON to /api/v1/metrics instead
            /api/v1/write | path: '/api/v1/write' is unknown: Prometheus' remote write is not served; push JSON to /api/v1/metrics instead
            /api/v1/metric | path: '/api/v1/metric' is unknown; /q/openapi lists the paths
            """)
    void problem_saysWhatToDo(String path, String detail) {
        assertThat(paths.problem(path).detail()).isEqualTo(detail);
    }

    @Test
    void problem_isNotFound_andQuotesLittle() {
        Problem problem = paths.problem("/" + "x".repeat(10_000));

        assertThat(problem.status()).isEqualTo(404);
        assertThat(problem.reason()).isEqualTo("not-found");
        assertThat(problem.detail()).hasSizeLessThan(200);
    }
}
