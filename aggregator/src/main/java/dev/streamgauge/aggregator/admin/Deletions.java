package dev.streamgauge.aggregator.admin;

import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.removal.RemovalOutcome;
import dev.streamgauge.redis.removal.SeriesDeletion;
import dev.streamgauge.redis.removal.SeriesPreview;
import dev.streamgauge.redis.topology.RedisTopology;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Deletes series, a few at once in this process: for tenants, one per tenant, and in slots of its own for the
 * administrator, so that no tenant can keep the administrator waiting.
 *
 * <p>Comparing series with a regular expression uses a processor, and the folds need one, too. So a deletion of a tenant
 * has {@link #COMPARING} for it; a tenant that used it up may go on after {@link #PAUSE}. Thread-safe.
 */
@ApplicationScoped
class Deletions {

    /** Deletions of tenants under way at once. */
    static final int MAX_AT_ONCE = 4;

    /** Deletions of the administrator under way at once. */
    static final int MAX_OF_ADMINISTRATOR = 2;

    /** Time in which one deletion of a tenant may compare series. */
    static final Duration COMPARING = Duration.ofSeconds(2);

    /** When a tenant may delete again after that time was over. */
    static final Duration PAUSE = Duration.ofSeconds(10);

    private static final Logger LOG = Logger.getLogger(Deletions.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** Most families that a dry run names. */
    static final int MAX_NAMED = 1_000;

    private final SeriesDeletion deletion;
    private final SeriesPreview preview;
    private final Duration comparing;
    private final InstantSource clock;
    private final Slots ofTenants = new Slots(MAX_AT_ONCE);
    private final Slots ofAdministrator = new Slots(MAX_OF_ADMINISTRATOR);
    private final Map<TenantId, Instant> pausing = new HashMap<>(); // guarded by itself

    @Inject
    Deletions(RedisTopology topology, InstantSource clock) {
        this(new SeriesDeletion(topology, SeriesDeletion.DEADLINE), new SeriesPreview(topology), COMPARING, clock);
    }

    Deletions(SeriesDeletion deletion, SeriesPreview preview, Duration comparing, InstantSource clock) {
        this.deletion = deletion;
        this.preview = preview;
        this.comparing = comparing;
        this.clock = clock;
    }

    /**
     * Deletes the selected series of a tenant that asks for it. Blocks, up to {@link SeriesDeletion#DEADLINE} and a call
     * or two.
     *
     * @param by the key that asks for it, for the log
     * @throws RequestRejectedException if it cannot be done now
     * @throws RedisFailure if a call failed; some series may have been deleted
     */
    SeriesResource.Gone delete(TenantId tenant, SeriesQuery asked, String by) {
        rejectDuringPause(tenant);
        RemovalOutcome outcome = delete(tenant, asked, by, comparing, ofTenants);
        if (outcome instanceof RemovalOutcome.OutOfTime(long backlog, long families, long series) && backlog == 0) {
            pause(tenant);
            throw outOfTime(families + " families and " + series + " series were deleted", PAUSE);
        }
        return gone(outcome);
    }

    /** Deletes the selected series of a tenant for the administrator; as above. */
    SeriesResource.Gone deleteForAdministrator(TenantId tenant, SeriesQuery asked, String by) {
        return gone(delete(tenant, asked, by, SeriesDeletion.DEADLINE, ofAdministrator));
    }

    /**
     * Counts the series that {@link #delete} would delete, within the same limits. Blocks likewise.
     *
     * @throws RequestRejectedException if it cannot be done now
     * @throws RedisFailure if a call failed
     */
    SeriesResource.DryRun preview(TenantId tenant, SeriesSelection selection) {
        rejectDuringPause(tenant);
        return preview(tenant, selection, comparing, ofTenants).orElseThrow(() -> {
            pause(tenant);
            return outOfTime("nothing was deleted", PAUSE);
        });
    }

    /** Counts the series that {@link #deleteForAdministrator} would delete; as above. */
    SeriesResource.DryRun previewForAdministrator(TenantId tenant, SeriesSelection selection) {
        return preview(tenant, selection, SeriesDeletion.DEADLINE, ofAdministrator)
                .orElseThrow(() -> outOfTime("nothing was deleted", RETRY_AFTER));
    }

    private Optional<SeriesResource.DryRun> preview(
            TenantId tenant, SeriesSelection selection, Duration toCompare, Slots slots) {
        slots.enter(tenant);
        try {
            return preview.count(tenant, selection, SeriesDeletion.DEADLINE, toCompare)
                    .map(found -> new SeriesResource.DryRun(
                            found.series(),
                            found.families(),
                            found.selected().stream().limit(MAX_NAMED).toList()));
        } finally {
            slots.leave(tenant);
        }
    }

    private RemovalOutcome delete(TenantId tenant, SeriesQuery asked, String by, Duration toCompare, Slots slots) {
        slots.enter(tenant);
        try {
            RemovalOutcome outcome = deletion.delete(tenant, asked.selection(), toCompare);
            // The selectors are the sender's text, so they come last: nothing in them passes for another fact.
            LOG.infof("series action=delete tenant=%s by=%s outcome=%s match=%s", tenant, by, outcome, asked.match());
            return outcome;
        } finally {
            slots.leave(tenant);
        }
    }

    private static SeriesResource.Gone gone(RemovalOutcome outcome) {
        RemovalOutcome.Done done = Removals.doneOrRejected(outcome, SeriesDeletion.DEADLINE);
        return new SeriesResource.Gone(done.series(), done.families());
    }

    private void pause(TenantId tenant) {
        synchronized (pausing) {
            pausing.put(tenant, clock.instant().plus(PAUSE));
        }
    }

    private void rejectDuringPause(TenantId tenant) {
        Instant now = clock.instant();
        synchronized (pausing) {
            // A pause that ends later than it can was begun before the clock stepped back.
            pausing.values().removeIf(end -> !end.isAfter(now) || end.isAfter(now.plus(PAUSE)));
            Instant end = pausing.get(tenant);
            if (end != null) {
                throw outOfTime("nothing was deleted", Duration.between(now, end));
            }
        }
    }

    private static RequestRejectedException outOfTime(String deleted, Duration retryAfter) {
        return RequestRejectedException.forNow(
                AdminError.DELETION_TIMEOUT,
                "match[]: comparing series took longer than a deletion may; " + deleted
                        + "; use shorter expressions, or name the families, and ask again, which continues",
                retryAfter);
    }

    /** At most so many deletions at once, and one per tenant. */
    private static final class Slots {

        private final int most;
        private final Set<TenantId> busy = new HashSet<>();

        private Slots(int most) {
            this.most = most;
        }

        private synchronized void enter(TenantId tenant) {
            if (busy.contains(tenant)) {
                throw tooMany("one of this tenant is under way");
            }
            if (busy.size() >= most) {
                throw tooMany(most + " are under way");
            }
            busy.add(tenant);
        }

        private synchronized void leave(TenantId tenant) {
            busy.remove(tenant);
        }

        private static RequestRejectedException tooMany(String why) {
            return RequestRejectedException.forNow(
                    AdminError.TOO_MANY_DELETIONS, "deletions: " + why + "; ask again when it is done", RETRY_AFTER);
        }
    }
}
