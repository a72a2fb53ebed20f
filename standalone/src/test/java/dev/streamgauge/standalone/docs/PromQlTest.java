package dev.streamgauge.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromQlTest {

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
            up == 0                                                        ; up
            sum by (a, b) (rate(x_total{c=~"d|(e)}", f!="g"}[5m:30s])) > 1e6 ; x_total
            max(level:a:rate5m{s=~"$s"}) / on (i) group_left (j) b or vector(0) ; b level:a:rate5m
            histogram_quantile(0.99, sum by(le) (rate(h_bucket[$__rate_interval]))) ; h_bucket
            delta(a[15m]) > 256 * 1024 and b offset 5m unless c == bool 1  ; a b c
            time() - max(t{x="y"})                                         ; t
            """)
    void metrics_areThoseThatTheExpressionNames(String expression, String expected) {
        assertThat(PromQl.metrics(expression)).containsExactlyInAnyOrderElementsOf(List.of(expected.split(" ")));
    }
}
