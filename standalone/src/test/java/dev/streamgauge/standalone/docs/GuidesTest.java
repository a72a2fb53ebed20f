package dev.streamgauge.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.streamgauge.standalone.docs.Guide.Link;
import dev.streamgauge.standalone.docs.Guide.Snippet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every page can be found and followed: links lead to headings that exist, snippets parse, commands use the same
 * variables on all pages, and settings and metrics have the names of the reference pages.
 */
class GuidesTest {

    private static final Path INDEX = Guide.DOCS.resolve("README.md");
    private static final Path HOW_TO = Guide.DOCS.resolve("how-to");

    private static final Set<String> LANGUAGES =
            Set.of("sh", "json", "yaml", "text", "promql", "python", "js", "java", "go", "php", "crontab");

    /** What other programs of the commands read, and what a shell always has. */
    private static final Set<String> OF_OTHER_PROGRAMS =
            Set.of("REDISCLI_AUTH", "REDIS_PASSWORD", "JAVA_HOME", "GOBIN", "PYTHONPATH", "PWD", "HOME");

    /** At the beginning of a command. */
    private static final Pattern ASSIGNMENT =
            Pattern.compile("(?m)(?:^ *(?:export )?|[;&(] *)(?:(\\w+)=|for (\\w+)\\b)");

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([A-Za-z_]\\w*)");
    /** A file with a key or a password that a command writes, and how its name ends. */
    private static final Pattern SECRET_FILE =
            Pattern.compile("(?:-keyout|>|cp [\\w./-]+) \"?(\\S+?(\\.(?:key|acl|password)))\"?(?=\\s)");

    private static final Pattern LITERAL_ADDRESS = Pattern.compile("curl[^\\n]*https?://localhost");

    private static final Pattern SETTING =
            Pattern.compile("(?<![\\w/.@-])streamgauge\\.([a-z][a-z0-9-]*(?:\\.[a-z][a-z0-9-]*)*)(\\.\\*)?");
    private static final Pattern FILE_NAME = Pattern.compile("(acl|py|mjs|go|php|sh|json)");
    private static final Pattern ENVIRONMENT = Pattern.compile("(?<![A-Z_])STREAMGAUGE_[A-Z0-9_]+\\*?");
    private static final Pattern METRIC = Pattern.compile("(?<![\\w.:])streamgauge_[a-z_]+[a-z]");

    private static final List<Guide> GUIDES = Guide.all();

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final ObjectMapper YAML = new YAMLMapper();

