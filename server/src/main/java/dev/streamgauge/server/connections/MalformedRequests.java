package dev.streamgauge.server.connections;

import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.server.problems.ProblemAnswers;
import dev.streamgauge.server.problems.RequestError;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.quarkus.runtime.configuration.MemorySize;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Answers what the decoder of HTTP/1.1 could not read with a problem, and closes the connection: where the next request
 * would begin is not known. Vert.x would answer without a body. It stands behind the decoder of each connection.
 */
@Singleton
@ChannelHandler.Sharable
class MalformedRequests extends ChannelInboundHandlerAdapter {

    private static final Logger LOG = Logger.getLogger(MalformedRequests.class);

    /** The URL of the request that Netty's decoder makes up when it could not read the first line. */
    private static final String NO_URL = "/bad-request";

    /** The type of a TLS handshake record, with which a client begins (RFC 8446, section 5.1). */
    private static final byte TLS_HANDSHAKE = 22;

    private static final Problem TLS = Problem.of(
            400,
            RequestError.URL_INVALID,
            "the connection begins with TLS, but this port speaks plain HTTP; write http:// in the URL");

    private static final Problem NO_REQUEST_LINE = Problem.of(
            400,
            RequestError.URL_INVALID,
            "the request line must be a method, a URL and HTTP/1.1, with one space between them; write a space"
                    + " in the URL as %20");

    private final ProblemAnswers problems;
    private final int maxRequestLineBytes;
    private final long maxHeaderBytes;

    /** Names these limits of the decoder in its answers. */
    MalformedRequests(
            ProblemAnswers problems,
            @ConfigProperty(name = "quarkus.http.limits.max-initial-line-length") int maxRequestLineBytes,
            @ConfigProperty(name = "quarkus.http.limits.max-header-size") MemorySize maxHeaderSize) {
        this.problems = problems;
        this.maxRequestLineBytes = maxRequestLineBytes;
        this.maxHeaderBytes = maxHeaderSize.asLongValue();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request && request.decoderResult().isFailure()) {
            Problem problem = problemOf(request, request.decoderResult().cause());
            ReferenceCountUtil.release(message);
            finishWith(context, problem);
        } else {
            context.fireChannelRead(message);
        }
    }

    /** Whether the decoder fails at this first byte of a connection. It does so before this handler stands behind it. */
    static boolean canBeginRequest(byte first) {
        return first == '\r' || first == '\n' || !Character.isISOControl(Byte.toUnsignedInt(first));
    }

    /**
     * Answers a connection whose first byte cannot begin a request.
     *
     * @param context of a handler that stands before the decoder, after TLS
     */
    void answerFirstByte(ChannelHandlerContext context, byte first) {
        ChannelPipeline pipeline = context.pipeline();
        boolean isPlain = pipeline.get(SslHandler.class) == null;
        pipeline.addBefore(context.name(), null, new HttpResponseEncoder()); // the HTTP layer has chosen none yet
        finishWith(context, first == TLS_HANDSHAKE && isPlain ? TLS : NO_REQUEST_LINE);
    }

    private void finishWith(ChannelHandlerContext context, Problem problem) {
        LOG.debugf("request state=rejected reason=%s", problem.reason());
        ClientConnection.of(context.channel()).finishWith(() -> {
            var _ = context.writeAndFlush(response(problem)); // the connection is closed in any case
        });
    }

    private Problem problemOf(HttpRequest request, Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return Problem.of(
                    414,
                    RequestError.URL_TOO_LONG,
                    "the request line has more than " + maxRequestLineBytes + " bytes; send a shorter URL");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return Problem.of(
                    431,
                    RequestError.HEADERS_TOO_LARGE,
                    "the headers have more than " + maxHeaderBytes + " bytes; send fewer or shorter ones");
        }
        if (request.uri().equals(NO_URL)) {
            return NO_REQUEST_LINE;
        }
        boolean hasLengths =
                request.headers().getAll(HttpHeaderNames.CONTENT_LENGTH).size() > 1;
        return Problem.of(
                400,
                RequestError.HEADER_INVALID,
                hasLengths
                        ? "Content-Length: given more than once; give it once"
                        : "a header is malformed: write NAME: VALUE, the name in letters, digits and hyphens, the value"
                                + " without control characters");
    }

    private FullHttpResponse response(Problem problem) {
        byte[] body = problems.encode(problem);
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(problem.status()), Unpooled.wrappedBuffer(body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length))
                .set("X-Content-Type-Options", "nosniff")
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        return response;
    }
}
