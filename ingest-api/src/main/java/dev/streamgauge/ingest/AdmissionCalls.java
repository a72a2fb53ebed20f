package dev.streamgauge.ingest;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisLinks;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.Headroom;
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
 * Calls the admission script under the terms that this process is configured with, on a connection that nothing else
 * uses: scrapes read large replies, and waiting for a replica holds up all that comes after it.
 */
@Singleton
class AdmissionCalls {

    private final RedisLinks links;
    private final AdmissionScript script;
    private final Supplier<Headroom> headroom;

    @Inject
    AdmissionCalls(RedisLinks links, Keyspace keyspace, StoreMonitor monitor, StreamgaugeConfig config) {
        this(
                links.apart(),
                keyspace,
                termsOf(config),
                () -> monitor.isShortOfMemory() ? Headroom.SHORT : Headroom.ENOUGH);
    }

    AdmissionCalls(RedisLinks own, Keyspace keyspace, AdmissionTerms terms, Supplier<Headroom> headroom) {
        this.links = own;
        this.script = new AdmissionScript(own, keyspace, terms);
        this.headroom = headroom;
    }

    private static AdmissionTerms termsOf(StreamgaugeConfig config) {
        Optional<Duration> replicaWait = switch (config.durability()) {
            case REPLICATED -> Optional.of(config.redisTimeout().dividedBy(2));
            case STANDARD, FAST -> Optional.empty();
        };
        return new AdmissionTerms(config.maxPartitionBacklogEntries(), replicaWait);
    }

    /** What Redis says of requests of one partition, in their order. Fails with {@link RedisFailure} for all of them. */
    Uni<List<AdmissionAnswer>> call(int partition, List<AdmissionRequest> requests) {
        return script.call(partition, headroom.get(), requests);
    }

    @PreDestroy
    void close() {
        links.close();
    }
}
