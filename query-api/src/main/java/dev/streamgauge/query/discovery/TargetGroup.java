package dev.streamgauge.query.discovery;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.streamgauge.core.tenant.TenantId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Targets with their labels, in the format of Prometheus' HTTP service discovery.
 *
 * @param targets addresses, without a scheme
 * @see <a href="https://prometheus.io/docs/prometheus/latest/http_sd/">Writing HTTP service discovery</a>
 */
public record TargetGroup(List<String> targets, Labels labels) {

    /**
     * The job of the usage target. With the same job, Prometheus would take both targets of a tenant for one, and their
     * samples would overwrite each other.
     */
    static final String USAGE_JOB = "streamgauge-usage";

    /**
     * The labels of a target before its first scrape.
     *
     * @param path the path to scrape
     * @param metrics {@code tenant} or {@code usage}; Prometheus drops it after relabeling
     * @param job if left out, the name of the scrape configuration
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Labels(
            @JsonProperty("__metrics_path__") String path,
            @JsonProperty("__meta_streamgauge_metrics") String metrics,
            Optional<String> job,
            String tenant) {}

    /** The targets of a tenant: its registry and its usage. */
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
