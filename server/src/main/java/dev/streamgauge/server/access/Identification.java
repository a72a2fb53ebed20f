package dev.streamgauge.server.access;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyHash;
import dev.streamgauge.core.access.KeyId;
import dev.streamgauge.server.connections.PausedRequests;
import dev.streamgauge.server.tenants.OwnedKey;
import dev.streamgauge.server.tenants.TenantCache;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what the credentials of a request prove.
 *
 * <p>A valid key is accepted at once, without leaving the event loop. A well-formed key that is not valid waits for a
 * poll of Redis that begins after the request came, whether its id is known or not. So a key works as soon as it is
 * created, and the response time does not reveal which ids exist. The request is paused while it waits; if there is no
 * room for what would be queued for it meanwhile, it is rejected at once.
 */
final class Identification {

    private final TenantCache tenants;
    private final PausedRequests pausedRequests;
    private final InstantSource clock;
    private final Optional<ConfiguredKey> adminKey;

    /**
     * Knows the keys of the tenants, and the administrator's.
     *
     * @param adminKey the administrator's key, if there is one
     */
    Identification(TenantCache tenants, PausedRequests pausedRequests, InstantSource clock, Optional<String> adminKey) {
        this.tenants = tenants;
        this.pausedRequests = pausedRequests;
        this.clock = clock;
        this.adminKey = adminKey.map(ConfiguredKey::of);
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

    /** The identity that a secret proves if it has this hash. */
    private record Candidate(Identity identity, KeyHash hash) {

        static final Candidate NONE = new Candidate(new Identity.Unknown(), KeyHash.NONE);
    }

    /** What the credentials of a request prove. */
    Uni<Identity> identify(HttpServerRequest request, Credentials credentials) {
        return identify(request, credentials, KeyHash.of(credentials.secret()));
    }

    /**
     * As above.
     *
     * @param hash of the secret
     */
    Uni<Identity> identify(HttpServerRequest request, Credentials credentials, KeyHash hash) {
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

    private static <T> Uni<T> done(T item) {
        return Uni.createFrom().item(item);
    }
}
