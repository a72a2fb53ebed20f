package dev.streamgauge.standalone.clients;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server for pushes that answers as instructed, and counts as Streamgauge does: what came with a key that it knows
 * is not counted again. It notes what no client may do.
 */
final class FaultServer implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ServerSocket listener;
    private final Map<String, String> countedByKey = new ConcurrentHashMap<>();
    private final Map<String, String> bodyByKey = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile Reaction reaction;
    private volatile int idleMillis;

    /** A request that was read to its end, and when. */
    record Request(int connection, int numberOnConnection, String key, String body, long nanoTime) {}

    FaultServer(int port, Reaction reaction) {
        this.reaction = reaction;
        try {
            listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    void react(Reaction next) {
        reaction = next;
    }

    /** Closes connections on which nothing comes for that long. */
    void closeIdleAfter(int millis) {
        idleMillis = millis;
    }

    List<Request> requests() {
        return requests;
    }

    List<String> violations() {
        return violations;
    }

    int connections() {
        return connections.get();
    }

    boolean hasOpenConnections() {
        return !open.isEmpty();
    }

    /** The sum of a counter over everything that was counted. */
    double total(String name) {
        double sum = 0;
        for (String body : countedByKey.values()) {
            for (JsonNode sample : samples(body)) {
                sum += sample.path("name").asText().equals(name)
                        ? sample.path("value").asDouble()
                        : 0;
            }
        }
        return sum;
    }

    /** Samples of a body, JSON or NDJSON. */
    static List<JsonNode> samples(String body) {
        List<JsonNode> samples = new ArrayList<>();
        for (JsonNode value : values(body)) {
            if (value.has("metrics")) {
                value.path("metrics").forEach(samples::add);
            } else {
                samples.add(value);
            }
        }
        return samples;
    }

    private static List<JsonNode> values(String body) {
        try (MappingIterator<JsonNode> values = JSON.readerFor(JsonNode.class).readValues(body)) {
            return values.readAll();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean hasValidLabels(JsonNode value) {
        return value.path("labels").isMissingNode() || value.path("labels").isObject();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                open.add(socket);
                int number = connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(socket, number));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket socket, int connection) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int number = 1; !socket.isClosed(); number++) {
                socket.setSoTimeout(idleMillis);
                String head = head(in);
                socket.setSoTimeout(0);
                if (head.isEmpty()) {
                    return;
                }
                Exchange exchange = new Exchange(socket, in, head, connection, number);
                reaction.react(exchange);
            }
        } catch (IOException e) {
            // The client has gone, or was idle for too long.
        } finally {
            open.remove(socket);
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    /** A request whose head was read, and the means to answer it. */
    final class Exchange {

        private final Socket socket;
        private final InputStream in;
        private final Map<String, String> headers = new HashMap<>();
        private final int connection;
        private final int number;
        private final String path;
        private String body = "";

        private Exchange(Socket socket, InputStream in, String head, int connection, int number) {
            this.socket = socket;
            this.in = in;
            this.connection = connection;
            this.number = number;
            List<String> lines = head.lines().toList();
            this.path = lines.getFirst();
            for (String line : lines.subList(1, lines.size())) {
                String[] parts = line.split(":", 2);
                headers.put(parts[0].toLowerCase(Locale.ROOT), parts.length > 1 ? parts[1].strip() : "");
            }
        }

        int connection() {
            return connection;
        }

        int number() {
            return number;
        }

        /** Requests that this server has read, this one included after {@link #read}. */
        int requestsSoFar() {
            return requests.size();
        }

        Exchange read() throws IOException {
            if (headers.getOrDefault("expect", "").equalsIgnoreCase("100-continue")) {
                write("HTTP/1.1 100 Continue\r\n\r\n");
            }
            int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
            byte[] content = in.readNBytes(length);
            if (content.length < length) {
                throw new EOFException("the client left before the end of its request");
            }
            body = new String(content, StandardCharsets.UTF_8);
            String key = headers.getOrDefault("idempotency-key", "");
            requests.add(new Request(connection, number, key, body, System.nanoTime()));
            check(path.startsWith("POST /api/v1/metrics?token=hidden "), "path " + path);
            check(headers.getOrDefault("authorization", "").equals("Bearer secret-key"), "no key");
            check(headers.getOrDefault("x-scope-orgid", "").equals("acme"), "no tenant");
            check(!key.isEmpty(), "no Idempotency-Key");
            String earlier = bodyByKey.putIfAbsent(key, body);
            check(earlier == null || earlier.equals(body), "key " + key + " with another body");
            check(values(body).stream().allMatch(FaultServer::hasValidLabels), "labels are not an object");
            return this;
        }

        Exchange count() {
            countedByKey.putIfAbsent(headers.getOrDefault("idempotency-key", ""), body);
            return this;
        }

        void accepted() throws IOException {
            answer(202, "{\"accepted\":" + samples(body).size() + ",\"rejected\":0}");
        }

        void answer(int status, String content, String... extraHeaders) throws IOException {
            write(head(status, content.length(), extraHeaders) + content);
        }

        String head(int status, int length, String... extraHeaders) {
            StringBuilder head =
                    new StringBuilder("HTTP/1.1 " + status + " As Told\r\nContent-Length: " + length + "\r\n");
            for (String header : extraHeaders) {
                head.append(header).append("\r\n");
            }
            return head.append("\r\n").toString();
        }

        void write(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
        }

        void close() throws IOException {
            socket.close();
        }

        /** Answers nothing until the client leaves. */
        void hang() throws IOException {
            while (in.read() >= 0) {
                // it may send more
            }
        }

        private void check(boolean kept, String violation) {
            if (!kept) {
                violations.add(violation);
            }
        }
    }
}
