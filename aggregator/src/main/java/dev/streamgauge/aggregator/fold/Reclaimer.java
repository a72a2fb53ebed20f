package dev.streamgauge.aggregator.fold;

import dev.streamgauge.aggregator.fold.batch.FoldMetrics;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.reclaim.Claims;
import java.time.Duration;
import java.util.Collection;
import org.jboss.logging.Logger;

/** Takes over entries that other consumers have left idle, and removes consumers that are gone. */
final class Reclaimer {

    private static final Logger LOG = Logger.getLogger(Reclaimer.class);

    /** Consumers without pending entries that did nothing for so many reclaim times are removed. */
    private static final int IDLE_CONSUMER_FACTOR = 20;

    /** Entries that were left idle for at least that long are taken over. */
    private final Duration reclaimIdle;

    private final FoldMetrics metrics;

    Reclaimer(Duration reclaimIdle, FoldMetrics metrics) {
        this.reclaimIdle = reclaimIdle;
        this.metrics = metrics;
    }

    /** Makes idle entries pending for this consumer. Returns the number of those left, since their version is unknown. */
    int reclaim(FoldConnection connection, Collection<Integer> partitions) {
        int unreadable = 0;
        for (int partition : partitions) {
            Claims claims = connection.claim(partition, reclaimIdle);
            metrics.claimed(claims.claimed());
            unreadable += claims.unreadable();
            if (claims.claimed() > 0 || claims.lost() > 0) {
                LOG.infof("reclaim partition=%d claimed=%d lost=%d", partition, claims.claimed(), claims.lost());
            }
            connection.removeIdleConsumers(partition, reclaimIdle.multipliedBy(IDLE_CONSUMER_FACTOR));
        }
        return unreadable;
    }
}
