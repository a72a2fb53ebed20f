package dev.streamgauge.standalone.architecture;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.standalone.architecture.SourceTree.Declaration;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The source tree keeps the rules of the house that a program can check. What breaks them today is listed in {@code
 * tidy-exceptions.txt}; a line of it that is no longer needed fails the test too, so that the list can only shrink.
 */
class TidyTest {

    private static final int MAX_METHOD_LINES = 60;
    private static final int MAX_CLASS_LINES = 400;
    private static final int MAX_PACKAGE_CLASSES = 16;

    private static final Path EXCEPTIONS =
            Path.of("standalone/src/test/resources/dev/streamgauge/standalone/architecture/tidy-exceptions.txt");

    /** These name the words to say that they are not used. */
    private static final Set<Path> NOT_CHECKED_FOR_WORDS = Set.of(
            EXCEPTIONS,
            Path.of("standalone/src/test/java/dev/streamgauge/standalone/architecture/Vocabulary.java"),
            Path.of("CHANGELOG.md"));

    private static final Pattern VAGUE_NAME = Pattern.compile("\\w*(Utils?|Helpers?|Manager|Impl|Processor|Data|Info)");
    private static final Set<String> VAGUE_PACKAGES = Set.of("common", "util", "api", "impl", "dto", "service");

    private static final List<Declaration> DECLARATIONS = SourceTree.declarations();

    /** The exceptions of one rule: what follows its name in a line. */
    private static Set<String> exceptions(String rule) {
        return SourceTree.lines(EXCEPTIONS)
                .filter(line -> line.startsWith(rule + " "))
                .map(line -> line.substring(rule.length() + 1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void assertOnlyExceptions(String rule, Stream<String> broken) {
        Set<String> found = broken.collect(Collectors.toCollection(TreeSet::new));
        Set<String> excepted = exceptions(rule);
        assertThat(found.stream().filter(each -> !excepted.contains(each)))
                .as("breaks the rule '%s'%s", rule, rule.equals("word") ? "; say: " + Vocabulary.insteads() : "")
                .isEmpty();
        assertThat(excepted.stream().filter(each -> !found.contains(each)))
                .as("keeps the rule '%s' by now: take it out of %s", rule, EXCEPTIONS)
                .isEmpty();
    }

    private static Stream<Declaration> all(Declaration.Kind... kinds) {
        return DECLARATIONS.stream().filter(each -> Set.of(kinds).contains(each.kind()));
    }

    @Test
    void methods_fitOnAScreen() {
        assertOnlyExceptions(
                "method",
                all(Declaration.Kind.METHOD)
                        .filter(method -> method.lines() > MAX_METHOD_LINES)
                        .map(Declaration::name));
    }

    @Test
    void classes_areOfAReadableSize() {
        assertOnlyExceptions(
                "class",
                all(Declaration.Kind.CLASS)
                        .filter(type -> type.lines() > MAX_CLASS_LINES)
                        .map(Declaration::name));
    }

    @Test
    void packages_areOfAReadableSize() {
        Map<String, Long> classes =
                all(Declaration.Kind.CLASS).collect(groupingBy(Declaration::packageName, counting()));

        assertOnlyExceptions(
                "package",
                classes.entrySet().stream()
                        .filter(each -> each.getValue() > MAX_PACKAGE_CLASSES)
                        .map(Map.Entry::getKey));
    }

    @Test
    void classes_areNamedAfterWhatTheyAre() {
        assertOnlyExceptions(
                "name",
                all(Declaration.Kind.CLASS, Declaration.Kind.NESTED_CLASS)
                        .filter(type -> VAGUE_NAME.matcher(type.simpleName()).matches())
                        .map(Declaration::name));
    }

    @Test
    void packages_areNamedAfterWhatTheyHold() {
        assertThat(DECLARATIONS.stream()
                        .map(Declaration::packageName)
                        .filter(name -> Stream.of(name.split("\\.")).anyMatch(VAGUE_PACKAGES::contains))
                        .distinct())
                .isEmpty();
    }

    /** By this name, {@code make quick} leaves them out. */
    @Test
    void testsThatStartAnApplication_areNamedSo() {
        assertThat(SourceTree.texts().stream()
                        .filter(text -> text.toString().endsWith(".java"))
                        .filter(text -> SourceTree.lines(text).anyMatch("@QuarkusTest"::equals)))
                .isNotEmpty()
                .allMatch(text -> text.toString().endsWith("AppTest.java"));
    }

    @Test
    void words_areThoseOfTheField() {
        assertOnlyExceptions(
                "word",
                SourceTree.texts().stream()
                        .filter(text -> !NOT_CHECKED_FOR_WORDS.contains(text))
                        .flatMap(text -> SourceTree.lines(text)
                                .flatMap(Vocabulary::bannedIn)
                                .map(word -> text + " " + word.name())));
    }
}
