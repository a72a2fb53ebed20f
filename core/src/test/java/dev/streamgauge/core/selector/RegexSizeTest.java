package dev.streamgauge.core.selector;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The bound is never below what the compiler makes of an expression. */
class RegexSizeTest {

    private static final List<String> PIECES = List.of(
            "a",
            ".",
            "(",
            ")",
            "(?:",
            "[",
            "]",
            "^",
            "[^",
            "[]",
            "[:alpha:]",
            "\\]",
            "\\[",
            "\\\\",
            "\\Q",
            "\\E",
            "\\p{Greek}",
            "\\pL",
            "\\x{41}",
            "\\b",
            "$",
            "|",
            "*",
            "+",
            "?",
            "{2}",
            "{3,}",
            "{0,4}",
            "{,2}",
            "{0}",
            "{",
            "}",
            "(?i)",
            "\\d",
            "-",
            "\\d-",
            "\\pL-",
            "\\x{41}-",
            "\\Q-",
            "\\x41-",
            "é",
            "😀",
            "\\Qa{2}\\E",
            "[a-z]",
            "(a|b)",
            "(?P<n>a)");

    @Provide
    Arbitrary<String> regexes() {
        return Arbitraries.of(PIECES).list().ofMaxSize(14).map(pieces -> String.join("", pieces));
    }

    @Property(tries = 20_000)
    void size_isNoLessThanThatOfTheCompiledExpression(@ForAll("regexes") String regex) {
        Assume.that(!SelectorParser.ignoresCaseOutsideOfAscii(regex)); // compiling it may not end
        int compiled;
        try {
            compiled = Pattern.compile(regex, Pattern.DOTALL).programSize();
        } catch (PatternSyntaxException e) {
            return; // no expression has no size
        }

        assertThat(RegexSize.of(regex)).isGreaterThanOrEqualTo(compiled);
    }
}
