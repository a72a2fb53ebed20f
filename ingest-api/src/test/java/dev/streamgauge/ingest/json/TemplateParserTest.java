package dev.streamgauge.ingest.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.ingest.protocol.ParsedPush;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The template parser accepts the bodies that senders usually send, and makes the same samples of them as the full
 * parser.
 */
class TemplateParserTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    static final List<String> PLAIN = List.of("""
            [{"name":"a","type":"counter","value":1,"labels":{"b":"c","region":"größe"}},{"name":"g","type":"gauge","value":-2.5e3}]""", """
            {"name":"a","type":"counter","value":1}""", """
             { "labels" : { "k" : "v" } , "metrics" : [ { "type" : "gauge" , "name" : "g" , "value" : 1 , "labels" : {} } ] } \

            """, """
            {"metrics":[{"name":"h","type":"histogram","values":[0.1, 2,3.25e-1 ],"buckets":[0.5,1],"timestamp":1700000000000}]}""", """
            [{"name":"s","type":"summary","value":1.5,"quantiles":[0.5],"epsilons":[0.1],"help":"of a thing","unit":"seconds"}]""");

    /** Accepted only by the full parser, or rejected. */
    static final List<String> OTHERS = List.of(
            "",
            "[]",
            "{}",
            "[{}]",
            "null",
            "{\"metrics\":[]}",
            "[{\"name\":\"a\",\"type\":\"counter\",\"value\":1},]",
            "[{\"name\":\"a\",\"type\":\"counter\",\"value\":1}] x",
            "[{\"name\":\"a\",\"type\":\"counter\",\"value\":-1}]",
            "[{\"name\":\"a\",\"type\":\"counter\",\"value\":1e999}]",
            "[{\"name\":\"a\",\"type\":\"counter\",\"value\":01}]",
            "[{\"name\":\"a\",\"type\":\"counter\",\"value\":1.}]",
            "[{\"name\":\"a\",\"type\":\"counter\",\"value\":+1}]",
            "[{\"name\":\"a\",\"type\":\"counter\",\"value\":1e}]",
            "[{\"name\":\"a\",\"type\":\"counter\",\"value\":NaN}]",
            "[{\"name\":\"a\",\"type\":\"counter\",\"value\":\"1\"}]",
            "[{\"name\":\"a\",\"type\":\"counter\",\"value\":1,\"value\":2}]",
            "[{\"name\":\"a\",\"type\":\"gauge\",\"value\":1,\"timestamp\":NaN}]",
            "[{\"name\":\"a\",\"type\":\"gauge\",\"value\":1,\"timestamp\":1,\"timestamp\":2}]",
            "[{\"name\":\"a\",\"type\":\"gauge\",\"value\":1,\"timestamp\":1.5}]",
            "[{\"name\":\"a\",\"type\":\"gauge\",\"value\":1,\"timestamp\":99999999999999}]",
            "[{\"name\":\"a\",\"type\":\"summary\",\"values\":[]}]",
            "[{\"name\":\"a\",\"type\":\"summary\",\"values\":[1,]}]",
            "[{\"name\":\"a\",\"type\":\"summary\",\"values\":[1],\"value\":1}]",
            "[{\"name\":\"h\",\"type\":\"histogram\",\"counts\":[1,2],\"sum\":1,\"buckets\":[1]}]",
            "[{\"name\":\"a\",\"type\":\"gauge\",\"value\":1,\"labels\":{\"a\":{\"b\":\"c\"}}}]",
            "[{\"name\":\"a\",\"type\":\"gauge\",\"value\":1,\"labels\":{\"a\":\"\\u00e9\"}}]",
            "{\"labels\":{\"a\":1},\"metrics\":[{\"name\":\"a\",\"type\":\"gauge\",\"value\":1}]}",
            "{\"labels\":{\"a\":\"b\"},\"metrics\":[{\"name\":\"a\",\"type\":\"gauge\",\"value\":1}],\"x\":1}",
            "{\"labels\":{\"a\":\"b\"},\"metrics\":[{\"name\":\"a\",\"type\":\"gauge\",\"value\":1}]",
            "{\"labels\":{\"a\":\"b\"},\"name\":\"a\",\"type\":\"gauge\",\"value\":1,\"help\":\"\\n\"}");

    private final BothParsers bothParsers = new BothParsers(TenantLimits.DEFAULTS, NOW);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static double value(Optional<ParsedPush.Samples> parsed) {
        return parsed.orElseThrow().valid().getFirst().value() instanceof SampleValue.Scalar(double value)
                ? value
                : Double.NaN;
    }

    @ParameterizedTest
    @FieldSource("PLAIN")
    void plainBodies_areParsedByTemplates_newOrKnown(String body) {
        assertThat(bothParsers.samplesOfDocument(bytes(body))).isNotEmpty();
        assertThat(bothParsers.templatedDocument(bytes(body))).isPresent();
    }

    @ParameterizedTest
    @FieldSource("OTHERS")
    void otherBodies_needTheFullParser(String body) {
        PLAIN.forEach(plain -> bothParsers.samplesOfDocument(bytes(plain)));

        bothParsers.samplesOfDocument(bytes(body));

        assertThat(bothParsers.templatedDocument(bytes(body))).isEmpty();
    }

    @Test
    void lines_areParsedByTemplates() {
        byte[] body = bytes("\n{\"name\":\"a\",\"type\":\"counter\",\"value\":1}\r\n \t\n"
                + " {\"name\":\"b\",\"type\":\"gauge\",\"value\":2} ");

        assertThat(bothParsers.samplesOfLines(body)).hasSize(2);
        assertThat(bothParsers.templatedLines(body)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"%1$s %1$s", "%1$s,\n%1$s", "{\n%2$s}", "%1$s\nx"})
    void lines_needTheFullParser_whenOneIsMoreOrLessThanASample(String form) {
        String fields = "\"name\":\"a\",\"type\":\"counter\",\"value\":1";
        byte[] body = bytes(form.formatted("{" + fields + "}", fields));

        bothParsers.samplesOfLines(body);

        assertThat(bothParsers.templatedLines(body)).isEmpty();
    }

    @Test
    void template_isKnownAgain_whateverTheNumbers() {
        String body = "[{\"name\":\"g\",\"type\":\"gauge\",\"value\":%s,\"timestamp\":%s,\"labels\":{\"b\":\"c\"}}]";
        Sample first = bothParsers
                .samplesOfDocument(bytes(body.formatted("1", "1763700000000")))
                .getFirst();
        Sample learned = bothParsers
                .templatedDocument(bytes(body.formatted("1", "1763700000000")))
                .orElseThrow()
                .valid()
                .getFirst();

        Sample again = bothParsers
                .templatedDocument(bytes(body.formatted("-2.5E+2", "1763700000001")))
                .orElseThrow()
                .valid()
                .getFirst();

        assertThat(again.labels()).isSameAs(learned.labels()).isEqualTo(first.labels());
        assertThat(again.value()).isEqualTo(new SampleValue.Scalar(-250));
        assertThat(again.timestampMillis()).isEqualTo(1_763_700_000_001L);
    }

    static Stream<String> numbers() {
        return Stream.of(
                "0",
                "-0",
                "0.0",
                "-0.0e0",
                "1",
                "12345678901234567",
                "9007199254740992",
                "9007199254740993",
                "123456789012345678",
                "1234567890123456789012345",
                "0.1",
                "0.3",
                "2.5",
                "1.7976931348623157e308",
                "4.9e-324",
                "1e22",
                "1e23",
                "1e-22",
                "1E+5",
                "123456.789012",
                "0.000001234567890123",
                "0.1234567890123456789",
                "3.14159265358979",
                "99999999999999.99",
                "1e-400",
                "100000000000000000000");
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void numbers_areReadToTheLastBit(String number) {
        byte[] body = bytes("[{\"name\":\"g\",\"type\":\"gauge\",\"value\":" + number + "}]");

        assertThat(bothParsers.samplesOfDocument(body)).hasSize(1);
        assertThat(value(bothParsers.templatedDocument(body))).isEqualTo(Double.parseDouble(number) + 0.0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 31})
    void texts_ofAnyLength_endAtTheirQuote(int length) {
        String plain = "[{\"name\":\"g\",\"type\":\"gauge\",\"value\":1,\"labels\":{\"b\":\"%s\",\"c\":\"d\"}}]"
                .formatted("é".repeat(length % 3) + "x".repeat(length));
        String escaped = plain.replace("\",\"c", "\\\"\",\"c");

        assertThat(bothParsers.samplesOfDocument(bytes(plain))).hasSize(1);
        assertThat(bothParsers.templatedDocument(bytes(plain))).isPresent();
        assertThat(bothParsers.samplesOfDocument(bytes(escaped))).hasSize(1);
        assertThat(bothParsers.templatedDocument(bytes(escaped))).isEmpty();
    }

    @Test
    void templates_ofOneHash_evictTheOldest_whenThereAreMoreThanFour() {
        TemplateCache templates = new TemplateCache(4);
        List<SampleScanner> scanners = Stream.of("a", "b", "c", "d", "e")
                .map(name -> scanner("{\"name\":\"" + name + "\",\"value\":1}"))
                .toList();

        scanners.forEach(scanner -> templates.put(template(scanner)));

        assertThat(scanners.stream().map(scanner -> templates.find(scanner, TenantLimits.DEFAULTS) != null))
                .containsExactly(false, true, true, true, true);
    }

    private static SampleScanner scanner(String sample) {
        SampleScanner scanner = new SampleScanner(bytes(sample), new byte[0], 1);
        assertThat(scanner.read(0)).isPositive();
        return scanner;
    }

    private static SampleTemplate template(SampleScanner scanner) {
        Family family = new Family("g", "", "", Gauge.INSTANCE);
        return new SampleTemplate(
                scanner.hash(), scanner.copy(), TenantLimits.DEFAULTS, family, CanonicalLabels.NONE, 0);
    }

    @Test
    void templates_ofOneTenant_areNotUsedUnderTighterLimitsOfAnother() {
        byte[] body = bytes("[{\"name\":\"g\",\"type\":\"gauge\",\"value\":1,\"labels\":{\"b\":\"c\",\"d\":\"e\"}}]");
        TemplateCache templates = new TemplateCache(16);
        TenantLimits tight = TenantLimits.DEFAULTS.with(Map.of(Limit.MAX_LABEL_NAMES_PER_SERIES, 1.0));

        assertThat(TemplateParser.parseDocument(templates, TenantLimits.DEFAULTS, NOW, body))
                .isPresent();
        assertThat(TemplateParser.parseDocument(templates, tight, NOW, body)).isEmpty();
    }

    @Test
    void envelopesWithOtherLabels_giveOtherTemplates() {
        String body = "{\"labels\":{\"b\":\"%s\"},\"metrics\":[{\"name\":\"g\",\"type\":\"gauge\",\"value\":1}]}";

        assertThat(bothParsers
                        .samplesOfDocument(bytes(body.formatted("c")))
                        .getFirst()
                        .labels())
                .hasToString("b=\"c\"");
        assertThat(bothParsers
                        .samplesOfDocument(bytes(body.formatted("d")))
                        .getFirst()
                        .labels())
                .hasToString("b=\"d\"");
    }

    @Test
    void samples_needTheFullParser_whenThereAreTooMany() {
        TenantLimits two = TenantLimits.DEFAULTS.with(Map.of(Limit.MAX_SAMPLES_PER_REQUEST, 2.0));
        BothParsers few = new BothParsers(two, NOW);
        String sample = "{\"name\":\"a\",\"type\":\"counter\",\"value\":1}";

        assertThat(few.templatedDocument(bytes("[" + sample + "," + sample + "]")))
                .isPresent();
        assertThat(few.templatedDocument(bytes("[" + sample + "," + sample + "," + sample + "]")))
                .isEmpty();
        assertThat(few.templatedLines(bytes(sample + "\n" + sample + "\n" + sample)))
                .isEmpty();
    }

    @Test
    void commonLabels_needTheFullParser_whenTheyMultiplyTheBody() {
        TenantLimits small = TenantLimits.DEFAULTS.with(Map.of(Limit.MAX_DECOMPRESSED_BYTES, 300.0));
        BothParsers tight = new BothParsers(small, NOW);
        String sample = "{\"name\":\"a\",\"type\":\"counter\",\"value\":1}";
        String body = "{\"labels\":{\"b\":\"" + "x".repeat(100) + "\"},\"metrics\":[%s]}";

        assertThat(tight.templatedDocument(bytes(body.formatted(sample + "," + sample))))
                .isPresent();
        assertThat(tight.templatedDocument(bytes(body.formatted(sample + "," + sample + "," + sample))))
                .isEmpty();
    }

    /**
     * One byte of a text with a known template is changed: the template parser gives up, or makes the same samples of
     * it.
     */
    @ParameterizedTest
    @FieldSource("PLAIN")
    void bothParsers_agree_whateverByteIsChanged(String body) {
        byte[] bytes = bytes(body);
        for (int place = 0; place < bytes.length; place++) {
            byte original = bytes[place];
            for (int value = 0; value < 256; value++) {
                bytes[place] = (byte) value;
                bothParsers.samplesOfDocument(bytes);
                bothParsers.samplesOfLines(bytes);
            }
            bytes[place] = original;
        }
    }

    @ParameterizedTest
    @FieldSource("PLAIN")
    void bothParsers_agree_whereverABodyIsCut(String body) {
        byte[] bytes = bytes(body);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = new byte[length];
            System.arraycopy(bytes, 0, cut, 0, length);
            bothParsers.samplesOfDocument(cut);
            bothParsers.samplesOfLines(cut);
        }
    }
}
