package dev.streamgauge.server.access;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyHash;
import dev.streamgauge.core.access.KeyId;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.StreamgaugeConfig.AuthMode;
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
 * Finds out who is calling. In mode {@code open} a caller is the tenant that it names; in mode {@code api-key} the tenant
 * comes from the key and from nowhere else, and what else names a tenant may only name the same one.
 *
 * <p>A valid key is found at once, without leaving the event loop. A well-formed one that is not valid waits for a look at
 * Redis that begins after it came, whether its id is known or not: so a key works as soon as it was made, and the time that
 * an answer takes tells nothing of which ids there are. The request is paused meanwhile.
 */
@ApplicationScoped
public class Authenticator {

    /** Names the tenant, as in Mimir and Loki. */
    public static final String TENANT_HEADER = "X-Scope-OrgID";

    private static final String TENANT_RULE = ": 1 to 150 characters of A-Z a-z 0-9 ! - _ . * ' ( ), not . or ..";

    private final TenantCache tenants;
    private final InstantSource clock;
    private final AuthMode mode;
    private final Optional<ConfiguredKey> adminKey;
    private final Optional<ConfiguredKey> metricsKey;
    private final Map<Reason, Counter> rejected = new EnumMap<>(Reason.class);

    public Authenticator(StreamgaugeConfig config, TenantCache tenants, InstantSource clock, MeterRegistry registry) {
        this.tenants = tenants;
        this.clock = clock;
        this.mode = config.auth().mode();
        this.adminKey = config.auth().adminKey().map(ConfiguredKey::of);
        this.metricsKey = config.auth().metricsKey().map(ConfiguredKey::of);
        for (AccessError each :
                new AccessError[] {AccessError.UNAUTHORIZED, AccessError.FORBIDDEN, AccessError.UNCERTAIN}) {
            rejected.put(
                    each.reason(),
                    Counter.builder("streamgauge.rejected.callers")
                            .description("Requests rejected for want of a valid key, or of the right one")
                            .tag("reason", each.reason().id())
                            .register(registry));
        }
    }

    /**
     * A key from the configuration, as its hash.
     *
     * @param id of a key in the form of {@link ApiKey}; other texts have none
     */
    private record ConfiguredKey(Optional<KeyId> id, KeyHash hash) {

        static ConfiguredKey of(String text) {
            return new ConfiguredKey(ApiKey.parse(text).map(ApiKey::id), KeyHash.of(text));
        }
    }

    /** Who has proved to be whom. */
    private sealed interface Caller {

        /** The holder of a tenant's key. */
        record Holder(OwnedKey owned) implements Caller {}

        /** The holder of the administrator's key. */
        record Administrator() implements Caller {}

        /** Nobody that we know. */
        record Nobody() implements Caller {}

        /** It cannot be said now. */
        record Uncertain() implements Caller {}
    }

    /** What a secret may be: the caller it proves, and the hash that it has to have for that. */
    private record Candidate(Caller caller, KeyHash hash) {

        static final Candidate NONE = new Candidate(new Caller.Nobody(), KeyHash.NONE);
    }

    /** As which tenant a caller acts who needs that scope. */
    public Uni<AuthenticationResult> tenantOf(HttpServerRequest request, Scope scope) {
        if (mode == AuthMode.OPEN) {
            return done(namedByHeader(request));
        }
        Credentials credentials = Credentials.of(request.headers());
        return identify(request, credentials).map(caller -> switch (caller) {
            case Caller.Holder(OwnedKey owned) ->
                owned.key().allows(scope)
                                && namesNobodyElse(
                                        request, credentials, owned.tenant().value())
                        ? new AuthenticationResult.Known(owned.tenant())
                        : denied(AccessError.FORBIDDEN);
            case Caller.Administrator() -> denied(AccessError.FORBIDDEN); // which is no tenant
            case Caller.Nobody() -> denied(AccessError.UNAUTHORIZED);
            case Caller.Uncertain() -> denied(AccessError.UNCERTAIN);
        });
    }

