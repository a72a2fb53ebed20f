package dev.streamgauge.ingest.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.ingest.Answer;
import dev.streamgauge.ingest.RawConnection;
import dev.streamgauge.ingest.Sender;
import dev.streamgauge.ingest.Store;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a tenant may send and keep: rate, burst, series, backlog. The numbers are those of {@link TightLimits}. */
@QuarkusTest
@TestProfile(TightLimits.class)
@WithTestResource(RedisTestResource.class)
class TenantLimitsAppTest {

    private static final int BURST = 20;
    private static final int RATE = 4;

    private static String samples(int count) {
        return "[" + String.join(",", Collections.nCopies(count, Sender.counter("orders_total", 1))) + "]";
    }

    /** Counters of as many series as there are numbers. */
    private static String series(int... numbers) {
        return IntStream.of(numbers)
                .mapToObj(
                        "{\"name\": \"orders_total\", \"type\": \"counter\", \"value\": 1, \"labels\": {\"n\": \"%d\"}}"
                                ::formatted)
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void push_is429AndSaysWhenToComeBack_whenTheTenantIsOverItsRate() {
        Sender sender = new Sender("over-rate");
        assertThat(sender.push(samples(BURST)).outline()).isEqualTo("202 accepted 20\n");

        Answer answer = sender.push(samples(BURST));

        assertThat(answer.outline()).isEqualTo("429 tenant-max-ingestion-rate\n");
        assertThat(answer.retryAfterSeconds()).isBetween(BURST / RATE, BURST / RATE + 1); // two look-ups, too
        assertThat(new Sender("under-rate").push(samples(BURST)).outline()).isEqualTo("202 accepted 20\n");
    }

    @Test
    void push_isAcceptedAgain_whenRetryAfterIsOver() {
        Sender sender = new Sender("retry-after");
        sender.push(samples(BURST));
        Answer rejected = sender.push(samples(2 * RATE));
        Duration retryAfter = Duration.ofSeconds(rejected.retryAfterSeconds());

        await().pollDelay(retryAfter)
                .atMost(retryAfter.plusSeconds(5))
                .untilAsserted(() ->
                        assertThat(sender.push(samples(2 * RATE)).outline()).isEqualTo("202 accepted 8\n"));

        assertThat(rejected.outline()).isEqualTo("429 tenant-max-ingestion-rate\n");
        assertThat(retryAfter).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(3));
        assertThat(Store.of("retry-after").total("accepted")).isEqualTo(BURST + 2 * RATE);
    }

    @Test
    void push_is413_whenItIsLargerThanTheBurst() {
        Sender sender = new Sender("over-burst");

        Answer answer = sender.push(samples(BURST + 1));

        assertThat(answer.outline()).isEqualTo("413 tenant-max-ingestion-rate\n");
        assertThat(Store.of("over-burst").samples()).isEmpty();
        assertThat(sender.push(samples(BURST)).outline()).isEqualTo("202 accepted 20\n");
    }

    @Test
    void push_spendsNothing_whenNothingOfTheTenantWasEverAccepted() {
        Sender sender = new Sender("spends-nothing");
        String bad = samples(BURST).replace("1.0}", "-1.0}");
        for (int i = 0; i < 5; i++) {
            assertThat(sender.push(bad).status()).isEqualTo(400);
        }

        assertThat(sender.push(samples(BURST)).outline()).isEqualTo("202 accepted 20\n");
    }

    @Test
    void push_is429BeforeItsBodyIsRead_whenTheTenantHasSentTooMuchInVain() {
        Sender sender = new Sender("in-vain");
        sender.push(samples(1));
        String bad = samples(BURST).replace("1.0}", "-1.0}").repeat(5); // no JSON either

        await().untilAsserted(
                        () -> assertThat(sender.push(bad).outline()).isEqualTo("429 tenant-max-ingestion-rate\n"));

        try (RawConnection connection = RawConnection.open()) {
            connection.send(RawConnection.head("in-vain", "Content-Length: 10"));
            assertThat(connection.readAnswer().outline()).isEqualTo("429 tenant-max-ingestion-rate\n");
        }
    }

    @Test
    void values_countForTheRate_andNotTheSamplesThatCarryThem() {
        Sender sender = new Sender("values");
        String histogram = "{'name': 'seconds', 'type': 'histogram', 'values': [%s]}".replace('\'', '"');

        Answer most = sender.push(histogram.formatted("1" + ", 1".repeat(BURST - 1)));
        Answer tooMany = sender.push(histogram.formatted("1" + ", 1".repeat(BURST)));

        assertThat(most.outline()).isEqualTo("202 accepted 1\n");
        assertThat(tooMany.outline()).isEqualTo("413 tenant-max-ingestion-rate\n");
    }

