package dev.streamgauge.redis.admission;

import static dev.streamgauge.core.snapshot.MetricType.COUNTER;
import static dev.streamgauge.core.snapshot.MetricType.GAUGE;
import static dev.streamgauge.core.snapshot.MetricType.HISTOGRAM;
import static dev.streamgauge.core.snapshot.MetricType.SUMMARY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.testkit.Samples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A family has one row, and no two families of a tenant show the same series. */
class FamilyRegistrationTest {

    private static final String SAME_NAME = """
            # first            | second             | answer to the second
            x         COUNTER  | x        COUNTER   | stored
            x         COUNTER  | x        GAUGE     | families differ: 0 is counter
            x         HISTOGRAM| x        SUMMARY   | families differ: 0 is histogram [1.0, 2.0]
            """;

    private static final String CLASHES = """
            # first            | second             | answer to the second
            x         HISTOGRAM| x_bucket COUNTER   | families differ: 0 clashes with x
            x         HISTOGRAM| x_sum    GAUGE     | families differ: 0 clashes with x
            x         HISTOGRAM| x_count  COUNTER   | families differ: 0 clashes with x
            x         SUMMARY  | x_sum    COUNTER   | families differ: 0 clashes with x
            x         SUMMARY  | x_count  HISTOGRAM | families differ: 0 clashes with x
            x         SUMMARY  | x_bucket COUNTER   | stored
            x         COUNTER  | x_count  COUNTER   | stored
            x         GAUGE    | x_bucket HISTOGRAM | stored
            x         HISTOGRAM| x_total  COUNTER   | stored
            x         HISTOGRAM| y_count  COUNTER   | stored
            x_bucket  COUNTER  | x        HISTOGRAM | families differ: 0 clashes with x_bucket
            x_sum     GAUGE    | x        HISTOGRAM | families differ: 0 clashes with x_sum
            x_count   COUNTER  | x        HISTOGRAM | families differ: 0 clashes with x_count
            x_sum     COUNTER  | x        SUMMARY   | families differ: 0 clashes with x_sum
            x_count   HISTOGRAM| x        SUMMARY   | families differ: 0 clashes with x_count
            x_bucket  COUNTER  | x        SUMMARY   | stored
            x_count   COUNTER  | x        COUNTER   | stored
            _count    COUNTER  | x        HISTOGRAM | stored
            x         HISTOGRAM| x_sum_count GAUGE  | stored
            x_sum     SUMMARY  | x_sum_count GAUGE  | families differ: 0 clashes with x_sum
            """;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final AdmissionDesk desk = new AdmissionDesk(redis);

    private static Push push() {
        return Push.of("acme");
    }

    private static Push family(String nameAndType) {
        String[] words = nameAndType.split(" +", -1);
        return push().family(words[0], MetricType.valueOf(words[1]));
    }

    /** If each were compared with all others, this many would block Redis for longer than the deadline of the call. */
    @Test
    void families_areRegisteredBeforeTheDeadline_whenOneRequestHasThousands() {
        Push many = push();
        for (int i = 0; i < 30_000; i++) {
            many = many.family("made_up_" + i, HISTOGRAM);
        }

        String told = desk.admit(many);

        assertThat(told).isEqualTo("stored");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = SAME_NAME + CLASHES)
    void family_isCompared_overCalls(String first, String second, String told) {
        desk.admit(family(first));

        String answer = desk.admit(family(second));

        assertThat(answer).isEqualTo(told);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = SAME_NAME + CLASHES)
    void family_isCompared_overTheRequestsOfOneCall(String first, String second, String told) {
        String answer = desk.admit(family(first), family(second));

        assertThat(answer).isEqualTo("stored\n" + told);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = CLASHES)
    void family_isCompared_withinOneRequest(String first, String second, String told) {
        String[] words = second.split(" +", -1);

        String answer = desk.admit(family(first).family(words[0], MetricType.valueOf(words[1])));

        assertThat(answer).isEqualTo(told.replace("differ: 0", "differ: 1"));
    }

    @Test
    void family_differs_whenOnlyTheLayoutDoes() {
        desk.admit(push().family("x", HISTOGRAM));

        String told = desk.admit(push().family(
                        Samples.family("x", new Histogram(BucketLayout.of(1, 3).orElseThrow()))));

        assertThat(told).isEqualTo("families differ: 0 is histogram [1.0, 2.0]");
    }

    @Test
    void families_areAllCompared_whenSeveralDiffer() {
        desk.admit(push().family("a", COUNTER).family("b", HISTOGRAM));

        String told = desk.admit(push().family("a", GAUGE)
                .family("c", COUNTER)
                .family("b_sum", COUNTER)
                .family("b", SUMMARY));

        assertThat(told).isEqualTo("families differ: 0 is counter, 2 clashes with b, 3 is histogram [1.0, 2.0]");
    }

    @Test
    void families_registerNone_whenOneDiffers() {
        desk.admit(push().family("a", COUNTER));
        String before = redis.dump();

        desk.admit(push().family("new", COUNTER).series("new", "l=\"1\"").family("a", GAUGE));

        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void families_areTheTenantsOwn() {
        desk.admit(push().family("x", HISTOGRAM));

        String told = desk.admit(Push.of("other").family("x", COUNTER).family("x_count", COUNTER));

        assertThat(told).isEqualTo("stored");
    }

    @Test
    void families_ofARejectedRequest_hinderNoOther() {
        String told = desk.admit(
                push().family("x", HISTOGRAM).maxBacklog(0),
                push().family("x", COUNTER).family("x_count", COUNTER),
                push().family("x", HISTOGRAM));

        assertThat(told).isEqualTo("""
                        backlog full
                        stored
                        families differ: 0 is counter""");
    }
}