    @Test
    void links_leadToFilesAndHeadings() {
        Map<Path, Guide> byFile = GUIDES.stream().collect(Collectors.toMap(Guide::file, Function.identity()));
        List<String> broken = new ArrayList<>();
        for (Guide guide : GUIDES) {
            for (Link link : guide.links()) {
                if (!leadsSomewhere(link, byFile)) {
                    broken.add(guide.file() + " -> " + link.path() + "#" + link.anchor());
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void pages_canBeReachedFromTheIndex() {
        Map<Path, Guide> byFile = GUIDES.stream().collect(Collectors.toMap(Guide::file, Function.identity()));
        Set<Path> reached = new HashSet<>(Set.of(INDEX));
        Deque<Path> toFollow = new ArrayDeque<>(reached);
        while (!toFollow.isEmpty()) {
            byFile.get(toFollow.remove()).links().stream()
                    .map(Link::path)
                    .filter(byFile::containsKey)
                    .filter(reached::add)
                    .forEach(toFollow::add);
        }
        assertThat(byFile.keySet()).hasSizeGreaterThan(40).isSubsetOf(reached);
        assertThat(byFile.get(Path.of("README.md")).links()).contains(new Link(INDEX, ""));
    }

    @Test
    void snippets_nameTheirLanguage() {
        for (Guide guide : GUIDES) {
            assertThat(guide.snippets())
                    .as("%s", guide.file())
                    .extracting(Snippet::language)
                    .isSubsetOf(LANGUAGES);
        }
    }

    @Test
    void shellSnippets_parse() throws Exception {
        List<String> broken = new ArrayList<>();
        for (Guide guide : GUIDES) {
            for (Snippet snippet : guide.snippets("sh").toList()) {
                String error = bashError(snippet.text());
                if (!error.isEmpty()) {
                    broken.add(guide.file() + ": " + error + snippet.text());
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void jsonAndYamlSnippets_parse() {
        List<String> broken = new ArrayList<>();
        for (Guide guide : GUIDES) {
            guide.snippets("json").forEach(snippet -> addUnlessParsed(guide, JSON, snippet, broken));
            guide.snippets("yaml").forEach(snippet -> addUnlessParsed(guide, YAML, snippet, broken));
        }
        assertThat(broken).isEmpty();
    }

    /**
     * A command uses the variables of the index, which its page has set before, and variables in lower case, which its
     * own snippet sets.
     */
    @Test
    void shellSnippets_useTheVariablesOfAllPages() {
        Set<String> agreed = firstColumn(Page.read(INDEX.toString()), "variable");
        assertThat(agreed).contains("STREAMGAUGE_URL", "STREAMGAUGE_KEY", "ADMIN_KEY");
        List<String> wrong = new ArrayList<>();
        for (Guide guide : GUIDES) {
            Set<String> set = new HashSet<>(Set.of("PWD", "HOME"));
            for (Snippet snippet : guide.snippets("sh").toList()) {
                Set<String> assigned = names(ASSIGNMENT, snippet.text());
                set.addAll(assigned);
                names(VARIABLE, snippet.text()).stream()
                        .filter(name -> !(isLocal(name) ? assigned : set).contains(name))
                        .forEach(name -> wrong.add(guide.file() + ": $" + name + " is not set"));
                assigned.stream()
                        .filter(name -> !isLocal(name) && !agreed.contains(name))
                        .filter(name -> !name.matches("(STREAMGAUGE|QUARKUS)_.*") && !OF_OTHER_PROGRAMS.contains(name))
                        .forEach(name -> wrong.add(guide.file() + ": " + name + " is not in " + INDEX));
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** The commands run in the root folder of the source tree, where a secret could be committed by mistake. */
    @Test
    void secretFilesOfSnippets_areIgnoredByGit() throws IOException {
        List<String> ignored = Files.readAllLines(Page.ROOT.resolve(".gitignore"));

        List<MatchResult> secrets = GUIDES.stream()
                .flatMap(guide -> guide.snippets("sh"))
                .flatMap(snippet -> SECRET_FILE.matcher(snippet.text()).results())
                .toList();

        assertThat(secrets)
                .extracting(secret -> secret.group(1))
                .contains("http.key", "redis.key", "users.acl", "$who.password");
        assertThat(secrets)
                .allMatch(
                        secret -> ignored.contains("/" + secret.group(1)) || ignored.contains("/*" + secret.group(2)));
    }

    /** The quick start and the tutorial are for one machine, and show addresses that can be copied. */
    @Test
    void howTos_takeAddressesFromVariables() {
        assertThat(GUIDES.stream()
                        .filter(guide -> guide.isBelow(HOW_TO))
                        .flatMap(guide -> guide.snippets("sh"))
                        .map(Snippet::text)
                        .filter(text -> LITERAL_ADDRESS.matcher(text).find()))
                .isEmpty();
    }

    @Test
    void settings_areThoseOfTheConfigurationPage() {
        Page configuration = Page.read("src/docs/reference/configuration.md");
        Set<String> settings = firstColumn(configuration, "setting");
        Set<String> environment = firstColumn(Page.read("clients/README.md"), "variable");
        configuration.table("setting").forEach(row -> environment.add(row.code(1)));

        List<String> unknown = new ArrayList<>();
        for (Guide guide : currentGuides()) {
            String text = textOf(guide);
            SETTING.matcher(text)
                    .results()
                    .filter(name -> !FILE_NAME.matcher(name.group(1)).matches())
                    .map(MatchResult::group)
                    .filter(name -> !isKnown(name, settings))
                    .forEach(name -> unknown.add(guide.file() + ": " + name));
            ENVIRONMENT
                    .matcher(text)
                    .results()
                    .map(MatchResult::group)
                    .filter(name -> !isKnown(name, environment))
                    .forEach(name -> unknown.add(guide.file() + ": " + name));
        }
        assertThat(settings).isNotEmpty();
        assertThat(unknown).isEmpty();
    }

    @Test
    void metrics_areThoseOfTheMetricsPage() {
        Page page = Page.read("src/docs/reference/metrics.md");
        Set<String> metrics = firstColumn(page, "metric");
        metrics.addAll(firstColumn(page, "tenant metric"));
        metrics.add("streamgauge_client_dropped_samples_total"); // pushed by the clients

        List<String> unknown = new ArrayList<>();
        for (Guide guide : currentGuides()) {
            METRIC.matcher(textOf(guide))
                    .results()
                    .map(name -> name.group().replaceFirst("_(bucket|sum|count)$", ""))
                    .filter(name -> metrics.stream().noneMatch(metric -> metric.startsWith(name)))
                    .forEach(name -> unknown.add(guide.file() + ": " + name));
        }
        assertThat(metrics).isNotEmpty();
        assertThat(unknown).isEmpty();
    }

    private static boolean leadsSomewhere(Link link, Map<Path, Guide> byFile) {
        Guide target = byFile.get(link.path());
        if (target == null || link.anchor().isEmpty()) {
            return Files.exists(Page.ROOT.resolve(link.path()));
        }
        return target.anchors().contains(link.anchor());
    }

    /** All but the changelog, which names what there was. */
    private static List<Guide> currentGuides() {
        return GUIDES.stream()
                .filter(guide -> !guide.file().endsWith("CHANGELOG.md"))
                .toList();
    }

    private static String textOf(Guide guide) {
        return Stream.concat(Stream.of(guide.prose()), guide.snippets().stream().map(Snippet::text))
                .collect(Collectors.joining("\n"));
    }

    /** A name that ends with an asterisk, or is one of a group of settings, stands for all that begin with it. */
    private static boolean isKnown(String name, Set<String> known) {
        String group = name.endsWith("*") ? name.substring(0, name.length() - 1) : name + ".";
        return known.contains(name) || known.stream().anyMatch(each -> each.startsWith(group));
    }

    private static Set<String> firstColumn(Page page, String heading) {
        return page.table(heading).stream().map(row -> row.code(0)).collect(Collectors.toCollection(HashSet::new));
    }

    private static boolean isLocal(String name) {
        return !name.matches("[A-Z][A-Z0-9_]*");
    }

    private static Set<String> names(Pattern pattern, String text) {
        Set<String> names = new HashSet<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            for (int group = 1; group <= matcher.groupCount(); group++) {
                if (matcher.group(group) != null) {
                    names.add(matcher.group(group));
                }
            }
        }
        return names;
    }

    private static void addUnlessParsed(Guide guide, ObjectMapper mapper, Snippet snippet, List<String> broken) {
        try {
            assertThat(mapper.readTree(snippet.text())).isNotNull();
        } catch (JsonProcessingException e) {
            broken.add(guide.file() + ": " + e.getMessage());
        }
    }

    private static String bashError(String snippet) throws IOException {
        Process bash =
                new ProcessBuilder("bash", "-n").redirectErrorStream(true).start();
        try (var input = bash.outputWriter(StandardCharsets.UTF_8)) {
            input.write(snippet);
        }
        return new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
