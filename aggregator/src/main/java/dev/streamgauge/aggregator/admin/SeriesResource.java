package dev.streamgauge.aggregator.admin;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.selector.MalformedSelectorException;
import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.selector.SeriesSelector;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.server.StartupCheck;
import dev.streamgauge.server.access.AccessError;
import dev.streamgauge.server.access.AuthenticationResult;
import dev.streamgauge.server.access.Authenticator;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.List;

/** {@code DELETE /api/v1/series?match[]=…}: a tenant, or in mode {@code open} the administrator, deletes series. */
@Path("/api/v1/series")
public class SeriesResource {

    private static final String PARAMETER = "match[]";

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

    @DELETE
    public Uni<Response> delete(@Context RoutingContext context) {
        return authenticator
                .deleting(context.request())
                .flatMap(authentication -> switch (authentication) {
                    case AuthenticationResult.Known(TenantId tenant) -> delete(context, tenant);
                    case AuthenticationResult.Denied(AccessError why) ->
                        Uni.createFrom().item(why.response());
                })
                .onFailure(RequestRejectedException.class)
                .recoverWithItem(RequestRejectedException::response)
                .onFailure(RedisFailure.class)
                .recoverWithItem(AdminCalls::unavailable);
    }

    private Uni<Response> delete(RoutingContext context, TenantId tenant) {
        if (!startupCheck.isOpen()) {
            throw AdminCalls.closed();
        }
        return Uni.createFrom()
                .item(context)
                .emitOn(Infrastructure.getDefaultWorkerPool()) // which may block
                .map(asked -> TenantsResource.json(deletions.delete(tenant, selection(asked))));
    }

    /**
     * The series that a request selects.
     *
     * @throws RequestRejectedException if its selectors are missing, invalid or too many
     */
    static SeriesSelection selection(RoutingContext context) {
        List<String> texts = context.queryParam(PARAMETER);
        if (texts.isEmpty() || texts.size() > SeriesSelection.MAX_SELECTORS) {
            throw invalid(texts.size() + " given, 1 to " + SeriesSelection.MAX_SELECTORS + " expected");
        }
        List<SeriesSelector> selectors = new ArrayList<>(texts.size());
        for (String text : texts) {
            try {
                selectors.add(SeriesSelector.parse(text));
            } catch (MalformedSelectorException e) {
                throw invalid(e.getMessage() + " (selector " + (selectors.size() + 1) + ")");
            }
        }
        if (SeriesSelection.isTooLarge(selectors)) {
            throw invalid("all expressions have more than " + SeriesSelection.MAX_SIZE
                    + " instructions, repetitions written out; send several requests");
        }
        return new SeriesSelection(selectors);
    }

    private static RequestRejectedException invalid(String what) {
        return new RequestRejectedException(400, Reason.SELECTOR_INVALID, PARAMETER + ": " + what);
    }
}