    /**
     * As which tenant a caller acts who needs that scope, and names the tenant in the path.
     *
     * @param name as it stands in the path, decoded
     */
    public Uni<AuthenticationResult> tenantNamed(HttpServerRequest request, Scope scope, String name) {
        if (mode == AuthMode.OPEN) {
            return done(namedByPath(request, name));
        }
        Credentials credentials = Credentials.of(request.headers());
        return identify(request, credentials).map(caller -> switch (caller) {
            case Caller.Holder(OwnedKey owned) -> {
                if (owned.key().allows(Scope.ADMIN) && adminKey.isPresent()) {
                    yield namesNobodyElse(credentials, owned.tenant().value()) ? named(request, name) : forbidden();
                }
                yield owned.key().allows(scope)
                                && owned.tenant().value().equals(name)
                                && namesNobodyElse(request, credentials, name)
                        ? new AuthenticationResult.Known(owned.tenant())
                        : forbidden();
            }
            case Caller.Administrator() -> named(request, name);
            case Caller.Nobody() -> denied(AccessError.UNAUTHORIZED);
            case Caller.Uncertain() -> denied(AccessError.UNCERTAIN);
        });
    }

    /**
     * Which tenants a caller may read. All of them for who administers this installation, unless the header names one; else
     * the caller's own.
     *
     * <p>In mode {@code open} a tenant begins to exist with its first sample, and who names none is {@code anonymous}. Only
     * an administrator gets the tenants with a record there: behind a proxy that sets the header, the others would see names
     * that are not for them. Credentials that prove no administrator are rejected and not ignored, where no header says who
     * is meant: else a key that has been changed would turn the list of all into that of one.
     */
    public Uni<ReadableTenants> readableBy(HttpServerRequest request) {
        boolean namesTenant = headers(request).findAny().isPresent();
        if (mode == AuthMode.OPEN
                && (namesTenant || adminKey.isEmpty() || !request.headers().contains(HttpHeaders.AUTHORIZATION))) {
            return done(only(namedByHeader(request)));
        }
        Credentials credentials = Credentials.of(request.headers());
        return identify(request, credentials).map(caller -> switch (caller) {
            case Caller.Holder(OwnedKey owned) -> {
                if (!namesNobodyElse(credentials, owned.tenant().value())) {
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
            case Caller.Administrator() -> namesTenant ? only(namedByHeader(request)) : all();
            case Caller.Nobody() -> only(denied(AccessError.UNAUTHORIZED));
            case Caller.Uncertain() -> only(denied(AccessError.UNCERTAIN));
        });
    }

    private static ReadableTenants only(AuthenticationResult verdict) {
        return switch (verdict) {
            case AuthenticationResult.Known(TenantId tenant) -> new ReadableTenants.Known(List.of(tenant));
            case AuthenticationResult.Denied(AccessError why) -> new ReadableTenants.Denied(why);
        };
    }

    /** All tenants; none of a list that may be too short, since a scraper would drop whom it does not find there. */
    private ReadableTenants all() {
        return tenants.isFresh() ? new ReadableTenants.Known(tenants.ids()) : only(denied(AccessError.UNCERTAIN));
    }

    /** The tenant of that name, for who may read any; the header may name no other. */
    private AuthenticationResult named(HttpServerRequest request, String name) {
        return headerNamesOnly(request, name) ? parse(name, "tenant in the path") : forbidden();
    }

    /** Whether a caller administers this installation, in either mode. */
    public Uni<AdministratorAuthentication> administrator(HttpServerRequest request) {
        if (adminKey.isEmpty()) {
            return done(new AdministratorAuthentication.Off());
        }
        Credentials credentials = Credentials.of(request.headers());
        return identify(request, credentials).map(caller -> switch (caller) {
            case Caller.Holder(OwnedKey owned) ->
                owned.key().allows(Scope.ADMIN)
                                && namesNobodyElse(
                                        request, credentials, owned.tenant().value())
                        ? new AdministratorAuthentication.Granted(
                                owned.key().id().value())
                        : new AdministratorAuthentication.Denied(counted(AccessError.FORBIDDEN));
            case Caller.Administrator() -> new AdministratorAuthentication.Granted("admin-key");
            case Caller.Nobody() -> new AdministratorAuthentication.Denied(counted(AccessError.UNAUTHORIZED));
            case Caller.Uncertain() -> new AdministratorAuthentication.Denied(counted(AccessError.UNCERTAIN));
        });
    }

    /** Why a caller may not see what the operator of this process sees; empty if it may. */
    public Uni<Optional<AccessError>> operator(HttpServerRequest request) {
        if (metricsKey.isEmpty()) {
            return done(Optional.empty());
        }
        Credentials credentials = Credentials.of(request.headers());
        KeyHash hash = KeyHash.of(credentials.secret());
        if (hash.matches(metricsKey.get().hash())) {
            return done(Optional.empty());
        }
        return identify(request, credentials, hash).map(caller -> switch (caller) {
            case Caller.Holder(OwnedKey owned) ->
                owned.key().allows(Scope.ADMIN) && adminKey.isPresent()
                        ? Optional.empty()
                        : Optional.of(counted(AccessError.FORBIDDEN));
            case Caller.Administrator() -> Optional.empty();
            case Caller.Nobody() -> Optional.of(counted(AccessError.UNAUTHORIZED));
            case Caller.Uncertain() -> Optional.of(counted(AccessError.UNCERTAIN));
        });
    }

    private Uni<Caller> identify(HttpServerRequest request, Credentials credentials) {
        return identify(request, credentials, KeyHash.of(credentials.secret()));
    }

    private Uni<Caller> identify(HttpServerRequest request, Credentials credentials, KeyHash hash) {
        Optional<ApiKey> key = ApiKey.parse(credentials.secret());
        Candidate candidate = candidate(key);
        if (hash.matches(candidate.hash())) {
            return done(believed(candidate.caller()));
        }
        if (key.isEmpty()) {
            return done(new Caller.Nobody());
        }
        return afterALook(request).map(looked -> {
            Candidate second = candidate(key);
            if (hash.matches(second.hash())) {
                return believed(second.caller());
            }
            return looked == Look.DONE ? new Caller.Nobody() : new Caller.Uncertain();
        });
    }

    private Candidate candidate(Optional<ApiKey> key) {
        Optional<KeyId> id = key.map(ApiKey::id);
        if (adminKey.isPresent() && adminKey.get().id().equals(id)) {
            return new Candidate(new Caller.Administrator(), adminKey.get().hash());
        }
        return id.flatMap(tenants::findKey)
                .map(owned ->
                        new Candidate(new Caller.Holder(owned), owned.key().hash()))
                .orElse(Candidate.NONE);
    }

    /** The caller, unless its key has expired, or nobody knows whether it was revoked. */
    private Caller believed(Caller caller) {
        if (!(caller instanceof Caller.Holder(OwnedKey owned))) {
            return caller;
        }
        if (!owned.key().isLive(clock.instant())) {
            return new Caller.Nobody();
        }
        return tenants.isFresh() || tenants.isInFile(owned.tenant()) ? caller : new Caller.Uncertain();
    }

    /** How a look at Redis went. */
    private enum Look {
        DONE,
        FAILED
    }

    private Uni<Look> afterALook(HttpServerRequest request) {
        @Nullable Context context = Vertx.currentContext();
        request.pause(); // else what comes of the body meanwhile finds no reader
        Uni<Look> looked = tenants.refresh().replaceWith(Look.DONE).onFailure().recoverWithItem(Look.FAILED);
        return context == null
                ? looked
                : looked.emitOn(command -> context.runOnContext(nothing -> {
                    command.run(); // which lets whoever reads the body say so
                    request.resume();
                }));
    }

    private static boolean namesNobodyElse(HttpServerRequest request, Credentials credentials, String tenant) {
        return namesNobodyElse(credentials, tenant) && headerNamesOnly(request, tenant);
    }

    private static boolean namesNobodyElse(Credentials credentials, String tenant) {
        return credentials.user().orElse(tenant).equals(tenant);
    }

    private static boolean headerNamesOnly(HttpServerRequest request, String tenant) {
        return headers(request).allMatch(tenant::equals);
    }

    private static Stream<String> headers(HttpServerRequest request) {
        return request.headers().getAll(TENANT_HEADER).stream().filter(name -> !name.isEmpty());
    }

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
        AuthenticationResult caller = namedByHeader(request);
        return caller instanceof AuthenticationResult.Denied || caller.equals(named)
                ? caller
                : new AuthenticationResult.Denied(new AccessError(
                        403,
                        Reason.FORBIDDEN,
                        TENANT_HEADER + ": names another tenant than the path; leave it out, or name the same"));
    }

    /** The tenant of that name; {@code where} says in an error where the name stood. */
    private static AuthenticationResult parse(String name, String where) {
        return TenantId.parse(name)
                .<AuthenticationResult>map(AuthenticationResult.Known::new)
                .orElseGet(() -> new AuthenticationResult.Denied(
                        new AccessError(400, Reason.TENANT_INVALID, where + TENANT_RULE)));
    }

    private AuthenticationResult forbidden() {
        return denied(AccessError.FORBIDDEN);
    }

    private AuthenticationResult denied(AccessError why) {
        return new AuthenticationResult.Denied(counted(why));
    }

    private AccessError counted(AccessError why) {
        Counter counter = rejected.get(why.reason());
        if (counter != null) {
            counter.increment();
        }
        return why;
    }

    private static <T> Uni<T> done(T item) {
        return Uni.createFrom().item(item);
    }
}
