package dev.streamgauge.aggregator.fold;

import dev.streamgauge.aggregator.fold.batch.EntryIsolation;
import dev.streamgauge.aggregator.fold.batch.FoldGauges;
import dev.streamgauge.aggregator.fold.batch.StaleBatchException;
import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.server.logs.Occasional;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * What the loop does periodically, in this order: check the broken partitions again, take over idle entries of other
 * consumers, try deferred entries again, keep those that stay deferred, and report what stays pending.
 */
final class Maintenance {

    private static final Logger LOG = Logger.getLogger(Maintenance.class);

    private final Duration period;
    private final PartitionQuarantine quarantine;
    private final Reclaimer reclaimer;
    private final OwnEntries ownEntries;
    private final EntryIsolation isolation;
    private final OrphanAlarm orphans;
    private final FoldGauges gauges;
    private final InstantSource clock;
    private final Occasional unreadableAlarms = new Occasional();

    private Instant next = Instant.EPOCH;

    /**
     * Maintenance that is due at once.
     *
     * @param period time from one run to the next
     */
    Maintenance(
            Duration period,
            PartitionQuarantine quarantine,
            Reclaimer reclaimer,
            OwnEntries ownEntries,
            EntryIsolation isolation,
            FoldGauges gauges,
            InstantSource clock) {
        this.period = period;
        this.quarantine = quarantine;
        this.reclaimer = reclaimer;
        this.ownEntries = ownEntries;
        this.isolation = isolation;
        this.orphans = new OrphanAlarm(gauges);
        this.gauges = gauges;
        this.clock = clock;
    }

    void runIfDue(FoldConnection connection) throws StaleBatchException {
        if (isDue()) {
            next = clock.instant().plus(period);
            run(connection);
        }
    }

    /** Also if the clock has stepped back since. */
    private boolean isDue() {
        Duration left = Duration.between(clock.instant(), next);
        return !left.isPositive() || left.compareTo(period) > 0;
    }

    private void run(FoldConnection connection) throws StaleBatchException {
        quarantine.recheck(connection);
        List<Integer> partitions = quarantine.usable();
        int unreadable = reclaimer.reclaim(connection, partitions);
        unreadable += ownEntries.fold(connection, partitions);
        orphans.check(connection, partitions);
        keepDeferred(connection, partitions);
        reportUnreadable(unreadable);
    }

    /**
     * Resets the idle time of entries that stay pending here. Otherwise aggregators of this release would take an entry
     * for an unreadable value over from each other forever.
     */
    private void keepDeferred(FoldConnection connection, List<Integer> partitions) {
        for (int partition : partitions) {
            connection.keep(partition, isolation.deferred(partition).entries());
        }
    }

    /**
     * Reports entries that only a newer release can fold: as an error at first, and then once a minute.
     *
     * @param unreadable entries of an unknown version
     */
    private void reportUnreadable(int unreadable) {
        int waiting = isolation.waitingForRelease();
        gauges.unreadableEntries(unreadable + waiting);
        if (unreadable + waiting > 0) {
            LOG.logf(
                    unreadableAlarms.next() > 0 ? Logger.Level.ERROR : Logger.Level.DEBUG,
                    "fold unreadableEntries=%d newestVersion=%d entriesForUnreadableValues=%d message=%s",
                    unreadable,
                    EntryWriter.VERSION,
                    waiting,
                    isolation.unreadableValue());
        }
    }
}
