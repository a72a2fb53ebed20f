package dev.streamgauge.standalone.chaos;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Deletes series of {@link Push.Kind#SCRATCH} while everything fails, and writes down when; {@link ExpectedTenant}
 * works out which pushes must be gone from them, and which must not. Used by one thread at a time.
 */
public final class Deleter {

    /** Of all processes: in mode open, only the administrator deletes series. */
    public static final String ADMIN_KEY = "the-administrator-of-the-chaos-of-45-letters";

    /** Longer than a deletion may take. */
    private static final Duration TIMEOUT = Duration.ofSeconds(40);

    /** A deletion that was not answered with 200 may go on for this long after it was sent, in a paused process. */
    private static final Duration MAY_GO_ON = Duration.ofSeconds(90);

    private final HttpClient client;
    private final List<Supplier<URI>> aggregators;
    private final List<String> tenants;
    private final Journal journal;
    private final EventLog eventLog;
    private final Random random;

    /**
     * Deletes nothing yet.
     *
     * @param aggregators their current addresses
     * @param tenants to delete from; without the tenant that must recover at once, since the fence of a killed deletion
     *     lasts for a while
     */
    public Deleter(
            HttpClient client,
            List<Supplier<URI>> aggregators,
            List<String> tenants,
            Journal journal,
            EventLog eventLog,
            Random random) {
        this.client = client;
        this.aggregators = List.copyOf(aggregators);
        this.tenants = List.copyOf(tenants);
        this.journal = journal;
        this.eventLog = eventLog;
        this.random = random;
    }

    /** Which cells. */
    enum Cells {
        ALL("scratch_total"),
        EVEN("{__name__=~\"scratch.+\",cell=~\"[0-9]*[02468]\"}");

        private final String selector;

        Cells(String selector) {
            this.selector = selector;
        }

        private boolean has(int cell) {
            return this == ALL || cell % 2 == 0;
        }
    }

    /**
     * A deletion that was sent.
     *
     * @param sentNanos when
     * @param endNanos when it ended, or the latest time at which it may end
     * @param isDone whether it was answered with 200
     */
    record Deletion(Cells cells, long sentNanos, long endNanos, boolean isDone) {

        /** Whether a push that was accepted at that time must be gone from the cell. */
        boolean removed(int cell, long acceptedNanos) {
            return isDone && cells.has(cell) && acceptedNanos - sentNanos < 0;
        }

        /** Whether it may have removed a push that was first sent at that time. */
        boolean mayHaveRemoved(int cell, long firstSentNanos) {
            return cells.has(cell) && endNanos - firstSentNanos > 0;
        }
    }

    public void deleteNext() throws InterruptedException {
        String tenant = tenants.get(random.nextInt(tenants.size()));
        Cells cells = random.nextBoolean() ? Cells.ALL : Cells.EVEN;
        URI aggregator = aggregators.get(random.nextInt(aggregators.size())).get();
        HttpRequest request = HttpRequest.newBuilder(aggregator.resolve(
                        "/api/v1/series?match%5B%5D=" + URLEncoder.encode(cells.selector, StandardCharsets.UTF_8)))
                .timeout(TIMEOUT)
                .header("X-Scope-OrgID", tenant)
                .header("Authorization", "Bearer " + ADMIN_KEY)
                .DELETE()
                .build();
        long sentNanos = System.nanoTime();
        boolean isDone = false;
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            eventLog.count("deletion " + response.statusCode());
            isDone = response.statusCode() == 200;
            if (!isDone && response.statusCode() != 503) {
                eventLog.violation("deletion was answered " + response.statusCode() + " " + response.body());
            }
        } catch (IOException e) {
            eventLog.count("deletion none, " + e.getClass().getSimpleName());
        }
        long endNanos = isDone ? System.nanoTime() : sentNanos + MAY_GO_ON.toNanos();
        eventLog.note("deletion " + tenant + " " + cells + (isDone ? " done" : " not done"));
        journal.deleted(tenant, new Deletion(cells, sentNanos, endNanos, isDone));
    }
}
