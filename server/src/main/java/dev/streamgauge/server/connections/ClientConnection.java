package dev.streamgauge.server.connections;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection, and what it does. Its event loop changes it, and any thread reads it.
 *
 * <p>It sees bytes as they arrive, encrypted or not, and is told when a request has begun, with its last header, and
 * when its response has ended. In between it works; otherwise it is quiet.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements Eviction.Candidate {

    private static final AttributeKey<ClientConnection> KEY =
            AttributeKey.valueOf(ClientConnection.class, "connection");

    /** How long a client may take to close, after it was told that nothing more comes. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    /** How much a client may send after that, in bytes, before the connection is cut. */
    private static final int MAX_DISCARDED_BYTES = 64 * 1024;

    private final Channel channel;
    private final Object holder;
    private final MalformedRequests malformed;
    private int requests;
    private int lastReadBytes;
    private int discardedBytes;
    private boolean multiplexed;
    private int requestsBegan;
    private @Nullable HttpServerRequest request;
    private boolean paused;
    private boolean heldBack;
    private @Nullable ChannelHandlerContext readAhead;
    private volatile Phase phase = Phase.NEW;
    private volatile long sinceNanos = System.nanoTime();
    private volatile boolean spare;
    private volatile boolean closing;
    private boolean counted = true; // guarded by this
    private boolean finishing;
    private boolean takesNoMore;
    private @Nullable Runnable lastAnswer;
    private @Nullable HttpConnection streams;

    ClientConnection(Channel channel, MalformedRequests malformed) {
        this.channel = channel;
        this.malformed = malformed;
        this.holder = Eviction.holderOf(channel.remoteAddress());
        channel.attr(KEY).set(this);
    }

    private enum Phase {
        /** Nothing has arrived yet. */
        NEW,
        /** The headers of a request are arriving. */
        HEADERS,
        /** At least one request is answered. */
        WORKING,
        /** All requests were answered. */
        IDLE
    }

    /** The tracked connection of a request; empty if connections are not bounded. */
    static Optional<ClientConnection> of(HttpConnection connection) {
        return connection instanceof ConnectionBase base
                ? Optional.ofNullable(base.channel().attr(KEY).get())
                : Optional.empty();
    }

    /** The connection of a channel that {@link ServerConnections} has admitted. */
    static ClientConnection of(Channel channel) {
        return channel.attr(KEY).get();
    }

    @Override
    public void channelRegistered(ChannelHandlerContext context) {
        if (closing) {
            close();
        } else {
            context.fireChannelRegistered();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        if (takesNoMore) { // a request that begins now could not be answered
            discard(bytes);
            return;
        }
        if (readAhead == null) {
            readAhead = addReadAhead(context);
        }
        lastReadBytes = bytes instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        // On an HTTP/2 connection, frames that belong to no request arrive at any time.
        if (phase == Phase.NEW || (phase == Phase.IDLE && !multiplexed)) {
            enter(Phase.HEADERS);
        }
        context.fireChannelRead(bytes);
    }

    private void discard(Object bytes) {
        discardedBytes += bytes instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        ReferenceCountUtil.release(bytes);
        if (discardedBytes > MAX_DISCARDED_BYTES) {
            close();
        }
    }

    private ChannelHandlerContext addReadAhead(ChannelHandlerContext context) {
        ReadAhead handler = new ReadAhead(this, malformed);
        ChannelPipeline pipeline = context.pipeline();
        ChannelHandlerContext tls = pipeline.context(SslHandler.class);
        pipeline.addAfter((tls == null ? context : tls).name(), null, handler);
        return pipeline.context(handler);
    }

    /** How much arrived at once, in bytes, when something last arrived. To be called on its event loop. */
    int lastReadBytes() {
        return lastReadBytes;
    }

    void requestBegan(HttpServerRequest begun) {
        multiplexed = begun.version() == HttpVersion.HTTP_2;
        request = multiplexed ? null : begun;
        streams = multiplexed ? begun.connection() : null;
        requests++;
        requestsBegan++;
        enter(Phase.WORKING);
    }

    void requestEnded() {
        requests--;
        if (requests == 0) {
            request = null;
            enter(Phase.IDLE);
        }
        if (lastAnswer != null) {
            endWith(lastAnswer);
        } else if (finishing && !multiplexed) {
            endOutput();
        } else {
            goOn();
        }
    }

    /**
     * Answers what it is answering, reads no other request, and closes. What a client has sent behind that gets no
     * answer, and has no effect.
     *
     * @param longest how long the answers may take; streams of HTTP/2 are cut then
     * @return completes when it is closed
     */
    CompletableFuture<Void> finish(Duration longest) {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        channel.closeFuture().addListener(done -> closed.complete(null));
        if (channel.isRegistered()) {
            channel.eventLoop().execute(() -> beginToFinish(longest));
        } else {
            close();
        }
        return closed;
    }

    private void beginToFinish(Duration longest) {
        finishing = true;
        if (streams != null) {
            // By GOAWAY, when all are answered.
            var _ = streams.shutdown(longest.toMillis(), TimeUnit.MILLISECONDS);
        } else if (phase != Phase.WORKING) {
            endOutput();
        } else if (request != null && !request.response().headWritten()) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
    }

    /** Reads nothing more, sends an answer as soon as all requests are answered, and closes. */
    void finishWith(Runnable answer) {
        takesNoMore = true;
        if (request == null) {
            endWith(answer);
        } else {
            lastAnswer = answer;
        }
    }

    private void endWith(Runnable answer) {
        answer.run();
        endOutput();
    }

    /**
     * Tells the client that nothing more comes, and waits until it closes, for a while. To close at once would reset the
     * connection if there is something unread, and a reset may overtake the last answer (RFC 9112, section 9.6).
     */
    private void endOutput() {
        takesNoMore = true;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> {
            if (channel instanceof DuplexChannel duplex && channel.pipeline().get(SslHandler.class) == null) {
                channel.config().setAutoRead(true);
                var _ = duplex.shutdownOutput(); // neither result matters: the connection is closed in any case
                var _ = channel.eventLoop().schedule(this::close, LINGER.toMillis(), TimeUnit.MILLISECONDS);
            } else {
                close(); // TLS has a message of its own for this
            }
        });
    }

    private void goOn() {
        if (readAhead != null && readAhead.handler() instanceof ReadAhead handler) {
            handler.goOn(readAhead);
        }
    }

    /** Whether it has streams of requests, as HTTP/2 has. */
    boolean isMultiplexed() {
        return multiplexed;
    }

    /** How many requests have begun since it was opened. */
    int requestsBegan() {
        return requestsBegan;
    }

    /** The request of HTTP/1.1 whose response has not ended. */
    @Nullable
    HttpServerRequest request() {
        return request;
    }

    /** Whether an HTTP/1.1 request has begun and not been answered. */
    boolean isAnswering() {
        return request != null;
    }

    /** Whether an HTTP/1.1 request has begun and not been read to its end. */
    boolean isReadingBody() {
        return request != null && !request.isEnded();
    }

    /** Reads and decodes nothing more while an HTTP/1.1 request is paused, or goes on. To be called on its event loop. */
    void setPaused(boolean now) {
        paused = now;
        setReading();
        if (!now) {
            goOn();
        }
    }

    boolean isPaused() {
        return paused;
    }

    /** Whether it is being closed, and no request may begin any more. */
    boolean takesNoMore() {
        return takesNoMore;
    }

    /** Whether what was written lately has been sent, or nearly so. */
    boolean isWritable() {
        return channel.isWritable();
    }

    /** Reads nothing more while it holds bytes that must not be decoded yet. */
    void holdBack(boolean now) {
        heldBack = now;
        setReading();
    }

    private void setReading() {
        channel.config().setAutoRead(!paused && !heldBack);
    }

    private void enter(Phase next) {
        sinceNanos = System.nanoTime();
        phase = next;
    }

    /** Marks a connection that was accepted although there was no room, to answer health. */
    void useSpare() {
        spare = true;
    }

    boolean usesSpare() {
        return spare;
    }

    /** Whether it has no request to answer, and is not being closed. */
    boolean isQuiet() {
        return phase != Phase.WORKING && isCounted();
    }

    /** Whether it is taking too long for its first byte, or for the headers of a request. */
    boolean isOverdue(Duration timeout) {
        return phase != Phase.IDLE && isQuiet() && System.nanoTime() - sinceNanos > timeout.toNanos();
    }

    @Override
    public Object holder() {
        return holder;
    }

    @Override
    public long quietSinceNanos() {
        return sinceNanos;
    }

    /** Closes it, unless a request begins before its event loop gets to it; then runs the action. */
    void closeIfQuiet(Runnable orElse) {
        closing = true;
        if (channel.isRegistered()) { // otherwise it has no event loop yet
            channel.eventLoop().execute(() -> {
                if (phase == Phase.WORKING) {
                    closing = false;
                    orElse.run();
                } else {
                    close();
                }
            });
        }
    }

    void close() {
        var _ = channel.close(); // its result does not matter
    }

    private synchronized boolean isCounted() {
        return counted;
    }

    /** Sets whether it counts against the limit; false if that was so before. */
    synchronized boolean setCounted(boolean now) {
        boolean changed = counted != now;
        counted = now;
        return changed;
    }
}
