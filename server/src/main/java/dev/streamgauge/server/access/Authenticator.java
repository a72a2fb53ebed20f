package dev.streamgauge.server.access;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyHash;
import dev.streamgauge.core.access.KeyId;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.StreamgaugeConfig.AuthMode;
import dev.streamgauge.server.connections.PausedRequests;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates requests. In mode {@code open} the request names its tenant. In mode {@code api-key} the tenant comes
 * from the key alone; if the header, the path or the user of Basic names a tenant too, it must be the same one.
 *
 * <p>A valid key is accepted at once, without leaving the event loop. A well-formed key that is not valid waits for a
 * poll of Redis that begins after the request came, whether its id is known or not. So a key works as soon as it is
 * created, and the response time does not reveal which ids exist. The request is paused while it waits; if there is no
 * room for what would be queued for it meanwhile, it is rejected at once.
 */
@ApplicationScoped
public class Authenticator {

    /** Names the tenant, as in Mimir and Loki. */
    public static final String TENANT_HEADER = "X-Scope-OrgID";

    private static final String TENANT_RULE = ": 1 to 150 characters of A-Z a-z 0-9 ! - _ . * ' ( ), not . or ..";

    private static final AccessError DELETION_OFF = new AccessError(
            404,
            Reason.NOT_FOUND,
            "deletion of series: off in mode open, since streamgauge.auth.admin-key is not set; set it, and send it as"
                    + " Bearer");

    private final TenantCache tenants;
    private final PausedRequests pausedRequests;
    private final InstantSource clock;
    private final AuthMode mode;
    private final Optional<ConfiguredKey> adminKey;
    private final Optional<ConfiguredKey> metricsKey;
    private final Map<Reason, Counter> rejected = new EnumMap<>(Reason.class);

    public Authenticator(
            StreamgaugeConfig config,
            TenantCache tenants,
            PausedRequests pausedRequests,
            InstantSource clock,
            MeterRegistry registry) {
        this.tenants = tenants;
        this.pausedRequests = pausedRequests;
        this.clock = clock;
        this.mode = config.auth().mode();
        this.adminKey = config.auth().adminKey().map(ConfiguredKey::of);
        this.metricsKey = config.auth().metricsKey().map(ConfiguredKey::of);
        for (AccessError each :
                new AccessError[] {AccessError.UNAUTHORIZED, AccessError.FORBIDDEN, AccessError.UNDECIDED}) {
            rejected.put(
                    each.reason(),
                    Counter.builder("streamgauge.rejected.callers")
                            .description("Requests rejected because of their key, or because it could not be checked")
                            .tag("reason", each.reason().id())
                            .register(registry));
        }
    }

    /**
     * A key from the configuration, as its hash.
     *
     * @param id of a key in the form of {@link ApiKey}; empty for any other text
     */
    private record ConfiguredKey(Optional<KeyId> id, KeyHash hash) {

        static ConfiguredKey of(String text) {
            return new ConfiguredKey(ApiKey.parse(text).map(ApiKey::id), KeyHash.of(text));
        }
    }

    /** What the credentials of a request prove. */
    private sealed interface Identity {

        /** A tenant's key. */
        record KeyHolder(OwnedKey owned) implements Identity {}

        /** The administrator's key. */
        record Administrator() implements Identity {}

        /** No valid key. */
        record Unknown() implements Identity {}

        /** The key cannot be checked now. */
        record Undecided() implements Identity {}
    }

    /** The identity that a secret proves if it has this hash. */
    private record Candidate(Identity identity, KeyHash hash) {

        static final Candidate NONE = new Candidate(new Identity.Unknown(), KeyHash.NONE);
    }

    /** The tenant of a request that needs this scope. */
    public Uni<AuthenticationResult> tenantOf(HttpServerRequest request, Scope scope) {
        if (mode == AuthMode.OPEN) {
            return done(namedByHeader(request));
        }
        Credentials credentials = Credentials.of(request.headers());
        return identify(request, credentials).map(identity -> switch (identity) {
            case Identity.KeyHolder(OwnedKey owned) ->
                owned.key().allows(scope)
                                && namesOnly(
                                        request, credentials, owned.tenant().value())
                        ? new AuthenticationResult.Known(owned.tenant())
                        : denied(AccessError.FORBIDDEN);
            case Identity.Administrator() -> denied(AccessError.FORBIDDEN); // the administrator is not a tenant
            case Identity.Unknown() -> denied(AccessError.UNAUTHORIZED);
            case Identity.Undecided() -> denied(AccessError.UNDECIDED);
        });
    }

