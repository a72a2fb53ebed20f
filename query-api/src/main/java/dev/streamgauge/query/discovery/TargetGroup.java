package dev.streamgauge.query.discovery;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.streamgauge.core.tenant.TenantId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Targets with their labels, as Prometheus' HTTP service discovery wants them.
 *
 * @param targets addresses, without a scheme
 * @see <a href="https://prometheus.io/docs/prometheus/latest/http_sd/">Writing HTTP service discovery</a>
 */
public record TargetGroup(List<String> targets, Labels labels) {

    /** The job of the usage: two targets of one job and one tenant would be one to Prometheus, and overwrite another. */
    static final String USAGE_JOB = "streamgauge-usage";

    /**
     * What Prometheus knows of a target before it scrapes.
     *
     * @param path what is scraped there
     * @param metrics {@code tenant} or {@code usage}; Prometheus forgets it after relabelling
     * @param job left out, it is the name of the scrape configuration
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Labels(
            @JsonProperty("__metrics_path__") String path,
            @JsonProperty("__meta_streamgauge_metrics") String metrics,
            Optional<String> job,
            String tenant) {}

    /** The targets of a tenant: what was pushed, and how much it is. */
    static Stream<TargetGroup> of(TenantId tenant, String target) {
        String path = "/tenants/" + tenant;
        return Stream.of(
                new TargetGroup(
                        List.of(target), new Labels(path + "/metrics", "tenant", Optional.empty(), tenant.value())),
                new TargetGroup(
                        List.of(target),
                        new Labels(path + "/usage/metrics", "usage", Optional.of(USAGE_JOB), tenant.value())));
    }
}
