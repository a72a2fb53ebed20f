package dev.streamgauge.standalone.architecture;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.AggregationKind;
import dev.streamgauge.core.aggregation.AggregationKinds;
import dev.streamgauge.core.exposition.ExpositionFormat;
import dev.streamgauge.core.exposition.ExpositionFormats;
import dev.streamgauge.core.snapshot.MetricType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The product's classes, all modules of it, keep the rules of the module list and of the house. */
class ArchitectureTest {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /** All but testkit, which is no part of the product, and this module's tests. */
    private static final JavaClasses PRODUCT = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("dev/streamgauge/testkit/"))
            .importPackages("dev.streamgauge");

    private static final String INGEST = "dev.streamgauge.ingest";

    private static final Pattern CATCH_THROWABLE =
            Pattern.compile("catch\\s*\\(([^)]*\\|)?\\s*(final\\s+)?Throwable\\b");

    /** Every arrow points inward; siblings never see each other. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', emptyValue = "", textBlock = """
            core       | ''
            redis      | core
            server     | core redis
            ingest     | core redis server
            aggregator | core redis server
            query      | core redis server
            standalone | core redis server ingest aggregator query
            """)
    void module_seesInnerModulesOnly(String module, String inner) {
        String[] visible = Stream.of(module + " " + inner)
                .flatMap(names -> Stream.of(names.strip().split(" ")))
                .map(name -> "dev.streamgauge." + name + "..")
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage("dev.streamgauge." + module + "..")
                .should()
                .dependOnClassesThat(resideInAPackage("dev.streamgauge..").and(resideOutsideOfPackages(visible)))
                .check(PRODUCT);
    }

    @Test
    void classes_belongToAModule() {
        classes()
                .should()
                .resideInAnyPackage(
                        "dev.streamgauge.core..",
                        "dev.streamgauge.redis..",
                        "dev.streamgauge.server..",
                        "dev.streamgauge.ingest..",
                        "dev.streamgauge.aggregator..",
                        "dev.streamgauge.query..",
                        "dev.streamgauge.standalone..")
                .check(PRODUCT);
    }

    @Test
    void packages_haveNoCycle() {
        slices().matching("dev.streamgauge.(**)").should().beFreeOfCycles().check(PRODUCT);
    }

    @Test
    void core_knowsNoFramework() {
        noClasses()
                .that()
                .resideInAPackage("dev.streamgauge.core..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages(
                        "java..",
                        "org.jspecify.annotations",
                        "com.datadoghq.sketch..",
                        "com.google.re2j",
                        "dev.streamgauge.core..")
                .check(PRODUCT);
    }

    @Test
    void redis_knowsNoQuarkus() {
        noClasses()
                .that()
                .resideInAPackage("dev.streamgauge.redis..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.quarkus..", "jakarta..", "org.eclipse.microprofile..", "org.jboss..")
                .check(PRODUCT);
    }

    /** The exception is the class that builds the connections from Quarkus' settings. */
    @Test
    void redisClient_isKnownToRedisModuleOnly_whenSettingsAreLeftOut() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.streamgauge.redis..")
                .and()
                .doNotHaveFullyQualifiedName("dev.streamgauge.server.store.RedisAccess")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx.redis..", "io.vertx.mutiny.redis..", "io.quarkus.redis..")
                .check(PRODUCT);
    }

    /** A protocol is a bean, which registers it, in a package of its own that no other package knows. */
    @Test
    void pushProtocols_registerThemselves_andAreKnownToNoOtherPackage() {
        List<JavaClass> protocols = PRODUCT.stream()
                .filter(each -> !each.isInterface() && each.isAssignableTo(INGEST + ".protocol.PushProtocol"))
                .toList();

        assertThat(protocols).isNotEmpty().allMatch(protocol -> protocol.isAnnotatedWith("jakarta.inject.Singleton"));
        assertThat(protocols.stream().map(JavaClass::getPackageName)).doesNotHaveDuplicates();
        for (JavaClass protocol : protocols) {
            String own = protocol.getPackageName();
            classes()
                    .that()
                    .resideInAPackage(own)
                    .should()
                    .onlyHaveDependentClassesThat()
                    .resideInAPackage(own)
                    .check(PRODUCT);
            noClasses()
                    .that()
                    .resideInAPackage(own)
                    .should()
                    .dependOnClassesThat(resideInAPackage(INGEST + "..")
                            .and(resideOutsideOfPackages(own, INGEST, INGEST + ".protocol")))
                    .check(PRODUCT);
        }
    }

    /** The exceptions call what returns a Uni: the authentication, and the admission script. */
    @Test
    void pushes_useFutures() {
        noClasses()
                .that()
                .resideInAnyPackage(INGEST + ".push", INGEST + ".protocol", INGEST + ".json", INGEST + ".admission")
                .and()
                .doNotHaveFullyQualifiedName(INGEST + ".push.PushPipeline")
                .and()
                .doNotHaveFullyQualifiedName(INGEST + ".admission.AdmissionCalls")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.smallrye.mutiny..")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(CompletionStage.class)
                .check(PRODUCT);
    }

    @Test
    void kindsAndFormats_areListed() {
        assertThat(AggregationKinds.ALL.list())
                .extracting(kind -> kind.getClass().getName())
                .containsExactlyInAnyOrderElementsOf(implementationsOf(AggregationKind.class));
        assertThat(ExpositionFormats.ALL)
                .extracting(format -> format.getClass().getName())
                .containsExactlyInAnyOrderElementsOf(implementationsOf(ExpositionFormat.class));
    }

    private static List<String> implementationsOf(Class<?> type) {
        return PRODUCT.stream()
                .filter(each -> !each.isInterface() && each.isAssignableTo(type))
                .map(JavaClass::getName)
                .toList();
    }

    /** The exceptions must know kinds; the page about the architecture says why. */
    @Test
    void kinds_areNamedOnlyWhereThePageSaysWhy() throws IOException {
        Set<String> kinds = Stream.of(AggregationKind.class, Aggregation.class)
                .flatMap(type -> implementationsOf(type).stream())
                .map(ArchitectureTest::outermost)
                .collect(Collectors.toSet());
        SortedSet<String> naming = new TreeSet<>();
        for (JavaClass each : PRODUCT) {
            String own = outermost(each.getName());
            boolean namesAnother = each.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> outermost(dependency.getTargetClass().getName()))
                    .anyMatch(target -> kinds.contains(target) && !target.equals(own));
            boolean namesAType = each.getFieldAccessesFromSelf().stream()
                    .map(JavaFieldAccess::getTarget)
                    .anyMatch(field -> field.getOwner().isEquivalentTo(MetricType.class)
                            && field.getRawType().isEquivalentTo(MetricType.class));
            if (namesAnother || (namesAType && !kinds.contains(own) && !own.equals(MetricType.class.getName()))) {
                naming.add(own.substring(own.lastIndexOf('.') + 1));
            }
        }

        assertThat(naming).containsExactly("AggregationKinds", "SeriesExpiry", "UsageExposition");
        assertThat(Files.readString(ROOT.resolve("src/docs/explanation/architecture.md")))
                .contains(naming.stream().map(name -> "| `" + name + "` |").toList());
    }

    private static String outermost(String className) {
        return className.replaceFirst("\\$.*", "");
    }

    @Test
    void classes_areNamedAfterWhatTheyAre() {
        noClasses()
                .should()
                .haveNameMatching(".*[.$]\\w*(Util|Utils|Helper|Helpers|Manager|Impl|Processor|Data|Info)")
                .check(PRODUCT);
    }

    @Test
    void packages_areNamedAfterWhatTheyHold() {
        noClasses()
                .should()
                .resideInAnyPackage("..common..", "..util..", "..api..", "..impl..", "..dto..", "..service..")
                .check(PRODUCT);
    }

    @Test
    void code_neverSleeps() {
        noClasses()
                .should()
                .callMethodWhere(target(nameMatching("sleep"))
                        .and(target(owner(nameMatching("java\\.lang\\.Thread|java\\.util\\.concurrent\\.TimeUnit")))))
                .check(PRODUCT);
    }

    /** What happens before and around Quarkus has no clock to be given. */
    @Test
    void systemTime_isNotRead_whenOutsideOfStandalone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.streamgauge.standalone..")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .check(PRODUCT);
    }

    @Test
    void clock_isMadeInOnePlaceOnly() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.streamgauge.server.SystemClock")
                .should()
                .callMethodWhere(target(nameMatching("now|system|systemUTC|systemDefaultZone"))
                        .and(target(owner(nameMatching("java\\.time\\.\\w+")))))
                .check(PRODUCT);
    }

    @Test
    void fields_areNotInjected() {
        noFields()
                .should()
                .beAnnotatedWith("jakarta.inject.Inject")
                .orShould()
                .beAnnotatedWith("org.eclipse.microprofile.config.inject.ConfigProperty")
                .check(PRODUCT);
    }

    /** In the text, since the compiler catches Throwable by itself for try-with-resources and record patterns. */
    @Test
    void code_neverCatchesThrowable() throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            assertThat(modules.map(module -> module.resolve("src/main/java"))
                            .filter(Files::isDirectory)
                            .flatMap(ArchitectureTest::sources)
                            .filter(source ->
                                    CATCH_THROWABLE.matcher(read(source)).find()))
                    .isEmpty();
        }
    }

    private static Stream<Path> sources(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path source) {
        try {
            return Files.readString(source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
