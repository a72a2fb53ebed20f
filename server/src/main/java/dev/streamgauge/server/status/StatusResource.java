package dev.streamgauge.server.status;

import dev.streamgauge.server.Role;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.access.AccessError;
import dev.streamgauge.server.access.Authenticator;
import dev.streamgauge.server.store.DurabilityProfile;
import dev.streamgauge.server.store.StartupCheck;
import dev.streamgauge.server.store.StoreMonitor;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** {@code GET /api/v1/status}: the state of this process and of Redis. */
@Path("/api/v1/status")
public class StatusResource {

    private final Authenticator authenticator;
    private final StreamgaugeConfig config;
    private final StartupCheck startupCheck;
    private final StoreMonitor monitor;
    private final List<String> roles;
    private final String version;

    public StatusResource(
            Authenticator authenticator,
            StreamgaugeConfig config,
            StartupCheck startupCheck,
            StoreMonitor monitor,
            @Any Instance<Role> roles,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.authenticator = authenticator;
        this.config = config;
        this.startupCheck = startupCheck;
        this.monitor = monitor;
        this.roles = roles.stream().map(Role::name).sorted().toList();
        this.version = version;
    }

    /**
     * The state of this process.
     *
     * @param version of Streamgauge
     * @param role what this process does; several roles are joined by {@code +}
     * @param ready whether this process serves requests
     */
    public record Status(String version, String role, boolean ready, Redis redis, DurabilityStatus durability) {}

    /**
     * The state of Redis.
     *
     * @param state {@code up}; {@code short-of-memory} if nothing is accepted until folding has freed memory; or {@code
     *     down}. At most a second old
     * @param version of the server at startup, or {@code unknown}
     * @param usedMemoryBytes memory that counts against the limit; 0 while unknown
     * @param maxMemoryBytes its {@code maxmemory}; 0 means no limit, or unknown
     */
    public record Redis(String state, String version, long usedMemoryBytes, long maxMemoryBytes) {}

    /**
     * What an accepted sample survives.
     *
     * @param profile the profile's name
     * @param checked whether all of Redis' settings were checked against the profile at startup
     * @param survives what the profile promises
     */
    public record DurabilityStatus(String profile, boolean checked, String survives) {}

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public Uni<Response> get(@Context RoutingContext context) {
        return authenticator
                .operator(context.request())
                .map(denied -> denied.map(AccessError::response)
                        .orElseGet(() -> Response.ok(status(), MediaType.APPLICATION_JSON_TYPE)
                                .build()));
    }

    private Status status() {
        return new Status(
                version,
                String.join("+", roles),
                startupCheck.isOpen(),
                new Redis(
                        redisState(),
                        startupCheck.redisVersion(),
                        monitor.memory().usedBytes(),
                        monitor.memory().maxBytes()),
                new DurabilityStatus(
                        config.durability().name().toLowerCase(Locale.ROOT),
                        startupCheck.isFullyChecked() && startupCheck.isOpen(),
                        DurabilityProfile.survives(config.durability())));
    }

    private String redisState() {
        if (!monitor.isUp()) {
            return "down";
        }
        return monitor.isUnderMemoryPressure() ? "short-of-memory" : "up";
    }
}
