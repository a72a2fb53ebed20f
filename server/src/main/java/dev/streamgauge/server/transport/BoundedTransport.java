package dev.streamgauge.server.transport;

import dev.streamgauge.server.connections.ServerConnections;
import dev.streamgauge.server.hostnames.HostAlias;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.SocketAddress;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The transport of the JDK, with handlers that Vert.x and Quarkus offer no place for: one on each server socket that sees
 * connections as they are accepted, before a request is decoded, and one on each client socket that joins writes.
 */
public final class BoundedTransport extends JDKTransport {

    private static final int MAX_JOINED_WRITES = 256;

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

    /**
     * Makes client sockets that send what is written during one turn of their event loop together. The calls of several
     * requests then go to Redis in one system call, and Redis reads them and fsyncs after them together.
     */
    @Override
    public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
        ChannelFactory<? extends Channel> factory = super.channelFactory(domainSocket);
        return () -> {
            Channel channel = factory.newChannel();
            channel.pipeline().addFirst(new FlushConsolidationHandler(MAX_JOINED_WRITES, true));
            return channel;
        };
    }

    @Override
    public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
        super.configure(options, domainSocket, bootstrap);
        connections.get().ifPresent(bounded -> bootstrap.handler(new AcceptHandler(bounded)));
    }
}
