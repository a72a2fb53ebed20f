package dev.streamgauge.core.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.SampleArbitraries;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalLabelsTest {

    @Provide
    Arbitrary<SortedMap<String, String>> labels() {
        return SampleArbitraries.labels();
    }

    /** Few names and values full of separators, so that pairs are often equal, or nearly so. */
    @Provide
    Arbitrary<SortedMap<String, String>> confusable() {
        Arbitrary<String> values = Arbitraries.of("", "b", "\\", "\"", "\n", "\\n", "\",b=\"", "b\\", "\\\"")
                .list()
                .ofMaxSize(2)
                .map(parts -> String.join("", parts));
        return Arbitraries.maps(Arbitraries.of("a", "b"), values).ofMaxSize(2).map(TreeMap::new);
    }

    @Property
    void of_parsesBackToTheLabels_whenValuesAreAny(@ForAll("labels") SortedMap<String, String> labels) {
        CanonicalLabels text = CanonicalLabels.of(labels);

        assertThat(parse(text.toString())).containsExactlyEntriesOf(withoutEmpty(labels));
    }

    @Property
    void findLabels_givesTheLabels_whenTheTextIsCanonical(@ForAll("labels") SortedMap<String, String> labels) {
        assertThat(CanonicalLabels.of(labels).findLabels()).contains(withoutEmpty(labels));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a=",
                "a=\"",
                "a=\"b",
                "a=\"b\"c",
                "a=\"b\",",
                "a=\"b\";c=\"d\"",
                "c=\"d\",a=\"b\"",
                "a=\"b\",a=\"b\"",
                "a=\"\"",
                "a=\"\\q\"",
                "a=\"\\",
            })
    void findLabels_isEmpty_whenTheTextIsNotCanonical(String text) {
        CanonicalLabels labels = CanonicalLabels.ofCanonical(text.getBytes(StandardCharsets.UTF_8));

        assertThat(labels.findLabels()).isEmpty();
    }

    @Property(tries = 1000)
    void of_givesEqualTexts_exactlyWhenLabelsAreEqual(
            @ForAll("confusable") SortedMap<String, String> one,
            @ForAll("confusable") SortedMap<String, String> other) {
        CanonicalLabels textOfOne = CanonicalLabels.of(one);
        CanonicalLabels textOfOther = CanonicalLabels.of(other);

        boolean equal = withoutEmpty(one).equals(withoutEmpty(other));
        assertThat(textOfOne.equals(textOfOther)).isEqualTo(equal);
        assertThat(textOfOne.compareTo(textOfOther) == 0).isEqualTo(equal);
        if (equal) {
            assertThat(textOfOne).hasSameHashCodeAs(textOfOther);
        }
    }

    @Property
    void ofCanonical_givesAnEqualText(@ForAll("labels") SortedMap<String, String> labels) {
        CanonicalLabels text = CanonicalLabels.of(labels);

        CanonicalLabels copy = CanonicalLabels.ofCanonical(text.bytes().clone());

        assertThat(copy).isEqualTo(text);
        assertThat(copy).hasSameHashCodeAs(text);
        assertThat(copy.length()).isEqualTo(text.toString().getBytes(StandardCharsets.UTF_8).length);
    }

    @Test
    void of_sortsEscapesAndLeavesOutEmptyValues() {
        SortedMap<String, String> labels = new TreeMap<>(
                Map.of("status", "200", "method", "GET", "empty", "", "path", "C:\\\"new\"\n", "Zone", "東京"));

        CanonicalLabels text = CanonicalLabels.of(labels);

        assertThat(text).hasToString("""
                Zone="東京",method="GET",path="C:\\\\\\"new\\"\\n",status="200\"""");
    }

    @Test
    void of_isTheEmptyText_whenThereAreNoLabels() {
        assertThat(CanonicalLabels.of(new TreeMap<>())).isSameAs(CanonicalLabels.NONE);
        assertThat(CanonicalLabels.of(new TreeMap<>(Map.of("a", "")))).isSameAs(CanonicalLabels.NONE);
        assertThat(CanonicalLabels.ofCanonical(new byte[0])).isSameAs(CanonicalLabels.NONE);
        assertThat(CanonicalLabels.NONE).hasToString("");
    }

    @Test
    void compareTo_ordersByUnsignedBytes() {
        List<CanonicalLabels> sorted = List.of("é", "z", "a", "😀", "漢").stream()
                .map(value -> CanonicalLabels.of(new TreeMap<>(Map.of("a", value))))
                .sorted()
                .toList();

        assertThat(sorted.stream().map(CanonicalLabels::toString).collect(Collectors.joining(" ")))
                .isEqualTo("a=\"a\" a=\"z\" a=\"é\" a=\"漢\" a=\"😀\"");
    }

    private static SortedMap<String, String> withoutEmpty(SortedMap<String, String> labels) {
        SortedMap<String, String> kept = new TreeMap<>(labels);
        kept.values().removeIf(String::isEmpty);
        return kept;
    }

    /** Reads the text as the exposition format says, knowing nothing of how it was written. */
    private static Map<String, String> parse(String text) {
        Map<String, String> labels = new LinkedHashMap<>();
        int position = 0;
        while (position < text.length()) {
            int equals = text.indexOf('=', position);
            String name = text.substring(position, equals);
            assertThat(text.charAt(equals + 1)).isEqualTo('"');
            StringBuilder value = new StringBuilder();
            position = equals + 2;
            while (text.charAt(position) != '"') {
                if (text.charAt(position) == '\\') {
                    position++;
                    value.append(
                            switch (text.charAt(position)) {
                                case '\\' -> '\\';
                                case '"' -> '"';
                                case 'n' -> '\n';
                                default -> throw new AssertionError("unknown escape in " + text);
                            });
                } else {
                    value.append(text.charAt(position));
                }
                position++;
            }
            assertThat(labels.put(name, value.toString())).isNull();
            position++;
            if (position < text.length()) {
                assertThat(text.charAt(position)).isEqualTo(',');
                position++;
                assertThat(position).isLessThan(text.length());
            }
        }
        return labels;
    }
}
