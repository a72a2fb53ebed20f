package dev.streamgauge.core.exposition;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
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
            0.0001,                 0.0001
            0.00001,                1e-05
            0.000012,               1.2e-05
            0.000099,               9.9e-05
            0.01,                   0.01
            10,                     10
            12.5,                   12.5
            100,                    100
            100000,                 100000
            123456.5,               123456.5
            999999,                 999999
            999999.5,               999999.5
            -999999,                -999999
            1000000,                1e+06
            -1000000,               -1e+06
            1000000.5,              1.0000005e+06
            1234567,                1.234567e+06
            2500000,                2.5e+06
            1073741824,             1.073741824e+09
            1e10,                   1e+10
            1e12,                   1e+12
            1763700000000,          1.7637e+12
            1e23,                   1e+23
            1e-10,                  1e-10
            1e-100,                 1e-100
            12345678.5,             1.23456785e+07
            1e15,                   1e+15
            9007199254740991,       9.007199254740991e+15
            9007199254740992,       9.007199254740992e+15
            -9007199254740992,      -9.007199254740992e+15
            9007199254740994,       9.007199254740994e+15
            1e16,                   1e+16
            1e300,                  1e+300
            -1e300,                 -1e+300
            1.7976931348623157e308, 1.7976931348623157e+308
            4.9e-324,               5e-324
            9.9e-324,               1e-323
            1.5e-323,               1.5e-323
            2.2250738585072014e-308, 2.2250738585072014e-308
            0.30000000000000004,    0.30000000000000004
            NaN,                    NaN
            Infinity,               +Inf
            -Infinity,              -Inf
            """)
    void of_isAsGoWritesIt(double value, String text) {
        assertThat(NumberText.of(value)).isEqualTo(text);
    }

    /** The table was written by Go: each decade from 10^-8 to 10^8 with its neighbors, and the least doubles. */
    @Test
    void of_isEqualToTheTableOfGo() throws IOException {
        List<String> lines;
        try (InputStream table = Objects.requireNonNull(getClass().getResourceAsStream("numbers-of-go.txt"))) {
            lines = new String(table.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        }

        assertThat(lines).hasSizeGreaterThan(500).allSatisfy(line -> {
            double value = Double.longBitsToDouble(Long.parseUnsignedLong(line, 0, 16, 16));
            assertThat(NumberText.of(value)).isEqualTo(line.substring(17));
        });
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
