package dev.streamgauge.aggregator.fold.batch;

import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** Folds batches, with one call each, and measures the calls. */
public final class FoldCalls {

    private static final Logger LOG = Logger.getLogger(FoldCalls.class);

    private final Function<TenantId, SeriesExpiry> expiryOf;
    private final FoldMetrics metrics;
    private final InstantSource clock;

    public FoldCalls(Function<TenantId, SeriesExpiry> expiryOf, FoldMetrics metrics, InstantSource clock) {
        this.expiryOf = expiryOf;
        this.metrics = metrics;
        this.clock = clock;
    }

    FoldAnswer fold(FoldConnection connection, PartitionBatch batch) {
        Instant start = clock.instant();
        FoldAnswer answer = connection.fold(batch.partition(), batch.merged(), expiryOf);
        if (answer instanceof FoldAnswer.Folded) {
            metrics.folded(
                    batch.merged().entries().size(),
                    connection.foldedUnits(),
                    Duration.between(start, clock.instant()));
        }
        return answer;
    }

    /** What to throw when another consumer has taken over an entry of a batch. */
    StaleBatchException staleBatch(int partition, EntryId entry) {
        metrics.staleBatch();
        LOG.infof("fold partition=%d entryId=%s state=stale", partition, entry);
        return new StaleBatchException();
    }

    /** What to throw when a partition has no group, as a read would. */
    static RedisFailure noGroup(int partition) {
        return new RedisFailure(RedisFailure.Kind.ERROR, "NOGROUP in partition " + partition);
    }
}
