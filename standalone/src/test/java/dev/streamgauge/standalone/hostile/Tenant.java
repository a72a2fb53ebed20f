package dev.streamgauge.standalone.hostile;

import dev.streamgauge.core.access.ApiKey;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;

/**
 * A tenant, and how it proves that.
 *
 * @param header the header that names it or has its key
 */
record Tenant(String name, String header, String value) {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** A tenant in mode {@code open}. */
    static Tenant named(String name) {
        return new Tenant(name, "X-Scope-OrgID", name);
    }

    /** A tenant in mode {@code api-key}. */
    static Tenant withKey(String name, ApiKey key) {
        return new Tenant(name, "Authorization", "Bearer " + key.text());
    }

    /** A request of this tenant. */
    HttpRequest.Builder to(URI address) {
        return HttpRequest.newBuilder(address).header(header, value).timeout(PATIENCE);
    }

    /** The header as a line of a request. */
    String headerLine() {
        return header + ": " + value + "\r\n";
    }
}
