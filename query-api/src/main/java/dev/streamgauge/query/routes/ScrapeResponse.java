package dev.streamgauge.query.routes;

import dev.streamgauge.query.QueryConfig;
import dev.streamgauge.query.QueryError;
import dev.streamgauge.query.negotiation.ContentCoding;
import dev.streamgauge.query.scrape.CoalescedScrape.Ending;
import dev.streamgauge.query.scrape.CoalescedScrape.Next;
import dev.streamgauge.query.scrape.CoalescedScrape.Subscriber;
import dev.streamgauge.query.scrape.ScrapeRequest;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.server.problems.ProblemAnswers;
import dev.streamgauge.server.problems.RequestError;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.OptionalLong;
import org.jboss.logging.Logger;

/**
 * Sends a coalesced scrape to one client, as fast as that client reads.
 *
 * <p>The head is sent with the first part, so that a failure before it is a 503. After it, only a broken connection
 * tells the client that the body is incomplete: a short 200 would mark the missing series as stale. Runs on the
 * client's event loop only.
 */
final class ScrapeResponse {

    /** The header by which Prometheus, vmagent and the OpenTelemetry Collector say how long they wait. */
    static final String SCRAPE_TIMEOUT = "X-Prometheus-Scrape-Timeout-Seconds";

    private static final CharSequence VARIES =
            HttpHeaders.createOptimized("Accept, Accept-Encoding, " + SCRAPE_TIMEOUT);
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");

    /** When the client may repeat a rejected scrape. */
    static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** What is wrong when Redis does not answer. */
    static final String UNREADABLE = "store: Redis cannot be read now; try again";

    private static final Logger LOG = Logger.getLogger(ScrapeResponse.class);
    private static final long NO_TIMER = -1;
    private static final long HTTP2_INTERNAL_ERROR = 2;

    private final RoutingContext exchange;
    private final HttpServerResponse response;
    private final Vertx vertx;
    private final Context eventLoop;
    private final ScrapeRequest request;
    private final Subscriber subscriber;
    private final QueryConfig config;
    private final QueryMetrics metrics;
    private final ProblemAnswers problems;
    private final long startNanos = System.nanoTime();
    private final long deadlineTimer;
    private long stallTimer = NO_TIMER;
    private boolean over;

    ScrapeResponse(
            RoutingContext exchange,
            ScrapeRequest request,
            Subscriber subscriber,
            QueryConfig config,
            QueryMetrics metrics,
            ProblemAnswers problems) {
        this.exchange = exchange;
        this.response = exchange.response();
        this.vertx = exchange.vertx();
        this.eventLoop = vertx.getOrCreateContext();
        this.request = request;
        this.subscriber = subscriber;
        this.config = config;
        this.metrics = metrics;
        this.problems = problems;
        this.deadlineTimer = vertx.setTimer(config.maxScrapeDuration().toMillis(), timer -> cut("too slow"));
    }

    /** What is wrong when there is no place for a scrape. */
    static String tooMany(QueryConfig config) {
        return "scrapes: as many under way as allowed, at most " + config.maxConcurrentScrapesPerTenant()
                + " of a tenant and " + config.maxConcurrentScrapes() + " in all; try again";
    }

    /** Begins to send; continues on its own. */
    void send() {
        subscriber.whenExpelled(() -> eventLoop.runOnContext(expelled -> expel()));
        exchange.addEndHandler(ended -> fail()); // the client closed the connection, unless we are done
        response.drainHandler(drained -> pump());
        pump();
    }

    private void pump() {
        while (!over) {
            if (response.writeQueueFull()) {
                awaitDrain();
                return;
            }
            vertx.cancelTimer(stallTimer);
            stallTimer = NO_TIMER;
            switch (subscriber.next(() -> eventLoop.runOnContext(more -> pump()))) {
                case Next.Part(byte[] bytes) -> write(bytes);
                case Next.Later later -> {
                    return;
                }
                case Next.End(Ending.Complete(long series)) -> complete(series);
                case Next.End(Ending.Broken(RuntimeException cause)) -> breakOff(cause);
                case Next.Expelled expelled -> expel();
            }
        }
    }

    private void awaitDrain() {
        if (stallTimer == NO_TIMER) {
            stallTimer = vertx.setTimer(config.stallTimeout().toMillis(), timer -> cut("client reads nothing"));
        }
    }

    private void write(byte[] bytes) {
        writeHead();
        if (isHead()) {
            complete(0);
        } else {
            response.write(Buffer.buffer(bytes));
        }
    }

    private void writeHead() {
        if (response.headWritten()) {
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, request.format().contentType());
        response.putHeader(HttpHeaders.VARY, VARIES);
        response.putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE);
        if (request.coding() == ContentCoding.GZIP) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
        }
        OptionalLong length = subscriber.wholeLength();
        if (length.isPresent()) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(length.getAsLong()));
        } else {
            response.setChunked(true);
        }
    }

    private void complete(long series) {
        writeHead();
        boolean endsWithConnection = exchange.request().version() == HttpVersion.HTTP_1_0
                && !response.headers().contains(HttpHeaders.CONTENT_LENGTH);
        leave();
        metrics.countComplete(duration(), series);
        response.end();
        if (endsWithConnection) {
            exchange.request().connection().close();
        }
    }

    private void breakOff(RuntimeException cause) {
        if (!(cause instanceof RedisFailure)) {
            LOG.errorf(cause, "scrape outcome=failed tenant=%s", request.tenant());
        }
        if (response.headWritten()) {
            cut(String.valueOf(cause.getMessage()));
            return;
        }
        fail();
        if (cause instanceof RedisFailure failure) {
            LOG.debugf("scrape outcome=failed tenant=%s kind=%s", request.tenant(), failure.kind());
            problems.send(exchange, Problem.of(503, RequestError.REDIS_UNAVAILABLE, UNREADABLE), RETRY_AFTER);
        } else {
            exchange.fail(500);
        }
    }

    /** Ends a response that was too slow for other clients, or has lost its place before it began. */
    private void expel() {
        if (over || response.headWritten()) {
            cut("too slow for others");
        } else {
            fail();
            problems.send(exchange, Problem.of(503, QueryError.TOO_MANY_SCRAPES, tooMany(config)), RETRY_AFTER);
        }
    }

    /** Breaks the connection, so that the client does not take an incomplete body for a complete one. */
    private void cut(String reason) {
        if (over) {
            return;
        }
        fail();
        LOG.warnf("scrape outcome=reset tenant=%s reason=%s", request.tenant(), reason);
        if (exchange.request().connection() instanceof ConnectionBase connection
                && exchange.request().version() != HttpVersion.HTTP_2) {
            // Vert.x would first send all queued data, and a client that reads nothing would prevent that forever; and
            // after an orderly close, a body of HTTP/1.0 looks complete. So the socket is closed with a TCP reset.
            Channel channel = connection.channel();
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            var _ = channel.close(); // its result does not matter
        } else {
            response.reset(HTTP2_INTERNAL_ERROR);
        }
    }

    private void fail() {
        if (!over) {
            leave();
            metrics.countFailed(duration());
        }
    }

    private void leave() {
        over = true;
        vertx.cancelTimer(deadlineTimer);
        vertx.cancelTimer(stallTimer);
        subscriber.leave();
    }

    private Duration duration() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private boolean isHead() {
        return exchange.request().method().equals(HttpMethod.HEAD);
    }
}
