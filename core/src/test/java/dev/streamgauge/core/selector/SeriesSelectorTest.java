package dev.streamgauge.core.selector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.selector.SeriesSelection.Part;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Selectors are read and applied as Prometheus does it. */
class SeriesSelectorTest {

    private static final SortedMap<String, String> LABELS =
            new TreeMap<>(Map.of("country", "NL", "path", "a\\b\n\"c\"", "shop", "übung"));

    private static SeriesSelection selection(String... selectors) throws MalformedSelectorException {
        List<SeriesSelector> parsed = new ArrayList<>();
        for (String selector : selectors) {
            parsed.add(SeriesSelector.parse(selector));
        }
        return new SeriesSelection(parsed);
    }

    private static boolean selects(SeriesSelection selection) {
        return switch (selection.partOf("orders_total")) {
            case Part.Nothing nothing -> false;
            case Part.Everything everything -> true;
            case Part.Some some -> some.has(CanonicalLabels.of(LABELS));
        };
    }

    @ParameterizedTest
    @CsvSource(delimiter = '@', quoteCharacter = '§', textBlock = """
            orders_total                                        @ true
            orders_total {  }                                   @ true
            orders                                              @ false
            {__name__="orders_total"}                           @ true
            {__name__=~"ord.*"}                                 @ true
            {__name__=~"ord"}                                   @ false
            {__name__=~".+",__name__!~"ord"}                    @ true
            {__name__=~".+",__name__!="orders_total"}           @ false
            :orders:total                                       @ false
            orders_total{country="NL"}                          @ true
            orders_total{country="NL",}                         @ true
            orders_total{ country = "NL" , shop != "x" }        @ true
            orders_total{country='NL'}                          @ true
            orders_total{country=`NL`}                          @ true
            orders_total{country="DE"}                          @ false
            orders_total{country!="NL"}                         @ false
            orders_total{country=~"N"}                          @ false
            orders_total{country=~"N|NL"}                       @ true
            orders_total{country=~"N|L"}                        @ false
            orders_total{country=~"(?i)nl"}                     @ true
            orders_total{country!~"N.+"}                        @ false
            orders_total{country!~"N"}                          @ true
            orders_total{absent=""}                             @ true
            orders_total{absent!=""}                            @ false
            orders_total{absent=~".*"}                          @ true
            orders_total{absent!~".+"}                          @ true
            orders_total{country=""}                            @ false
            {country="NL"}                                      @ true
            {country="NL",country="DE"}                         @ false
            {shop="übung"}                                      @ true
            {shop="\\xc3\\xbcbung"}                             @ true
            {shop="\\303\\274bung"}                             @ true
            {shop="\\u00fcbung"}                                @ true
            {shop="\\U000000fcbung"}                            @ true
            {shop=~".bung"}                                     @ true
            {path="a\\\\b\\n\\"c\\""}                           @ true
            {path='a\\\\b\\n"c"'}                               @ true
            {path=~"a.*c."}                                     @ true
            {path=~`a\\\\b\\n"c"`}                              @ true
            """)
    void selector_selects_asPrometheusDoes(String selector, boolean expected) throws MalformedSelectorException {
        assertThat(selects(selection(selector))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '@', quoteCharacter = '§', emptyValue = "", textBlock = """
            §§                              @ one matcher must not match the empty value
            {}                              @ one matcher must not match the empty value
            {a=""}                          @ one matcher must not match the empty value
            {a=~".*",b!="x"}                @ one matcher must not match the empty value
            {__name__=~".*"}                @ one matcher must not match the empty value
            {__name__!="a"}                 @ one matcher must not match the empty value
            a b                             @ not expected: b at character 3
            a{b="c"}x                       @ not expected: x at character 9
            a{b="c"}[5m]                    @ not expected: [ at character 9
            a{b="c"                         @ a comma or a brace expected at character 8
            a{                              @ the name of a label expected at character 3
            a{,}                            @ the name of a label expected at character 3
            a{1="c"}                        @ the name of a label expected at character 3
            a{a:b="c"}                      @ one of = != =~ !~ expected at character 4
            a{b}                            @ one of = != =~ !~ expected at character 4
            a{b<"c"}                        @ one of = != =~ !~ expected at character 4
            a{b=c}                          @ a value in quotes expected at character 5
            a{b="c}                         @ a value that does not end at character 5
            a{b=`c}                         @ a value that does not end at character 5
            a{b="c                          @ a value that does not end at character 5
            a{b="\\'"}                      @ an unknown escape at character 6
            a{b='\\"'}                      @ an unknown escape at character 6
            a{b="\\q"}                      @ an unknown escape at character 6
            a{b="\\x1"}                     @ an unknown escape at character 6
            a{b="\\777"}                    @ an unknown escape at character 6
            a{b="\\ud800"}                  @ an unknown escape at character 6
            a{b="\\U00110000"}              @ an unknown escape at character 6
            a{b="\\xff"}                    @ a value that is no UTF-8 at character 5
            a{__name__="b"}                 @ the name is given twice at character 3
            a{b=~"("}                       @ no RE2 expression
            a{b=~"(?=x)"}                   @ no RE2 expression
            a{b=~"x\\\\1"}                  @ no RE2 expression
            a{b=~"a)(b"}                    @ no RE2 expression
            1a                              @ not expected: 1 at character 1
            ü                               @ not expected: a character outside of ASCII at character 1
            """)
    void selector_isRejected_whenPrometheusRejectsIt(String selector, String message) {
        assertThatThrownBy(() -> SeriesSelector.parse(selector))
                .isInstanceOf(MalformedSelectorException.class)
                .hasMessageContaining(message);
    }

    @Test
    void selector_isRejected_whenAStringGoesOverALine() {
        assertThatThrownBy(() -> SeriesSelector.parse("a{b=\"c\nd\"}")).hasMessageContaining("does not end");
    }

    @Test
    void selection_takesWholeFamilies_whenNoLabelIsCompared() throws MalformedSelectorException {
        SeriesSelection selection = selection("a", "{__name__=~\"b.*\"}", "a{c=\"d\"}", "e{c=\"d\"}");

        assertThat(selection.partOf("a")).isInstanceOf(Part.Everything.class);
        assertThat(selection.partOf("bcd")).isInstanceOf(Part.Everything.class);
        assertThat(selection.partOf("e")).isInstanceOf(Part.Some.class);
        assertThat(selection.partOf("f")).isInstanceOf(Part.Nothing.class);
    }

    @Test
    void selection_selectsWhatOneOfItsSelectorsDoes() throws MalformedSelectorException {
        assertThat(selects(selection("{country=\"DE\"}", "{country=\"NL\"}"))).isTrue();
        assertThat(selects(selection("{country=\"DE\"}", "{country=\"FR\"}"))).isFalse();
    }

    @Test
    void selector_isRejected_whenItHasTooManyMatchers() throws MalformedSelectorException {
        String most = "a=\"1\",".repeat(SelectorParser.MAX_MATCHERS);

        SeriesSelector.parse("{" + most + "}");

        assertThatThrownBy(() -> SeriesSelector.parse("{" + most + "b=\"1\"}"))
                .hasMessageContaining("more than 50 matchers");
    }

    @Test
    void regex_isRejected_whenItIsTooLong() throws MalformedSelectorException {
        String longest = "x".repeat(SelectorParser.MAX_REGEX_CHARACTERS);

        SeriesSelector.parse("{a=~\"" + longest + "\"}");

        assertThatThrownBy(() -> SeriesSelector.parse("{a=~\"" + longest + "x\"}"))
                .hasMessageContaining("more than 1000 characters");
    }

    /** Compiling the first of them would take more memory than the process has. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "((a{1000}){1000}){1000}",
                "((((a{100}){100}){100}){100}){100}",
                "(?:(?:[^]]{900}){900}){900}",
                "[\\][]((a{1000}){1000}){1000}[]]",
                "[[:alpha:][]((a{1000}){1000}){1000}[]]",
                "[^]\\][]((a{1000}){1000}){1000}[]]",
                "[\\d-[:alpha:][]((a{1000}){1000}){1000}[]]",
                "[\\pL-[:alpha:][]((a{1000}){1000}){1000}[]]",
                "[.-[]((a{1000}){1000}){1000}[]]",
                "\\\\Q((a{1000}){1000}){1000}",
                "\\QE\\E((a{1000}){1000}){1000}",
                "((\\x{10FFFF}{1000}){1000}){1000}",
                "((\\p{Greek}{1000}){1000}){1000}",
                "(((a|b){0,1000}){0,1000}){0,1000}",
                "(((a|b){1000,}){1000,}){1000,}",
                "((a*{1000}){1000}){1000}",
                "a{1000}{1000}{1000}",
                "(a{1000}){3}",
            })
    void regex_isRejectedAtOnce_whenItsRepetitionsAreTooMany(String regex) {
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> assertThatThrownBy(() -> SeriesSelector.parse("{a=~`" + regex + "`}"))
                        .isInstanceOf(MalformedSelectorException.class)
                        .hasMessageMatching("(an expression of more than 2000 instructions|no RE2).*"));
    }

    /** If case is ignored, re2j 1.8 searches forever for the other cases of some characters. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?i)[\\x{1c80}-\\x{1c90}]",
                "(?i:[\\x{1c80}-\\x{1c90}])",
                "(?s-i:(?mi)ü)",
                "(?i)[!-\\\\x{fff0}]",
                "(?i)\\034",
            })
    void regex_isRejected_whenItIgnoresCaseOutsideOfAscii(String regex) {
        assertThatThrownBy(() -> SeriesSelector.parse("{a=~`x" + regex + "`}"))
                .isInstanceOf(MalformedSelectorException.class)
                .hasMessageContaining("ignores case");
    }

    @Test
    void regex_isRejected_whenGroupsAreTooDeepInEachOther() {
        String deep = "(".repeat(490) + "a" + ")".repeat(490);

        assertThatThrownBy(() -> SeriesSelector.parse("{a=~\"" + deep + "\"}"))
                .hasMessageContaining("100 groups in each other");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                "\\d{1,3}(\\.\\d{1,3}){3}",
                "([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\\.)*[a-z]{2,63}",
                "(?i)prod-.*|stage-\\p{Greek}{2,5}",
                "x.{0,500}",
            })
    void regex_isAccepted_whenItIsRealistic(String regex) throws MalformedSelectorException {
        SeriesSelector.parse("{a=~`" + regex + "`}");
    }

    @Test
    void isTooLarge_countsTheInstructionsOfAllExpressions() throws MalformedSelectorException {
        SeriesSelector large = SeriesSelector.parse("{a=~\"x{950}\",b!~\"y{950}\",c=\"1\"}");

        assertThat(SeriesSelection.isTooLarge(Collections.nCopies(5, large))).isFalse();
        assertThat(SeriesSelection.isTooLarge(Collections.nCopies(6, large))).isTrue();
    }
}
