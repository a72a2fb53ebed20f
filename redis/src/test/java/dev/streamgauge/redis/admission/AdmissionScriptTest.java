package dev.streamgauge.redis.admission;

import static dev.streamgauge.core.snapshot.MetricType.COUNTER;
import static dev.streamgauge.core.snapshot.MetricType.GAUGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.ServerRun;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the script answers to one request, what it then stores, and what a second call makes of it. */
class AdmissionScriptTest {

    private static final String TOTALS = AdmissionDesk.KEYSPACE.tenantTotals(new TenantId("acme"));

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final AdmissionDesk desk = new AdmissionDesk(redis);

    private static Push push() {
        return Push.of("acme");
    }

    /** One counter with one series, which is admitted first in every row of the table. */
    private static Push first() {
        return push().family("orders_total", COUNTER)
                .series("orders_total", "a=\"1\"")
                .key("k1", "body", "the first answer");
    }

    static Stream<Arguments> answers() {
        return Stream.of(
                arguments("stored", push()),
                arguments("stored", push().key("k2", "body", "")),
                arguments("stored", push().family("orders_total", COUNTER)),
                arguments("stored", Push.of("other").key("k1", "other body", "")),
                arguments("replay: the first answer", push().key("k1", "body", "another answer")),
                arguments(
                        "replay: the first answer", push().key("k1", "body", "").samples(0)),
                arguments("key reused", push().key("k1", "other body", "")),
                arguments("nothing", push().samples(0).entries(0)),
                arguments("nothing", push().key("k2", "body", "").samples(0).entries(0)),
                arguments("epoch changed", push().epoch(new TenantEpoch(ServerRun.NONE, "1"))),
                arguments("families differ: 0 is counter", push().family("orders_total", GAUGE)),
                arguments(
                        "over series limit: [1, 2]",
                        push().maxSeries(2).series("orders_total", "a=\"2\"", "a=\"3\"", "a=\"4\"")),
                arguments("over rate", push().rate(0.001, 1).samples(2)),
                arguments("backlog full", push().maxBacklog(1)));
    }

    @ParameterizedTest(name = "{0}: {index}")
    @MethodSource("answers")
    void call_answers_whenOneRequestIsStored(String answer, Push second) {
        desk.admit(first());

        String told = desk.admit(second);

        assertThat(told).isEqualTo(answer);
    }

    @ParameterizedTest(name = "{0}: {index}")
    @MethodSource("answers")
    void call_changesNothing_unlessItAnswersStored(String answer, Push second) {
        desk.admit(first());
        String before = redis.dump();

        desk.admit(second);

        assertThat(redis.dump().equals(before)).isEqualTo(!answer.startsWith("stored"));
    }

    @Test
    void call_storesAllOfARequest_whenAdmitted() {
        Push push = push().family("orders_total", COUNTER)
                .series("orders_total", "a=\"1\"", "")
                .key("k1", "body", "answer")
                .rate(0.001, 10)
                .samples(7)
                .entries(new byte[] {1, 0, -1}, "\r\n$3".getBytes(StandardCharsets.UTF_8));

        desk.admit(push);

        assertThat(withoutTimes(redis.dump())).isEqualTo("""
                        sg:{0}:idem:acme:k1 string expires
                          2(body's hash and counts)answer
                        sg:{0}:stream stream last=(id)
                          (id) p=\\x01\\x00\\xff
                          (id) p=\\x0d\\x0a$3
                        sg:{0}:t:acme:f:orders_total hash
                          =r
                          a="1"=r
                        sg:{0}:t:acme:families hash
                          orders_total=c\\x00\\x00\\x00\\x00
                        sg:{0}:t:acme:totals hash
                          accepted=7
                          backlog=2
                          backlog_bytes=207
                          epoch=(time)
                          idempotency=(packed)
                          pending=7
                          pushed=(time)
                          registry_bytes=240
                          series=2
                          since=(time)
                          tat=(time)
                        sg:{0}:totals hash
                          accepted=7
                          pending=7
                        """);
    }

    private static String withoutTimes(String dump) {
        return dump.replaceAll("\\d{13}-\\d+", "(id)")
                .replaceAll("(pushed|since|tat|epoch)=[\\d.]+", "$1=(time)")
                .replaceAll("idempotency=.*", "idempotency=(packed)")
                .replaceAll("(?m)^  2.*answer$", "  2(body's hash and counts)answer");
    }

