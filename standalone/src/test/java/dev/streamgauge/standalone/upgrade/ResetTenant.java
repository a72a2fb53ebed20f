package dev.streamgauge.standalone.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.system.KeyedCaller;
import dev.streamgauge.standalone.system.Scrapes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A tenant whose registry is reset by one process while another pushes to it. Each push has a series of its own, and
 * adds 1 to one that all share: what was answered before a reset is gone, what was sent after it is there, and of what
 * lies between, both samples or neither.
 */
final class ResetTenant {

    static final String TENANT = "phoenix";

    private static final int SAMPLES_A_PUSH = 2;
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final KeyedCaller caller;
    private final String administrator;
    private final List<Interval> pushes = new CopyOnWriteArrayList<>();
    private final List<Interval> resets = new ArrayList<>();

    /**
     * Sends nothing yet.
     *
     * @param administrator the header with an administrator's key
     */
    ResetTenant(KeyedCaller caller, String administrator) {
        this.caller = caller;
        this.administrator = administrator;
    }

    /** From the sending of a request to its answer. */
    private record Interval(long sentNanos, long answeredNanos) {

        private boolean isBefore(Interval other) {
            return answeredNanos - other.sentNanos < 0;
        }
    }

    /** Resets by one process, while pushes go to another, before, during and after it. */
    void reset(URI aggregator, URI ingest) throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        push(ingest);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> sender = executor.submit(() -> {
                while (!isOver.get()) {
                    push(ingest);
                }
                return null;
            });
            try {
                long sentNanos = System.nanoTime();
                HttpResponse<String> answer = caller.post(
                        aggregator.resolve("/api/v1/admin/tenants/" + TENANT + "/reset"), "", administrator);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                resets.add(new Interval(sentNanos, System.nanoTime()));
            } finally {
                isOver.set(true);
            }
            sender.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        }
        push(ingest);
    }

    /** Pushes until it is accepted. */
    private void push(URI ingest) {
        String key = UUID.randomUUID().toString();
        String body = """
                [{"name":"own_total","type":"counter","value":1,"labels":{"n":"%d"}},
                 {"name":"shared_total","type":"counter","value":1}]""".formatted(pushes.size());
        long sentNanos = System.nanoTime();
        await().pollInSameThread()
                .pollDelay(Duration.ZERO)
                .atMost(DEADLINE)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> caller.push(ingest, body, KeyedCaller.tenant(TENANT), "Idempotency-Key: " + key)
                                .statusCode()
                        == 202);
        pushes.add(new Interval(sentNanos, System.nanoTime()));
    }

    /** Samples that were accepted. */
    long accepted() {
        return (long) pushes.size() * SAMPLES_A_PUSH;
    }

    /** Checks what a query process shows, while nothing waits to be folded. */
    void assertShown(URI query) throws IOException, InterruptedException {
        Map<String, Double> shown = Scrapes.values(query, TENANT);
        int left = 0;
        for (int number = 0; number < pushes.size(); number++) {
            Interval push = pushes.get(number);
            Double value = shown.get("own_total{n=\"" + number + "\"}");
            if (resets.stream().anyMatch(push::isBefore)) {
                assertThat(value)
                        .as("push %d of %s, before a reset", number, TENANT)
                        .isNull();
            } else if (resets.stream().allMatch(reset -> reset.isBefore(push))) {
                assertThat(value)
                        .as("push %d of %s, after all resets", number, TENANT)
                        .isEqualTo(1);
            }
            left += value == null ? 0 : 1;
        }
        assertThat(shown.getOrDefault("shared_total", 0.0))
                .as("pushes of %s that are left", TENANT)
                .isEqualTo(left);
    }
}
