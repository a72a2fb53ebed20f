package dev.streamgauge.query.usage;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.redis.usage.FamilySize;
import dev.streamgauge.redis.usage.TenantUsage;
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

/** {@code GET /api/v1/usage}: how much the caller's tenant has and has sent. */
@Path("/api/v1/usage")
public class UsageResource {

    /** With milliseconds always, so that all times are of one length. */
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
     * @param lastPush when a push was last accepted, ISO 8601 in UTC; left out if none ever was
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Usage(
            String tenant,
            Series series,
            Samples samples,
            Optional<String> lastPush,
            Backlog backlog,
            Families families) {}

    /**
     * Series, and the most that there may be.
     *
     * @param limit 0 for no limit
     */
    public record Series(long now, long limit) {}

    /**
     * Samples since the tenant began: {@code accepted} is the sum of the next three.
     *
     * @param rejected by reason
     */
    public record Samples(long accepted, long folded, long deadLettered, long pending, Map<String, Long> rejected) {}

    /**
     * Entries that are not folded, and the most that there may be.
     *
     * @param oldestUnfoldedAgeSeconds age of the oldest sample among them, at most; 0 if there is none
     */
    public record Backlog(long entries, long limit, double oldestUnfoldedAgeSeconds) {}

    /**
     * Metric families.
     *
     * @param largest those with most series, at most ten
     */
    public record Families(long now, List<FamilySize> largest) {}

    @GET
    public Uni<Response> get(@Context RoutingContext context) {
        return authenticator
                .tenantOf(context.request(), Scope.QUERY)
                .flatMap(verdict -> view.answer(verdict, UsageResource::response));
    }

    private static Response response(UsageView.Seen seen) {
        TenantUsage usage = seen.usage();
        Optional<Instant> lastPush = usage.lastPush();
        Usage shown = new Usage(
                seen.tenant().value(),
                new Series(usage.series(), seen.limits().maxGlobalSeriesPerUser()),
                new Samples(usage.accepted(), usage.folded(), usage.dead(), usage.pending(), usage.rejected()),
                lastPush.map(TIME::format),
                new Backlog(
                        usage.backlogEntries(),
                        seen.limits().maxBacklogEntries(),
                        usage.oldestUnfolded().toMillis() / 1000.0),
                new Families(usage.families(), seen.largest()));
        return Response.ok(shown, MediaType.APPLICATION_JSON_TYPE).build();
    }
}
