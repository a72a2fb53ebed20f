package dev.streamgauge.aggregator.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.streamgauge.aggregator.admin.TenantAdministration.Found;
import dev.streamgauge.aggregator.admin.TenantAdministration.Removed;
import dev.streamgauge.aggregator.admin.TenantAdministration.Source;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.TenantId;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * {@code /api/v1/admin/tenants} and all paths below it. They are in one class: if several classes share a path prefix,
 * Quarkus answers an unsupported method with 404 instead of 405.
 */
@Path("/api/v1/admin/tenants")
public class TenantsResource {

    static final String PATH = "/api/v1/admin/tenants/";

    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final AdminCalls calls;
    private final TenantAdministration administration;
    private final KeyAnswers keys;
    private final LimitsAnswers limits;
    private final Deletions deletions;
    private final InstantSource clock;

    TenantsResource(
            AdminCalls calls,
            TenantAdministration administration,
            KeyAnswers keys,
            LimitsAnswers limits,
            Deletions deletions,
            InstantSource clock) {
        this.calls = calls;
        this.administration = administration;
        this.keys = keys;
        this.limits = limits;
        this.deletions = deletions;
        this.clock = clock;
    }

    /**
     * Some tenants.
     *
     * @param next where the next page begins; absent on the last one
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record TenantList(List<Row> tenants, Optional<String> next) {}

    /** One tenant of the list. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Row(String tenant, String source, Optional<Instant> created, long liveKeys) {}

    /**
     * A tenant.
     *
     * @param source {@code api} or {@code file}
     * @param created absent for a tenant from the file, which does not record it
     * @param limits its own
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Tenant(
            String tenant,
            String source,
            Optional<Instant> created,
            List<KeyAnswers.Key> keys,
            Map<String, Number> limits) {}

    /** What was removed. */
    public record Gone(String tenant, long families, long series) {}

    @GET
    public Uni<Response> list(@Context RoutingContext context) {
        return calls.answer(context, (body, by) -> {
            int limit = limit(context.queryParam("limit"));
            Optional<TenantId> after =
                    context.queryParam("after").stream().findFirst().map(AdminCalls::tenant);
            List<Found> found = administration.list(after, limit + 1); // one more tells whether there is another page
            List<Row> rows = found.stream().limit(limit).map(this::row).toList();
            Optional<String> next =
                    found.size() > limit ? Optional.of(rows.getLast().tenant()) : Optional.empty();
            return json(new TenantList(rows, next));
        });
    }

    private static int limit(List<String> given) {
        if (given.isEmpty()) {
            return DEFAULT_LIMIT;
        }
        if (given.size() == 1 && given.getFirst().matches("[0-9]{1,4}")) {
            int limit = Integer.parseInt(given.getFirst());
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        }
        throw new RequestRejectedException(
                400,
                AdminError.LIMIT_INVALID,
                "limit: give one whole number from 1 to " + MAX_LIMIT + ", or leave it out");
    }

    @POST
    public Uni<Response> create(@Context RoutingContext context) {
        return calls.answer(context, (body, by) -> {
            AdminBody given = AdminBody.parse(body, contentType(context), "tenant");
            TenantId tenant = AdminCalls.tenant(AdminBody.text("tenant", given.required("tenant")));
            TenantRecord made = administration.create(tenant, by);
            return Response.fromResponse(json(tenant(new Found(made, Source.API))))
                    .status(Response.Status.CREATED)
                    .header(HttpHeaders.LOCATION, PATH + tenant)
                    .build();
        });
    }

    @GET
    @Path("{tenant}")
    public Uni<Response> get(@PathParam("tenant") String name, @Context RoutingContext context) {
        return calls.answer(context, (body, by) -> json(tenant(administration.get(AdminCalls.tenant(name)))));
    }

    @DELETE
    @Path("{tenant}")
    public Uni<Response> delete(@PathParam("tenant") String name, @Context RoutingContext context) {
        return calls.answer(
                context, (body, by) -> json(gone(name, administration.delete(AdminCalls.tenant(name), by))));
    }

    @POST
    @Path("{tenant}/reset")
    public Uni<Response> reset(@PathParam("tenant") String name, @Context RoutingContext context) {
        return calls.answer(context, (body, by) -> json(gone(name, administration.reset(AdminCalls.tenant(name), by))));
    }

    @DELETE
    @Path("{tenant}/series")
    public Uni<Response> deleteSeries(@PathParam("tenant") String name, @Context RoutingContext context) {
        return calls.answer(context, (body, by) -> {
            TenantId tenant = AdminCalls.tenant(name);
            SeriesQuery asked = SeriesQuery.of(context);
            return json(
                    switch (asked.action()) {
                        case DELETE -> deletions.deleteForAdministrator(tenant, asked, by);
                        case DRY_RUN -> deletions.previewForAdministrator(tenant, asked.selection());
                    });
        });
    }

    @GET
    @Path("{tenant}/keys")
    public Uni<Response> listKeys(@PathParam("tenant") String name, @Context RoutingContext context) {
        return calls.answer(context, (body, by) -> keys.list(AdminCalls.tenant(name)));
    }

    @POST
    @Path("{tenant}/keys")
    public Uni<Response> createKey(@PathParam("tenant") String name, @Context RoutingContext context) {
        return calls.answer(context, (body, by) -> {
            TenantId tenant = AdminCalls.tenant(name);
            AdminBody given = AdminBody.parse(body, contentType(context), "scopes", "expires", "description");
            return keys.create(tenant, given, by);
        });
    }

    @DELETE
    @Path("{tenant}/keys/{id}")
    public Uni<Response> revokeKey(
            @PathParam("tenant") String name, @PathParam("id") String id, @Context RoutingContext context) {
        return calls.answer(context, (body, by) -> keys.revoke(AdminCalls.tenant(name), id, by));
    }

    @GET
    @Path("{tenant}/limits")
    public Uni<Response> getLimits(@PathParam("tenant") String name, @Context RoutingContext context) {
        return calls.answer(context, (body, by) -> limits.get(AdminCalls.tenant(name)));
    }

    @PUT
    @Path("{tenant}/limits")
    public Uni<Response> replaceLimits(@PathParam("tenant") String name, @Context RoutingContext context) {
        return calls.answer(
                context, (body, by) -> limits.replace(AdminCalls.tenant(name), body, contentType(context), by));
    }

    private Row row(Found found) {
        TenantRecord record = found.tenant();
        Instant now = clock.instant();
        return new Row(
                record.tenant().value(),
                id(found.source()),
                created(found),
                record.keys().stream().filter(key -> key.isLive(now)).count());
    }

    private Tenant tenant(Found found) {
        TenantRecord record = found.tenant();
        return new Tenant(
                record.tenant().value(),
                id(found.source()),
                created(found),
                KeyAnswers.keys(found, clock.instant()),
                LimitsAnswers.byId(record.limits()));
    }

    private static Gone gone(String tenant, Removed removed) {
        return new Gone(tenant, removed.families(), removed.series());
    }

    private static String id(Source source) {
        return source.name().toLowerCase(Locale.ROOT);
    }

    private static Optional<Instant> created(Found found) {
        return switch (found.source()) {
            case API -> Optional.of(found.tenant().created());
            case FILE -> Optional.empty();
        };
    }

    private static Optional<String> contentType(RoutingContext context) {
        return Optional.ofNullable(context.request().getHeader(HttpHeaders.CONTENT_TYPE));
    }

    static Response json(Object body) {
        return Response.ok(body, MediaType.APPLICATION_JSON_TYPE).build();
    }
}
