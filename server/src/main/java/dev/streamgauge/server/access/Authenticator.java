package dev.streamgauge.server.access;

import dev.streamgauge.core.access.KeyHash;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.StreamgaugeConfig.AuthMode;
import dev.streamgauge.server.connections.PausedRequests;
import dev.streamgauge.server.problems.RequestError;
import dev.streamgauge.server.tenants.OwnedKey;
import dev.streamgauge.server.tenants.TenantCache;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Authenticates requests. In mode {@code open} the request names its tenant. In mode {@code api-key} the tenant comes
 * from the key alone; if the header, the path or the user of Basic names a tenant too, it must be the same one.
 */
@ApplicationScoped
public class Authenticator {

    /** Names the tenant, as in Mimir and Loki. */
    public static final String TENANT_HEADER = "X-Scope-OrgID";

    /** What the log calls the administrator's key. */
    private static final String ADMIN_KEY = "admin-key";

    private static final String TENANT_RULE = ": 1 to 150 characters of A-Z a-z 0-9 ! - _ . * ' ( ), not . or ..";

    private static final AccessError DELETION_OFF = new AccessError(
            404,
            RequestError.NOT_FOUND,
            "deletion of series: off in mode open, since streamgauge.auth.admin-key is not set; set it, and send it as"
                    + " Bearer");

    private final TenantCache tenants;
    private final Identification identification;
    private final AuthMode mode;
    private final boolean hasAdministrator;
    private final Optional<KeyHash> metricsKey;
    private final Map<ErrorId, Counter> rejected = new HashMap<>();

    public Authenticator(
            StreamgaugeConfig config,
            TenantCache tenants,
            PausedRequests pausedRequests,
            InstantSource clock,
            MeterRegistry registry) {
        this.tenants = tenants;
        this.identification =
                new Identification(tenants, pausedRequests, clock, config.auth().adminKey());
        this.mode = config.auth().mode();
        this.hasAdministrator = config.auth().adminKey().isPresent();
        this.metricsKey = config.auth().metricsKey().map(KeyHash::of);
        for (ErrorId reason :
                List.of(RequestError.UNAUTHORIZED, RequestError.FORBIDDEN, RequestError.REDIS_UNAVAILABLE)) {
            rejected.put(
                    reason,
                    Counter.builder("streamgauge.rejected.callers")
                            .description("Requests rejected because of their key, or because it could not be checked")
                            .tag("reason", reason.id())
                            .register(registry));
        }
    }

    /** The tenant of a request that needs this scope. */
    public Uni<AuthenticationResult> tenantOf(HttpServerRequest request, Scope scope) {
        if (mode == AuthMode.OPEN) {
            return done(namedByHeader(request));
        }
        Credentials credentials = Credentials.of(request.headers());
        return identification
                .identify(request, credentials)
                .map(identity -> ownTenant(request, credentials, identity, scope));
    }

    private AuthenticationResult ownTenant(
            HttpServerRequest request, Credentials credentials, Identity identity, Scope scope) {
        return switch (identity) {
            case Identity.KeyHolder(OwnedKey owned) -> ownTenant(request, credentials, owned, scope);
            case Identity.Administrator() -> denied(AccessError.NO_TENANT_OF_ITS_OWN);
            case Identity.Unknown() -> denied(AccessError.UNAUTHORIZED);
            case Identity.Undecided() -> denied(AccessError.UNDECIDED);
        };
    }

    /**
     * The tenant of a request that needs this scope and names its tenant in the path. Administrators, and keys that may
     * read all tenants, may name any tenant that exists.
     *
     * @param name the tenant in the path, decoded
     */
    public Uni<AuthenticationResult> tenantNamed(HttpServerRequest request, Scope scope, String name) {
        if (mode == AuthMode.OPEN) {
            return done(namedByPath(request, name));
        }
        Credentials credentials = Credentials.of(request.headers());
        return identification.identify(request, credentials).map(identity -> switch (identity) {
            case Identity.KeyHolder(OwnedKey owned) -> {
                if (mayReadAll(owned)) {
                    yield userMismatch(credentials, owned).map(this::denied).orElseGet(() -> named(request, name));
                }
                yield owned.tenant().value().equals(name)
                        ? ownTenant(request, credentials, owned, scope)
                        : denied(AccessError.otherTenantInPath(owned.key()));
            }
            case Identity.Administrator() -> named(request, name);
            case Identity.Unknown() -> denied(AccessError.UNAUTHORIZED);
            case Identity.Undecided() -> denied(AccessError.UNDECIDED);
        });
    }

