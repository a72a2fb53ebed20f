package dev.streamgauge.ingest.rejection;

import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.ingest.IngestConfig;
import dev.streamgauge.ingest.protocol.PushResult;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Counts rejected samples, whether they were rejected one by one or with their whole request: in this process' own
 * metrics, and in the {@link RejectionCounter}, from which {@link RejectionFlusher} adds them to what the tenant reads.
 * Thread-safe.
 */
@ApplicationScoped
public class DiscardedSamples {

    /** Stands for all tenants that are not counted by name. No tenant id contains a colon. */
    static final String OTHER_TENANTS = ":other:";

    private final MeterRegistry registry;
    private final RejectionCounter rejectionCounter;
    private final int maxTenants;
    private final ConcurrentMap<TenantId, Counters> tenants = new ConcurrentHashMap<>();
    private final Counters others = new Counters(OTHER_TENANTS);
    private final Counter unkept;

    public DiscardedSamples(MeterRegistry registry, RejectionCounter rejectionCounter, IngestConfig config) {
        this.registry = registry;
        this.rejectionCounter = rejectionCounter;
        this.maxTenants = config.maxTenantLabels();
        this.unkept = Counter.builder("streamgauge.unkept.rejections")
                .description("Rejected samples that could not be added to what their tenants read")
                .register(registry);
    }

    /** Counts the rejected samples of a push that has ended. */
    public void count(TenantId tenant, PushResult result) {
        switch (result) {
            case PushResult.Stored stored -> count(tenant, stored.rejected());
            case PushResult.AllRejected all -> count(tenant, all.rejected());
            case PushResult.RequestRejected request -> {
                count(tenant, request.rejected());
                count(tenant, request.rejection().reason(), request.others());
            }
            case PushResult.Replayed replayed -> {
                // the samples were counted with the first answer
            }
        }
    }

    /** Counts samples that were rejected for the same reason. */
    void count(TenantId tenant, ErrorId reason, long samples) {
        if (samples > 0) {
            of(tenant).count(reason, samples);
            if (!rejectionCounter.add(tenant, reason, samples)) {
                unkept.increment((double) samples);
            }
        }
    }

    /** Counts samples that were rejected one by one. */
    void count(TenantId tenant, List<SampleRejection> rejections) {
        if (rejections.isEmpty()) { // as nearly always
            return;
        }
        Map<Reason, Long> samples = new EnumMap<>(Reason.class);
        rejections.forEach(rejection -> samples.merge(rejection.reason(), 1L, Long::sum));
        samples.forEach((reason, count) -> count(tenant, reason, count));
    }

    /** Counts rejected samples that could not be added to what their tenant reads. */
    void countUnkept(long samples) {
        unkept.increment((double) samples);
    }

    private Counters of(TenantId tenant) {
        Counters known = tenants.get(tenant);
        if (known != null) {
            return known;
        }
        synchronized (this) { // otherwise tenants that come at the same time would exceed the bound
            return tenants.size() < maxTenants
                    ? tenants.computeIfAbsent(tenant, added -> new Counters(added.value()))
                    : tenants.getOrDefault(tenant, others);
        }
    }

    /** The counters of one value of the label {@code tenant}, each created when first needed. */
    private final class Counters {

        private final String tenant;
        private final Map<ErrorId, Counter> ofReasons = new HashMap<>();

        private Counters(String tenant) {
            this.tenant = tenant;
        }

        private void count(ErrorId reason, long samples) {
            Counter counter;
            synchronized (this) {
                counter = ofReasons.computeIfAbsent(
                        reason,
                        missing -> Counter.builder("streamgauge.discarded.samples")
                                .description("Samples rejected by this process")
                                .tag("tenant", tenant)
                                .tag("reason", missing.id())
                                .register(registry));
            }
            counter.increment((double) samples);
        }
    }
}
