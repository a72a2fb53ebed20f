package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.ingest.overload.MemoryPressureMonitor;
import dev.streamgauge.ingest.overload.TenantCounter;
import dev.streamgauge.ingest.overload.TenantRoom;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.StreamgaugeConfig;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.vertx.UniHelper;
import io.vertx.core.Future;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Calls the admission script under the configured terms, on a connection that nothing else uses: scrapes read large
 * replies, and waiting for a replica delays every later call on the connection. Counts what each call asks of Redis.
 */
@Singleton
class AdmissionCalls {

    private final RedisTopology topology;
    private final AdmissionScript script;
    private final Supplier<MemoryPressure> memoryPressure;
    private final Optional<TenantRoom> tenantRoom;
    private final DistributionSummary lookups;
    private final DistributionSummary entries;
    private final DistributionSummary bytes;

    @Inject
    AdmissionCalls(
            RedisTopology topology,
            MemoryPressureMonitor memory,
            StreamgaugeConfig config,
            TenantCounter tenantCounter,
            MeterRegistry registry) {
        this(topology.apart(), termsOf(config), memory::pressure, tenantCounter.room(), registry);
    }

    AdmissionCalls(
            RedisTopology own,
            AdmissionTerms terms,
            Supplier<MemoryPressure> memoryPressure,
            Optional<TenantRoom> tenantRoom,
            MeterRegistry registry) {
        this.topology = own;
        this.tenantRoom = tenantRoom;
        this.script = new AdmissionScript(own, terms);
        this.memoryPressure = memoryPressure;
        this.lookups = summary(
                registry,
                "lookups",
                "New series that a call of the admission script looks up, and twice the new families");
        this.entries = summary(registry, "entries", "Stream entries that a call of the admission script may store");
        this.bytes = summary(registry, "bytes", "Bytes of the requests of a call of the admission script");
    }

    private static DistributionSummary summary(MeterRegistry registry, String counted, String description) {
        return DistributionSummary.builder("streamgauge.admission.call." + counted)
                .description(description)
                .register(registry);
    }

    private static AdmissionTerms termsOf(StreamgaugeConfig config) {
        Optional<Duration> replicaWait = switch (config.durability()) {
            case REPLICATED -> Optional.of(config.redisTimeout().dividedBy(2));
            case STANDARD, FAST -> Optional.empty();
        };
        return new AdmissionTerms(config.maxPartitionBacklogEntries(), replicaWait);
    }

    /** Redis' answers to requests of one partition, in their order. Fails with {@link RedisFailure} for all of them. */
    Future<List<AdmissionAnswer>> call(int partition, List<AdmissionRequest> requests) {
        record(requests);
        if (tenantRoom.isEmpty()) {
            return UniHelper.toFuture(script.call(partition, memoryPressure.get(), requests));
        }
        int unknown = countUnknownTenants(requests);
        if (unknown == 0) { // as of most calls
            return UniHelper.toFuture(script.call(partition, memoryPressure.get(), 0, requests));
        }
        TenantRoom room = tenantRoom.get();
        int reserved = room.reserve(unknown);
        return UniHelper.toFuture(script.call(partition, memoryPressure.get(), reserved, requests))
                .onComplete(answered -> room.release(reserved));
    }

    /** How many tenants of the requests may not exist yet. */
    private static int countUnknownTenants(List<AdmissionRequest> requests) {
        Set<TenantId> unknown = Set.of();
        for (AdmissionRequest request : requests) {
            if (request.epoch().isEmpty()) {
                unknown = unknown.isEmpty() ? new HashSet<>() : unknown;
                unknown.add(request.tenant());
            }
        }
        return unknown.size();
    }

    private void record(List<AdmissionRequest> requests) {
        int allLookups = 0;
        int allEntries = 0;
        int allBytes = 0;
        for (AdmissionRequest request : requests) {
            allLookups += request.lookups();
            allEntries += request.entries().size();
            allBytes += request.weight();
        }
        lookups.record(allLookups);
        entries.record(allEntries);
        bytes.record(allBytes);
    }

    @PreDestroy
    void close() {
        topology.close();
    }
}
