package dev.streamgauge.ingest.rejection;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.accounting.RejectionCounts;
import dev.streamgauge.redis.accounting.RejectionCounts.Flushed;
import dev.streamgauge.redis.accounting.RejectionCounts.Rejected;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.StreamgaugeConfig.AuthMode;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Adds the rejections of this process to the counts that the tenants read, and charges the tenants for bodies that were
 * rejected before Redis was asked; once a second and at shutdown. Only a killed process loses its last second.
 *
 * <p>It has a connection of its own, so that no push waits for it. A flush that got no answer is sent again unchanged,
 * and counted once; meanwhile, further rejections wait in the {@link RejectionCounter}.
 */
@ApplicationScoped
public class RejectionFlusher {

    private static final Logger LOG = Logger.getLogger(RejectionFlusher.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);

    /** Tenants and reasons in one call, which then blocks Redis for a millisecond; the last tenant may add some. */
    private static final int MAX_CALL_FIELDS = 200;

    private final RejectionCounter rejections;
    private final DiscardedSamples discarded;
    private final TenantDebts debts;
    private final RedisTopology topology;
    private final RejectionCounts counts;
    private final Duration stopTimeout;
    private final List<PartitionRejections> partitions = new ArrayList<>();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private @Nullable Thread thread;

    @Inject
    RejectionFlusher(
            RejectionCounter rejections,
            DiscardedSamples discarded,
            TenantDebts debts,
            RedisTopology topology,
            StreamgaugeConfig config) {
        this(
                rejections,
                discarded,
                debts,
                topology.apart(),
                strangerWindow(config),
                config.redisTimeout().multipliedBy(2));
    }

    RejectionFlusher(
            RejectionCounter rejections,
            DiscardedSamples discarded,
            TenantDebts debts,
            RedisTopology own,
            Duration strangerWindow,
            Duration stopTimeout) {
        this.rejections = rejections;
        this.discarded = discarded;
        this.debts = debts;
        this.topology = own;
        this.counts = new RejectionCounts(own, strangerWindow, UUID.randomUUID().toString());
        this.stopTimeout = stopTimeout;
        for (int partition = 0; partition < own.keyspace().partitions(); partition++) {
            partitions.add(new PartitionRejections(partition));
        }
    }

    /** In mode open anyone can make up tenants. */
    private static Duration strangerWindow(StreamgaugeConfig config) {
        return config.auth().mode() == AuthMode.OPEN ? Duration.ZERO : RejectionCounts.STRANGER_WINDOW;
    }

    void start(@Observes StartupEvent event) {
        thread = Thread.ofVirtual().name("rejection-flush").start(this::run);
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        stopping.countDown();
        Thread running = thread;
        if (running != null) {
            running.join(stopTimeout);
        }
        topology.close();
    }

    private void run() {
        try {
            boolean last = false;
            while (!last) {
                last = stopping.await(PERIOD.toMillis(), TimeUnit.MILLISECONDS);
                flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void flush() {
        try {
            partitions.forEach(PartitionRejections::flush);
        } catch (RedisFailure failure) {
            // No warning: the store monitor logs an outage once.
            LOG.debugf("rejections state=kept kind=%s message=%s", failure.kind(), failure.getMessage());
        } catch (RuntimeException unexpected) { // or nothing would be flushed until the next start
            LOG.error("rejections state=kept", unexpected);
        }
    }

    /** The rejections of one partition; used only by the flusher's thread. */
    private final class PartitionRejections {

        private final int partition;
        private long flushes;

        /** The rejections sent last, which may not have been counted. */
        private Map<TenantId, Rejected> sent = Map.of();

        private PartitionRejections(int partition) {
            this.partition = partition;
        }

        /** Sends the waiting rejections. Blocks; each call has the connection's deadline. */
        private void flush() {
            takeUnlessWaiting();
            while (!sent.isEmpty()) {
                Flushed flushed = counts.add(partition, flushes, sent).await().indefinitely();
                flushed.uncounted().forEach(this::giveUp);
                flushed.debts().forEach(debts::note);
                sent = Map.of();
                takeUnlessWaiting();
            }
        }

        /** What failed to be sent is sent again before anything else. */
        private void takeUnlessWaiting() {
            if (sent.isEmpty()) {
                sent = rejections.take(partition, MAX_CALL_FIELDS);
                flushes++;
            }
        }

        private void giveUp(TenantId tenant, String message) {
            Rejected rejected = sent.get(tenant);
            long samples = rejected == null
                    ? 0
                    : rejected.samples().values().stream()
                            .mapToLong(Long::longValue)
                            .sum();
            discarded.countUnkept(samples);
            LOG.errorf("rejections state=broken tenant=%s samples=%d message=%s", tenant, samples, message);
        }
    }
}
