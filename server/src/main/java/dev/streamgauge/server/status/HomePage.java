package dev.streamgauge.server.status;

import dev.streamgauge.server.Role;
import io.quarkus.arc.All;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Collection;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** {@code GET /}: a page that says what this process is and where to go. */
@ApplicationScoped
public class HomePage {

    private final Buffer page;

    HomePage(@All List<Role> roles, @ConfigProperty(name = "quarkus.application.version") String version) {
        List<String> names = roles.stream().map(Role::name).sorted().toList();
        this.page = Buffer.buffer(
                """
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><title>Streamgauge</title></head>
            <body>
            <h1>Streamgauge</h1>
            <p>Version %s. This process has the role%s %s.</p>
            <ul>
            %s</ul>
            </body>
            </html>
            """.formatted(version, names.size() == 1 ? "" : "s", String.join(", ", names), places(names)));
    }

    /** What this process serves that a person may want to see; the rest is in the description of the API. */
    private static String places(Collection<String> roles) {
        StringBuilder items = new StringBuilder();
        if (roles.contains("query")) {
            items.append(item("/metrics", "the metrics of the caller's tenant"));
            items.append(item("/api/v1/usage", "what the caller's tenant has sent, and its limits"));
        }
        if (roles.contains("ingest")) {
            items.append("<li><code>POST /api/v1/metrics</code>: push samples</li>\n");
        }
        items.append(item("/api/v1/status", "the state of this process"));
        items.append(item("/q/health/ready", "whether it serves requests, and why not"));
        items.append(item("/q/metrics", "metrics of this process"));
        items.append(item("/q/openapi", "the description of the API"));
        return items.toString();
    }

    private static String item(String path, String what) {
        return "<li><a href=\"%s\"><code>%s</code></a>: %s</li>\n".formatted(path, path, what);
    }

    void register(@Observes Router router) {
        router.get("/").handler(this::send);
        router.head("/").handler(this::send);
    }

    private void send(RoutingContext exchange) {
        HttpServerResponse response = exchange.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/html; charset=utf-8")
                .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(page.length()));
        if (exchange.request().method().equals(HttpMethod.HEAD)) {
            response.end();
        } else {
            response.end(page);
        }
    }
}