    @Test
    void call_keepsEpochAndCounters_whenTheTenantHasSome() {
        redis.command("HSET", TOTALS, "epoch", "3", "series", "5", "accepted", "9007199254740991", "folded", "7");

        String told = desk.admit(push().epoch(desk.epochOf("acme")).series("orders_total", "a=\"1\""));

        assertThat(told).isEqualTo("stored");
        assertThat(desk.total("acme", "epoch")).contains("3");
        assertThat(desk.total("acme", "series")).contains("6");
        assertThat(desk.total("acme", "accepted")).contains("9007199254740992");
        assertThat(desk.total("acme", "folded")).contains("7");
    }

    @Test
    void call_beginsTheTenantsEpochNow_whenItHasNone() {
        long before = redis.nowMillis() * 1000;

        desk.admit(push());

        assertThat(Long.parseLong(desk.total("acme", "epoch").orElseThrow().toString()))
                .isBetween(before, redis.nowMillis() * 1000 + 1000);
    }

    @Test
    void call_stores_whenTheEpochIsTheOneOfTheLastAnswer() {
        AdmissionAnswer.Stored stored =
                (AdmissionAnswer.Stored) desk.answers(push()).getFirst();

        String told = desk.admit(push().epoch(stored.epoch()), push().epoch(stored.epoch()));

        assertThat(told).isEqualTo("stored\nstored");
    }

    @Test
    void call_takesNothingOnTrust_whenTheStoreWasEmptiedMeanwhile() {
        desk.admit(first());
        TenantEpoch known = desk.epochOf("acme");
        redis.command("FLUSHALL");

        String told = desk.admit(push().epoch(known));

        assertThat(told).isEqualTo("epoch changed");
        assertThat(redis.dump()).isEmpty();
    }

    @Test
    void call_takesNothingOnTrust_whenItWasLearntOnAnotherConnection() {
        desk.admit(first());
        TenantEpoch known = desk.epochOf("acme");

        String told = desk.admit(push().epoch(new TenantEpoch(new ServerRun("another"), known.number())));

        assertThat(told).isEqualTo("epoch changed");
    }

    @Test
    void call_countsTwice_whenCalledTwiceWithoutKey() {
        Push push = push().series("orders_total", "a=\"1\"");

        String told = desk.admit(push) + "\n" + desk.admit(push);

        assertThat(told).isEqualTo("stored\nstored");
        assertThat(desk.entries()).isEqualTo(2);
        assertThat(desk.total("acme", "series")).contains("1");
    }

    @Test
    void call_replays_whenCalledTwiceWithAKey() {
        desk.admit(first());
        String once = redis.dump();

        String told = desk.admit(first());

        assertThat(told).isEqualTo("replay: the first answer");
        assertThat(redis.dump()).isEqualTo(once);
    }

    /** Redis keeps the time at which a key expires. So a step back makes its life longer, and a step forward ends it. */
    @ParameterizedTest
    @CsvSource({"3600000, replay: the first answer", "-3600000, stored"})
    void call_replays_whileTheKeyLives_whenTheClockSteppedByAnHour(long laterMillis, String told) {
        desk.admit(first());
        String key = AdmissionDesk.KEYSPACE.idempotency(new TenantId("acme"), "k1");
        long expires = redis.number("PEXPIRETIME", key) + laterMillis;
        redis.command("PEXPIREAT", key, Long.toString(expires));

        assertThat(desk.admit(first())).isEqualTo(told);
    }

    @Test
    void call_replaysBeforeItLooksAtAnythingElse_whenTheKeyIsKnown() {
        desk.admit(first());

        String told = desk.admit(push().key("k1", "body", "")
                .rate(0.001, 0)
                .maxBacklog(0)
                .maxSeries(1)
                .epoch(new TenantEpoch(ServerRun.NONE, "7"))
                .series("orders_total", "a=\"2\"")
                .family("orders_total", GAUGE));

        assertThat(told).isEqualTo("replay: the first answer");
    }

    @Test
    void call_keepsAKeyForTenMinutes_countedFromTheFirstAnswer() {
        String key = AdmissionDesk.KEYSPACE.idempotency(new TenantId("acme"), "k1");
        desk.admit(first());
        redis.command("PEXPIRE", key, "300000");

        desk.admit(first());

        assertThat(redis.number("PTTL", key)).isBetween(290_000L, 300_000L);
        assertThat(AdmissionScript.IDEMPOTENCY_WINDOW).hasMinutes(10);
    }

