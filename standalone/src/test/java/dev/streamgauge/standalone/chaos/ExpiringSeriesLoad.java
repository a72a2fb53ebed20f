package dev.streamgauge.standalone.chaos;

import dev.streamgauge.testkit.ParsedExposition;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Series of a tenant that expire after a few seconds: they are pushed to for a while, left alone, and pushed to again.
 *
 * <p>As with {@link Push}, each request adds one to its own digit of a number in base 4. A digit above 1 was counted
 * twice. A digit that vanished and is shown again was resurrected after its expiry. A digit that is missing although
 * the next push came before the expiry was lost. Used by one thread at a time.
 */
public final class ExpiringSeriesLoad {

    public static final String TENANT = "expiring";

    /** The tenant's {@code counter_expiry_seconds} must have this value. */
    static final Duration EXPIRY = Duration.ofSeconds(4);

    private static final int CELLS = 4;
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration REPEAT_PAUSE = Duration.ofMillis(100);
    private static final double SHARE_LEFT_ALONE = 0.2;
    private static final Duration LEFT_ALONE = EXPIRY.plusSeconds(2);

    private final HttpClient client;
    private final List<URI> ingest;
    private final Supplier<URI> query;
    private final EventLog eventLog;
    private final Random random;
    private final List<Cell> cells = new ArrayList<>();
    private int cellsMade;
    private long accepted;

    /**
     * Pushes nothing yet.
     *
     * @param ingest addresses of the ingest processes
     * @param query the current address of the query process
     */
    public ExpiringSeriesLoad(HttpClient client, List<URI> ingest, Supplier<URI> query, EventLog eventLog, long seed) {
        this.client = client;
        this.ingest = List.copyOf(ingest);
        this.query = query;
        this.eventLog = eventLog;
        this.random = new Random(seed);
        for (int i = 0; i < CELLS; i++) {
            cells.add(newCell());
        }
    }

    /** Writes the file of overrides that every process needs, so that its series expire in time. */
    public static Path writeOverrides(Path folder) throws IOException {
        String settings = "overrides: {" + TENANT + ": {counter_expiry_seconds: " + EXPIRY.toSeconds() + "}}";
        return Files.writeString(folder.resolve("overrides.yaml"), settings);
    }

    private Cell newCell() {
        return new Cell("expiring_total{cell=\"" + cellsMade++ + "\"}");
    }

    /** A request: when it was sent first, and when its 202 came. */
    private record Sent(long sentNanos, long answeredNanos) {}

    /** One series, and its requests in their order; request n is digit n. */
    private static final class Cell {

        private final String series;
        private final List<Sent> requests = new ArrayList<>();
        private final Set<Integer> seen = new HashSet<>();
        private final Set<Integer> gone = new HashSet<>();
        private long nextNanos = System.nanoTime();

        private Cell(String series) {
            this.series = series;
        }
    }

    /** Samples that were accepted. */
    long accepted() {
        return accepted;
    }

    /** Pushes to the cells that are due, then scrapes and checks all of them. */
    void step() throws InterruptedException {
        for (int i = 0; i < CELLS; i++) {
            Cell cell = cells.get(i);
            if (System.nanoTime() - cell.nextNanos >= 0) {
                if (cell.requests.size() == Push.DIGITS) {
                    cell = newCell();
                    cells.set(i, cell);
                }
                push(cell);
                boolean isLeftAlone = random.nextDouble() < SHARE_LEFT_ALONE;
                Duration pause = isLeftAlone ? LEFT_ALONE : Duration.ofMillis(random.nextLong(800));
                cell.nextNanos = System.nanoTime() + pause.toNanos();
            }
        }
        try {
            checkDigits(scrape());
        } catch (IOException e) {
            eventLog.count("scrape of expiring series none, " + e.getClass().getSimpleName());
        }
    }

    private void push(Cell cell) throws InterruptedException {
        long unit = 1L << (2 * cell.requests.size());
        String number = cell.series.replaceAll("[^0-9]", "");
        String body = "{\"name\":\"expiring_total\",\"type\":\"counter\",\"value\":" + unit + ",\"labels\":{\"cell\":\""
                + number + "\"}}";
        String key = UUID.randomUUID().toString();
        long sentNanos = System.nanoTime();
        while (System.nanoTime() - sentNanos < Sender.GIVE_UP.toNanos()) {
            if (isAccepted(body, key)) {
                accepted++;
                cell.requests.add(new Sent(sentNanos, System.nanoTime()));
                eventLog.count("expiring pushes");
                return;
            }
            LockSupport.parkNanos(REPEAT_PAUSE.toNanos());
        }
        eventLog.violation("a push to " + cell.series + " had no definite answer for " + Sender.GIVE_UP);
    }

    private boolean isAccepted(String body, String key) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        ingest.get(random.nextInt(ingest.size())).resolve("/api/v1/metrics"))
                .timeout(TIMEOUT)
                .header("X-Scope-OrgID", TENANT)
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 202 && response.statusCode() != 503) {
                eventLog.violation(
                        "a push to an expiring series was answered " + response.statusCode() + " " + response.body());
            }
            return response.statusCode() == 202;
        } catch (IOException e) {
            eventLog.count("answer to an expiring push none, " + e.getClass().getSimpleName());
            return false;
        }
    }

    private Map<String, Double> scrape() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(query.get().resolve("/tenants/" + TENANT + "/metrics"))
                .timeout(TIMEOUT)
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("answered " + response.statusCode());
        }
        return ParsedExposition.parse(response.body()).values();
    }

    /** Checks that no push is counted twice, and that no expired push is shown again. */
    private void checkDigits(Map<String, Double> shown) {
        for (Cell cell : cells) {
            double value = shown.getOrDefault(cell.series, 0.0);
            for (int digit = 0; digit < cell.requests.size(); digit++) {
                int times = digit(value, digit);
                if (times > 1) {
                    eventLog.violation(cell.series + " shows digit " + digit + " " + times + " times: " + value);
                }
                if (times > 0) {
                    if (cell.gone.contains(digit)) {
                        eventLog.violation(cell.series + " shows digit " + digit + " again: " + value);
                    }
                    cell.seen.add(digit);
                } else if (cell.seen.contains(digit) && cell.gone.add(digit)) {
                    eventLog.count("expiring pushes expired");
                }
            }
        }
    }

    /**
     * Returns the differences in a scrape, made while no entry waits to be folded.
     *
     * @param scrapeStartNanos when the scrape began
     */
    List<Wrong> check(Map<String, Double> shown, long scrapeStartNanos) {
        checkDigits(shown);
        List<Wrong> wrong = new ArrayList<>();
        for (Cell cell : cells) {
            double value = shown.getOrDefault(cell.series, 0.0);
            int last = cell.requests.size() - 1;
            for (int digit = 0; digit <= last; digit++) {
                boolean mustBeThere = digit == last
                        ? isWithin(EXPIRY, cell.requests.get(digit), scrapeStartNanos)
                        : digit(value, digit + 1) > 0
                                && isWithin(
                                        EXPIRY,
                                        cell.requests.get(digit),
                                        cell.requests.get(digit + 1).answeredNanos());
                if (mustBeThere && digit(value, digit) == 0) {
                    wrong.add(new Wrong(TENANT + " " + cell.series + " digit " + digit, "1", "0", "value " + value));
                }
            }
        }
        return wrong;
    }

    private static boolean isWithin(Duration time, Sent from, long toNanos) {
        return toNanos - from.sentNanos() < time.toNanos();
    }

    private static int digit(double value, int digit) {
        return (int) ((long) value >> (2 * digit)) & 3;
    }
}
