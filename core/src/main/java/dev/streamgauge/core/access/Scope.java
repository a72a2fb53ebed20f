package dev.streamgauge.core.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a key allows. No scope implies another. */
public enum Scope {
    /** To push to the key's tenant. */
    INGEST,
    /** To read the key's tenant. */
    QUERY,
    /** To use the admin API for all tenants, and to read any tenant that a path names. */
    ADMIN;

    private final String id = name().toLowerCase(Locale.ROOT);

    /** The scope of that id. */
    public static Optional<Scope> find(String id) {
        return Arrays.stream(values()).filter(scope -> scope.id.equals(id)).findFirst();
    }

    /** The name in files and answers, in lower case. */
    public String id() {
        return id;
    }
}