    /** The tenant of the key, if the key has the scope and the request names no other tenant. */
    private AuthenticationResult ownTenant(
            HttpServerRequest request, Credentials credentials, OwnedKey owned, Scope scope) {
        return flaw(request, credentials, owned, scope)
                .map(this::denied)
                .orElseGet(() -> new AuthenticationResult.Known(owned.tenant()));
    }

    /** Why a key may not do this to its own tenant; empty if it may. */
    private static Optional<AccessError> flaw(
            HttpServerRequest request, Credentials credentials, OwnedKey owned, Scope scope) {
        if (!owned.key().allows(scope)) {
            return Optional.of(AccessError.scopeMissing(scope, owned.key()));
        }
        return userMismatch(credentials, owned)
                .or(() -> headerNamesOnly(request, owned.tenant().value())
                        ? Optional.empty()
                        : Optional.of(AccessError.otherTenantThan(TENANT_HEADER)));
    }

    private static Optional<AccessError> userMismatch(Credentials credentials, OwnedKey owned) {
        String tenant = owned.tenant().value();
        return credentials.user().orElse(tenant).equals(tenant)
                ? Optional.empty()
                : Optional.of(AccessError.otherTenantThan("the user of Basic authentication"));
    }

    /** Without an administrator's key, the scope {@code admin} is for the key's tenant alone. */
    private boolean mayReadAll(OwnedKey owned) {
        return owned.key().scopes().contains(Scope.QUERY_ALL) || isAdministrator(owned);
    }

    private boolean isAdministrator(OwnedKey owned) {
        return owned.key().allows(Scope.ADMIN) && hasAdministrator;
    }

