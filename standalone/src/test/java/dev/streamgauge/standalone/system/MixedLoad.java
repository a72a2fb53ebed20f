package dev.streamgauge.standalone.system;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Senders that push samples of all kinds at once and keep their own totals. Each request has an idempotency key, and is
 * repeated with it until it is answered for good, as a careful sender does; so whatever dies on the way, the totals are
 * known exactly.
 */
final class MixedLoad {

    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration REPEAT_PAUSE = Duration.ofMillis(50);
    private static final Duration GIVE_UP_AFTER = Duration.ofMinutes(2);

    private final URI target;
    private final int senders;
    private final int tenants;
    private final long seed;
    private final ExpectedTotals expected = new ExpectedTotals();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong repeated = new AtomicLong();
    private final AtomicBoolean stopped = new AtomicBoolean();

    MixedLoad(URI target, int senders, int tenants, long seed) {
        this.target = target;
        this.senders = senders;
        this.tenants = tenants;
        this.seed = seed;
    }

    /** Lets all senders send so many requests in all, or fewer if they are stopped. */
    void run(int requests) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int sender = 0; sender < senders; sender++) {
                int number = sender;
                running.add(executor.submit(() -> send(client, number, requests / senders)));
            }
            for (Future<?> sender : running) {
                sender.get();
            }
        }
    }

    /** Lets every sender end after the request it is at. */
    void stop() {
        stopped.set(true);
    }

    ExpectedTotals expected() {
        return expected;
    }

    /** Requests answered with 202. */
    long accepted() {
        return accepted.get();
    }

    /** Times that a request had to be sent again. */
    long repeated() {
        return repeated.get();
    }

    String tenant(int number) {
        return "tenant-" + number;
    }

    private void send(HttpClient client, int sender, int requests) {
        Random random = new Random(seed + sender);
        for (int i = 0; i < requests && !stopped.get(); i++) {
            String tenant = tenant(random.nextInt(tenants));
            List<Runnable> effects = new ArrayList<>();
            StringBuilder body = new StringBuilder("[");
            int samples = 1 + random.nextInt(5);
            for (int sample = 0; sample < samples; sample++) {
                body.append(sample == 0 ? "" : ",").append(sample(random, tenant, sender, i, effects));
            }
            pushUntilAnswered(client, tenant, body.append("]").toString());
            effects.forEach(Runnable::run);
            accepted.incrementAndGet();
        }
    }

    private String sample(Random random, String tenant, int sender, int round, List<Runnable> effects) {
        double value = random.nextInt(80) / 8.0;
        String shard = "shard=\"" + random.nextInt(8) + "\"";
        String labels = shard.replace("=\"", "\":\"").replaceFirst("^", "\"");
        return switch (random.nextInt(6)) {
            case 0, 1 -> {
                effects.add(() -> expected.add(tenant, "orders_total{" + shard + "}", value));
                yield """
                        {"name":"orders_total","type":"counter","value":%s,"labels":{%s}}""".formatted(value, labels);
            }
            case 2 -> {
                // Every gauge has one sender, which sends in order: the last one sent is the last in the stream.
                String series = "depth{sender=\"" + sender + "\"}";
                effects.add(() -> expected.set(tenant, series, value));
                yield """
                        {"name":"depth","type":"gauge","value":%s,"labels":{"sender":"%d"}}""".formatted(value, sender);
            }
            case 3 -> {
                double[] counts = new double[ExpectedTotals.BOUNDS.length + 1];
                counts[bucketOf(value)]++;
                effects.add(() -> expected.addHistogram(tenant, "latency_seconds", shard, counts, value));
                yield """
                        {"name":"latency_seconds","type":"histogram","value":%s,"labels":{%s},"buckets":[0.5,1,2,8]}""".formatted(value, labels);
            }
            case 4 -> {
                double[] counts = {round % 3, 0, 2, 1, round % 2};
                effects.add(() -> expected.addHistogram(tenant, "latency_seconds", shard, counts, value));
                yield """
                        {"name":"latency_seconds","type":"histogram","labels":{%s},"buckets":[0.5,1,2,8],\
                        "counts":[%d,0,2,1,%d],"sum":%s}""".formatted(labels, round % 3, round % 2, value);
            }
            default -> {
                effects.add(() -> {
                    expected.add(tenant, "payload_bytes_sum{" + shard + "}", value + 2);
                    expected.add(tenant, "payload_bytes_count{" + shard + "}", 2);
                });
                yield """
                        {"name":"payload_bytes","type":"summary","values":[%s,2],"labels":{%s}}""".formatted(value, labels);
            }
        };
    }

    private static int bucketOf(double value) {
        int bucket = 0;
        while (bucket < ExpectedTotals.BOUNDS.length && value > ExpectedTotals.BOUNDS[bucket]) {
            bucket++;
        }
        return bucket;
    }

    private void pushUntilAnswered(HttpClient client, String tenant, String body) {
        HttpRequest request = HttpRequest.newBuilder(target)
                .timeout(REQUEST_TIMEOUT)
                .header("Content-Type", "application/json")
                .header("X-Scope-OrgID", tenant)
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        Instant giveUp = Instant.now().plus(GIVE_UP_AFTER);
        while (true) {
            try {
                HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() == 202 && response.body().contains("\"rejected\":0")) {
                    return;
                }
                if (response.statusCode() < 500) {
                    throw new AssertionError(response.statusCode() + " " + response.body() + " for " + body);
                }
            } catch (IOException e) {
                // Zero times or once; the repetition with the same key makes it once.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
            if (Instant.now().isAfter(giveUp)) {
                throw new AssertionError("no answer for " + GIVE_UP_AFTER);
            }
            repeated.incrementAndGet();
            LockSupport.parkNanos(REPEAT_PAUSE.toNanos());
        }
    }
}
