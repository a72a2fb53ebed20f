package dev.streamgauge.server.metrics;

import dev.streamgauge.server.description.ApiDescription;
import dev.streamgauge.server.description.ApiDescription.Operation;
import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.stream.Collectors;

/** The paths of the HTTP API. */
final class ApiPaths {

    private ApiPaths() {}

    @Produces
    @Singleton
    static MeterFilter requestTags() {
        return new HttpRequestTags(read());
    }

    @Produces
    @Singleton
    static MeterFilter metricNames() {
        return new MetricNames();
    }

    /** The path templates. */
    static Set<String> read() {
        return ApiDescription.operations().stream().map(Operation::path).collect(Collectors.toSet());
    }
}
