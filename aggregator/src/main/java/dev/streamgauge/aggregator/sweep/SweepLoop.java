package dev.streamgauge.aggregator.sweep;

import dev.streamgauge.aggregator.LoopPulse;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.registry.FamilyList;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.registry.SeriesPage;
import dev.streamgauge.redis.sweep.SeriesSweep;
import dev.streamgauge.redis.sweep.SweepStart;
import dev.streamgauge.redis.sweep.SweptPage;
import dev.streamgauge.redis.topology.RedisTopology;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Removes expired series, on a thread of its own. It claims a tenant whose sweep is due, goes through the families
 * whose series expire, page by page, and sets when the tenant is due again.
 *
 * <p>After each call it leaves Redis to other clients for {@value #PAUSE_FACTOR} times as long as the call took, so it
 * never uses more than a fifth of Redis' time. A scrape does not depend on it: expired series are not shown, whether or
 * not they have been removed.
 */
final class SweepLoop implements Runnable {

    private static final Logger LOG = Logger.getLogger(SweepLoop.class);

    /** How often it checks whether a tenant is due. */
    private static final Duration TICK = Duration.ofSeconds(1);

    private static final int PAUSE_FACTOR = 4;

    /** A tenant is swept so many times in the time after which its series expire, within the bounds below. */
    private static final int SWEEPS_A_LIFE = 10;

    private static final Duration SHORTEST_PERIOD = Duration.ofSeconds(1);

    /** Also the longest time until a changed setting takes effect for a tenant that pushes. */
    private static final Duration LONGEST_PERIOD = Duration.ofMinutes(5);

    /**
     * How often the whole registry of a tenant is counted, to correct its estimated bytes. They are exact unless an
     * older release folds or sweeps beside this one, or series were deleted; a deletion asks for a count itself.
     */
    private static final Duration RECOUNT_PERIOD = Duration.ofHours(1);

    private final SeriesSweep sweep;
    private final RegistryReader reader;
    private final int partitions;
    private final Function<TenantId, SeriesExpiry> expiryOf;
    private final SweepMetrics metrics;
    private final InstantSource clock;
    private final LoopPulse pulse;

    /** Partitions whose sweeps could not be read, so that each is logged once. */
    private final Set<Integer> broken = new HashSet<>();

    /** A Redis call failed and none has succeeded since. */
    private boolean failing;

    SweepLoop(
            RedisTopology topology,
            SeriesSweep.Emptied emptied,
            Function<TenantId, SeriesExpiry> expiryOf,
            SweepMetrics metrics,
            InstantSource clock,
            LoopPulse pulse) {
        this.sweep = new SeriesSweep(topology, emptied);
        this.reader = new RegistryReader(topology);
        this.partitions = topology.keyspace().partitions();
        this.expiryOf = expiryOf;
        this.metrics = metrics;
        this.clock = clock;
        this.pulse = pulse;
    }

    @Override
    public void run() {
        while (pulse.isRunning()) {
            try {
                for (int partition = 0; partition < partitions && pulse.isRunning(); partition++) {
                    sweepDue(partition);
                }
                failing = false;
            } catch (RedisFailure failure) {
                if (!failing) {
                    failing = true;
                    LOG.warnf("sweep redis=%s message=%s", failure.kind(), failure.getMessage());
                }
            } catch (RuntimeException unforeseen) {
                LOG.error("sweep state=failed", unforeseen); // the claim runs out, and the sweep is tried again
            }
            pulse.pause(TICK);
        }
    }

    private void sweepDue(int partition) {
        Optional<TenantId> due = claim(partition);
        while (due.isPresent() && pulse.isRunning()) {
            sweep(due.get());
            due = claim(partition);
        }
    }

    private Optional<TenantId> claim(int partition) {
        pulse.beat();
        try {
            Optional<TenantId> due = sweep.claim(partition);
            broken.remove(partition);
            return due;
        } catch (RedisFailure failure) {
            if (!isUnexpectedData(failure)) {
                throw failure;
            }
            metrics.failed();
            if (broken.add(partition)) {
                LOG.errorf("sweep partition=%d broken=%s", partition, failure.getMessage());
            }
            return Optional.empty();
        }
    }

    private static boolean isUnexpectedData(RedisFailure failure) {
        return failure.kind() == RedisFailure.Kind.ERROR;
    }

    private void sweep(TenantId tenant) {
        SeriesExpiry expiry = expiryOf.apply(tenant);
        try {
            SweepStart start = sweep.start(tenant);
            SweepProgress progress = new SweepProgress(start.registryBytes());
            boolean isWhole = hasRegistrations(start) || isRecountDue(start);
            if (expiry.shortestSeconds() > 0 || isWhole) {
                sweepFamilies(tenant, expiry, isWhole, progress);
            } else {
                progress.leaveOut();
            }
            Duration period = periodOf(expiry);
            if (pulse.isRunning()) {
                sweep.end(tenant, period, longer(period, progress.due()), progress.count());
            } else {
                sweep.end(tenant, Duration.ZERO, Duration.ZERO, Optional.empty());
            }
        } catch (RedisFailure failure) {
            if (!isUnexpectedData(failure)) {
                throw failure;
            }
            metrics.failed(); // the claim runs out, and the sweep is tried again
            LOG.errorf("sweep tenant=%s broken=%s", tenant, failure.getMessage());
        }
    }

    /**
     * Whether series may have been registered that got no sample, since the last sweep. Families whose series never
     * expire are swept only then.
     */
    private boolean hasRegistrations(SweepStart start) {
        Instant possible = clock.instant().minus(LONGEST_PERIOD.multipliedBy(2));
        return start.registered().isAfter(possible);
    }

    /** Also if the clock has stepped back since. */
    private boolean isRecountDue(SweepStart start) {
        Duration since = Duration.between(start.recounted(), clock.instant());
        return since.isNegative() || since.compareTo(RECOUNT_PERIOD) >= 0;
    }

    private void sweepFamilies(TenantId tenant, SeriesExpiry expiry, boolean isWhole, SweepProgress progress) {
        String cursor = SeriesPage.END;
        do {
            pulse.beat();
            FamilyList page = reader.readFamilies(tenant, cursor, (name, unreadable) -> {
                metrics.failed();
                progress.leaveOut();
            });
            for (Family family : page.families()) {
                int seconds = expiry.secondsOf(family.type());
                if (seconds > 0 || isWhole) {
                    sweepFamily(tenant, family, seconds, progress);
                } else {
                    progress.leaveOut();
                }
            }
            cursor = page.cursor();
        } while (!cursor.equals(SeriesPage.END) && pulse.isRunning());
    }

    private void sweepFamily(TenantId tenant, Family family, int seconds, SweepProgress progress) {
        String cursor = SeriesSweep.FIRST;
        boolean isLast = false;
        while (!isLast && pulse.isRunning()) {
            pulse.beat();
            long start = System.nanoTime();
            SweptPage page = sweep.sweep(tenant, family, seconds, cursor);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            metrics.swept(page.series(), page.families(), took);
            progress.add(page);
            cursor = page.cursor();
            isLast = page.isLast();
            pulse.pause(took.multipliedBy(PAUSE_FACTOR));
        }
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static Duration periodOf(SeriesExpiry expiry) {
        Duration period = Duration.ofSeconds(expiry.shortestSeconds()).dividedBy(SWEEPS_A_LIFE);
        if (period.isZero() || period.compareTo(LONGEST_PERIOD) > 0) {
            return LONGEST_PERIOD;
        }
        return period.compareTo(SHORTEST_PERIOD) < 0 ? SHORTEST_PERIOD : period;
    }
}
