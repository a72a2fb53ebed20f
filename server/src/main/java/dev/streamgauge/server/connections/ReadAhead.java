package dev.streamgauge.server.connections;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what an HTTP/1.1 connection decodes ahead of its responses. It stands before the decoder, after TLS.
 *
 * <p>A client may send requests before the earlier ones are answered (RFC 9112, section 9.3.2). The HTTP layer decodes
 * and queues all of them, which takes many times the memory of their bytes, and handles what it can without a pause. So
 * bytes go to the decoder in parts: those of one body at once, others in small parts. None go there while a request is
 * complete and not answered, or paused, or while the client does not read its responses. Between two requests of one
 * connection, others have their turn. For one event loop.
 */
final class ReadAhead extends ChannelInboundHandlerAdapter {

    /** Most requests of senders fit into this, in bytes. */
    static final int PART_BYTES = 2 * 1024;

    /** For connections that send requests ahead: a few of the shortest requests. */
    static final int SMALL_PART_BYTES = 128;

    /** Vert.x' handler of the upgrade to HTTP/2, which it adds when a connection begins with HTTP/1.1. */
    private static final String UPGRADE_HANDLER = "h2c";

    /**
     * The preface of HTTP/2 (RFC 9113, section 3.4): after so many bytes, the HTTP layer has chosen the protocol. It takes
     * them one by one, so that no request is decoded before that.
     */
    private static final int PREFACE_BYTES = 24;

    private final ClientConnection connection;
    private final MalformedRequests malformed;
    private @Nullable ByteBuf held;
    private int prefaceBytesLeft = PREFACE_BYTES;
    private boolean isWaiting;
    private boolean isPassing;
    private boolean isScheduled;
    private boolean sendsAhead;

    ReadAhead(ClientConnection connection, MalformedRequests malformed) {
        this.connection = connection;
        this.malformed = malformed;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            context.fireChannelRead(message);
        } else if (held == null && bytes.readableBytes() <= mostBytes()) {
            pass(context, bytes);
        } else {
            held = held == null ? bytes : Unpooled.wrappedBuffer(held, bytes);
            if (!isWaiting) {
                passOn(context);
            }
        }
    }

    /** Passes on what may be decoded now. The rest waits for a response, or for the turns of other connections. */
    private void passOn(ChannelHandlerContext context) {
        isPassing = true;
        setWaiting(hasMore(context));
        isPassing = false;
    }

    /** Returns whether the rest must wait. */
    private boolean hasMore(ChannelHandlerContext context) {
        while (held != null) {
            long most = mostBytes();
            if (most == 0) {
                return true;
            }
            int began = connection.requestsBegan();
            passPart(context, held, (int) Math.min(most, held.readableBytes()));
            boolean hasNextRequest = held != null && connection.requestsBegan() > began && !connection.isReadingBody();
            if (hasNextRequest && !connection.isMultiplexed()) {
                sendsAhead = true;
                if (!connection.isAnswering()) {
                    goOnLater(context);
                }
                return true;
            }
        }
        return false;
    }

    private void passPart(ChannelHandlerContext context, ByteBuf all, int bytes) {
        if (bytes < all.readableBytes()) {
            pass(context, all.readRetainedSlice(bytes));
        } else {
            held = null;
            pass(context, all);
        }
    }

    private void pass(ChannelHandlerContext context, ByteBuf bytes) {
        int count = bytes.readableBytes();
        if (prefaceBytesLeft == PREFACE_BYTES && count > 0) {
            byte first = bytes.getByte(bytes.readerIndex());
            if (!MalformedRequests.canBeginRequest(first)) {
                bytes.release();
                malformed.answerFirstByte(context, first);
                return;
            }
        }
        context.fireChannelRead(bytes);
        if (prefaceBytesLeft > 0) {
            prefaceBytesLeft -= count;
            addBehindDecoder(context.pipeline());
        }
    }

    /** How many of the next bytes may be decoded at once; 0 for none yet. */
    private long mostBytes() {
        long most = connection.isMultiplexed() ? Integer.MAX_VALUE : mostBytesOfRequests();
        return prefaceBytesLeft > 0 ? Math.min(1, most) : most;
    }

    private long mostBytesOfRequests() {
        HttpServerRequest request = connection.request();
        int part = sendsAhead ? SMALL_PART_BYTES : PART_BYTES;
        if (connection.isPaused() || !connection.isWritable() || connection.takesNoMore()) {
            return 0;
        }
        if (request == null) {
            return part;
        }
        if (request.isEnded()) {
            return 0;
        }
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH); // Netty rejects one that is no number
        return length == null ? part : Math.max(part, Long.parseLong(length) - request.bytesRead());
    }

    private void setWaiting(boolean now) {
        if (isWaiting != now) {
            isWaiting = now;
            connection.holdBack(now);
        }
    }

    /** A response has ended, or a paused request was resumed. */
    void goOn(ChannelHandlerContext context) {
        if (isWaiting && !isPassing) {
            goOnLater(context);
        }
    }

    private void goOnLater(ChannelHandlerContext context) {
        if (!isScheduled) {
            isScheduled = true;
            context.executor().execute(() -> {
                isScheduled = false;
                passOn(context);
                context.fireChannelReadComplete();
            });
        }
    }

    /** Once the HTTP layer has chosen HTTP/1.1. */
    private void addBehindDecoder(ChannelPipeline pipeline) {
        ChannelHandlerContext encoder = pipeline.context(HttpResponseEncoder.class);
        if (encoder == null) {
            return;
        }
        prefaceBytesLeft = 0;
        pipeline.addAfter(encoder.name(), null, malformed);
        if (pipeline.get(UPGRADE_HANDLER) != null) {
            pipeline.addBefore(UPGRADE_HANDLER, null, new IgnoredUpgrade());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        goOn(context);
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        ByteBuf rest = held;
        held = null;
        if (rest != null) {
            rest.release();
        }
    }

    /**
     * Hides from the HTTP layer that the first request of a connection offers another protocol. A request that upgrades
     * its connection to HTTP/2 has a body without flow control: Vert.x queues all of it, whatever its length, while the
     * request is paused. RFC 9113, section 3.1, has deprecated the upgrade, and lets the server go on with HTTP/1.1. A
     * client that begins with HTTP/2 gets it.
     */
    private static final class IgnoredUpgrade extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof HttpRequest request) {
                request.headers().remove(HttpHeaderNames.UPGRADE);
                context.pipeline().remove(this);
            }
            context.fireChannelRead(message);
        }
    }
}
