package dev.streamgauge.query.discovery;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.QueryConfig;
import dev.streamgauge.server.access.AccessError;
import dev.streamgauge.server.access.Authenticator;
import dev.streamgauge.server.access.ReadableTenants;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/sd}: the targets of the tenants that the request may read, for Prometheus' service discovery. */
@Path("/api/v1/sd")
public class DiscoveryResource {

    private final Authenticator authenticator;
    private final Optional<String> target;

    DiscoveryResource(Authenticator authenticator, QueryConfig config) {
        this.authenticator = authenticator;
        this.target = config.sdTarget();
    }

    @GET
    public Uni<Response> get(@Context RoutingContext context) {
        HttpServerRequest request = context.request();
        return authenticator.readableBy(request).map(readable -> switch (readable) {
            case ReadableTenants.Known(List<TenantId> tenants) ->
                groups(tenants, target.orElseGet(() -> host(request)));
            case ReadableTenants.Denied(AccessError error) -> error.response();
        });
    }

    private static Response groups(List<TenantId> tenants, String target) {
        List<TargetGroup> groups = tenants.stream()
                .flatMap(tenant -> TargetGroup.of(tenant, target))
                .toList();
        return Response.ok(groups, MediaType.APPLICATION_JSON_TYPE)
                .header(HttpHeaders.CACHE_CONTROL, "no-store") // the tenants depend on the credentials
                .build();
    }

    /** The host that the request names; without one, the local address of its connection. */
    private static String host(HttpServerRequest request) {
        @Nullable HostAndPort named = request.authority();
        if (named == null) {
            return request.localAddress().toString();
        }
        return named.port() > 0 ? named.toString() : named.host(); // "localhost:" is valid, and has port 0 here
    }
}
