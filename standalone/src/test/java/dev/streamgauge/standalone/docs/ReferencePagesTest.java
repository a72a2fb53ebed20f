package dev.streamgauge.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.server.settings.LimitSettings;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The reference pages say what the code says, and nothing else. */
class ReferencePagesTest {

    private static final String REFERENCE = "src/docs/reference/";
    private static final Pattern VARIABLE = Pattern.compile("STREAMGAUGE_[A-Z_]*[A-Z]");

    private static final Pattern ROUTE = Pattern.compile("\"(/[^\"]*)\"");

    /** Methods of the keyspace that give a text which is no key. */
    private static final List<String> PARTS_OF_KEYS = List.of("prefix", "toString");

    private static final JavaClasses PRODUCT = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.streamgauge");

    @Test
    void configurationPage_listsEverySettingWithItsDefault() {
        Map<String, String> settings = new TreeMap<>();
        PRODUCT.stream()
                .filter(type -> type.isAnnotatedWith(ConfigMapping.class))
                .map(JavaClass::reflect)
                .forEach(type ->
                        addSettings(type.getAnnotation(ConfigMapping.class).prefix(), type, settings));
        settings.replaceAll((name, standard) -> LimitSettings.defaults().getOrDefault(name, standard));

        Map<String, String> documented = settingRows()
                .collect(Collectors.toMap(row -> row.code(0), row -> row.code(2), (a, b) -> a + b, TreeMap::new));

        assertThat(settings).isNotEmpty();
        assertThat(documented).isEqualTo(settings);
    }

    @Test
    void configurationPage_givesEachSettingsEnvironmentVariable() {
        assertThat(settingRows()).allSatisfy(row -> assertThat(row.code(1)).isEqualTo(variable(row.code(0))));
    }

    @Test
    void configurationPage_listsTheVariablesThatAreNoMisspellings() throws IOException {
        String known = Files.readString(
                Page.ROOT.resolve("server/src/main/resources/dev/streamgauge/server/settings/variables.txt"));
        List<String> ofSettings = known.substring(0, known.indexOf("# Those of the clients"))
                .lines()
                .filter(line -> !line.startsWith("#"))
                .toList();

        List<String> onThePage = VARIABLE.matcher(
                        Page.read(REFERENCE + "configuration.md").text())
                .results()
                .map(MatchResult::group)
                .distinct()
                .toList();
        assertThat(onThePage).containsAll(ofSettings);
        assertThat(Stream.concat(
                        known.lines(),
                        LimitSettings.defaults().keySet().stream().map(ReferencePagesTest::variable)))
                .containsAll(onThePage);
    }

    @Test
    void configurationPage_saysWhatStandaloneSetsOtherwise() throws IOException {
        Properties standalone = properties("standalone/src/main/resources/application.properties");
        assertThat(standalone).containsKey("streamgauge.auth.mode");

        Map<String, String> defaults =
                settingRows().collect(Collectors.toMap(row -> row.code(0), row -> row.cell(2), (a, b) -> a + b));

        standalone.forEach((name, value) -> {
            if (name.toString().startsWith("streamgauge.")) {
                assertThat(defaults.get(name)).endsWith("; `" + value + "` in standalone");
            }
        });
    }

    @Test
    void configurationPage_listsWhatWeSetOfQuarkus() throws IOException {
        Properties ours = properties("server/src/main/resources/META-INF/microprofile-config.properties");
        Map<String, String> documented = Page.read(REFERENCE + "configuration.md").table("Quarkus setting").stream()
                .collect(Collectors.toMap(row -> row.code(0), row -> row.code(1)));

        assertThat(ours).isNotEmpty();
        assertThat(documented).containsAllEntriesOf(textual(ours));
    }

    @Test
    void errorsPage_listsEveryReason() {
        List<String> documented = Page.read(REFERENCE + "errors.md").table("reason").stream()
                .map(row -> row.code(0))
                .toList();

        Set<String> ids = PRODUCT.stream()
                .filter(type -> type.isEnum() && type.isAssignableTo(ErrorId.class))
                .map(JavaClass::reflect)
                .flatMap(errors -> Arrays.stream(errors.getEnumConstants()))
                .map(error -> ((ErrorId) error).id())
                .collect(Collectors.toSet());
        assertThat(documented).containsExactlyInAnyOrderElementsOf(ids);
    }

    /** Each page lists the same requests, and what is served is checked against the one in Markdown. */
    @Test
    void openApi_listsTheRequestsOfTheHttpApiPage() {
        List<String> documented = Page.read(REFERENCE + "http-api.md").table("request").stream()
                .map(row -> row.code(0))
                .toList();

        assertThat(OpenApi.read().requests()).containsExactlyInAnyOrderElementsOf(documented);
    }

