package dev.streamgauge.server.connections;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.HttpServerOptions;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Offers HTTP/2 over TLS only. A request that upgrades its connection to HTTP/2 in clear text has a body without flow
 * control: Vert.x queues all of it, whatever its length, while the request is paused. RFC 9113, section 3.1, has
 * deprecated the upgrade. A client that offers it goes on with HTTP/1.1.
 */
@ApplicationScoped
public class NoClearTextHttp2 implements HttpServerOptionsCustomizer {

    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        options.setHttp2ClearTextEnabled(false);
    }
}
