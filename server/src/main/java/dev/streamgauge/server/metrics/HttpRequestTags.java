package dev.streamgauge.server.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import java.util.HashSet;
import java.util.Set;

/**
 * Gives requests with a made-up method or path one tag value, {@value #UNKNOWN}, in the metrics of the HTTP server.
 * Otherwise clients without a key could make any number of series, and beyond Quarkus' limit of values the known paths
 * would no longer be counted.
 */
final class HttpRequestTags implements MeterFilter {

    /** Micrometer's name for a method or a path that is not known. */
    static final String UNKNOWN = "UNKNOWN";

    private static final String PREFIX = "http.server.";
    private static final String METHOD = "method";
    private static final String URI = "uri";

    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    /** Values that Quarkus sets for requests without a path of their own. */
    private static final Set<String> NO_PATHS = Set.of("root", "NOT_FOUND", "REDIRECTION", "/cors-preflight");

    private final Set<String> uris;

    /**
     * Keeps the paths of the API.
     *
     * @param paths templates such as {@code /tenants/{tenant}/metrics}
     */
    HttpRequestTags(Set<String> paths) {
        this.uris = new HashSet<>(paths);
        this.uris.addAll(NO_PATHS);
    }

    @Override
    public Meter.Id map(Meter.Id id) {
        return id.getName().startsWith(PREFIX) ? known(known(id, METHOD, METHODS), URI, uris) : id;
    }

    private static Meter.Id known(Meter.Id id, String tag, Set<String> known) {
        String value = id.getTag(tag);
        return value == null || known.contains(value) ? id : id.withTag(Tag.of(tag, UNKNOWN));
    }
}
