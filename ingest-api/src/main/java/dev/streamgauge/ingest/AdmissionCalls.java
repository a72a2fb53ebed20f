package dev.streamgauge.ingest;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.server.StoreMonitor;
import dev.streamgauge.server.StreamgaugeConfig;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Calls the admission script under the configured terms, on a connection that nothing else uses: scrapes read large
 * replies, and waiting for a replica delays every later call on the connection.
 */
@Singleton
class AdmissionCalls {

    private final RedisConnections connections;
    private final AdmissionScript script;
    private final Supplier<MemoryPressure> memoryPressure;

    @Inject
    AdmissionCalls(RedisConnections connections, Keyspace keyspace, StoreMonitor monitor, StreamgaugeConfig config) {
        this(
                connections.apart(),
                keyspace,
                termsOf(config),
                () -> monitor.isUnderMemoryPressure() ? MemoryPressure.HIGH : MemoryPressure.NONE);
    }

    AdmissionCalls(
            RedisConnections own, Keyspace keyspace, AdmissionTerms terms, Supplier<MemoryPressure> memoryPressure) {
        this.connections = own;
        this.script = new AdmissionScript(own, keyspace, terms);
        this.memoryPressure = memoryPressure;
    }

    private static AdmissionTerms termsOf(StreamgaugeConfig config) {
        Optional<Duration> replicaWait = switch (config.durability()) {
            case REPLICATED -> Optional.of(config.redisTimeout().dividedBy(2));
            case STANDARD, FAST -> Optional.empty();
        };
        return new AdmissionTerms(config.maxPartitionBacklogEntries(), replicaWait);
    }

    /** Redis' answers to requests of one partition, in their order. Fails with {@link RedisFailure} for all of them. */
    Uni<List<AdmissionAnswer>> call(int partition, List<AdmissionRequest> requests) {
        return script.call(partition, memoryPressure.get(), requests);
    }

    @PreDestroy
    void close() {
        connections.close();
    }
}
