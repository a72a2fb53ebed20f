package dev.streamgauge.ingest.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.ingest.Answer;
import dev.streamgauge.ingest.IngestConfig;
import dev.streamgauge.ingest.Sender;
import dev.streamgauge.ingest.Store;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Promise;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Pushes of a tenant whose registry is being reset wait for a moment; pushes of other tenants do not. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class FencedPushRetryAppTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @Inject
    FencedPushRetry fencedPushRetry;

    @Inject
    IngestConfig config;

    private static String sample() {
        return "[" + Sender.counter("orders_total", 1) + "]";
    }

    /** Fences a tenant as a step of a reset does. */
    private static void fence(String tenant, Duration time) {
        long until = Instant.now().plus(time).toEpochMilli();
        Store.command("HSET", Store.of(tenant).totalsKey(), "held", Long.toString(until), "held_after", "0-0");
    }

    private static void liftFence(String tenant) {
        Store.command("HDEL", Store.of(tenant).totalsKey(), "held", "held_after");
    }

    @Test
    void push_isAccepted_whenTheFenceIsLiftedSoon() throws Exception {
        Sender sender = new Sender("fenced-shortly");
        sender.push(sample());
        fence("fenced-shortly", Duration.ofSeconds(5));

        CompletableFuture<Answer> waiting = CompletableFuture.supplyAsync(() -> sender.push(sample()));
        awaitCallsOfAdmission(3);
        assertThat(waiting).isNotDone();
        liftFence("fenced-shortly");

        assertThat(waiting.get(20, TimeUnit.SECONDS).outline()).isEqualTo("202 accepted 1\n");
        assertThat(Store.of("fenced-shortly").total("accepted")).isEqualTo(2);
    }

    /** Waits until Redis was called so many more times. */
    private static void awaitCallsOfAdmission(int calls) {
        long before = admissions();
        await().atMost(DEADLINE).until(() -> admissions() >= before + calls);
    }

    private static long admissions() {
        return String.valueOf(Store.command("INFO", "commandstats"))
                .lines()
                .filter(line -> line.startsWith("cmdstat_evalsha:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".*?:calls=(\\d+).*", "$1")))
                .sum();
    }

    /** The registry for which the push was planned no longer exists. */
    @Test
    void push_isRegisteredAgain_whenTheRegistryWasRemovedWhileItWaited() throws Exception {
        Sender sender = new Sender("fenced-and-reset");
        Store store = Store.of("fenced-and-reset");
        sender.push(sample());
        fence("fenced-and-reset", Duration.ofSeconds(5));

        CompletableFuture<Answer> waiting = CompletableFuture.supplyAsync(() -> sender.push(sample()));
        awaitCallsOfAdmission(3);
        Store.command("DEL", store.totalsKey().replace(":totals", ":families"));
        Store.command("DEL", store.totalsKey().replace(":totals", ":f:orders_total"));
        Store.command("HINCRBY", store.totalsKey(), "epoch", "1");
        liftFence("fenced-and-reset");

        assertThat(waiting.get(20, TimeUnit.SECONDS).outline()).isEqualTo("202 accepted 1\n");
        assertThat(store.families()).isEqualTo("counter orders_total\n");
        assertThat(store.seriesOf("orders_total")).isEqualTo(1);
    }

    @Test
    void push_isRejectedAfterItsLastPause_whenTheFenceStays() throws Exception {
        fence("fenced-long", Duration.ofSeconds(5));
        long before = admissions();
        CompletableFuture<Answer> waiting =
                CompletableFuture.supplyAsync(() -> new Sender("fenced-long").push(sample()));

        Answer answer = waiting.get(20, TimeUnit.SECONDS);
        assertThat(answer.outline()).isEqualTo("503 tenant-resetting\n");
        assertThat(admissions() - before).isGreaterThan(FencedPushRetry.MAX_PAUSES);
        assertThat(answer.retryAfterSeconds()).isBetween(1, 5);
        assertThat(Store.of("fenced-long").samples()).isEmpty();
    }

    @Test
    void pushesOfOtherTenants_areAccepted_whileOneWaits() throws Exception {
        fence("fenced-beside-others", Duration.ofSeconds(5));
        CompletableFuture<Answer> waiting =
                CompletableFuture.supplyAsync(() -> new Sender("fenced-beside-others").push(sample()));
        awaitCallsOfAdmission(1);

        for (int i = 0; i < 10; i++) {
            assertThat(new Sender("not-fenced").push(sample()).status()).isEqualTo(202);
        }

        assertThat(waiting.get(20, TimeUnit.SECONDS).outline()).isEqualTo("503 tenant-resetting\n");
    }

    @Test
    void push_doesNotWait_whenItsTenantWasDeleted() {
        fence("deleted", Duration.ofSeconds(30));

        assertThat(new Sender("deleted").push(sample()).outline()).isEqualTo("503 tenant-resetting\n");
        assertThat(fencedPushRetry.pause(100, 0, Duration.ofSeconds(30))).isEmpty();
    }

    @Test
    void pause_isNotGiven_whenTooManyWait() {
        List<Promise<Void>> timers = new ArrayList<>();
        FencedPushRetry retry = new FencedPushRetry(config, pause -> {
            timers.add(Promise.promise());
            return timers.getLast().future();
        });

        while (timers.size() < 5_000
                && retry.pause(100, 0, Duration.ofSeconds(1)).isPresent()) {
            // until no more may wait
        }

        assertThat(timers).hasSize(FencedPushRetry.MAX_WAITING);
        endAll(timers);

        int half = config.maxQueuedBytes() / 16;
        assertThat(retry.pause(half, 0, Duration.ofSeconds(1))).isPresent();
        assertThat(retry.pause(half, 0, Duration.ofSeconds(1))).isPresent();
        assertThat(retry.pause(1, 0, Duration.ofSeconds(1))).isEmpty();

        endAll(timers);
        assertThat(retry.pause(1, FencedPushRetry.MAX_PAUSES, Duration.ofSeconds(1)))
                .isEmpty();
        assertThat(retry.pause(1, FencedPushRetry.MAX_PAUSES - 1, Duration.ofSeconds(1)))
                .isPresent();
    }

    private static void endAll(List<Promise<Void>> timers) {
        timers.forEach(Promise::complete);
        timers.clear();
    }
}
