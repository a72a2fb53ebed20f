package dev.streamgauge.core.exposition;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumberTextTest {

    @ParameterizedTest
    @CsvSource(textBlock = """
            0,                      0
            -0.0,                   0
            1,                      1
            -1,                     -1
            0.1,                    0.1
            -2.5,                   -2.5
            0.001,                  0.001
            0.0001,                 1e-04
            0.00012,                1.2e-04
            12345678.5,             1.23456785e+07
            1e15,                   1000000000000000
            9007199254740991,       9007199254740991
            9007199254740992,       9007199254740992
            -9007199254740992,      -9007199254740992
            9007199254740994,       9.007199254740994e+15
            1e16,                   1e+16
            1e300,                  1e+300
            -1e300,                 -1e+300
            1.7976931348623157e308, 1.7976931348623157e+308
            4.9e-324,               4.9e-324
            2.2250738585072014e-308, 2.2250738585072014e-308
            0.30000000000000004,    0.30000000000000004
            NaN,                    NaN
            Infinity,               +Inf
            -Infinity,              -Inf
            """)
    void of_isAsGoWritesIt(double value, String text) {
        assertThat(NumberText.of(value)).isEqualTo(text);
    }

    @Property(tries = 2000)
    void of_readsBackAsTheSameDouble_whenBitsAreAny(@ForAll long bits) {
        double value = Double.longBitsToDouble(bits);

        String text = NumberText.of(value);

        if (Double.isFinite(value)) {
            assertThat(Double.parseDouble(text)).isEqualTo(value);
            assertThat(text).matches("-?[0-9]+(\\.[0-9]+)?(e[+-][0-9]{2,3})?");
        }
    }

    @Property
    void of_readsBackAsTheSameDouble_whenDecimal(@ForAll double value) {
        String text = NumberText.of(value);

        assertThat(Double.parseDouble(text)).isEqualTo(value);
    }
}
