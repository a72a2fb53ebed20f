package dev.streamgauge.redis.admission;

import static dev.streamgauge.core.snapshot.MetricType.COUNTER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.redis.RealRedis;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** If a key holds unexpected data, the request is answered as broken, and nothing is changed. */
class UnexpectedDataAtAdmissionTest {

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final AdmissionDesk desk = new AdmissionDesk(redis);

    /** A request that reads and writes all keys. */
    private static Push push() {
        return Push.of("acme")
                .rate(1, 10)
                .maxSeries(10)
                .family("orders_total", COUNTER)
                .series("orders_total", "a=\"1\"")
                .key("k", "body", "answer");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sg:{0}:stream",
                "sg:{0}:totals",
                "sg:{0}:t:acme:totals",
                "sg:{0}:t:acme:families",
                "sg:{0}:t:acme:f:orders_total",
                "sg:{0}:idem:acme:k"
            })
    void call_changesNothing_whenAKeyIsOfAnotherType(String key) {
        redis.command("RPUSH", key, "unexpected");
        String before = redis.dump();

        String told = desk.admit(push(), push());

        assertThat(told.lines())
                .containsOnly("broken: WRONGTYPE Operation against a key holding the wrong kind of value");
        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        "sg:{0}:totals, accepted",
        "sg:{0}:totals, pending",
        "sg:{0}:t:acme:totals, epoch",
        "sg:{0}:t:acme:totals, series",
        "sg:{0}:t:acme:totals, accepted",
        "sg:{0}:t:acme:totals, pending",
        "sg:{0}:t:acme:totals, backlog",
        "sg:{0}:t:acme:totals, tat",
        "sg:{0}:t:acme:totals, request_tat",
        "sg:{0}:t:acme:totals, held",
        "sg:{0}:t:acme:totals, backlog_bytes",
        "sg:{0}:t:acme:totals, registry_bytes"
    })
    void call_changesNothing_whenACounterIsNoNumber(String key, String field) {
        for (String unexpected : new String[] {"unexpected", "", "nan", "1,5"}) {
            redis.command("HSET", key, field, unexpected);
            String before = redis.dump();

            String told = desk.admit(push());

            assertThat(told).isEqualTo("broken: field " + field + " is no number");
            assertThat(redis.dump()).isEqualTo(before);
        }
    }

    @Test
    void call_changesNothing_whenTheBytesOfRecordsAreMalformed() {
        byte[] notANumber = ByteBuffer.allocate(24).putDouble(8, Double.NaN).array();
        for (byte[] unexpected : List.of(new byte[0], new byte[23], new byte[25], notANumber)) {
            redis.setField("sg:{0}:t:acme:totals", "idempotency".getBytes(StandardCharsets.US_ASCII), unexpected);
            String before = redis.dump();

            String told = desk.admit(push());

            assertThat(told).isEqualTo("broken: field idempotency is malformed");
            assertThat(redis.dump()).isEqualTo(before);
        }
    }

    @Test
    void call_changesNothing_whenAnIdempotencyRecordIsOfAnotherVersion() {
        for (String unexpected : new String[] {"3" + "h".repeat(32) + "answer", ""}) {
            redis.command("SET", "sg:{0}:idem:acme:k", unexpected);
            String before = redis.dump();

            String told = desk.admit(push());

            assertThat(told).isEqualTo("broken: idempotency record of an unknown version");
            assertThat(redis.dump()).isEqualTo(before);
        }
    }

    @Test
    void call_changesNothing_whenAnIdempotencyRecordIsCutShort() {
        redis.setString("sg:{0}:idem:acme:k", new byte[] {'2'}, Push.sha256("body"), new byte[] {0, 0, 0, 1});
        String before = redis.dump();

        String told = desk.admit(push());

        assertThat(told).isEqualTo("broken: malformed idempotency record");
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void call_rejectsTheFamily_whenItsRowIsOfAnotherVersion() {
        redis.command("HSET", "sg:{0}:t:acme:families", "orders_total", "C-of-version-2");
        String before = redis.dump();

        AdmissionAnswer told = desk.answers(push()).getFirst();

        assertThat(told).isInstanceOf(AdmissionAnswer.FamiliesDiffer.class);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void call_storesTheOthers_whenOneRequestMeetsAnUnexpectedFamily() {
        redis.command("SET", "sg:{0}:t:acme:f:broken_total", "unexpected");

        String told = desk.admit(
                Push.of("acme").series("broken_total", "a=\"1\"").key("k1", "body", ""),
                Push.of("acme").key("k2", "body", ""));

        assertThat(told).isEqualTo("""
                        broken: WRONGTYPE Operation against a key holding the wrong kind of value
                        stored""");
    }
}
