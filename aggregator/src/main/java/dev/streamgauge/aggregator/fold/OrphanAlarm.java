package dev.streamgauge.aggregator.fold;

import dev.streamgauge.aggregator.fold.batch.FoldGauges;
import dev.streamgauge.redis.fold.FoldConnection;
import java.util.Collection;
import org.jboss.logging.Logger;

/** Reports entries that another program deleted: their tenants' backlogs stay too high until a reset. */
final class OrphanAlarm {

    private static final Logger LOG = Logger.getLogger(OrphanAlarm.class);

    private final FoldGauges gauges;

    /** Samples that were pending forever at the last check, so that each number is logged once. */
    private long orphans;

    OrphanAlarm(FoldGauges gauges) {
        this.gauges = gauges;
    }

    void check(FoldConnection connection, Collection<Integer> partitions) {
        long found = 0;
        for (int partition : partitions) {
            found += connection.countOrphans(partition);
        }
        if (found > 0 && found != orphans) {
            LOG.errorf("fold orphanedSamples=%d message=their entries were deleted from outside", found);
        }
        orphans = found;
        gauges.orphanedSamples(found);
    }
}
