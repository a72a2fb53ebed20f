package dev.streamgauge.aggregator.fold;

import dev.streamgauge.aggregator.LoopPulse;
import dev.streamgauge.aggregator.fold.batch.BatchFolder;
import dev.streamgauge.aggregator.fold.batch.EntryIsolation;
import dev.streamgauge.aggregator.fold.batch.FoldCalls;
import dev.streamgauge.aggregator.fold.batch.FoldGauges;
import dev.streamgauge.aggregator.fold.batch.FoldMetrics;
import dev.streamgauge.aggregator.fold.batch.StaleBatchException;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.topology.RedisNode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * The work of one consumer on one node, on a thread of its own: read entries, merge them in memory, fold the batch in one call. The
 * loop decides when each of its parts does its work, and what follows a failure.
 *
 * <p>An entry is pending in Redis until the call that folds it, so nothing here has to be saved: after any failure the
 * loop drops its batches, connects again, and reads the entries that are still pending for it.
 *
 * <p>If a batch cannot be folded, its entries are tried one by one; see {@link EntryIsolation}. Failures caused by a
 * newer release do not count as tries. An entry of an unknown version is left idle, until a release that can read it
 * takes it over. An entry that adds to a value of an unknown version is recognized only when it is tried, and kept; see
 * {@link Maintenance}.
 *
 * <p>Blocking; nothing else uses its connection. Ends when its pulse is stopped, after the batch in hand.
 */
final class FoldLoop implements Runnable {

    private static final Logger LOG = Logger.getLogger(FoldLoop.class);

    private static final Duration RECONNECT_PAUSE = Duration.ofMillis(200);

    private final RedisNode node;
    private final String consumer;
    private final PartitionQuarantine quarantine;
    private final NewEntries newEntries;
    private final OwnEntries ownEntries;
    private final Maintenance maintenance;
    private final LoopPulse pulse;

    /** A Redis call failed and none has succeeded since, so that each outage is logged once. */
    private boolean failing;

    FoldLoop(
            RedisNode node,
            String consumer,
            Duration reclaimIdle,
            Function<TenantId, SeriesExpiry> expiryOf,
            FoldMetrics metrics,
            InstantSource clock,
            LoopPulse pulse) {
        this.node = node;
        this.consumer = consumer;
        this.pulse = pulse;
        FoldGauges gauges = metrics.addLoop();
        FoldCalls calls = new FoldCalls(expiryOf, metrics, clock);
        EntryIsolation isolation = new EntryIsolation(node.keyspace(), calls, metrics);
        BatchFolder folder = new BatchFolder(node.keyspace(), calls, isolation, metrics);
        this.quarantine = new PartitionQuarantine(node.partitions(), gauges);
        this.newEntries = new NewEntries(folder);
        this.ownEntries = new OwnEntries(folder, isolation, pulse::isRunning);
        this.maintenance = new Maintenance(
                reclaimIdle.dividedBy(2),
                quarantine,
                new Reclaimer(reclaimIdle, metrics),
                ownEntries,
                isolation,
                gauges,
                clock);
    }

    @Override
    public void run() {
        LOG.infof("fold consumer=%s state=started", consumer);
        runUntilStopped();
        LOG.infof("fold consumer=%s state=stopped", consumer);
    }

    private void runUntilStopped() {
        while (pulse.isRunning()) {
            pulse.beat();
            try (FoldConnection connection = FoldConnection.open(node, consumer, pulse::beat)) {
                work(connection);
                connection.leave();
                return;
            } catch (RedisFailure failure) {
                if (!failing) {
                    failing = true;
                    LOG.warnf("fold redis=%s message=%s", failure.kind(), failure.getMessage());
                }
                pulse.pause(RECONNECT_PAUSE);
            } catch (RuntimeException unforeseen) {
                // If the thread ended here, folding would stop for good, and only a growing backlog would show it.
                LOG.errorf(unforeseen, "fold state=failed consumer=%s", consumer);
                pulse.pause(RECONNECT_PAUSE);
            }
        }
    }

    private void work(FoldConnection connection) {
        boolean readOwn = true;
        while (pulse.isRunning()) {
            try {
                if (readOwn) {
                    ownEntries.fold(connection, quarantine.usable());
                    readOwn = false;
                }
                maintenance.runIfDue(connection);
                foldNew(connection);
                if (failing) {
                    failing = false;
                    LOG.info("fold redis=up");
                }
            } catch (StaleBatchException stale) {
                readOwn = true;
            } catch (RedisFailure failure) {
                if (isGroupMissing(failure)) {
                    connection.createGroups(quarantine.usable());
                    LOG.info("fold groups=created"); // at the first start, or after Redis was emptied
                } else if (!failure.isAnswer() || !quarantine.leaveOutBroken(connection)) {
                    throw failure;
                }
            }
        }
    }

    private void foldNew(FoldConnection connection) throws StaleBatchException {
        List<Integer> usable = quarantine.usable();
        Duration pause = usable.isEmpty() ? RECONNECT_PAUSE : newEntries.fold(connection, usable);
        if (pause.isPositive()) {
            pulse.pause(pause);
        }
    }

    private static boolean isGroupMissing(RedisFailure failure) {
        return failure.isAnswer()
                && (failure.getMessage().startsWith("NOGROUP")
                        || failure.getMessage().startsWith("UNBLOCKED"));
    }
}
