package dev.streamgauge.server.connections;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;

/** Hides from the HTTP layer that the first request of a connection offers another protocol. */
final class IgnoredUpgrade extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request) {
            request.headers().remove(HttpHeaderNames.UPGRADE);
            context.pipeline().remove(this);
        }
        context.fireChannelRead(message);
    }
}
