package dev.streamgauge.aggregator.admin;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.removal.RemovalOutcome;
import dev.streamgauge.redis.removal.SeriesDeletion;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Deletes series for tenants, a few at once in this process and one per tenant: a regular expression may use a
 * processor for as long as a deletion takes, and the folds need one, too. Thread-safe.
 */
@ApplicationScoped
class Deletions {

    /** Deletions under way at once. */
    static final int MAX_AT_ONCE = 4;

    private static final Logger LOG = Logger.getLogger(Deletions.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final SeriesDeletion deletion;
    private final Set<TenantId> busy = new HashSet<>(); // guarded by itself

    @Inject
    Deletions(RedisConnections connections, Keyspace keyspace) {
        this(new SeriesDeletion(connections, keyspace, SeriesDeletion.DEADLINE));
    }

    Deletions(SeriesDeletion deletion) {
        this.deletion = deletion;
    }

    /**
     * Deletes the selected series of a tenant. Blocks, up to {@link SeriesDeletion#DEADLINE} and a call or two.
     *
     * @throws RequestRejectedException if it cannot be done now
     * @throws RedisFailure if a call failed; some series may have been deleted
     */
    SeriesResource.Gone delete(TenantId tenant, SeriesSelection selection) {
        enter(tenant);
        try {
            RemovalOutcome outcome = deletion.delete(tenant, selection);
            LOG.infof("series action=delete tenant=%s outcome=%s", tenant, outcome);
            RemovalOutcome.Done done = Removals.doneOrRejected(outcome, SeriesDeletion.DEADLINE);
            return new SeriesResource.Gone(done.series(), done.families());
        } finally {
            leave(tenant);
        }
    }

    private void enter(TenantId tenant) {
        synchronized (busy) {
            if (busy.contains(tenant)) {
                throw tooMany("one of this tenant is under way");
            }
            if (busy.size() >= MAX_AT_ONCE) {
                throw tooMany(MAX_AT_ONCE + " are under way");
            }
            busy.add(tenant);
        }
    }

    private void leave(TenantId tenant) {
        synchronized (busy) {
            busy.remove(tenant);
        }
    }

    private static RequestRejectedException tooMany(String why) {
        return RequestRejectedException.forNow(
                Reason.TOO_MANY_DELETIONS, "deletions: " + why + "; ask again when it is done", RETRY_AFTER);
    }
}