    /**
     * The tenant of a request that needs this scope and names its tenant in the path.
     *
     * @param name the tenant in the path, decoded
     */
    public Uni<AuthenticationResult> tenantNamed(HttpServerRequest request, Scope scope, String name) {
        if (mode == AuthMode.OPEN) {
            return done(namedByPath(request, name));
        }
        Credentials credentials = Credentials.of(request.headers());
        return identify(request, credentials).map(identity -> switch (identity) {
            case Identity.KeyHolder(OwnedKey owned) -> {
                if (owned.key().allows(Scope.ADMIN) && adminKey.isPresent()) {
                    yield userNamesOnly(credentials, owned.tenant().value()) ? named(request, name) : forbidden();
                }
                yield owned.key().allows(scope)
                                && owned.tenant().value().equals(name)
                                && namesOnly(request, credentials, name)
                        ? new AuthenticationResult.Known(owned.tenant())
                        : forbidden();
            }
            case Identity.Administrator() -> named(request, name);
            case Identity.Unknown() -> denied(AccessError.UNAUTHORIZED);
            case Identity.Undecided() -> denied(AccessError.UNDECIDED);
        });
    }

    /**
     * The tenants that a request may read. An administrator may read all tenants, or the one that the header names; any
     * other key its own tenant.
     *
     * <p>In mode {@code open} a tenant begins to exist with its first sample, and a request without the header acts as
     * {@code anonymous}. Only an administrator gets the tenants with a record: behind a proxy that sets the header,
     * other clients would see names that are not for them. Without the header, credentials that do not prove an
     * administrator are rejected: ignoring them would shrink the list to one tenant when the administrator's key
     * changes.
     */
    public Uni<ReadableTenants> readableBy(HttpServerRequest request) {
        boolean namesTenant = headers(request).findAny().isPresent();
        if (mode == AuthMode.OPEN
                && (namesTenant || adminKey.isEmpty() || !request.headers().contains(HttpHeaders.AUTHORIZATION))) {
            return done(only(namedByHeader(request)));
        }
        Credentials credentials = Credentials.of(request.headers());
        return identify(request, credentials).map(identity -> switch (identity) {
            case Identity.KeyHolder(OwnedKey owned) -> {
                if (!userNamesOnly(credentials, owned.tenant().value())) {
                    yield only(forbidden());
                }
                if (owned.key().allows(Scope.ADMIN) && adminKey.isPresent()) {
                    yield namesTenant ? only(namedByHeader(request)) : all();
                }
                yield mode == AuthMode.API_KEY
                                && owned.key().allows(Scope.QUERY)
                                && headerNamesOnly(request, owned.tenant().value())
                        ? only(new AuthenticationResult.Known(owned.tenant()))
                        : only(forbidden());
            }
            case Identity.Administrator() -> namesTenant ? only(namedByHeader(request)) : all();
            case Identity.Unknown() -> only(denied(AccessError.UNAUTHORIZED));
            case Identity.Undecided() -> only(denied(AccessError.UNDECIDED));
        });
    }

    private static ReadableTenants only(AuthenticationResult result) {
        return switch (result) {
            case AuthenticationResult.Known(TenantId tenant) -> new ReadableTenants.Known(List.of(tenant));
            case AuthenticationResult.Denied(AccessError error) -> new ReadableTenants.Denied(error);
        };
    }

    /** All tenants. An error if the list may be incomplete: a scraper would drop the tenants that are missing. */
    private ReadableTenants all() {
        return tenants.isFresh() ? new ReadableTenants.Known(tenants.ids()) : only(denied(AccessError.UNDECIDED));
    }

    /** The tenant of this name, for a request that may read any tenant; the header must not name another one. */
    private AuthenticationResult named(HttpServerRequest request, String name) {
        return headerNamesOnly(request, name) ? parse(name, "tenant in the path") : forbidden();
    }

