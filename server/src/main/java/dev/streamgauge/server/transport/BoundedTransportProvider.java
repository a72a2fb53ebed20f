package dev.streamgauge.server.transport;

import dev.streamgauge.server.connections.ServerConnections;
import io.quarkus.arc.Arc;
import io.quarkus.arc.ArcContainer;
import io.quarkus.arc.InstanceHandle;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.spi.VertxServiceProvider;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Makes Vert.x use a {@link BoundedTransport}. Vert.x finds it by its name in {@code META-INF/services}. */
public final class BoundedTransportProvider implements VertxServiceProvider {

    private static final Logger LOG = Logger.getLogger(BoundedTransportProvider.class);

    @Override
    public void init(VertxBuilder builder) {
        if (builder.findTransport() instanceof JDKTransport) {
            builder.findTransport(new BoundedTransport(BoundedTransportProvider::connections));
        } else {
            LOG.warn("connections limit=off cause=native-transport");
        }
    }

    /** Empty in a test without an application. */
    private static Optional<ServerConnections> connections() {
        ArcContainer container = Arc.container();
        if (container == null || !container.isRunning()) {
            return Optional.empty();
        }
        InstanceHandle<ServerConnections> handle = container.instance(ServerConnections.class);
        return handle.isAvailable() ? Optional.of(handle.get()) : Optional.empty();
    }
}
