package dev.streamgauge.aggregator.admin;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.server.access.AccessError;
import dev.streamgauge.server.access.AdministratorAuthentication;
import dev.streamgauge.server.access.Authenticator;
import dev.streamgauge.server.problems.RequestError;
import dev.streamgauge.server.store.StartupCheck;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Locale;
import org.jboss.logging.Logger;

/**
 * Handles every request to the admin API: authenticates the administrator, reads the body, and then does the work on a
 * worker thread, since it may block.
 */
@ApplicationScoped
class AdminCalls {

    private static final Logger LOG = Logger.getLogger(AdminCalls.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Authenticator authenticator;
    private final StartupCheck startupCheck;

    AdminCalls(Authenticator authenticator, StartupCheck startupCheck) {
        this.authenticator = authenticator;
        this.startupCheck = startupCheck;
    }

    /** Handles a body, which may be empty, for an administrator of a given name. */
    interface Work {
        Response answer(byte[] body, String by);
    }

    /** Answers a request. Fails only on a programming error. */
    Uni<Response> answer(RoutingContext context, Work work) {
        HttpServerRequest request = context.request();
        return authenticator
                .administrator(request)
                .flatMap(authentication -> switch (authentication) {
                    case AdministratorAuthentication.Off() -> done(AccessError.ADMIN_API_OFF.response());
                    case AdministratorAuthentication.Denied(AccessError why) -> done(why.response());
                    case AdministratorAuthentication.Granted(String by) -> granted(request, by, work);
                })
                .onFailure(RequestRejectedException.class)
                .recoverWithItem(RequestRejectedException::response)
                .onFailure(RedisFailure.class)
                .recoverWithItem(AdminCalls::unavailable);
    }

    private Uni<Response> granted(HttpServerRequest request, String by, Work work) {
        if (!startupCheck.isOpen()) {
            throw closed();
        }
        return AdminBody.read(request)
                .emitOn(Infrastructure.getDefaultWorkerPool())
                .map(body -> work.answer(body, by));
    }

    /** The tenant that a path names. */
    static TenantId tenant(String name) {
        return TenantId.parse(name)
                .orElseThrow(() -> new RequestRejectedException(
                        400,
                        RequestError.TENANT_INVALID,
                        "tenant: 1 to 150 characters of A-Z a-z 0-9 ! - _ . * ' ( ), not . or .."));
    }

    /** The rejection before Redis was reached, and during shutdown. */
    static RequestRejectedException closed() {
        return RequestRejectedException.forNow(
                RequestError.REDIS_UNAVAILABLE, "Redis: not reached yet, or shutting down", RETRY_AFTER);
    }

    /** The answer when Redis is unavailable. */
    static Response unavailable(RedisFailure failure) {
        // No warning: the monitor of Redis logs an outage once.
        LOG.debugf("admin redis=%s message=%s", failure.kind(), failure.getMessage());
        return RequestRejectedException.forNow(
                        RequestError.REDIS_UNAVAILABLE,
                        "Redis: " + failure.kind().name().toLowerCase(Locale.ROOT)
                                + "; what was asked for may have been done, or a part of it",
                        RETRY_AFTER)
                .response();
    }

    private static Uni<Response> done(Response response) {
        return Uni.createFrom().item(response);
    }
}