    /** Whether a request comes from an administrator of this installation, in either mode. */
    public Uni<AdministratorAuthentication> administrator(HttpServerRequest request) {
        if (adminKey.isEmpty()) {
            return done(new AdministratorAuthentication.Off());
        }
        Credentials credentials = Credentials.of(request.headers());
        return identify(request, credentials).map(identity -> switch (identity) {
            case Identity.KeyHolder(OwnedKey owned) ->
                owned.key().allows(Scope.ADMIN)
                                && namesOnly(
                                        request, credentials, owned.tenant().value())
                        ? new AdministratorAuthentication.Granted(
                                owned.key().id().value())
                        : new AdministratorAuthentication.Denied(counted(AccessError.FORBIDDEN));
            case Identity.Administrator() -> new AdministratorAuthentication.Granted("admin-key");
            case Identity.Unknown() -> new AdministratorAuthentication.Denied(counted(AccessError.UNAUTHORIZED));
            case Identity.Undecided() -> new AdministratorAuthentication.Denied(counted(AccessError.UNDECIDED));
        });
    }

    /**
     * The tenant whose series a request may delete. In mode {@code open} only an administrator may delete, since any web
     * page or program that reaches the port could otherwise destroy data.
     */
    public Uni<AuthenticationResult> deleting(HttpServerRequest request) {
        if (mode == AuthMode.API_KEY) {
            return tenantOf(request, Scope.ADMIN);
        }
        return administrator(request).map(authentication -> switch (authentication) {
            case AdministratorAuthentication.Off() -> new AuthenticationResult.Denied(DELETION_OFF);
            case AdministratorAuthentication.Denied(AccessError error) -> new AuthenticationResult.Denied(error);
            case AdministratorAuthentication.Granted(String by) -> namedByHeader(request);
        });
    }

    /** Why a request may not read the metrics and the status of this process; empty if it may. */
    public Uni<Optional<AccessError>> operator(HttpServerRequest request) {
        if (metricsKey.isEmpty()) {
            return done(Optional.empty());
        }
        Credentials credentials = Credentials.of(request.headers());
        KeyHash hash = KeyHash.of(credentials.secret());
        if (hash.matches(metricsKey.get().hash())) {
            return done(Optional.empty());
        }
        return identify(request, credentials, hash).map(identity -> switch (identity) {
            case Identity.KeyHolder(OwnedKey owned) ->
                owned.key().allows(Scope.ADMIN) && adminKey.isPresent()
                        ? Optional.empty()
                        : Optional.of(counted(AccessError.FORBIDDEN));
            case Identity.Administrator() -> Optional.empty();
            case Identity.Unknown() -> Optional.of(counted(AccessError.UNAUTHORIZED));
            case Identity.Undecided() -> Optional.of(counted(AccessError.UNDECIDED));
        });
    }

    private Uni<Identity> identify(HttpServerRequest request, Credentials credentials) {
        return identify(request, credentials, KeyHash.of(credentials.secret()));
    }

    private Uni<Identity> identify(HttpServerRequest request, Credentials credentials, KeyHash hash) {
        Optional<ApiKey> key = ApiKey.parse(credentials.secret());
        Candidate candidate = candidate(key);
        if (hash.matches(candidate.hash())) {
            return done(confirmed(candidate.identity()));
        }
        if (key.isEmpty()) {
            return done(new Identity.Unknown());
        }
        return awaitPoll(request).map(outcome -> {
            Candidate second = candidate(key);
            if (hash.matches(second.hash())) {
                return confirmed(second.identity());
            }
            return outcome == PollOutcome.DONE ? new Identity.Unknown() : new Identity.Undecided();
        });
    }

    private Candidate candidate(Optional<ApiKey> key) {
        Optional<KeyId> id = key.map(ApiKey::id);
        if (adminKey.isPresent() && adminKey.get().id().equals(id)) {
            return new Candidate(new Identity.Administrator(), adminKey.get().hash());
        }
        return id.flatMap(tenants::findKey)
                .map(owned ->
                        new Candidate(new Identity.KeyHolder(owned), owned.key().hash()))
                .orElse(Candidate.NONE);
    }