    @Test
    void httpApiPage_listsEveryResource() {
        List<String> documented = Page.read(REFERENCE + "http-api.md").table("request").stream()
                .map(row -> row.code(0))
                .toList();

        List<String> resources = PRODUCT.stream()
                .filter(type -> type.isAnnotatedWith(Path.class))
                .map(JavaClass::reflect)
                .flatMap(ReferencePagesTest::requests)
                .toList();
        assertThat(resources).isNotEmpty();
        assertThat(documented).doesNotHaveDuplicates().containsAll(resources);
    }

    /** Paths of Vert.x routes are not in an annotation, so the test searches the source text. */
    @Test
    void httpApiPage_listsEveryRoute() throws IOException {
        String documented = Page.read(REFERENCE + "http-api.md").table("request").stream()
                .map(row -> row.code(0) + "\n")
                .collect(Collectors.joining());

        List<String> routes = new ArrayList<>();
        try (Stream<java.nio.file.Path> files = Files.walk(Page.ROOT, 12)) {
            for (java.nio.file.Path file :
                    files.filter(ReferencePagesTest::isProductSource).toList()) {
                String source = Files.readString(file);
                if (source.contains("import io.vertx.ext.web.Router;")) {
                    ROUTE.matcher(source).results().map(route -> route.group(1)).forEach(routes::add);
                }
            }
        }
        assertThat(routes)
                .isNotEmpty()
                .allSatisfy(route -> assertThat(documented)
                        .contains(" " + route.replaceAll(":(\\w+)", "{$1}").replace("*", "") + "\n"));
    }

    /** Every method of the keyspace that gives a key is one row; what varies stands in angle brackets. */
    @Test
    void redisKeysPage_listsEveryKey() {
        List<String> documented = Page.read(REFERENCE + "redis-keys.md").table("key").stream()
                .map(row -> row.code(0).replaceAll("<[a-z ]+>", "<>"))
                .toList();

        Keyspace keyspace = new Keyspace(1);
        Stream<String> keys = Arrays.stream(Keyspace.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .filter(method -> method.getReturnType() == String.class)
                .filter(method -> !PARTS_OF_KEYS.contains(method.getName()))
                .map(method -> key(keyspace, method));
        assertThat(documented).containsExactlyInAnyOrderElementsOf(keys.toList());
    }

    private static boolean isProductSource(java.nio.file.Path file) {
        String path = Page.ROOT.relativize(file).toString();
        return path.matches("[a-z-]+/src/main/java/.*\\.java");
    }

    private static Stream<Page.Row> settingRows() {
        return Page.read(REFERENCE + "configuration.md").table("setting").stream();
    }

    private static void addSettings(String prefix, Class<?> type, Map<String, String> settings) {
        for (Method method : type.getDeclaredMethods()) {
            String name = prefix + "." + kebab(method.getName());
            WithDefault standard = method.getAnnotation(WithDefault.class);
            if (method.getReturnType().isInterface() && standard == null) {
                addSettings(name, method.getReturnType(), settings);
            } else {
                settings.put(name, standard == null ? "" : standard.value());
            }
        }
    }

    private static String variable(String setting) {
        return setting.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    private static String kebab(String camel) {
        return camel.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static Stream<String> requests(Class<?> resource) {
        String path = resource.getAnnotation(Path.class).value();
        return Arrays.stream(resource.getDeclaredMethods())
                .flatMap(method -> Arrays.stream(method.getAnnotations())
                        .map(annotation -> annotation.annotationType().getAnnotation(HttpMethod.class))
                        .filter(verb -> verb != null)
                        .map(verb -> verb.value() + " " + path + below(method)));
    }

    private static String below(Method method) {
        Path path = method.getAnnotation(Path.class);
        return path == null ? "" : "/" + path.value().replaceFirst("^/", "");
    }

    private static String key(Keyspace keyspace, Method method) {
        Object[] arguments = Arrays.stream(method.getParameterTypes())
                .map(type -> type == int.class ? 0 : type == TenantId.class ? new TenantId("T") : "N")
                .toArray();
        try {
            return String.valueOf(method.invoke(keyspace, arguments))
                    .replace("{0}", "{p}")
                    .replaceAll("(?<=:)[TN](?=:|$)", "<>");
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Properties properties(String path) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(Page.ROOT.resolve(path))) {
            properties.load(reader);
        }
        return properties;
    }

    private static Map<String, String> textual(Properties properties) {
        return properties.entrySet().stream()
                .collect(Collectors.toMap(
                        entry -> entry.getKey().toString(),
                        entry -> entry.getValue().toString()));
    }
}
