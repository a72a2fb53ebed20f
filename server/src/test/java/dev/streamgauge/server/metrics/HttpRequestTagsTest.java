package dev.streamgauge.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpRequestTagsTest {

    private final HttpRequestTags filter = new HttpRequestTags(ApiPaths.read());

    private Meter.Id mapped(String name, String method, String uri) {
        return filter.map(new Meter.Id(
                name, Tags.of("method", method, "uri", uri, "status", "200"), null, null, Meter.Type.TIMER));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET     | /metrics                                 | GET     | /metrics
            POST    | /api/v1/metrics                          | POST    | /api/v1/metrics
            HEAD    | /tenants/{tenant}/metrics                | HEAD    | /tenants/{tenant}/metrics
            DELETE  | /api/v1/admin/tenants/{tenant}/keys/{id} | DELETE  | /api/v1/admin/tenants/{tenant}/keys/{id}
            GET     | /q/health/live                           | GET     | /q/health/live
            GET     | NOT_FOUND                                | GET     | NOT_FOUND
            GET     | root                                     | GET     | root
            MADE-UP | /metrics                                 | UNKNOWN | /metrics
            get     | /metrics                                 | UNKNOWN | /metrics
            GET     | /q/metrics/junk                          | GET     | UNKNOWN
            MADE-UP | /metrics/                                | UNKNOWN | UNKNOWN
            """)
    void map_keepsKnownValuesOnly(String method, String uri, String keptMethod, String keptUri) {
        Meter.Id kept = mapped("http.server.requests", method, uri);

        assertThat(kept.getTag("method")).isEqualTo(keptMethod);
        assertThat(kept.getTag("uri")).isEqualTo(keptUri);
        assertThat(kept.getTag("status")).isEqualTo("200");
    }

    @Test
    void map_changesNoOtherMetric() {
        Meter.Id kept = mapped("http.client.requests", "MADE-UP", "/junk");

        assertThat(kept.getTag("method")).isEqualTo("MADE-UP");
        assertThat(kept.getTag("uri")).isEqualTo("/junk");
    }
}
