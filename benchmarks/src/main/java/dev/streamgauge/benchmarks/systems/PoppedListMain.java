package dev.streamgauge.benchmarks.systems;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.streamgauge.testkit.RedisClient;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * What a list gateway does: two workers each pop 25 samples from a Redis list and add each to client_java's counter;
 * one that finds the list empty looks again after 100 ms. A popped sample is lost if this stops.
 */
public final class PoppedListMain {

    static final String LIST = "metric-queue";
    private static final int WORKERS = 2;
    private static final String POPPED = "25";
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final ObjectMapper json = new ObjectMapper();
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();

    private PoppedListMain() {}

    /** Takes the ports of Redis and of the scrape; runs until it is killed. */
    public static void main(String[] args) throws IOException {
        PoppedListMain popped = new PoppedListMain();
        popped.serve(Integer.parseInt(args[1]));
        for (int i = 0; i < WORKERS; i++) {
            Thread.ofPlatform().name("worker-" + i).start(() -> popped.work(Integer.parseInt(args[0])));
        }
    }

    private void serve(int port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 0);
        PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
        server.createContext("/metrics", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream body = exchange.getResponseBody()) {
                writer.write(body, registry.scrape());
            }
        });
        server.start();
    }

    private void work(int redisPort) {
        try (RedisClient redis = RedisClient.open(redisPort, Duration.ZERO)) {
            while (true) {
                if (redis.commandBytes("RPOP", LIST, POPPED) instanceof List<?> samples) {
                    for (Object sample : samples) {
                        add((byte[]) sample);
                    }
                } else {
                    LockSupport.parkNanos(PAUSE.toNanos());
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void add(byte[] sample) throws IOException {
        JsonNode tree = json.readTree(sample);
        List<String> names = new ArrayList<>();
        List<String> values = new ArrayList<>();
        tree.get("labels").properties().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(label -> {
                    names.add(label.getKey());
                    values.add(label.getValue().textValue());
                });
        counters.computeIfAbsent(
                        tree.get("name").textValue(),
                        name -> Counter.builder()
                                .name(name)
                                .labelNames(names.toArray(String[]::new))
                                .register(registry))
                .labelValues(values.toArray(String[]::new))
                .inc(tree.get("value").doubleValue());
    }
}
