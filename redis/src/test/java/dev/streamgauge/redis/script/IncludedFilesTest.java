package dev.streamgauge.redis.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of {@code scripts/lib/README.md} that luacheck cannot check, since it looks at one file at a time. */
class IncludedFilesTest {

    private static final Pattern INCLUDE = Pattern.compile("^-- @include (.*)$", Pattern.MULTILINE);
    private static final Pattern COMMENT = Pattern.compile("--\\[\\[.*?]]|--[^\n]*", Pattern.DOTALL);
    private static final Pattern DEFINITION =
            Pattern.compile("^local (?:function (\\w+)|(\\w+(?:, \\w+)*))", Pattern.MULTILINE);
    private static final Pattern NAME = Pattern.compile("[A-Za-z_]\\w*");

    static List<String> scripts() {
        return ScriptFiles.scripts();
    }

    static List<String> allFiles() {
        return Stream.of(ScriptFiles.scripts(), ScriptFiles.included())
                .flatMap(List::stream)
                .toList();
    }

    /** The names of the locals that a text defines outside of all blocks. */
    private static List<String> definedIn(String text) {
        return DEFINITION
                .matcher(text)
                .results()
                .map(found -> found.group(1) == null ? found.group(2) : found.group(1))
                .flatMap(names -> Stream.of(names.split(", ")))
                .toList();
    }

    private static List<String> includesOf(String text) {
        return INCLUDE.matcher(text).results().map(found -> found.group(1)).toList();
    }

    private static Set<String> namesIn(String text) {
        return NAME.matcher(COMMENT.matcher(text).replaceAll(""))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void names_areDefinedOnce_inAScriptWithWhatItIncludes(String script) {
        List<String> defined = definedIn(ScriptFiles.text(script).text());

        assertThat(defined).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("allFiles")
    void includes_areUsed_byTheFileThatNamesThem(String file) {
        String text = ScriptFiles.read(file);
        Set<String> used = namesIn(text);

        assertThat(includesOf(text))
                .doesNotHaveDuplicates()
                .allSatisfy(included ->
                        assertThat(definedIn(ScriptFiles.read(included))).containsAnyElementsOf(used));
    }

    @Test
    void everyFileOfLib_isIncludedByAScript() {
        Set<String> included = ScriptFiles.scripts().stream()
                .flatMap(script -> includesOf(ScriptFiles.text(script).text()).stream())
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(included).containsExactlyElementsOf(ScriptFiles.included());
    }
}
