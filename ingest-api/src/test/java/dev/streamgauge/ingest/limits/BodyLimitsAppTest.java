package dev.streamgauge.ingest.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.ingest.Answer;
import dev.streamgauge.ingest.OwnMetrics;
import dev.streamgauge.ingest.RawConnection;
import dev.streamgauge.ingest.Sender;
import dev.streamgauge.ingest.Store;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much one request may contain: each limit at its maximum, and one beyond. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class BodyLimitsAppTest {

    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_DECOMPRESSED_BYTES = 10 << 20;
    private static final int MAX_SAMPLES = 10_000;
    private static final String SAMPLE = Sender.counter("orders_total", 1);

    /** One sample, and spaces up to that length. */
    private static byte[] body(int length) {
        byte[] body = new byte[length];
        Arrays.fill(body, (byte) ' ');
        byte[] sample = SAMPLE.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(sample, 0, body, 0, sample.length);
        return body;
    }

    private static String array(int samples) {
        return "[" + String.join(",", Collections.nCopies(samples, SAMPLE)) + "]";
    }

    private static String lines(int samples) {
        return (SAMPLE + "\n").repeat(samples);
    }

    @Test
    void push_is413_whenTheBodyHasAByteTooMany() {
        Sender sender = new Sender("body-bytes");

        assertThat(sender.push(body(MAX_BYTES)).outline()).isEqualTo("202 accepted 1\n");
        assertThat(sender.push(body(MAX_BYTES + 1)).outline()).isEqualTo("413 request-too-large\n");
        assertThat(sender.pushChunked(body(MAX_BYTES)).outline()).isEqualTo("202 accepted 1\n");
        assertThat(sender.pushChunked(body(MAX_BYTES + 1)).outline()).isEqualTo("413 request-too-large\n");
        assertThat(Store.of("body-bytes").total("accepted")).isEqualTo(2);
    }

    @Test
    void push_is413AndTheConnectionStays_whenTheRestOfTheBodyIsShort() {
        try (RawConnection connection = RawConnection.open()) {
            connection.send(RawConnection.head("large", "Transfer-Encoding: chunked"));
            connection.send("10C350\r\n").send(body(0x10C350)).send("\r\n0\r\n\r\n"); // 50,000 too many
            Answer tooLarge = connection.readAnswer();
            connection.send(RawConnection.push("large", SAMPLE));

            assertThat(tooLarge.outline()).isEqualTo("413 request-too-large\n");
            assertThat(connection.readAnswer().outline()).isEqualTo("202 accepted 1\n");
        }
    }

    @Test
    void push_is413AndTheConnectionEnds_whenTheRestOfTheBodyIsLong() {
        try (RawConnection connection = RawConnection.open()) {
            connection.send(RawConnection.head("huge", "Transfer-Encoding: chunked"));

            connection.send("1400000\r\n").send(body(MAX_BYTES + 100_000)); // of a chunk of 20 MiB

            assertThat(connection.readAnswer().outline()).isEqualTo("413 request-too-large\n");
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void push_is413AtOnce_whenTheAnnouncedLengthIsAbsurd() {
        try (RawConnection connection = RawConnection.open()) {
            connection.send(RawConnection.head("absurd", "Content-Length: 99999999999"));

            assertThat(connection.readAnswer().outline()).isEqualTo("413 request-too-large\n");
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void push_is413_whenTheDecompressedBodyHasAByteTooMany() {
        Sender sender = new Sender("decompressed-bytes");

        Answer longest = sender.push(Sender.gzip(body(MAX_DECOMPRESSED_BYTES)), "Content-Encoding: gzip");
        Answer tooLong = sender.push(Sender.gzip(body(MAX_DECOMPRESSED_BYTES + 1)), "Content-Encoding: gzip");
        Answer farTooLong = sender.push(Sender.gzip(body(200 << 20)), "Content-Encoding: gzip");

        assertThat(longest.outline()).isEqualTo("202 accepted 1\n");
        assertThat(tooLong.outline()).isEqualTo("413 request-too-large\n");
        assertThat(farTooLong.outline()).isEqualTo("413 request-too-large\n");
        assertThat(Store.of("decompressed-bytes").total("accepted")).isEqualTo(1);
    }

    @Test
    void push_is413_whenItHasASampleTooMany() {
        Sender sender = new Sender("sample-count");

        Answer most = sender.push(array(MAX_SAMPLES));
        Answer array = sender.push(array(MAX_SAMPLES + 1));
        Answer envelope = sender.push("{\"metrics\": " + array(MAX_SAMPLES + 1) + "}");

        assertThat(most.outline()).isEqualTo("202 accepted 10000\n");
        assertThat(array.outline()).isEqualTo("413 max-samples-per-request\n");
        assertThat(envelope.outline()).isEqualTo("413 max-samples-per-request\n");
        assertThat(Store.of("sample-count").total("accepted")).isEqualTo(MAX_SAMPLES);
    }

    @Test
    void push_registersItsSeriesAhead_whenOneCallMayNotLookThemAllUp() {
        String series = IntStream.range(0, 1_201)
                .mapToObj(i ->
                        "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\"" + i + "\"}}")
                .collect(Collectors.joining(",", "[", "]"));
        Sender many = new Sender("many-series");
        Sender one = new Sender("one-series");

        Answer answer = many.push(series, "Idempotency-Key: k");
        Answer repeat = many.push(series, "Idempotency-Key: k");
        one.push(SAMPLE);

        assertThat(answer.outline()).isEqualTo("202 accepted 1201\n");
        assertThat(repeat.body()).isEqualTo(answer.body());
        Store store = Store.of("many-series");
        assertThat(store.total("accepted")).isEqualTo(1_201);
        assertThat(store.total("series")).isEqualTo(1_201);
        assertThat(Store.command("HEXISTS", store.totalsKey(), "registered")).isEqualTo(1L);
        assertThat(Store.command("HEXISTS", Store.of("one-series").totalsKey(), "registered"))
                .isEqualTo(0L);
        assertThat(OwnMetrics.read("streamgauge_admission_call_lookups_max")).isEqualTo(500);
    }

    @Test
    void push_registersItsFamiliesAhead_whichCountTwice() {
        String families = IntStream.range(0, 200)
                .mapToObj(i -> "{\"name\":\"orders_" + i + "_total\",\"type\":\"counter\",\"value\":1}")
                .collect(Collectors.joining(",", "[", "]"));

        Answer answer = new Sender("many-families").push(families);

        assertThat(answer.outline()).isEqualTo("202 accepted 200\n");
        Store store = Store.of("many-families");
        assertThat(store.total("accepted")).isEqualTo(200);
        assertThat(Store.command("HEXISTS", store.totalsKey(), "registered")).isEqualTo(1L);
        assertThat(OwnMetrics.read("streamgauge_admission_call_lookups_max")).isLessThanOrEqualTo(500);
    }

    @Test
    void push_is413_whenItHasALineTooMany() {
        Sender sender = new Sender("line-count");

        Answer most = sender.push("\n" + lines(MAX_SAMPLES) + "\n", "Content-Type: application/x-ndjson");
        Answer tooMany = sender.push(lines(MAX_SAMPLES + 1), "Content-Type: application/x-ndjson");

        assertThat(most.outline()).isEqualTo("202 accepted 10000\n");
        assertThat(tooMany.outline()).isEqualTo("413 max-samples-per-request\n");
        assertThat(Store.of("line-count").total("accepted")).isEqualTo(MAX_SAMPLES);
    }

    @Test
    void push_is413_whenItIsTooLargeWithItsCommonLabelsInEverySample() {
        Sender sender = new Sender("common-labels");
        String common = IntStream.range(0, 5)
                .mapToObj(i -> "\"l" + i + "\": \"" + "x".repeat(2_000) + '"')
                .collect(Collectors.joining(", ", "{\"labels\": {", "}, \"metrics\": "));

        Answer fits = sender.push(common + array(1_000) + "}");
        Answer tooLarge = sender.push(common + array(1_100) + "}");

        assertThat(fits.outline()).isEqualTo("202 accepted 1000\n");
        assertThat(tooLarge.outline()).isEqualTo("413 request-too-large\n");
    }

    /** If they were added to every sample and compared with its labels, this would take minutes. */
    @Test
    @Timeout(20)
    void push_isTakenSoon_whenItHasManyCommonLabelsOfNoValue() {
        String none = IntStream.range(0, 25_000)
                .mapToObj(i -> "\"l" + i + "\": \"\"")
                .collect(Collectors.joining(", ", "{", "}"));
        String sample = SAMPLE.substring(0, SAMPLE.length() - 1) + ", \"labels\": " + none + "}";
        String samples = "[" + sample + ", " + array(3_000).substring(1);

        Answer answer = new Sender("no-labels").push("{\"labels\": " + none + ", \"metrics\": " + samples + "}");

        assertThat(answer.outline()).isEqualTo("202 accepted 3001\n");
    }

    @Test
    void push_countsRejectedSamplesToo_whenItHasASampleTooMany() {
        Answer answer = new Sender("bad-sample-count").push("[" + "1,".repeat(MAX_SAMPLES) + "1]");

        assertThat(answer.outline()).isEqualTo("413 max-samples-per-request\n");
    }
}