    @Test
    void call_setsTheWindow_whenTheKeyIsNew() {
        desk.admit(first());

        long left = redis.number("PTTL", AdmissionDesk.KEYSPACE.idempotency(new TenantId("acme"), "k1"));

        assertThat(left).isBetween(590_000L, 600_000L);
    }

    @Test
    void call_replaysTheCounts_whateverTheirBytesAre() {
        KeptAnswer.Counted kept = new KeptAnswer.Counted(0x0d0a0a00, 0xff, List.of());
        desk.admit(push().key("k1", "body", "").answer(kept));

        List<AdmissionAnswer> answers = desk.answers(push().key("k1", "body", ""));

        assertThat(answers).containsExactly(new AdmissionAnswer.Replay(kept));
    }

    @Test
    void call_replays_whenARecordIsOfVersion1() {
        redis.setString("sg:{0}:idem:acme:k1", new byte[] {'1'}, Push.sha256("body"), new byte[] {'{', '}'});

        String told = desk.admit(push().key("k1", "body", ""));
        String reused = desk.admit(push().key("k1", "other body", ""));

        assertThat(told).isEqualTo("replay: {}");
        assertThat(reused).isEqualTo("key reused");
    }

    @Test
    void call_keepsAtMost512Bytes_whateverWasRejected() {
        List<SampleRejection> rejections = IntStream.range(0, 1_000)
                .mapToObj(index -> new SampleRejection(index, Reason.MAX_LABEL_NAMES_PER_SERIES, ""))
                .toList();

        desk.admit(push().key("k1", "body", "").answer(KeptAnswer.Counted.of(1, rejections)));

        assertThat(redis.number("STRLEN", "sg:{0}:idem:acme:k1")).isBetween(480L, 512L);
    }

    @Test
    void call_answers_whenTheServerHasForgottenTheScript() {
        desk.admit(push());
        redis.command("SCRIPT", "FLUSH");

        String told = desk.admit(push(), push());

        assertThat(told).isEqualTo("stored\nstored");
        assertThat(desk.entries()).isEqualTo(3);
    }

    @Test
    void call_storesOnce_whenRepeatedWithItsKeyAfterATimeout() {
        try (RedisServer server = RedisServer.builder().build().start()) {
            RedisConnections connections = redis.connectionsTo(server.url(), Duration.ofSeconds(1));
            AdmissionScript script =
                    new AdmissionScript(new SingleServer(connections, AdmissionDesk.KEYSPACE), AdmissionTerms.DEFAULTS);
            List<AdmissionRequest> group = List.of(first().build());
            script.call(0, MemoryPressure.NONE, List.of(Push.of("other").build()))
                    .await()
                    .indefinitely(); // so that it is known
            server.pause();
            RedisFailure failure = catchThrowableOfType(
                    RedisFailure.class,
                    () -> script.call(0, MemoryPressure.NONE, group).await().indefinitely());
            server.resume();

            List<AdmissionAnswer> answers =
                    script.call(0, MemoryPressure.NONE, group).await().indefinitely();

            assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.TIMEOUT);
            assertThat(answers)
                    .singleElement()
                    .isInstanceOfAny(AdmissionAnswer.Stored.class, AdmissionAnswer.Replay.class);
            assertThat(server.command("XLEN", AdmissionDesk.KEYSPACE.stream(0))).isEqualTo(2L);
        }
    }

    @Test
    void call_failsAsFullAndChangesNothing_whenRedisIsFull() {
        desk.admit(first());
        String before = redis.dump();
        redis.fill();

        assertThatThrownBy(() -> desk.admit(push()))
                .isInstanceOfSatisfying(
                        RedisFailure.class,
                        failure -> assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.FULL));

        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void call_failsAsFull_whenRedisIsFullAndHasForgottenTheScript() {
        redis.command("SCRIPT", "FLUSH");
        redis.fill();

        assertThatThrownBy(() -> desk.admit(push()))
                .isInstanceOfSatisfying(
                        RedisFailure.class,
                        failure -> assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.FULL));

        assertThat(redis.dump()).isEmpty();
    }
}
