package dev.streamgauge.core.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a key allows. */
public enum Scope {
    /** To push to the key's tenant. */
    INGEST,
    /** To read the key's tenant. */
    QUERY,
    /** To read any tenant that a path names, and to discover all tenants. Includes {@link #QUERY}. */
    QUERY_ALL,
    /** To delete series of the key's tenant. */
    DELETE,
    /** Everything: the other scopes, and the admin API for all tenants. */
    ADMIN;

    /** The ids of all scopes, for messages. */
    public static final String ALL_IDS = Arrays.stream(values()).map(Scope::id).collect(Collectors.joining(", "));

    private final String id = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The scope of that id. */
    public static Optional<Scope> find(String id) {
        return Arrays.stream(values()).filter(scope -> scope.id.equals(id)).findFirst();
    }

    /** The name in files and answers, in lower case. */
    public String id() {
        return id;
    }

    /** Whether a key of this scope may do what the other scope allows. */
    public boolean includes(Scope other) {
        return switch (this) {
            case ADMIN -> true;
            case QUERY_ALL -> other == QUERY || other == QUERY_ALL;
            case INGEST, QUERY, DELETE -> other == this;
        };
    }
}
