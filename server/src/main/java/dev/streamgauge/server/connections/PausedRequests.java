package dev.streamgauge.server.connections;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Pauses requests whose sender is not known yet, and bounds the memory of what the HTTP layer queues for them.
 *
 * <p>HTTP/1.1: the connection reads nothing while its request is paused. What was decoded with the last header is queued,
 * though: the beginning of the body, or further requests; {@link ReadAhead} bounds that. HTTP/2: other streams go on, and
 * the window bounds what is queued. Either way a sender can choose parts of a single byte, which take far more memory
 * than their bytes. A request is paused only while there is room for all of that. Thread-safe.
 */
@ApplicationScoped
public class PausedRequests {

    /** The part of the heap that paused requests may take. */
    private static final int PART_OF_HEAP = 16;

    /**
     * Memory of what is decoded from one byte. Measured: up to 43 bytes, for a series of the shortest possible requests;
     * 16 for chunks of one byte.
     */
    static final int MEMORY_OF_A_BYTE = 64;

    /** Memory of a DATA frame of one byte; 92 bytes as measured. */
    static final int MEMORY_OF_A_FRAME = 128;

    /** The flow-control window of an HTTP/2 connection, in bytes (RFC 9113, section 6.9.2). */
    static final int HTTP2_WINDOW = 65_535;

    /** TLS keeps a record until it is complete (RFC 8446, section 5.2). */
    private static final int MAX_TLS_RECORD_BYTES = 16 * 1024 + 256;

    /** Methods whose body a route may read. */
    private static final Set<HttpMethod> WITH_BODY = Set.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH);

    private final long capacity;
    private final AtomicLong reserved = new AtomicLong();

    /** Room in a part of the heap. */
    @Inject
    public PausedRequests() {
        this(Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
    }

    /**
     * Room for so much.
     *
     * @param capacity in bytes of memory
     */
    public PausedRequests(long capacity) {
        this.capacity = capacity;
    }

    /** The memory that paused requests may take, in bytes. */
    public long capacity() {
        return capacity;
    }

    /** What the paused requests may take now, in bytes. */
    public long reserved() {
        return reserved.get();
    }

    /**
     * Pauses a request. Returns empty, and does nothing, if there is no room. To be called on its event loop.
     *
     * <p>An HTTP/2 request whose body nothing reads goes on, and its body is dropped as it arrives.
     */
    public Optional<Pause> pause(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2 && !WITH_BODY.contains(request.method())) {
            return Optional.of(new Pause(() -> {}, 0));
        }
        long bytes = mostBytesOf(request);
        if (reserved.addAndGet(bytes) > capacity) {
            reserved.addAndGet(-bytes);
            return Optional.empty();
        }
        request.pause();
        Runnable readOn = stopReading(request);
        return Optional.of(new Pause(
                () -> {
                    request.resume();
                    readOn.run();
                },
                bytes));
    }

    /** The most memory that the HTTP layer can queue for a request that is paused now. */
    private static long mostBytesOf(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            String length = request.getHeader(HttpHeaders.CONTENT_LENGTH); // Netty rejects a body that differs
            long bytes = length == null ? HTTP2_WINDOW : Math.min(HTTP2_WINDOW, Long.parseLong(length));
            return MEMORY_OF_A_FRAME * bytes;
        }
        int read = ClientConnection.of(request.connection())
                        .map(ClientConnection::lastReadBytes)
                        .orElse(ServerConnections.MAX_READ_BYTES)
                + (request.isSSL() ? MAX_TLS_RECORD_BYTES : 0);
        return read + (long) MEMORY_OF_A_BYTE * Math.min(read, ReadAhead.PART_BYTES);
    }

    /** Lets the connection of an HTTP/1.1 request read nothing. Returns how to undo that. */
    private static Runnable stopReading(HttpServerRequest request) {
        Optional<ClientConnection> connection =
                request.version() == HttpVersion.HTTP_2 ? Optional.empty() : ClientConnection.of(request.connection());
        connection.ifPresent(reading -> reading.setPaused(true));
        return () -> connection.ifPresent(reading -> reading.setPaused(false));
    }

    /** The pause of one request. */
    public final class Pause {

        private final Runnable goOn;
        private final long bytes;
        private final AtomicBoolean isOver = new AtomicBoolean();

        private Pause(Runnable goOn, long bytes) {
            this.goOn = goOn;
            this.bytes = bytes;
        }

        /** Gives its room to other requests: the request will be resumed, or is gone. */
        public void release() {
            if (isOver.compareAndSet(false, true)) {
                reserved.addAndGet(-bytes);
            }
        }

        /** Resumes the request, on its event loop. */
        public void resume() {
            release();
            goOn.run();
        }
    }
}
