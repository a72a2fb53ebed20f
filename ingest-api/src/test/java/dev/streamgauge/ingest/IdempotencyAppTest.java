package dev.streamgauge.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.idempotency.KeptAnswer.KeptError;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an {@code Idempotency-Key} promises: one body counts once. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class IdempotencyAppTest {

    private static final String BODY = Sender.counter("orders_total", 1);
    private static final String STORED_ONCE = "counter orders_total{} + 1.0\n";

    private static boolean isReplay(Answer answer) {
        return answer.header("Idempotency-Replayed").equals(Optional.of("true"));
    }

    @Test
    void repeat_getsTheFirstAnswerAndCountsNothing() {
        Sender sender = new Sender("repeat");
        String body = "[" + BODY + ", {\"name\": \"orders_total\", \"type\": \"gauge\", \"value\": 1}]";
        Answer first = sender.push(body, "Idempotency-Key: k");

        Answer repeat = sender.push(body, "Idempotency-Key: k");

        assertThat(first.outline()).isEqualTo("202 accepted 1 rejected 1\n1 type-conflict\n");
        assertThat(first.header("Idempotency-Replayed")).isEmpty();
        assertThat(repeat.status()).isEqualTo(202);
        assertThat(isReplay(repeat)).isTrue();
        assertThat(repeat.outline()).isEqualTo(first.outline());
        assertThat(Store.of("repeat").samples()).isEqualTo(STORED_ONCE);
        assertThat(Store.of("repeat").total("accepted")).isEqualTo(1);
    }

    @Test
    void record_hasAtMost512Bytes_whateverIsRejected() {
        Sender sender = new Sender("long-names");
        String bad = ", {\"name\": \"" + "-".repeat(2_000) + "\", \"type\": \"counter\", \"value\": 1}";

        Answer answer = sender.push("[" + BODY + bad.repeat(100) + "]", "Idempotency-Key: k");

        assertThat(answer.json().get("rejected").intValue()).isEqualTo(100);
        assertThat((Long) Store.command("STRLEN", Store.of("long-names").idempotencyKey("k")))
                .isBetween(480L, 512L);
    }

    @Test
    void repeat_listsTheFirstErrors_whenMoreWereRejected() {
        Sender sender = new Sender("many-errors");
        String bad = ", {\"name\": \"-\", \"type\": \"counter\", \"value\": 1}";
        String body = "[" + BODY + bad.repeat(100) + "]";
        Answer first = sender.push(body, "Idempotency-Key: k");

        Answer repeat = sender.push(body, "Idempotency-Key: k");

        assertThat(repeat.outline()).startsWith("202 accepted 1 rejected 100\n1 metric-name-invalid\n");
        assertThat(first.outline()).startsWith(repeat.outline());
        assertThat(repeat.json().get("errors")).hasSizeBetween(12, 99);
    }

    @Test
    void repeat_getsTheBodyThatWasSent_whenTheRecordIsOfVersion1() {
        String body = "{\"accepted\":3,\"rejected\":0}";
        Store.of("version-1").keepAnswer("k", '1', BODY, body.getBytes(StandardCharsets.UTF_8));

        Answer repeat = new Sender("version-1").push(BODY, "Idempotency-Key: k");

        assertThat(isReplay(repeat)).isTrue();
        assertThat(repeat.text()).isEqualTo(body);
    }

    @Test
    void repeat_getsTheCountsAndReasons_whenTheRecordIsOfVersion2() {
        KeptAnswer.Counted kept = new KeptAnswer.Counted(3, 2, List.of(new KeptError(1, "type-conflict")));
        Store.of("version-2").keepAnswer("k", '2', BODY, kept.encode());

        Answer repeat = new Sender("version-2").push(BODY, "Idempotency-Key: k");

        assertThat(isReplay(repeat)).isTrue();
        assertThat(repeat.outline()).isEqualTo("202 accepted 3 rejected 2\n1 type-conflict\n");
    }

    @Test
    void keys_areApart_whenTheyOrTheirTenantsDiffer() {
        assertThat(isReplay(new Sender("apart-1").push(BODY, "Idempotency-Key: k")))
                .isFalse();
        assertThat(isReplay(new Sender("apart-1").push(BODY, "Idempotency-Key: K")))
                .isFalse();
        assertThat(isReplay(new Sender("apart-2").push(BODY, "Idempotency-Key: k")))
                .isFalse();
    }

    @Test
    void key_isTheSame_quotedOrNot() {
        Sender sender = new Sender("quoted");
        sender.push(BODY, "Idempotency-Key: \"k\"");

        Answer repeat = sender.push(BODY, "Idempotency-Key: k");

        assertThat(isReplay(repeat)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 128})
    void key_isTaken_ofThatManyCharacters(int length) {
        Sender sender = new Sender("key-length-" + length);
        String key = "~".repeat(length);

        assertThat(isReplay(sender.push(BODY, "Idempotency-Key: " + key))).isFalse();
        assertThat(isReplay(sender.push(BODY, "Idempotency-Key: \"" + key + "\"")))
                .isTrue();
    }

    @Test
    void push_is400_whenTheKeyIsInvalid() {
        Sender sender = new Sender("no-key");
        String tooLong = "k".repeat(129);

        for (String key : List.of("", "\"\"", "\"", "a b", "a\"b", tooLong, "\"" + tooLong + "\"")) {
            assertThat(sender.push(BODY, "Idempotency-Key: " + key).outline())
                    .as(key)
                    .isEqualTo("400 idempotency-key-invalid\n");
        }
        assertThat(sender.push(BODY, "Idempotency-Key: a", "Idempotency-Key: b").outline())
                .isEqualTo("400 idempotency-key-invalid\n");
        assertThat(sender.push(BODY, "Idempotency-Key: a", "Idempotency-Key: a").outline())
                .isEqualTo("400 idempotency-key-invalid\n");
        assertThat(Store.of("no-key").samples()).isEmpty();
    }

    @Test
    void push_is422_whenTheKeyWasUsedWithAnotherBody() {
        Sender sender = new Sender("other-body");
        sender.push(BODY, "Idempotency-Key: k");

        Answer answer = sender.push(Sender.counter("orders_total", 2), "Idempotency-Key: k");
        Answer nothing = sender.push("[]", "Idempotency-Key: k");
        Answer bad = sender.push("{}", "Idempotency-Key: k");

        assertThat(answer.outline()).isEqualTo("422 idempotency-key-reused\n");
        assertThat(nothing.outline()).isEqualTo("422 idempotency-key-reused\n");
        assertThat(bad.outline()).isEqualTo("422 idempotency-key-reused\n");
        assertThat(Store.of("other-body").samples()).isEqualTo(STORED_ONCE);
    }

    @Test
    void body_isTheSame_compressedOrNot() {
        Sender sender = new Sender("compressed");
        Answer first = sender.push(
                Sender.gzip(BODY.getBytes(StandardCharsets.UTF_8)), "Content-Encoding: gzip", "Idempotency-Key: k");

        Answer repeat = sender.push(BODY, "Idempotency-Key: k");

        assertThat(isReplay(repeat)).isTrue();
        assertThat(repeat.body()).isEqualTo(first.body());
    }

    @Test
    void key_isNotUsedUp_whenTheRequestIsRejected() {
        Sender sender = new Sender("not-used-up");
        String negative = Sender.counter("orders_total", -1);

        assertThat(sender.push(negative, "Idempotency-Key: k").outline())
                .isEqualTo("400 counter-negative\n0 counter-negative\n");
        assertThat(sender.push("[", "Idempotency-Key: k").outline()).isEqualTo("400 invalid-json\n");
        assertThat(sender.push(BODY, "Content-Type: text/plain", "Idempotency-Key: k")
                        .outline())
                .isEqualTo("415 unsupported-media-type\n");
        Answer good = sender.push(BODY, "Idempotency-Key: k");

        assertThat(good.outline()).isEqualTo("202 accepted 1\n");
        assertThat(isReplay(good)).isFalse();
        assertThat(Store.of("not-used-up").samples()).isEqualTo(STORED_ONCE);
    }

    @Test
    void key_isNotUsedUp_whenTheRequestIsTooLarge() {
        Sender sender = new Sender("too-large");
        String tooManyBytes = BODY + " ".repeat(1 << 20);
        String tooManySamples = "[" + String.join(",", Collections.nCopies(10_001, BODY)) + "]";
        byte[] tooManyDecompressed = Sender.gzip((BODY + " ".repeat(10 << 20)).getBytes(StandardCharsets.UTF_8));

        assertThat(sender.push(tooManyBytes, "Idempotency-Key: k").outline()).isEqualTo("413 request-too-large\n");
        assertThat(sender.push(tooManySamples, "Idempotency-Key: k").outline())
                .isEqualTo("413 max-samples-per-request\n");
        assertThat(sender.push(tooManyDecompressed, "Content-Encoding: gzip", "Idempotency-Key: k")
                        .outline())
                .isEqualTo("413 request-too-large\n");

        assertCountsOnce(sender, "too-large");
    }

    @Test
    void key_isNotUsedUp_whenTheTenantIsOverItsRate() {
        Sender sender = new Sender("over-rate-once");
        String totals = Store.of("over-rate-once").totalsKey();
        long paidOff = Instant.now().plusMillis(20_200).toEpochMilli(); // a burst lasts 20 s
        Store.command("HSET", totals, "tat", Long.toString(paidOff));
        assertThat(sender.push(BODY, "Idempotency-Key: k").outline()).isEqualTo("429 tenant-max-ingestion-rate\n");

        Store.command("HDEL", totals, "tat");
        await().untilAsserted(() -> assertThat(sender.push("[]").status()).isEqualTo(202));

        assertCountsOnce(sender, "over-rate-once");
    }

    @Test
    void key_isNotUsedUp_whenTheBacklogIsFull() {
        Sender sender = new Sender("backlog-once");
        String totals = Store.of("backlog-once").totalsKey();
        Store.command("HSET", totals, "backlog", "100000");
        assertThat(sender.push(BODY, "Idempotency-Key: k").outline()).isEqualTo("503 backlog-full\n");

        Store.command("HSET", totals, "backlog", "0");

        assertCountsOnce(sender, "backlog-once");
    }

    /** The key was not used up: a push with it is stored now, and its repetition gets the first answer. */
    private static void assertCountsOnce(Sender sender, String tenant) {
        assertThat(Store.command("EXISTS", Store.of(tenant).idempotencyKey("k")))
                .isEqualTo(0L);
        assertThat(Store.of(tenant).samples()).isEmpty();
        Answer first = sender.push(BODY, "Idempotency-Key: k");
        Answer repeat = sender.push(BODY, "Idempotency-Key: k");
        assertThat(first.outline()).isEqualTo("202 accepted 1\n");
        assertThat(isReplay(first)).isFalse();
        assertThat(isReplay(repeat)).isTrue();
        assertThat(repeat.body()).isEqualTo(first.body());
        assertThat(Store.of(tenant).samples()).isEqualTo(STORED_ONCE);
    }

    @Test
    void bodiesUnderOneKey_countOnlyOne_whenSentAtOnce() {
        Sender sender = new Sender("bodies-at-once");
        List<CompletableFuture<Answer>> sent = IntStream.rangeClosed(1, 50)
                .mapToObj(i -> sender.pushLater(
                        Sender.counter("orders_total", i).getBytes(StandardCharsets.UTF_8), "Idempotency-Key: k"))
                .toList();

        List<Answer> answers = sent.stream().map(CompletableFuture::join).toList();

        assertThat(answers).filteredOn(answer -> answer.status() == 202).hasSize(1);
        assertThat(answers)
                .filteredOn(answer -> answer.status() != 202)
                .extracting(Answer::outline)
                .containsOnly("422 idempotency-key-reused\n");
        assertThat(Store.of("bodies-at-once").samples().lines()).hasSize(1);
        assertThat(Store.of("bodies-at-once").total("accepted")).isEqualTo(1);
    }

    @Test
    void key_countsOnce_whenSentAHundredTimesAtOnce() {
        Sender sender = new Sender("at-once");
        List<CompletableFuture<Answer>> sent = IntStream.range(0, 100)
                .mapToObj(i -> sender.pushLater(BODY.getBytes(StandardCharsets.UTF_8), "Idempotency-Key: k"))
                .toList();

        List<Answer> answers = sent.stream().map(CompletableFuture::join).toList();

        assertThat(answers).extracting(Answer::text).containsOnly("{\"accepted\":1,\"rejected\":0}");
        assertThat(answers).extracting(Answer::status).containsOnly(202);
        assertThat(answers).filteredOn(IdempotencyAppTest::isReplay).hasSize(99);
        assertThat(Store.of("at-once").samples()).isEqualTo(STORED_ONCE);
        assertThat(Store.of("at-once").total("accepted")).isEqualTo(1);
    }

    @Test
    void key_isKeptTenMinutesFromTheFirstAnswer() {
        Sender sender = new Sender("ten-minutes");
        String record = Store.of("ten-minutes").idempotencyKey("k");
        sender.push(BODY, "Idempotency-Key: k");
        long millisAfterFirst = (Long) Objects.requireNonNull(Store.command("PTTL", record));
        Store.command("PEXPIRE", record, "60000");

        sender.push(BODY, "Idempotency-Key: k");

        assertThat(millisAfterFirst).isBetween(590_000L, 600_000L);
        assertThat((Long) Store.command("PTTL", record)).isBetween(1L, 60_000L);
    }

    @Test
    void key_countsAgain_whenItsTimeIsOver() {
        Sender sender = new Sender("time-over");
        sender.push(BODY, "Idempotency-Key: k");
        Store.command("DEL", Store.of("time-over").idempotencyKey("k"));

        Answer answer = sender.push(BODY, "Idempotency-Key: k");

        assertThat(isReplay(answer)).isFalse();
        assertThat(Store.of("time-over").samples()).isEqualTo(STORED_ONCE + STORED_ONCE);
    }
}
