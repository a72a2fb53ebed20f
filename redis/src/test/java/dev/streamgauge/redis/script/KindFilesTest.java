package dev.streamgauge.redis.script;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.aggregation.AggregationKind;
import dev.streamgauge.core.aggregation.AggregationKinds;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the scripts say of the kinds is what the kinds say of themselves. */
class KindFilesTest {

    private static final String FOLDER = "lib/aggregations/";
    private static final List<AggregationKind> KINDS = AggregationKinds.ALL.list();

    private static final Pattern INCLUDE = Pattern.compile("^-- @include (.*)$", Pattern.MULTILINE);
    private static final Pattern KINDS_TABLE = Pattern.compile("^local KINDS = \\{(.*)}$", Pattern.MULTILINE);
    private static final Pattern LETTER = Pattern.compile("string\\.byte\\('(.)'\\)");
    private static final Pattern SUFFIXES_TABLE = Pattern.compile("^local SUFFIXES = \\{(.*)}$", Pattern.MULTILINE);
    private static final Pattern SUFFIXES_ROW = Pattern.compile("(\\w) = \\{([^}]*)}");
    private static final Pattern SUFFIX = Pattern.compile("'(\\w+)'");

    private static String fileOf(AggregationKind kind) {
        return FOLDER + kind.name() + ".lua";
    }

    /** What a pattern finds in a text: its first group. */
    private static List<String> findAll(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(found -> found.group(1)).toList();
    }

    @Test
    void everyKind_hasAFile_andIsListed() {
        String[] files = KINDS.stream().map(KindFilesTest::fileOf).toArray(String[]::new);
        String list = ScriptFiles.read("lib/kinds.lua");

        assertThat(ScriptFiles.included())
                .filteredOn(file -> file.startsWith(FOLDER))
                .containsExactlyInAnyOrder(files);
        assertThat(findAll(INCLUDE, list)).containsExactlyInAnyOrder(files);
        assertThat(findAll(KINDS_TABLE, list).getFirst().split(", ", -1))
                .containsExactlyInAnyOrderElementsOf(KINDS.stream()
                        .map(kind -> kind.code() + " = " + kind.name())
                        .toList());
    }

    @Test
    void everyKind_hasTheLettersOfItsStoredValues_inItsFile() {
        for (AggregationKind kind : KINDS) {
            assertThat(String.join("", findAll(LETTER, ScriptFiles.read(fileOf(kind)))))
                    .as(kind.name())
                    .isEqualTo(kind.storedCodes());
        }
    }

    /** Admission must find a clash without the files of the kinds, since these cost time in each call. */
    @Test
    void everyKind_hasItsSuffixes_whereAdmissionLooksForClashes() {
        String table = findAll(SUFFIXES_TABLE, ScriptFiles.read("lib/family_clashes.lua"))
                .getFirst();
        Map<String, List<String>> rows = SUFFIXES_ROW
                .matcher(table)
                .results()
                .collect(toMap(row -> row.group(1), row -> findAll(SUFFIX, row.group(2))));

        assertThat(rows)
                .isEqualTo(KINDS.stream()
                        .collect(toMap(kind -> String.valueOf(kind.code()), AggregationKind::seriesSuffixes)));
        // The file looks for the owner of a suffixed name by the suffixes of this row alone.
        assertThat(rows.get("h"))
                .containsAll(
                        rows.values().stream().flatMap(List::stream).distinct().toList());
    }

    /** Besides the list, the fold takes from the gauge how many samples were stale. */
    @Test
    void kinds_areNamedByTheListAndTheFoldOnly() {
        Map<String, List<String>> includes = Stream.of(ScriptFiles.scripts(), ScriptFiles.included())
                .flatMap(List::stream)
                .collect(toMap(
                        identity(),
                        file -> findAll(INCLUDE, ScriptFiles.read(file)).stream()
                                .filter(included -> included.startsWith(FOLDER))
                                .toList()));

        includes.values().removeIf(List::isEmpty);
        assertThat(includes).containsOnlyKeys("lib/kinds.lua", "fold_batch.lua");
        assertThat(includes.get("fold_batch.lua")).containsExactly("lib/aggregations/gauge.lua");
    }
}
