package dev.streamgauge.query.usage;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.redis.accounting.FamilySize;
import dev.streamgauge.redis.accounting.TenantUsage;
import dev.streamgauge.server.access.Authenticator;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** {@code GET /api/v1/usage}: the tenant's usage, as JSON. */
@Path("/api/v1/usage")
public class UsageResource {

    /** Always with milliseconds, so that all times have the same length. */
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    private final Authenticator authenticator;
    private final UsageView view;

    UsageResource(Authenticator authenticator, UsageView view) {
        this.authenticator = authenticator;
        this.view = view;
    }

    /**
     * The usage of a tenant.
     *
     * @param tenant its id
     * @param lastPush when a push was last accepted, ISO 8601 in UTC; left out before the first one
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Usage(
            String tenant,
            Series series,
            Samples samples,
            Optional<String> lastPush,
            Backlog backlog,
            Bytes bytes,
            Families families) {}

    /**
     * The number of series and its limit.
     *
     * @param limit 0 means no limit
     */
    public record Series(long now, long limit) {}

    /**
     * Samples since the tenant's first push; {@code accepted} is the sum of the next three numbers.
     *
     * @param stale gauge samples among the folded ones that came after a newer one
     * @param rejected number of rejected samples by reason
     */
    public record Samples(
            long accepted, long folded, long deadLettered, long pending, long stale, Map<String, Long> rejected) {}

    /**
     * The number of entries that are not folded yet, and its limit.
     *
     * @param oldestUnfoldedAgeSeconds upper bound of the age of the oldest sample in them; 0 without entries
     */
    public record Backlog(long entries, long limit, double oldestUnfoldedAgeSeconds) {}

    /** Estimated bytes of the tenant in Redis. */
    public record Bytes(Size registry, Size backlog, Size idempotency) {}

    /**
     * A number of bytes and its limit.
     *
     * @param limit 0 means no limit
     */
    public record Size(long now, long limit) {}

    /**
     * Metric families.
     *
     * @param largest the families with the most series, at most ten
     */
    public record Families(long now, List<FamilySize> largest) {}

    private static Bytes bytes(TenantUsage.Bytes used, TenantLimits limits) {
        return new Bytes(
                new Size(used.registry(), limits.maxRegistryBytesPerUser()),
                new Size(used.backlog(), limits.maxBacklogBytesPerUser()),
                new Size(used.idempotency(), limits.maxIdempotencyBytesPerUser()));
    }

    @GET
    public Uni<Response> get(@Context RoutingContext context) {
        return authenticator
                .tenantOf(context.request(), Scope.QUERY)
                .flatMap(result -> view.answer(result, UsageResource::response));
    }

    static Response response(UsageView.Seen seen) {
        TenantUsage usage = seen.usage();
        Optional<Instant> lastPush = usage.lastPush();
        Usage shown = new Usage(
                seen.tenant().value(),
                new Series(usage.series(), seen.limits().maxGlobalSeriesPerUser()),
                new Samples(
                        usage.accepted(),
                        usage.folded(),
                        usage.dead(),
                        usage.pending(),
                        usage.stale(),
                        usage.rejected()),
                lastPush.map(TIME::format),
                new Backlog(
                        usage.backlogEntries(),
                        seen.limits().maxBacklogEntries(),
                        usage.oldestUnfolded().toMillis() / 1000.0),
                bytes(usage.bytes(), seen.limits()),
                new Families(usage.families(), seen.largest()));
        return Response.ok(shown, MediaType.APPLICATION_JSON_TYPE).build();
    }
}