    @Test
    void push_isPartlyAccepted_whenThereIsRoomForSomeOfItsSeries() {
        Sender sender = new Sender("some-series");

        Answer first = sender.push(series(1, 2, 1));
        Answer partly = sender.push(series(1, 3, 4, 2, 4, 5, 3));
        Answer full = sender.push(series(6));
        Answer known = sender.push(series(3));

        assertThat(first.outline()).isEqualTo("202 accepted 3\n");
        assertThat(partly.outline()).isEqualTo("""
                        202 accepted 4 rejected 3
                        2 max-series-per-user
                        4 max-series-per-user
                        5 max-series-per-user
                        """);
        assertThat(full.outline()).isEqualTo("400 max-series-per-user\n0 max-series-per-user\n");
        assertThat(known.outline()).isEqualTo("202 accepted 1\n");
        Store store = Store.of("some-series");
        assertThat(store.total("accepted")).isEqualTo(8);
        assertThat(store.total("series")).isEqualTo(3);
        assertThat(store.seriesOf("orders_total")).isEqualTo(3);
    }

    @Test
    void push_registersNoFamily_whenNoneOfItsSeriesHasRoom() {
        Sender sender = new Sender("no-family");
        sender.push(series(1, 2, 3));

        Answer answer = sender.push(Sender.counter("another_total", 1));

        assertThat(answer.outline()).isEqualTo("400 max-series-per-user\n0 max-series-per-user\n");
        assertThat(Store.of("no-family").families()).isEqualTo("counter orders_total\n");
    }

    @Test
    void senders_areToldEachItsOwn_whenTheyMeetAtTheSeriesLimit() {
        Sender sender = new Sender("meeting");
        List<CompletableFuture<Answer>> sent = IntStream.range(0, 6)
                .mapToObj(n -> sender.pushLater(series(n).getBytes(StandardCharsets.UTF_8)))
                .toList();

        List<Answer> answers = sent.stream().map(CompletableFuture::join).toList();

        String stored = IntStream.range(0, answers.size())
                .filter(n -> answers.get(n).status() == 202)
                .mapToObj("counter orders_total{n=\"%d\"} + 1.0"::formatted)
                .sorted()
                .collect(Collectors.joining("\n"));
        assertThat(answers)
                .extracting(Answer::outline)
                .containsOnly("202 accepted 1\n", "400 max-series-per-user\n0 max-series-per-user\n");
        assertThat(stored.lines()).hasSize(3);
        assertThat(Store.of("meeting").samples().lines().sorted())
                .containsExactlyElementsOf(stored.lines().toList());
    }

    @Test
    void push_is503_whenTheTenantsBacklogIsFull() {
        Sender sender = new Sender("backlog");
        for (int i = 0; i < 4; i++) {
            assertThat(sender.push(samples(1)).outline()).isEqualTo("202 accepted 1\n");
        }

        Answer answer = sender.push(samples(1));

        assertThat(answer.outline()).isEqualTo("503 backlog-full\n");
        assertThat(answer.retryAfterSeconds()).isPositive();
        assertThat(Store.of("backlog").total("accepted")).isEqualTo(4);
        assertThat(new Sender("no-backlog").push(samples(1)).outline()).isEqualTo("202 accepted 1\n");
    }

    @Test
    void push_isAcceptedAgain_whenTheBacklogHasRoom() {
        Sender sender = new Sender("drained");
        for (int i = 0; i < 4; i++) {
            sender.push(samples(1));
        }
        Store.command("HSET", Store.of("drained").totalsKey(), "backlog", "3"); // as a fold does

        assertThat(sender.push(samples(1)).outline()).isEqualTo("202 accepted 1\n");
        assertThat(sender.push(samples(1)).outline()).isEqualTo("503 backlog-full\n");
    }

    @Test
    void repeat_getsTheFirstAnswer_whenRateSeriesAndBacklogAreExhausted() {
        Sender sender = new Sender("exhausted");
        String body = series(1, 2, 3, 4);
        Answer first = sender.push(body, "Idempotency-Key: k");
        sender.push(series(1));
        sender.push(series(1));
        sender.push(series(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
        assertThat(sender.push(body).status()).isEqualTo(503); // the backlog is checked before the rate
        assertThat(sender.push(body, "Idempotency-Key: new").status()).isEqualTo(503);

        Answer repeat = sender.push(body, "Idempotency-Key: k");
        Answer reuse = sender.push(series(1), "Idempotency-Key: k");

        assertThat(first.outline()).isEqualTo("202 accepted 3 rejected 1\n3 max-series-per-user\n");
        assertThat(repeat.header("Idempotency-Replayed")).hasValue("true");
        assertThat(repeat.outline()).isEqualTo(first.outline());
        assertThat(reuse.outline()).isEqualTo("422 idempotency-key-reused\n");
        assertThat(Store.of("exhausted").total("accepted")).isEqualTo(20);
    }

    @Test
    void key_isNotUsedUp_whenTheRequestIsRejectedForNow() {
        Sender sender = new Sender("rejected-for-now");
        for (int i = 0; i < 4; i++) {
            sender.push(samples(1));
        }
        assertThat(sender.push(samples(2), "Idempotency-Key: k").outline()).isEqualTo("503 backlog-full\n");
        Store.command("HSET", Store.of("rejected-for-now").totalsKey(), "backlog", "0");

        Answer answer = sender.push(samples(3), "Idempotency-Key: k");

        assertThat(answer.outline()).isEqualTo("202 accepted 3\n");
        assertThat(answer.header("Idempotency-Replayed")).isEmpty();
    }
}