    /** The identity, unless its key has expired, or may have been revoked since the last read of Redis. */
    private Identity confirmed(Identity identity) {
        if (!(identity instanceof Identity.KeyHolder(OwnedKey owned))) {
            return identity;
        }
        if (!owned.key().isLive(clock.instant())) {
            return new Identity.Unknown();
        }
        return tenants.isFresh() || tenants.isInFile(owned.tenant()) ? identity : new Identity.Undecided();
    }

    /** How a poll of Redis ended. */
    private enum PollOutcome {
        DONE,
        FAILED
    }

    private Uni<PollOutcome> awaitPoll(HttpServerRequest request) {
        @Nullable Context context = Vertx.currentContext();
        // Without a handler yet, a part of the body that arrives now would be lost.
        Optional<PausedRequests.Pause> paused = pausedRequests.pause(request);
        if (paused.isEmpty()) {
            return done(PollOutcome.FAILED);
        }
        PausedRequests.Pause pause = paused.get();
        Uni<PollOutcome> outcome = tenants.refresh()
                .replaceWith(PollOutcome.DONE)
                .onFailure()
                .recoverWithItem(PollOutcome.FAILED)
                .onTermination()
                .invoke(pause::release);
        return context == null
                ? outcome
                : outcome.emitOn(command -> context.runOnContext(nothing -> {
                    command.run(); // sets the handler of the body
                    pause.resume();
                }));
    }

    private static boolean namesOnly(HttpServerRequest request, Credentials credentials, String tenant) {
        return userNamesOnly(credentials, tenant) && headerNamesOnly(request, tenant);
    }

    private static boolean userNamesOnly(Credentials credentials, String tenant) {
        return credentials.user().orElse(tenant).equals(tenant);
    }

    /** An empty header names no tenant: it comes from a proxy that failed to fill it. */
    private static boolean headerNamesOnly(HttpServerRequest request, String tenant) {
        return headers(request).allMatch(tenant::equals);
    }

    private static Stream<String> headers(HttpServerRequest request) {
        return request.headers().getAll(TENANT_HEADER).stream();
    }

    /** An empty header is invalid: it comes from a proxy that failed to fill it, and would mix tenants. */
    private AuthenticationResult namedByHeader(HttpServerRequest request) {
        List<String> names = headers(request).distinct().toList();
        return switch (names.size()) {
            case 0 -> new AuthenticationResult.Known(TenantId.ANONYMOUS);
            case 1 -> parse(names.getFirst(), TENANT_HEADER);
            default ->
                new AuthenticationResult.Denied(
                        new AccessError(400, Reason.TENANT_INVALID, TENANT_HEADER + ": names two tenants; name one"));
        };
    }

    private AuthenticationResult namedByPath(HttpServerRequest request, String name) {
        AuthenticationResult named = parse(name, "tenant in the path");
        if (headers(request).findAny().isEmpty() || named instanceof AuthenticationResult.Denied) {
            return named;
        }
        AuthenticationResult ofHeader = namedByHeader(request);
        return ofHeader instanceof AuthenticationResult.Denied || ofHeader.equals(named)
                ? ofHeader
                : new AuthenticationResult.Denied(new AccessError(
                        403,
                        Reason.FORBIDDEN,
                        TENANT_HEADER + ": names another tenant than the path; leave it out, or name the same"));
    }

    /** The tenant of this name; an error says with {@code where} which part of the request it came from. */
    private static AuthenticationResult parse(String name, String where) {
        return TenantId.parse(name)
                .<AuthenticationResult>map(AuthenticationResult.Known::new)
                .orElseGet(() -> new AuthenticationResult.Denied(
                        new AccessError(400, Reason.TENANT_INVALID, where + TENANT_RULE)));
    }

    private AuthenticationResult forbidden() {
        return denied(AccessError.FORBIDDEN);
    }

    private AuthenticationResult denied(AccessError error) {
        return new AuthenticationResult.Denied(counted(error));
    }

    private AccessError counted(AccessError error) {
        Counter counter = rejected.get(error.reason());
        if (counter != null) {
            counter.increment();
        }
        return error;
    }

    private static <T> Uni<T> done(T item) {
        return Uni.createFrom().item(item);
    }
}
