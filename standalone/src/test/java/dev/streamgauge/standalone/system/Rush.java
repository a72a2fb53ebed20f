package dev.streamgauge.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One body sent to several processes at once, again and again, as fast as they answer. */
final class Rush {

    private final String tenant;
    private final String body;
    private final List<Line> lines;
    private long begunNanos;
    private long endedNanos;

    private Rush(List<URI> targets, String tenant, String body) {
        this.tenant = tenant;
        this.body = body;
        this.lines = targets.stream().map(Line::new).toList();
    }

    static Rush of(List<URI> targets, String tenant, String body) {
        return new Rush(targets, tenant, body);
    }

    /** Sends for so long, then waits for the last answers. */
    void run(Duration duration) throws Exception {
        begunNanos = System.nanoTime();
        try (ExecutorService executor = Executors.newFixedThreadPool(lines.size())) {
            List<Future<?>> running = new ArrayList<>();
            lines.forEach(line -> running.add(executor.submit(() -> {
                line.send(duration);
                return null;
            })));
            for (Future<?> each : running) {
                each.get();
            }
        }
        endedNanos = System.nanoTime();
    }

    /** Requests accepted. */
    int accepted() {
        return acceptedByEach().stream().mapToInt(Integer::intValue).sum();
    }

    List<Integer> acceptedByEach() {
        return lines.stream().map(line -> line.accepted).toList();
    }

    /** From before the first request to after the last answer. */
    Duration longest() {
        return Duration.ofNanos(endedNanos - begunNanos);
    }

    /**
     * From the first answer until the last rejected request was sent. During this time the rate was used up, except for
     * less than one request.
     */
    Duration upToLastRejection() {
        long firstAnswer =
                lines.stream().mapToLong(line -> line.firstAnswerNanos).min().orElseThrow();
        long lastRejected =
                lines.stream().mapToLong(line -> line.lastRejectedNanos).max().orElseThrow();
        return Duration.ofNanos(lastRejected - firstAnswer);
    }

    /** What one process is sent. */
    private final class Line {

        private final URI target;
        private int accepted;
        private long firstAnswerNanos;
        private long lastRejectedNanos;

        private Line(URI target) {
            this.target = target;
        }

        private void send(Duration duration) throws Exception {
            HttpRequest request = HttpRequest.newBuilder(target)
                    .header("X-Scope-OrgID", tenant)
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            try (HttpClient client = HttpClient.newHttpClient()) {
                long sentNanos = System.nanoTime();
                while (sentNanos - begunNanos < duration.toNanos()) {
                    int status = client.send(request, HttpResponse.BodyHandlers.discarding())
                            .statusCode();
                    assertThat(status).isIn(202, 429);
                    if (firstAnswerNanos == 0) {
                        firstAnswerNanos = System.nanoTime();
                    }
                    if (status == 202) {
                        accepted++;
                    } else {
                        lastRejectedNanos = sentNanos;
                    }
                    sentNanos = System.nanoTime();
                }
            }
        }
    }
}
