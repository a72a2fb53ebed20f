package dev.streamgauge.server.connections;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.server.Settings;
import dev.streamgauge.server.problems.ProblemAnswers;
import dev.streamgauge.server.transport.BoundedTransport;
import io.quarkus.runtime.configuration.MemorySize;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.VertxBuilder;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/** A Vert.x whose servers have bounded connections, as in the application. */
public final class BoundedVertx {

    /** What answers to malformed requests name as the limits. */
    static final int MAX_REQUEST_LINE_BYTES = 1_000;

    static final int MAX_HEADER_BYTES = 2_000;

    private BoundedVertx() {}

    /** Connections with the defaults, except for the given settings. */
    public static ServerConnections connections(String... namesAndValues) {
        return new ServerConnections(
                Settings.of(namesAndValues),
                new MalformedRequests(
                        new ProblemAnswers(new ObjectMapper()),
                        MAX_REQUEST_LINE_BYTES,
                        new MemorySize(BigInteger.valueOf(MAX_HEADER_BYTES))));
    }

    /** A Vert.x whose servers have these connections. */
    static Vertx with(ServerConnections connections, VertxOptions options) {
        return new VertxBuilder(options)
                .serviceProviders(List.of())
                .findTransport(new BoundedTransport(() -> Optional.of(connections)))
                .init()
                .vertx();
    }
}
