package dev.streamgauge.server.transport;

import dev.streamgauge.server.connections.ServerConnections;
import dev.streamgauge.server.hostnames.HostAlias;
import io.netty.bootstrap.ServerBootstrap;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.SocketAddress;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The transport of the JDK, with a handler on each server socket that sees connections as they are accepted. Vert.x and
 * Quarkus offer nothing that comes before the request is decoded.
 */
public final class BoundedTransport extends JDKTransport {

    private final Supplier<Optional<ServerConnections>> connections;

    /**
     * A transport.
     *
     * @param connections asked when a server begins to listen
     */
    public BoundedTransport(Supplier<Optional<ServerConnections>> connections) {
        this.connections = connections;
    }

    /** A connection to an alias goes to the host that has it. */
    @Override
    public java.net.SocketAddress convert(SocketAddress address) {
        String host = address.host();
        return super.convert(
                host == null ? address : SocketAddress.inetSocketAddress(address.port(), HostAlias.resolve(host)));
    }

    @Override
    public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
        super.configure(options, domainSocket, bootstrap);
        connections.get().ifPresent(bounded -> bootstrap.handler(new AcceptHandler(bounded)));
    }
}
