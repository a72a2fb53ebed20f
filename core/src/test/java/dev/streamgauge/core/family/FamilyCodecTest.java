package dev.streamgauge.core.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.streamgauge.core.SampleArbitraries;
import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.snapshot.MetricType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FamilyCodecTest {

    @Provide
    Arbitrary<Family> families() {
        return SampleArbitraries.families();
    }

    /** Two families of one name, often alike. */
    @Provide
    Arbitrary<Tuple2<Family, Family>> pairs() {
        return Combinators.combine(families(), families(), families().map(Family::help))
                .as((one, other, help) -> Tuple.of(
                        one,
                        help.isEmpty()
                                ? new Family(one.name(), other.help(), other.unit(), other.aggregation())
                                : new Family(one.name(), help, one.unit(), one.aggregation())));
    }

    @Property
    void decode_readsBack_whenEncoded(@ForAll("families") Family family) {
        byte[] row = FamilyCodec.encode(family);

        assertThat(FamilyCodec.decode(family.name(), row)).isEqualTo(family);
    }

    @Property
    void encode_givesEqualRows_exactlyWhenFamiliesAreEqual(@ForAll("pairs") Tuple2<Family, Family> pair) {
        byte[] one = FamilyCodec.encode(pair.get1());
        byte[] other = FamilyCodec.encode(pair.get2());

        assertThat(Arrays.equals(one, other)).isEqualTo(pair.get1().equals(pair.get2()));
    }

    @Property
    void decode_rejects_whenRowIsCutShort(@ForAll("families") Family family, @ForAll Random random) {
        byte[] row = FamilyCodec.encode(family);

        byte[] cut = Arrays.copyOf(row, random.nextInt(row.length));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> FamilyCodec.decode(family.name(), cut))
                .withMessage("family row: cut short");
    }

    @Property(tries = 1000)
    void decode_readsOrRejects_whenBitsAreFlipped(
            @ForAll("families") Family family, @ForAll @IntRange(min = 1, max = 4) int flips, @ForAll Random random) {
        byte[] row = FamilyCodec.encode(family);
        for (int i = 0; i < flips; i++) {
            row[random.nextInt(row.length)] ^= (byte) (1 << random.nextInt(8));
        }

        try {
            assertThat(FamilyCodec.decode(family.name(), row).name()).isEqualTo(family.name());
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageStartingWith("family row: ");
        }
    }

    /** Other releases read these bytes, and the admission script compares them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            COUNTER   | 63 0002 6162 0005 6279746573
            GAUGE     | 67 0002 6162 0005 6279746573
            HISTOGRAM | 68 0002 6162 0005 6279746573 0002 3fe0000000000000 3ff0000000000000
            SUMMARY   | 73 0002 6162 0005 6279746573 0001 3fefae147ae147ae
            """)
    void encode_laysOutTheRow_asVersionOneIs(MetricType type, String expected) {
        Aggregation aggregation = switch (type) {
            case COUNTER -> Counter.INSTANCE;
            case GAUGE -> Gauge.INSTANCE;
            case HISTOGRAM -> new Histogram(BucketLayout.of(0.5, 1).orElseThrow());
            case SUMMARY -> new Summary(Quantiles.of(0.99).orElseThrow());
        };

        byte[] row = FamilyCodec.encode(new Family("a", "ab", "bytes", aggregation));

        assertThat(HexFormat.of().formatHex(row)).isEqualTo(expected.replace(" ", ""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            64 0000 0000                                            | family row: unknown version or type 100
            63 0000 0000 00                                         | family row: malformed
            68 0000 0000 0002 3ff0000000000000 3ff0000000000000     | family row: malformed
            68 0000 0000 0001 7ff0000000000000                      | family row: malformed
            73 0000 0000 0001 4000000000000000                      | family row: malformed
            """)
    void decode_namesTheFlaw_whenRowIsMalformed(String row, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FamilyCodec.decode("a", HexFormat.of().parseHex(row.replace(" ", ""))))
                .withMessage(message);
    }

    @Test
    void decode_readsBack_whenTextsAreAsLongAsTheRulesAllow() {
        String longest = "漢".repeat(1024);
        Family family = new Family("a", longest, longest, Gauge.INSTANCE);

        byte[] row = FamilyCodec.encode(family);

        assertThat(row).hasSize(1 + 2 * (2 + longest.getBytes(StandardCharsets.UTF_8).length));
        assertThat(FamilyCodec.decode("a", row)).isEqualTo(family);
    }
}
