package dev.streamgauge.ingest.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.ingest.Answer;
import dev.streamgauge.ingest.Sender;
import dev.streamgauge.ingest.Store;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers to the letter, and what is in them when there is much to say. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class AnswerTextAppTest {

    private static final String BAD = "{\"name\": \"a\", \"type\": \"counter\", \"value\": -1}";

    private final Sender sender = new Sender("answers");

    @Test
    void answer_is202WithoutErrors_whenAllWasStored() {
        Answer answer = sender.push(Sender.counter("orders_total", 1));

        assertThat(answer.text()).isEqualTo("""
                {"accepted":1,"rejected":0}""");
    }

    @Test
    void answer_is202WithErrors_whenSomeWasStored() {
        Answer answer = sender.push("[" + Sender.counter("orders_total", 1) + "," + BAD + "]");

        assertThat(answer.json().toPrettyString()).isEqualTo("""
                        {
                          "accepted" : 1,
                          "rejected" : 1,
                          "errors" : [ {
                            "index" : 1,
                            "reason" : "counter-negative",
                            "message" : "value: a counter only grows; give what was added, 0 or more (sample [1])"
                          } ]
                        }""");
    }

    @Test
    void answer_is400WithTheSameErrors_whenNothingWasStored() {
        Answer answer = sender.push("[" + BAD + "]");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().toPrettyString()).isEqualTo("""
                        {
                          "type" : "urn:streamgauge:reason:counter-negative",
                          "title" : "Bad Request",
                          "status" : 400,
                          "reason" : "counter-negative",
                          "detail" : "value: a counter only grows; give what was added, 0 or more (sample [0])",
                          "errors" : [ {
                            "index" : 0,
                            "reason" : "counter-negative",
                            "message" : "value: a counter only grows; give what was added, 0 or more (sample [0])"
                          } ]
                        }""");
    }

    @Test
    void answer_is400AndSaysWhere_whenTheBodyIsMalformed() {
        Answer answer = sender.push("[\n1}");

        assertThat(answer.json().toPrettyString()).isEqualTo("""
                        {
                          "type" : "urn:streamgauge:reason:invalid-json",
                          "title" : "Bad Request",
                          "status" : 400,
                          "reason" : "invalid-json",
                          "detail" : "body: not valid JSON at line 2, column 2"
                        }""");
    }

    @Test
    void answer_listsTheFirst100ErrorsAndCountsAll_whenMoreAreRejected() {
        String rejectedFirst = "[" + (BAD + ",").repeat(150) + Sender.counter("a", 1) + "]";

        Answer some = sender.push(rejectedFirst);
        Answer none = sender.push("[" + (BAD + ",").repeat(100) + BAD + "]");

        assertThat(some.outline()).startsWith("202 accepted 1 rejected 150\n0 counter-negative\n");
        assertThat(some.json().get("errors")).hasSize(100);
        assertThat(some.json().get("errors").get(99).get("index").intValue()).isEqualTo(99);
        assertThat(none.outline()).startsWith("400 counter-negative\n");
        assertThat(none.json().get("errors")).hasSize(100);
    }

    @Test
    void answer_listsErrorsByIndex_whereverTheyWereFound() {
        sender.push("{\"name\": \"h\", \"type\": \"histogram\", \"value\": 1}");
        String clash = Sender.counter("h_sum", 1);
        String conflict = "{\"name\": \"h\", \"type\": \"gauge\", \"value\": 1}";

        // The rules reject the third sample, the admission script the others.
        Answer answer = sender.push("[" + clash + "," + conflict + "," + BAD + "," + clash + "]");

        assertThat(answer.outline()).isEqualTo("""
                        400 type-conflict
                        0 type-conflict
                        1 type-conflict
                        2 counter-negative
                        3 type-conflict
                        """);
    }

    @Test
    void answer_staysSmall_whenTheNamesItSpeaksOfAreLong() {
        String name = "n".repeat(100_000) + "-";

        Answer sample = sender.push("{\"name\": \"a\", \"type\": \"counter\", \"value\": 1, \"" + name + "\": 1}");
        Answer type = sender.push("{\"name\": \"a\", \"type\": \"" + name + "\", \"value\": 1}");
        Answer envelope = sender.push("{\"metrics\": [], \"" + name + "\": 1}");
        Answer word = sender.push("[" + name + "]");

        assertThat(sample.outline()).startsWith("400 unknown-field\n");
        assertThat(type.outline()).startsWith("400 type-unknown\n");
        assertThat(envelope.outline()).isEqualTo("400 unknown-field\n");
        assertThat(word.outline()).isEqualTo("400 invalid-json\n");
        assertThat(List.of(sample, type, envelope, word)).allMatch(answer -> answer.body().length < 2_000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"name":"a","type":"counter","vlaue":1} | sample: unknown field 'vlaue'; did you mean 'value'?
            {"metric":[{"name":"a","type":"counter","value":1}]} | sample: unknown field 'metric'; did you mean 'metrics'?
            [{"name":"a","type":"counter","description":1}] | sample: unknown field 'description' (sample [0])
            {"metrics":[],"lables":{}} | body: 'lables' beside metrics, where only labels may stand
            {"name":"a","name":"b"} | sample: 'name' is given twice
            {"name":"a","type":"counter","value":-1} | value: a counter only grows; give what was added, 0 or more
            [{"name":"a","type":"counter","value":-1}] | value: a counter only grows; give what was added, 0 or more (sample [0])
            {"name":"a"} {"name":"b"} | body: something follows the JSON value; send several values in an array, or one per line as application/x-ndjson
            {"name":"a" | body: the JSON ends too early, at line 1, column 12
            [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]] | body: the JSON is nested more than 16 deep
            """)
    void answer_speaksOfWhatWasSent(String body, String detail) {
        assertThat(sender.push(body).json().get("detail").textValue()).isEqualTo(detail);
    }

    @Test
    void answer_namesTheLine_whenSamplesComeInLines() {
        String lines =
                "\n" + Sender.counter("orders_total", 1) + "\n\r\n" + BAD + "\n{\n" + Sender.counter("up", 1) + "\n";

        Answer answer = sender.push(lines, "Content-Type: application/x-ndjson");

        assertThat(answer.json().get("errors").findValuesAsText("message"))
                .containsExactly(
                        "value: a counter only grows; give what was added, 0 or more (line 4)",
                        "json: the JSON ends too early, at column 2 (line 5)",
                        "name: 'up' is written by Prometheus itself; use another name (line 6)");
    }

    @Test
    void null_isAsIfTheFieldWereAbsent() {
        Sender own = new Sender("nulls");
        Answer stored =
                own.push("{\"name\":\"nulls_total\",\"type\":\"counter\",\"value\":1,\"values\":null,\"counts\":null,"
                        + "\"sum\":null,\"labels\":null,\"timestamp\":null,\"buckets\":null,\"quantiles\":null,\"epsilons\":null,"
                        + "\"help\":null,\"unit\":null}");
        Answer label = own.push("{\"name\":\"nulls_total\",\"type\":\"counter\",\"value\":1,\"labels\":{\"a\":null}}");
        Answer missing = own.push("{\"name\":null,\"type\":\"counter\",\"value\":1}");

        assertThat(stored.outline()).isEqualTo("202 accepted 1\n");
        assertThat(label.outline()).isEqualTo("202 accepted 1\n");
        assertThat(Store.of(own.tenant()).samples()).isEqualTo("counter nulls_total{} + 1.0\n".repeat(2));
        assertThat(missing.outline()).startsWith("400 missing-metric-name\n");
    }
}
