package dev.streamgauge.server.requests;

import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.SmallRyeConfigBuilderCustomizer;

/**
 * Turns off Quarkus' check of URLs, which answers 400 without a body, and rejects selectors with unencoded braces and
 * quotes, which Prometheus' own programs accept. {@link RequestTarget} checks URLs instead.
 *
 * <p>Quarkus reads this system property when the class of its HTTP server is loaded. It builds its configuration before
 * that, and calls this class then.
 */
public final class LenientUrls implements SmallRyeConfigBuilderCustomizer {

    @Override
    public void configBuilder(SmallRyeConfigBuilder builder) {
        System.setProperty("vertx.disableURIValidation", "true");
    }
}
