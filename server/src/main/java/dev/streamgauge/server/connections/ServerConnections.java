package dev.streamgauge.server.connections;

import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.logs.Occasional;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.RecvByteBufAllocator;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jboss.logging.Logger;

/**
 * The connections of this process' HTTP server. There is a limit, since each one takes an open file and memory, which
 * Redis and the health probes need too.
 *
 * <p>A connection without a request may stay for as long as there is room: senders that run now and then keep one each.
 * If a connection comes when there is no room, quiet ones are closed for it, by {@link Eviction}. If none is quiet, a
 * few spare ones are still accepted, and answer health only. A connection whose first byte or whose headers take too
 * long is closed in any case. Thread-safe.
 */
@ApplicationScoped
public class ServerConnections {

    /** Connections above the limit: for health, and for those that are being closed. */
    static final int SPARE = 64;

    private static final Logger LOG = Logger.getLogger(ServerConnections.class);

    /** How long requests may take to be answered after SIGTERM, unless a setting says otherwise. */
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(10);

    private static final Duration LONGEST_CHECK = Duration.ofSeconds(1);
    private static final int CHECKS_A_TIMEOUT = 10;

    /** One part in so many of the limit is closed at once, so that looking for them costs each connection little. */
    private static final int EVICTED_SHARE = 64;

    /** Bytes that a connection reads at once. All of them are decoded before another connection has its turn. */
    static final int MAX_READ_BYTES = 16 * 1024;

    private static final int FIRST_READ_BYTES = 2 * 1024;
    private static final int LEAST_READ_BYTES = 64;

    /** By default, a connection reads sixteen times 64 KiB in each turn: tiny parts take a second to decode. */
    private static final RecvByteBufAllocator READS =
            new AdaptiveRecvByteBufAllocator(LEAST_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES).maxMessagesPerRead(1);

    private final int limit;
    private final Duration headerTimeout;
    private final MalformedRequests malformed;
    private final Set<ClientConnection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger counted = new AtomicInteger();
    private volatile boolean stopping;
    private final Occasional acceptFailures = new Occasional();
    private final Occasional evictions = new Occasional();

    ServerConnections(StreamgaugeConfig config, MalformedRequests malformed) {
        this.limit = config.maxConnections().orElseGet(OpenFiles::connections);
        this.headerTimeout = config.headerTimeout();
        this.malformed = malformed;
    }

    /**
     * Answers the requests that have been read, and takes no others. Quarkus waits for this before it stops anything
     * else. It would wait by itself only until no request is under way at some moment, and then cut connections whose
     * next request has just been stored.
     */
    void finish(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) ShutdownDelayInitiatedEvent event) {
        finish(ConfigProvider.getConfig()
                .getOptionalValue("quarkus.shutdown.timeout", Duration.class)
                .orElse(LONGEST_ANSWER));
    }

    /** As above, for at most that long. */
    void finish(Duration longest) {
        stopping = true;
        CompletableFuture<Void> allClosed = CompletableFuture.allOf(
                open.stream().map(connection -> connection.finish(longest)).toArray(CompletableFuture<?>[]::new));
        try {
            allClosed.get(longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warnf("connections state=cut open=%d; requests took too long to be answered", open.size());
        } catch (ExecutionException e) {
            throw new IllegalStateException("a closed connection is no failure", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void start(@Observes StartupEvent event, Vertx vertx) {
        checkRegularly(vertx);
    }

    /** Closes connections that take too long, until this Vert.x ends. */
    void checkRegularly(Vertx vertx) {
        Duration period = headerTimeout.dividedBy(CHECKS_A_TIMEOUT);
        vertx.setPeriodic(
                (period.compareTo(LONGEST_CHECK) < 0 ? period : LONGEST_CHECK).toMillis(), timer -> closeOverdue());
    }

    /** Comes before all other routes, also before those that reject a request. */
    void register(@Observes @Priority(1) Router router) {
        router.route().order(Integer.MIN_VALUE).handler(this::track);
    }

    private void track(RoutingContext exchange) {
        ClientConnection connection =
                ClientConnection.of(exchange.request().connection()).orElse(null);
        if (connection == null || exchange.get(ClientConnection.class.getName()) != null) { // seen before a reroute
            exchange.next();
        } else if (connection.usesSpare()
                && counted.get() > limit
                && !HealthPaths.has(exchange.request().path())) {
            connection.close();
        } else if (connection.takesNoMore()) {
            LOG.debug("connection state=finishing; a request behind the last one is left out");
        } else {
            exchange.put(ClientConnection.class.getName(), connection);
            connection.requestBegan(exchange.request());
            exchange.addEndHandler(ended -> connection.requestEnded());
            exchange.next();
        }
    }

    /** Takes a connection that was accepted, and makes room for it. False if it must be closed at once. */
    public boolean admit(Channel channel) {
        if (stopping) {
            return false;
        }
        if (open.size() >= limit + SPARE) {
            logFull();
            return false;
        }
        ClientConnection connection = new ClientConnection(channel, malformed);
        if (counted.incrementAndGet() > limit) {
            logFull();
            evict();
            if (counted.get() > limit) {
                connection.useSpare();
            }
        }
        open.add(connection); // only now, so that it does not make room for itself
        channel.closeFuture().addListener(closed -> {
            open.remove(connection);
            uncount(connection);
        });
        channel.pipeline().addFirst(connection);
        channel.config().setRecvByteBufAllocator(READS);
        return true;
    }

    /** After an error of accepting: there is most likely no open file left. */
    public void acceptFailed(Throwable cause) {
        long failures = acceptFailures.next();
        if (failures > 0) {
            LOG.warnf("connections accept=failed times=%d open=%d cause=%s", failures, open.size(), cause);
        }
        evict();
    }

    private void logFull() {
        long times = evictions.next();
        if (times > 0) {
            LOG.warnf("connections limit=%d state=full times=%d; closing idle ones", limit, times);
        }
    }

    /** Closes some quiet connections, if there are any. */
    private void evict() {
        List<ClientConnection> quiet =
                open.stream().filter(ClientConnection::isQuiet).toList();
        int most = Math.max(Math.max(1, limit / EVICTED_SHARE), counted.get() - limit);
        Eviction.choose(quiet, most).forEach(this::close);
    }

    private void close(ClientConnection connection) {
        uncount(connection);
        connection.closeIfQuiet(() -> {
            if (connection.setCounted(true)) {
                counted.incrementAndGet();
            }
        });
    }

    private void uncount(ClientConnection connection) {
        if (connection.setCounted(false)) {
            counted.decrementAndGet();
        }
    }

    private void closeOverdue() {
        open.stream().filter(each -> each.isOverdue(headerTimeout)).forEach(this::close);
    }
}
