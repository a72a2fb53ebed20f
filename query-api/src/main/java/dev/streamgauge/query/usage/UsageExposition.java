package dev.streamgauge.query.usage;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.exposition.ExpositionFormat;
import dev.streamgauge.core.exposition.ExpositionWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.snapshot.SeriesSnapshot;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.redis.accounting.TenantUsage;
import java.util.Map;
import java.util.TreeMap;

/** Writes a tenant's usage as metrics. */
final class UsageExposition {

    private static final String PREFIX = "streamgauge_tenant_";

    private final ExpositionWriter out;

    private UsageExposition(ExpositionWriter out) {
        this.out = out;
    }

    /** The exposition in that format; families by name. */
    static byte[] of(UsageView.Seen seen, ExpositionFormat format) {
        return new UsageExposition(format.newWriter(4096)).write(seen);
    }

    private byte[] write(UsageView.Seen seen) {
        TenantUsage usage = seen.usage();
        TenantLimits limits = seen.limits();
        counter("accepted_samples_total", "Samples stored", usage.accepted());
        bytes("backlog_bytes", "entries not folded yet", usage.bytes().backlog(), limits.maxBacklogBytesPerUser());
        gauge("backlog_entries", "Entries not folded yet", usage.backlogEntries());
        gauge("backlog_entries_limit", "Maximum number of entries not folded yet", limits.maxBacklogEntries());
        counter("dead_lettered_samples_total", "Samples that can never be folded", usage.dead());
        begin("discarded_samples_total", Counter.INSTANCE, "Samples rejected");
        usage.rejected().forEach((reason, samples) -> writeSeries(Map.of("reason", reason), samples));
        gauge("families", "Metric families", usage.families());
        begin("family_series", Gauge.INSTANCE, "Series of the families with the most series");
        seen.largest().forEach(family -> writeSeries(Map.of("family", family.name()), family.series()));
        counter("folded_samples_total", "Samples added to the registry", usage.folded());
        bytes(
                "idempotency_bytes",
                "idempotency records",
                usage.bytes().idempotency(),
                limits.maxIdempotencyBytesPerUser());
        usage.lastPush()
                .ifPresent(time -> gauge(
                        "last_push_timestamp_seconds",
                        "When a push was last accepted, Unix time",
                        time.toEpochMilli() / 1000.0));
        gauge(
                "oldest_unfolded_sample_age_seconds",
                "Age of the oldest sample that is not folded, at most; 0 if there is none",
                usage.oldestUnfolded().toMillis() / 1000.0);
        gauge("pending_samples", "Samples stored and not folded yet", usage.pending());
        bytes("registry_bytes", "families and series", usage.bytes().registry(), limits.maxRegistryBytesPerUser());
        gauge("series", "Series registered", usage.series());
        gauge("series_limit", "Maximum number of series; 0 means no limit", limits.maxGlobalSeriesPerUser());
        counter("stale_samples_total", "Gauge samples that came after a newer one", usage.stale());
        out.end();
        return out.take();
    }

    private void bytes(String name, String what, long now, long limit) {
        gauge(name, "Estimated bytes in Redis of " + what, now);
        gauge(name + "_limit", "Maximum estimated bytes in Redis of " + what + "; 0 means no limit", limit);
    }

    private void counter(String name, String help, Number value) {
        begin(name, Counter.INSTANCE, help);
        writeSeries(Map.of(), value);
    }

    private void gauge(String name, String help, Number value) {
        begin(name, Gauge.INSTANCE, help);
        writeSeries(Map.of(), value);
    }

    private void begin(String name, Aggregation aggregation, String help) {
        out.beginFamily(new Family(PREFIX + name, help, "", aggregation));
    }

    private void writeSeries(Map<String, String> labels, Number value) {
        SeriesSnapshot snapshot = new SeriesSnapshot.Value(SeriesSnapshot.UNKNOWN, value.doubleValue());
        out.writeSeries(CanonicalLabels.of(new TreeMap<>(labels)), snapshot);
    }
}
