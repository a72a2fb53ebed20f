package dev.streamgauge.query.usage;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.accounting.FamilySize;
import dev.streamgauge.redis.accounting.TenantUsage;
import dev.streamgauge.redis.accounting.UsageReader;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.access.AccessError;
import dev.streamgauge.server.access.AuthenticationResult;
import dev.streamgauge.server.limits.TenantLimitsSource;
import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.server.problems.RequestError;
import dev.streamgauge.server.store.StartupCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** Reads a tenant's usage for the resources, and answers with an error if it cannot be read. */
@ApplicationScoped
public class UsageView {

    private static final Logger LOG = Logger.getLogger(UsageView.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final StartupCheck startupCheck;
    private final TenantLimitsSource limits;
    private final LargestFamilies families;
    private final UsageReader reader;

    UsageView(StartupCheck startupCheck, TenantLimitsSource limits, LargestFamilies families, RedisTopology topology) {
        this.startupCheck = startupCheck;
        this.limits = limits;
        this.families = families;
        this.reader = new UsageReader(topology);
    }

    /**
     * The usage of a tenant.
     *
     * @param largest the families with the most series; up to half a minute old
     */
    record Seen(TenantId tenant, TenantUsage usage, TenantLimits limits, List<FamilySize> largest) {}

    /** The answer to an authenticated or denied request. */
    Uni<Response> answer(AuthenticationResult result, Function<Seen, Response> shown) {
        return switch (result) {
            case AuthenticationResult.Denied(AccessError error) ->
                Uni.createFrom().item(error.response());
            case AuthenticationResult.Known(TenantId tenant) -> {
                if (!startupCheck.isOpen()) {
                    yield Uni.createFrom()
                            .item(unavailable(
                                    "store: Redis was not reached yet, or this process is stopping; try again"));
                }
                yield read(tenant).map(shown).onFailure(RedisFailure.class).recoverWithItem(failure -> {
                    // No warning: StoreMonitor logs an outage once.
                    LOG.debugf("usage outcome=failed tenant=%s message=%s", tenant, failure.getMessage());
                    return unavailable("store: Redis cannot be read now; try again");
                });
            }
        };
    }

    private Uni<Seen> read(TenantId tenant) {
        return Uni.combine()
                .all()
                .unis(reader.read(tenant), families.of(tenant))
                .with((usage, largest) -> new Seen(tenant, usage, limits.limitsOf(tenant), largest));
    }

    private static Response unavailable(String detail) {
        return Problem.of(503, RequestError.REDIS_UNAVAILABLE, detail).response(RETRY_AFTER);
    }
}
