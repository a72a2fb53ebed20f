package dev.streamgauge.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.testkit.ParsedExposition.Family;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ParsedExpositionTest {

    private static final String GOOD = """
            # HELP batch_seconds Time of a batch\\nwith \\\\ and "quotes"
            # TYPE batch_seconds histogram
            batch_seconds_bucket{le="0.1"} 3
            batch_seconds_bucket{le="+Inf"} 4
            batch_seconds_sum 0.4
            batch_seconds_count 4
            batch_seconds_bucket{zone="a,}= \\"\\\\\\n",le="0.1"} 0
            batch_seconds_bucket{zone="a,}= \\"\\\\\\n",le="+Inf"} 0
            batch_seconds_sum{zone="a,}= \\"\\\\\\n"} 0
            batch_seconds_count{zone="a,}= \\"\\\\\\n"} 0
            # TYPE orders_total counter
            orders_total{method="GET",region="eu"} 1e+300
            # TYPE payload_bytes summary
            payload_bytes{quantile="0.5"} NaN
            payload_bytes_sum -4.9e-324
            payload_bytes_count 0
            # TYPE queue_depth gauge
            queue_depth -Inf
            """;

    @Test
    void parse_keepsHeadsAndValues_whenTextIsStrict() {
        ParsedExposition exposition = ParsedExposition.parse(GOOD);

        assertThat(exposition.families().values())
                .containsExactly(
                        new Family(
                                "batch_seconds", "histogram", Optional.of("Time of a batch\nwith \\ and \"quotes\"")),
                        new Family("orders_total", "counter", Optional.empty()),
                        new Family("payload_bytes", "summary", Optional.empty()),
                        new Family("queue_depth", "gauge", Optional.empty()));
        assertThat(exposition.values()).hasSize(13);
        assertThat(exposition.value("batch_seconds_bucket{le=\"+Inf\"}")).isEqualTo(4);
        assertThat(exposition.value("orders_total{method=\"GET\",region=\"eu\"}"))
                .isEqualTo(1e300);
        assertThat(exposition.value("payload_bytes{quantile=\"0.5\"}")).isNaN();
        assertThat(exposition.value("payload_bytes_sum")).isEqualTo(-Double.MIN_VALUE);
        assertThat(exposition.value("queue_depth")).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void parse_hasNoFamily_whenTextIsEmpty() {
        ParsedExposition exposition = ParsedExposition.parse("");

        assertThat(exposition.families()).isEmpty();
        assertThat(exposition.values()).isEmpty();
    }

    @Test
    void value_namesTheSeries_whenAbsent() {
        ParsedExposition exposition = ParsedExposition.parse(GOOD);

        assertThatThrownBy(() -> exposition.value("queue_depth{a=\"b\"}"))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageStartingWith("no series queue_depth{a=\"b\"} among [batch_seconds_bucket");
    }

    /** Each text breaks one rule; the first line of a case is the message that names it. */
    @TestFactory
    Stream<DynamicTest> parse_rejects_whenOneRuleIsBroken() {
        return Stream.of(
                        """
                        line 2: no LF at the end: a 1
                        # TYPE a gauge
                        a 1""",
                        """
                        line 1: neither # HELP nor # TYPE nor a series: # a comment
                        # a comment
                        """,
                        """
                        line 1: neither # HELP nor # TYPE nor a series:\s

                        """,
                        """
                        line 1: a series without # TYPE before it: a 1
                        a 1
                        """,
                        """
                        line 2: a series without # TYPE before it: a 1
                        # HELP a text
                        a 1
                        """,
                        """
                        line 1: # HELP needs a metric name and a text: # HELP a\s
                        # HELP a\s
                        """,
                        """
                        line 1: a backslash before none of \\n: # HELP a te\\xt
                        # HELP a te\\xt
                        """,
                        """
                        line 2: # HELP after # HELP: # HELP a text
                        # HELP a text
                        # HELP a text
                        """,
                        """
                        line 2: # HELP of another family before it: # TYPE b gauge
                        # HELP a text
                        # TYPE b gauge
                        """,
                        """
                        after the last line: # HELP without # TYPE
                        # HELP a text
                        """,
                        """
                        line 2: family a without series: # HELP a text
                        # TYPE a gauge
                        # HELP a text
                        """,
                        """
                        line 2: family a without series: # TYPE b gauge
                        # TYPE a gauge
                        # TYPE b gauge
                        b 1
                        """,
                        """
                        family b without series
                        # TYPE b gauge
                        """,
                        """
                        line 3: a family twice: # TYPE a gauge
                        # TYPE a gauge
                        a 1
                        # TYPE a gauge
                        a{b="c"} 1
                        """,
                        """
                        line 3: families not sorted: # TYPE a gauge
                        # TYPE b gauge
                        b 1
                        # TYPE a gauge
                        a 1
                        """,
                        """
                        line 4: a series of another family than b: a{b="c"} 1
                        # TYPE a gauge
                        a 1
                        # TYPE b gauge
                        a{b="c"} 1
                        """,
                        """
                        line 1: an unknown type: # TYPE a untyped
                        # TYPE a untyped
                        a 1
                        """,
                        """
                        line 1: # TYPE needs a metric name and a type: # TYPE a  gauge
                        # TYPE a  gauge
                        """,
                        """
                        line 3: a series twice: a{b="c"} 2
                        # TYPE a gauge
                        a{b="c"} 1
                        a{b="c"} 2
                        """,
                        """
                        line 2: a counter below 0: a -1
                        # TYPE a counter
                        a -1
                        """,
                        """
                        line 2: a counter below 0: a NaN
                        # TYPE a counter
                        a NaN
                        """,
                        """
                        line 2: no number: a 1.
                        # TYPE a gauge
                        a 1.
                        """,
                        """
                        line 2: no number: a 0x1
                        # TYPE a gauge
                        a 0x1
                        """,
                        """
                        line 2: no number: a 1E5
                        # TYPE a gauge
                        a 1E5
                        """,
                        """
                        line 2: no number: a\s
                        # TYPE a gauge
                        a\s
                        """,
                        """
                        line 2: no metric name, or something after the value: a 1 1763700000000
                        # TYPE a gauge
                        a 1 1763700000000
                        """,
                        """
                        line 2: labels must end with }, and a value follow: a{b="c"} 1 1763700000000
                        # TYPE a gauge
                        a{b="c"} 1 1763700000000
                        """,
                        """
                        line 2: no metric name, or something after the value: a  1
                        # TYPE a gauge
                        a  1
                        """,
                        """
                        line 2: no label name: a{} 1
                        # TYPE a gauge
                        a{} 1
                        """,
                        """
                        line 2: no label name: a{b="c",} 1
                        # TYPE a gauge
                        a{b="c",} 1
                        """,
                        """
                        line 2: no label name: a{b="c", d="e"} 1
                        # TYPE a gauge
                        a{b="c", d="e"} 1
                        """,
                        """
                        line 2: a label value without end, or empty: a{b=""} 1
                        # TYPE a gauge
                        a{b=""} 1
                        """,
                        """
                        line 2: a label value without end, or empty: a{b="c} 1
                        # TYPE a gauge
                        a{b="c} 1
                        """,
                        """
                        line 2: a backslash before none of \\"n: a{b="\\t"} 1
                        # TYPE a gauge
                        a{b="\\t"} 1
                        """,
                        """
                        line 2: labels must end with }, and a value follow: a{b="c" 1
                        # TYPE a gauge
                        a{b="c" 1
                        """,
                        """
                        line 2: label b twice: a{b="c",b="d"} 1
                        # TYPE a gauge
                        a{b="c",b="d"} 1
                        """,
                        """
                        line 2: label names not sorted: a{c="d",b="d"} 1
                        # TYPE a gauge
                        a{c="d",b="d"} 1
                        """,
                        """
                        line 2: label names not sorted: a{z="1",le="1"} 1
                        # TYPE a gauge
                        a{z="1",le="1"} 1
                        """,
                        """
                        line 2: label le twice: a_bucket{le="1",le="2"} 1
                        # TYPE a histogram
                        a_bucket{le="1",le="2"} 1
                        """,
                        """
                        line 2: the last label must be le: a_bucket{z="1",le="1",m="1"} 1
                        # TYPE a histogram
                        a_bucket{z="1",le="1",m="1"} 1
                        """,
                        """
                        line 2: the last label must be le: a_bucket{b="c"} 1
                        # TYPE a histogram
                        a_bucket{b="c"} 1
                        """,
                        """
                        line 3: le does not ascend: a_bucket{le="1"} 1
                        # TYPE a histogram
                        a_bucket{le="1"} 1
                        a_bucket{le="1"} 1
                        """,
                        """
                        line 3: a bucket below the one before: a_bucket{le="+Inf"} 1
                        # TYPE a histogram
                        a_bucket{le="1"} 2
                        a_bucket{le="+Inf"} 1
                        """,
                        """
                        line 4: no bucket +Inf, or it is not the count: a_count 2
                        # TYPE a histogram
                        a_bucket{le="1"} 2
                        a_sum 2
                        a_count 2
                        """,
                        """
                        line 4: no bucket +Inf, or it is not the count: a_count 3
                        # TYPE a histogram
                        a_bucket{le="+Inf"} 2
                        a_sum 2
                        a_count 3
                        """,
                        """
                        line 3: not a next series of a: a_count 2
                        # TYPE a histogram
                        a_bucket{le="+Inf"} 2
                        a_count 2
                        """,
                        """
                        line 2: not a next series of a: a 2
                        # TYPE a histogram
                        a 2
                        """,
                        """
                        line 3: the series before it is not complete: a_bucket{b="c",le="+Inf"} 2
                        # TYPE a histogram
                        a_bucket{le="1"} 2
                        a_bucket{b="c",le="+Inf"} 2
                        """,
                        """
                        line 4: le after the sum: a_bucket{le="+Inf"} 2
                        # TYPE a histogram
                        a_bucket{le="1"} 2
                        a_sum 1
                        a_bucket{le="+Inf"} 2
                        """,
                        """
                        family a ends in the middle of a series
                        # TYPE a histogram
                        a_bucket{le="+Inf"} 2
                        a_sum 1
                        """,
                        """
                        line 2: a quantile outside 0 to 1: a{quantile="1.1"} 2
                        # TYPE a summary
                        a{quantile="1.1"} 2
                        """,
                        """
                        line 3: quantile does not ascend: a{quantile="0.5"} 2
                        # TYPE a summary
                        a{quantile="0.9"} 2
                        a{quantile="0.5"} 2
                        """,
                        """
                        line 3: a count below 0: a_count -1
                        # TYPE a summary
                        a_sum 2
                        a_count -1
                        """)
                .map(ParsedExpositionTest::rejection);
    }

    private static DynamicTest rejection(String messageAndText) {
        int lineFeed = messageAndText.indexOf('\n');
        String message = messageAndText.substring(0, lineFeed);
        String text = messageAndText.substring(lineFeed + 1);
        return DynamicTest.dynamicTest(
                message,
                () -> assertThatIllegalArgumentException()
                        .isThrownBy(() -> ParsedExposition.parse(text))
                        .withMessage(message));
    }
}
