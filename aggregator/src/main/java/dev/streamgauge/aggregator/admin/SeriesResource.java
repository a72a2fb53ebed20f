package dev.streamgauge.aggregator.admin;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.accounting.FamilySize;
import dev.streamgauge.server.access.AccessError;
import dev.streamgauge.server.access.Authenticator;
import dev.streamgauge.server.access.DeletionAuthentication;
import dev.streamgauge.server.store.StartupCheck;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.util.List;

/** {@code DELETE /api/v1/series?match[]=…}: a tenant, or in mode {@code open} the administrator, deletes series. */
@Path("/api/v1/series")
public class SeriesResource {

    private final StartupCheck startupCheck;
    private final Authenticator authenticator;
    private final Deletions deletions;

    SeriesResource(StartupCheck startupCheck, Authenticator authenticator, Deletions deletions) {
        this.startupCheck = startupCheck;
        this.authenticator = authenticator;
        this.deletions = deletions;
    }

    /**
     * What was deleted.
     *
     * @param families families that had no series left
     */
    public record Gone(long series, long families) {}

    /**
     * What would be deleted.
     *
     * @param series series in all families
     * @param families families that would have no series left
     * @param selected families with selected series, and how many of these; largest first, at most
     *     {@link Deletions#MAX_NAMED}
     */
    public record DryRun(long series, long families, List<FamilySize> selected) {}

    @DELETE
    public Uni<Response> delete(@Context RoutingContext context) {
        return authenticator
                .deleting(context.request())
                .flatMap(authentication -> switch (authentication) {
                    case DeletionAuthentication.Granted(TenantId tenant, String by) -> delete(context, tenant, by);
                    case DeletionAuthentication.Denied(AccessError why) ->
                        Uni.createFrom().item(why.response());
                })
                .onFailure(RequestRejectedException.class)
                .recoverWithItem(RequestRejectedException::response)
                .onFailure(RedisFailure.class)
                .recoverWithItem(AdminCalls::unavailable);
    }

    private Uni<Response> delete(RoutingContext context, TenantId tenant, String by) {
        if (!startupCheck.isOpen()) {
            throw AdminCalls.closed();
        }
        return Uni.createFrom()
                .item(context)
                .emitOn(Infrastructure.getDefaultWorkerPool()) // which may block
                .map(SeriesQuery::of)
                .map(asked -> TenantsResource.json(
                        switch (asked.action()) {
                            case DELETE -> deletions.delete(tenant, asked, by);
                            case DRY_RUN -> deletions.preview(tenant, asked.selection());
                        }));
    }
}
