package dev.streamgauge.core.access;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A key as it is stored: its id and hash instead of the key itself, and what it allows.
 *
 * @param id names the key
 * @param hash of the whole key
 * @param scopes what it allows, at least one
 * @param created when it was made
 * @param expires when it expires; if absent, the key is live until it is revoked
 * @param description what its owner wrote beside it, at most {@value #MAX_DESCRIPTION} characters
 */
public record KeyRecord(
        KeyId id,
        KeyHash hash,
        Set<Scope> scopes,
        Instant created,
        Optional<Instant> expires,
        Optional<String> description) {

    /** Most characters of a description. */
    public static final int MAX_DESCRIPTION = 200;

    /**
     * Copies the scopes.
     *
     * @throws IllegalArgumentException if there is no scope, or the description is too long
     */
    public KeyRecord {
        scopes = Set.copyOf(scopes);
        if (scopes.isEmpty()) {
            throw new IllegalArgumentException("scopes: none given, at least one of " + Scope.ALL_IDS + " expected");
        }
        if (description.filter(text -> text.length() > MAX_DESCRIPTION).isPresent()) {
            throw new IllegalArgumentException("description: at most " + MAX_DESCRIPTION + " characters expected");
        }
    }

    /** Whether the key is valid at that moment. */
    public boolean isLive(Instant now) {
        return expires.isEmpty() || now.isBefore(expires.get());
    }

    /** Whether it allows what the scope allows: it has the scope, or one that includes it. */
    public boolean allows(Scope scope) {
        return scopes.contains(scope) || scopes.stream().anyMatch(each -> each.includes(scope));
    }
}
