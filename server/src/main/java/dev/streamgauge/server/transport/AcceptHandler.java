package dev.streamgauge.server.transport;

import dev.streamgauge.server.connections.ServerConnections;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;

/** Sees each connection of one server socket before its first byte, and the errors of accepting. */
final class AcceptHandler extends ChannelInboundHandlerAdapter {

    /** How long nothing is accepted after an error, which is most likely that the process has too many open files. */
    private static final long PAUSE_MILLIS = 200;

    private final ServerConnections connections;

    AcceptHandler(ServerConnections connections) {
        this.connections = connections;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        Channel channel = (Channel) accepted;
        if (connections.admit(channel)) {
            context.fireChannelRead(channel);
        } else {
            channel.unsafe().closeForcibly(); // it has no event loop yet
        }
    }

    /** Netty would log each error with its stack trace. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        connections.acceptFailed(cause);
        ChannelConfig config = context.channel().config();
        if (config.isAutoRead()) {
            config.setAutoRead(false);
            var _ = context.channel()
                    .eventLoop()
                    .schedule(() -> config.setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
