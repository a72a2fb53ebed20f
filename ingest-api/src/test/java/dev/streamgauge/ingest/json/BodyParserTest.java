package dev.streamgauge.ingest.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.ingest.protocol.PushError;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the case files cannot show: how a parser counts samples, and that it survives whatever it is given. */
class BodyParserTest {

    private static final String SAMPLE = "{\"name\": \"a\", \"type\": \"counter\", \"value\": 1}";

    private static BodyParser parser() {
        return new BodyParser(3, 8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static int count(ParsedBody parsed) {
        return ((ParsedBody.Drafts) parsed).samples().size();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[%s]", "{\"metrics\": [%s]}"})
    void parseDocument_takesTheMostSamples_andNotOneMore(String form) {
        ParsedBody most = parser().parseDocument(bytes(form.formatted(SAMPLE + "," + SAMPLE + ", 1")));
        ParsedBody tooMany = parser().parseDocument(bytes(form.formatted(SAMPLE + ", 1, 1, " + SAMPLE)));

        assertThat(count(most)).isEqualTo(3);
        assertThat(tooMany)
                .isEqualTo(new ParsedBody.Malformed(
                        413,
                        PushError.MAX_SAMPLES_PER_REQUEST,
                        "body: more than 3 samples; send them in several requests",
                        4));
    }

    @Test
    void parseLines_takesTheMostSamples_andNotOneMore() {
        ParsedBody most = parser().parseLines(bytes("\n" + (SAMPLE + "\n\r\n").repeat(3) + " \t\n"));
        ParsedBody tooMany = parser().parseLines(bytes((SAMPLE + "\n").repeat(3) + "x"));

        assertThat(count(most)).isEqualTo(3);
        assertThat(tooMany)
                .isEqualTo(new ParsedBody.Malformed(
                        413,
                        PushError.MAX_SAMPLES_PER_REQUEST,
                        "body: more than 3 samples; send them in several requests",
                        4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[%s,%s]", "{\"metrics\": [%s,%s]}", "%s\n%s"})
    void parse_takesTheMostValues_andNotOneMore(String form) {
        String values = "{\"values\": [1, 2, 3], \"buckets\": [1, 2, 3, 4, 5, 6, 7, 8, 9]}";

        ParsedBody most = parse(form.formatted(values, "{\"counts\": [1, 2, 3, 4, 5]}"));
        ParsedBody tooMany = parse(form.formatted(values, "{\"counts\": [1, 2, 3, 4, 5, 6, this is no JSON"));

        assertThat(count(most)).isEqualTo(2);
        assertThat(tooMany)
                .isEqualTo(new ParsedBody.Malformed(
                        413,
                        PushError.MAX_VALUES_PER_REQUEST,
                        "body: more than 8 values; send them in several requests",
                        2));
    }

    private static ParsedBody parse(String body) {
        return body.contains("\n") ? parser().parseLines(bytes(body)) : parser().parseDocument(bytes(body));
    }

    @Test
    void parseDocument_readsNoFurther_whenThereAreTooManySamples() {
        ParsedBody tooMany = parser().parseDocument(bytes("[1, 1, 1, 1, this is no JSON"));

        assertThat(tooMany)
                .isInstanceOfSatisfying(
                        ParsedBody.Malformed.class,
                        malformed -> assertThat(malformed.status()).isEqualTo(413));
    }

    @Test
    void parse_neverThrows_whereverABodyIsCut() {
        byte[] body = bytes("""
                {"labels": {"a": "größe \\ud83d\\ude00"}, "metrics": [{"name": "h", "type": "histogram", "counts": [1, 2e0], \
                "sum": -0.5, "buckets": [1], "labels": {"b": "\\u00e9"}, "x": [{"y": [null, true]}]}, NaN]}""");
        for (int length = 0; length < body.length; length++) {
            byte[] cut = new byte[length];
            System.arraycopy(body, 0, cut, 0, length);

            assertThat(parser().parseDocument(cut)).isInstanceOf(ParsedBody.Malformed.class);
            assertThat(parser().parseLines(cut)).isInstanceOf(ParsedBody.Drafts.class);
        }
        assertThat(count(parser().parseDocument(body))).isEqualTo(2);
    }

    @Test
    void parse_neverThrows_whateverByteIsChanged() {
        byte[] body = bytes("""
                {"labels":{"a":"ö"},"metrics":[{"name":"h","type":"histogram","counts":[1,2e0],"sum":-0.5,"buckets":[1]}]}""");
        for (int place = 0; place < body.length; place++) {
            byte original = body[place];
            for (int value = 0; value < 256; value++) {
                body[place] = (byte) value;

                assertThat(parser().parseDocument(body)).isNotNull();
                assertThat(parser().parseLines(body)).isNotNull();
            }
            body[place] = original;
        }
    }

    @Test
    void parse_isQuick_whateverIsNested() {
        byte[] deep = bytes("[".repeat(1 << 20));
        byte[] wide = bytes("[{\"name\": {" + "\"a\": [[[]]],".repeat(80_000) + "\"b\": 1}}]");

        assertThat(parser().parseDocument(deep)).isInstanceOf(ParsedBody.Malformed.class);
        assertThat(count(parser().parseDocument(wide))).isEqualTo(1);
    }
}
