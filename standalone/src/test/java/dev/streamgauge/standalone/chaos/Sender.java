package dev.streamgauge.standalone.chaos;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A sender as the delivery guarantee wants it: a request with an idempotency key is repeated, at this or the other
 * ingest process, until its answer says what became of it; one without is sent once. It checks every answer against the
 * contract. Used by one thread.
 */
public final class Sender {

    public static final Duration GIVE_UP = Duration.ofSeconds(60);

    /** Longer than ingest may take to say that Redis is away. */
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration REPEAT_PAUSE = Duration.ofMillis(100);
    private static final double SHARE_SENT_AGAIN = 0.05;
    private static final double SHARE_KEY_REUSED = 0.03;

    private final HttpClient client;
    private final Journal journal;
    private final EventLog eventLog;
    private final List<URI> targets;
    private final Random random;

    /**
     * Sends nothing yet.
     *
     * @param targets addresses of ingest processes
     */
    public Sender(HttpClient client, Journal journal, EventLog eventLog, List<URI> targets, Random random) {
        this.client = client;
        this.journal = journal;
        this.eventLog = eventLog;
        this.targets = List.copyOf(targets);
        this.random = random;
    }

    /** What one sending has brought. */
    private sealed interface Answer {}

    /** Nothing that says what became of the request. */
    private record None() implements Answer {}

    /** An answer for good. */
    private record Definite(int status, String body, boolean replayed) implements Answer {}

    /** Sends a new request until it is settled. */
    void sendNext() throws InterruptedException {
        Journal.Entry entry = journal.next(random);
        if (!send(entry, GIVE_UP)) {
            eventLog.violation(entry.push() + " had no definite answer for " + GIVE_UP);
            journal.settle(entry, Journal.Outcome.UNKNOWN);
        }
        if (entry.outcome() == Journal.Outcome.ACCEPTED && entry.push().key().isPresent()) {
            double share = random.nextDouble();
            if (share < SHARE_SENT_AGAIN) {
                sendAgain(entry);
            } else if (share < SHARE_SENT_AGAIN + SHARE_KEY_REUSED) {
                reuseKey(entry);
            }
        }
    }

    /** Sends a request until it is settled; whether that was within the time. */
    public boolean send(Journal.Entry entry, Duration within) throws InterruptedException {
        eventLog.count("requests");
        long endNanos = System.nanoTime() + within.toNanos();
        Duration timeout = REQUEST_TIMEOUT;
        while (true) {
            switch (exchange(entry, entry.push().body(), timeout)) {
                case Definite definite -> {
                    settle(entry, definite);
                    return true;
                }
                case None none -> {
                    if (entry.push().key().isEmpty()) {
                        eventLog.count("requests of unknown outcome");
                        journal.settle(entry, Journal.Outcome.UNKNOWN);
                        return true;
                    }
                }
            }
            if (System.nanoTime() - endNanos > 0) {
                return false;
            }
            eventLog.count("requests repeated");
            LockSupport.parkNanos(REPEAT_PAUSE.toNanos());
        }
    }

    private void settle(Journal.Entry entry, Definite definite) {
        boolean rejected = definite.status() == 400;
        boolean asPromised = entry.push().flaw() == Push.Flaw.ALL_BAD
                ? rejected
                : definite.status() == 202
                        && definite.body().startsWith(entry.push().answer());
        if (!asPromised) {
            eventLog.violation(entry.push() + " was answered " + definite);
        }
        journal.settle(entry, rejected ? Journal.Outcome.REJECTED : Journal.Outcome.ACCEPTED);
    }

    /** A repetition after the answer brings the same answer, or none. */
    private void sendAgain(Journal.Entry entry) throws InterruptedException {
        if (exchange(entry, entry.push().body(), REQUEST_TIMEOUT) instanceof Definite definite
                && !(definite.replayed()
                        && definite.body().startsWith(entry.push().answer()))) {
            eventLog.violation(entry.push() + " was repeated and answered " + definite);
        }
    }

    /** Another body under the same key is rejected, or not answered. */
    private void reuseKey(Journal.Entry entry) throws InterruptedException {
        if (exchange(entry, entry.push().otherBody(), REQUEST_TIMEOUT) instanceof Definite definite
                && definite.status() != 422) {
            eventLog.violation(entry.push() + " had its key reused, answered " + definite);
        }
    }

    private Answer exchange(Journal.Entry entry, String body, Duration timeout) throws InterruptedException {
        URI target = targets.get(random.nextInt(targets.size()));
        HttpRequest.Builder request = HttpRequest.newBuilder(target.resolve("/api/v1/metrics"))
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .header("X-Scope-OrgID", entry.push().tenant())
                .POST(HttpRequest.BodyPublishers.ofString(body));
        entry.push().key().ifPresent(key -> request.header("Idempotency-Key", key));
        journal.sending(entry, target.getAuthority());
        eventLog.count("requests sent");
        long sentNanos = System.nanoTime();
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            int status = response.statusCode();
            eventLog.took("slowest answer " + status, Duration.ofNanos(System.nanoTime() - sentNanos));
            boolean replayed = response.headers()
                    .firstValue("Idempotency-Replayed")
                    .filter("true"::equals)
                    .isPresent();
            journal.answered(entry, status + (replayed ? " replayed " : " ") + response.body());
            eventLog.count("answer " + status + (replayed ? " replayed" : ""));
            if (status == 202 || (status >= 400 && status < 500)) {
                return new Definite(status, response.body(), replayed);
            }
            if (status != 503) {
                eventLog.violation(entry.push() + " was answered " + status + " " + response.body());
            }
        } catch (IOException e) {
            journal.answered(entry, e.toString());
            eventLog.count("answer none, " + e.getClass().getSimpleName());
        }
        return new None();
    }
}