    /**
     * The tenants that a request may read. An administrator, and a key of the scope {@code query-all}, may read all
     * tenants, or the one that the header names; any other key its own tenant.
     *
     * <p>In mode {@code open} a tenant begins to exist with its first sample, and a request without the header acts as
     * {@code anonymous}. Only those keys get the tenants with a record: behind a proxy that sets the header, other
     * clients would see names that are not for them. Without the header, other credentials are rejected: ignoring them
     * would shrink the list to one tenant when the administrator's key changes.
     */
    public Uni<ReadableTenants> readableBy(HttpServerRequest request) {
        boolean namesTenant = headers(request).findAny().isPresent();
        if (mode == AuthMode.OPEN
                && (namesTenant || !hasAdministrator || !request.headers().contains(HttpHeaders.AUTHORIZATION))) {
            return done(only(namedByHeader(request)));
        }
        Credentials credentials = Credentials.of(request.headers());
        return identification.identify(request, credentials).map(identity -> switch (identity) {
            case Identity.KeyHolder(OwnedKey owned) -> {
                Optional<AccessError> mismatch = userMismatch(credentials, owned);
                if (mismatch.isPresent()) {
                    yield only(denied(mismatch.get()));
                }
                if (mayReadAll(owned)) {
                    yield namesTenant ? only(namedByHeader(request)) : all();
                }
                yield mode == AuthMode.API_KEY
                        ? only(ownTenant(request, credentials, owned, Scope.QUERY))
                        : only(denied(AccessError.scopeMissing(Scope.QUERY_ALL, owned.key())));
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
        return headerNamesOnly(request, name)
                ? existing(parse(name, "tenant in the path"))
                : denied(AccessError.HEADER_UNLIKE_PATH);
    }

    /** An error if tenants must exist, and this one does not. */
    private AuthenticationResult existing(AuthenticationResult named) {
        if (mode == AuthMode.OPEN
                || !(named instanceof AuthenticationResult.Known(TenantId tenant))
                || tenants.exists(tenant)) {
            return named;
        }
        return denied(tenants.isFresh() ? AccessError.TENANT_NOT_FOUND : AccessError.UNDECIDED);
    }

    /** Whether a request comes from an administrator of this installation, in either mode. */
    public Uni<AdministratorAuthentication> administrator(HttpServerRequest request) {
        if (!hasAdministrator) {
            return done(new AdministratorAuthentication.Off());
        }
        Credentials credentials = Credentials.of(request.headers());
        return identification.identify(request, credentials).map(identity -> switch (identity) {
            case Identity.KeyHolder(OwnedKey owned) ->
                flaw(request, credentials, owned, Scope.ADMIN)
                        .<AdministratorAuthentication>map(why -> new AdministratorAuthentication.Denied(counted(why)))
                        .orElseGet(() -> new AdministratorAuthentication.Granted(nameOf(identity)));
            case Identity.Administrator() -> new AdministratorAuthentication.Granted(nameOf(identity));
            case Identity.Unknown() -> new AdministratorAuthentication.Denied(counted(AccessError.UNAUTHORIZED));
            case Identity.Undecided() -> new AdministratorAuthentication.Denied(counted(AccessError.UNDECIDED));
        });
    }

    /**
     * The tenant that an administrator reads. In mode {@code api-key} it must exist.
     *
     * @param name the tenant in the path, decoded
     */
    public Uni<AuthenticationResult> administered(HttpServerRequest request, String name) {
        return administrator(request).map(authentication -> switch (authentication) {
            case AdministratorAuthentication.Off() -> new AuthenticationResult.Denied(AccessError.ADMIN_API_OFF);
            case AdministratorAuthentication.Denied(AccessError error) -> new AuthenticationResult.Denied(error);
            case AdministratorAuthentication.Granted(String by) -> existing(parse(name, "tenant in the path"));
        });
    }

    /**
     * The tenant whose series a request may delete. In mode {@code open} only an administrator may delete, since any web
     * page or program that reaches the port could otherwise destroy data.
     */
    public Uni<DeletionAuthentication> deleting(HttpServerRequest request) {
        if (mode == AuthMode.API_KEY) {
            Credentials credentials = Credentials.of(request.headers());
            return identification
                    .identify(request, credentials)
                    .map(identity ->
                            deleting(ownTenant(request, credentials, identity, Scope.DELETE), nameOf(identity)));
        }
        return administrator(request).map(authentication -> switch (authentication) {
            case AdministratorAuthentication.Off() -> new DeletionAuthentication.Denied(DELETION_OFF);
            case AdministratorAuthentication.Denied(AccessError error) -> new DeletionAuthentication.Denied(error);
            case AdministratorAuthentication.Granted(String by) -> deleting(namedByHeader(request), by);
        });
    }

    private static DeletionAuthentication deleting(AuthenticationResult tenant, String by) {
        return switch (tenant) {
            case AuthenticationResult.Known(TenantId known) -> new DeletionAuthentication.Granted(known, by);
            case AuthenticationResult.Denied(AccessError error) -> new DeletionAuthentication.Denied(error);
        };
    }

    /** What the log calls the sender of a request. */
    private static String nameOf(Identity identity) {
        return switch (identity) {
            case Identity.KeyHolder(OwnedKey owned) -> owned.key().id().value();
            case Identity.Administrator() -> ADMIN_KEY;
            case Identity.Unknown(), Identity.Undecided() -> "unknown";
        };
    }

    /** Why a request may not read the metrics and the status of this process; empty if it may. */
    public Uni<Optional<AccessError>> operator(HttpServerRequest request) {
        if (metricsKey.isEmpty()) {
            return done(Optional.empty());
        }
        Credentials credentials = Credentials.of(request.headers());
        KeyHash hash = KeyHash.of(credentials.secret());
        if (hash.matches(metricsKey.get())) {
            return done(Optional.empty());
        }
        return identification.identify(request, credentials, hash).map(identity -> switch (identity) {
            case Identity.KeyHolder(OwnedKey owned) ->
                isAdministrator(owned)
                        ? Optional.empty()
                        : Optional.of(counted(AccessError.notOfAnOperator(owned.key())));
            case Identity.Administrator() -> Optional.empty();
            case Identity.Unknown() -> Optional.of(counted(AccessError.UNAUTHORIZED));
            case Identity.Undecided() -> Optional.of(counted(AccessError.UNDECIDED));
        });
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
                new AuthenticationResult.Denied(new AccessError(
                        400, RequestError.TENANT_INVALID, TENANT_HEADER + ": names two tenants; name one"));
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
                        RequestError.FORBIDDEN,
                        TENANT_HEADER + ": names another tenant than the path; leave it out, or name the same"));
    }

    /** The tenant of this name; an error says with {@code where} which part of the request it came from. */
    private static AuthenticationResult parse(String name, String where) {
        return TenantId.parse(name)
                .<AuthenticationResult>map(AuthenticationResult.Known::new)
                .orElseGet(() -> new AuthenticationResult.Denied(
                        new AccessError(400, RequestError.TENANT_INVALID, where + TENANT_RULE)));
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
