package dev.streamgauge.standalone.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streamgauge.standalone.docs.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be said of the Dockerfile and of the demonstration with Compose without a container engine. */
class DemonstrationTest {

    private static final Path COMPOSE = Page.ROOT.resolve("deploy/compose");
    private static final Path DOCKERFILE = Page.ROOT.resolve("deploy/docker/Dockerfile");

    private static JsonNode compose() throws IOException {
        return Rendering.parse(Files.readString(COMPOSE.resolve("compose.yaml")));
    }

    private static Stream<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asText);
    }

    @Test
    void mounts_areFilesOfTheSource() throws IOException {
        JsonNode compose = compose();

        List<String> sources = Stream.concat(
                        Stream.of(compose.path("x-role")),
                        compose.path("services").valueStream())
                .flatMap(service -> texts(service.path("volumes")))
                .filter(volume -> volume.startsWith("."))
                .map(volume -> volume.substring(0, volume.indexOf(':')))
                .toList();

        assertThat(sources)
                .isNotEmpty()
                .allSatisfy(source -> assertThat(COMPOSE.resolve(source)).exists());
    }

    /** Grafana opens on a dashboard, without a search. */
    @Test
    void grafana_beginsWithADashboardThatIsMounted() throws IOException {
        JsonNode grafana = compose().at("/services/grafana");
        Path home = Path.of(grafana.at("/environment/GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH")
                .asText());
        String source = texts(grafana.path("volumes"))
                .filter(volume -> volume.endsWith(":" + home.getParent() + ":ro"))
                .map(volume -> volume.substring(0, volume.indexOf(':')))
                .findFirst()
                .orElseThrow();

        assertThat(COMPOSE.resolve(source).resolve(home.getFileName())).isRegularFile();
    }

    @Test
    void environment_hasOnlyVariablesThatTheCodeKnows() throws IOException {
        Set<String> known = new TreeSet<>();
        Page page = Page.read("src/docs/reference/configuration.md");
        page.table("setting").forEach(row -> known.add(row.code(1)));
        page.table("Quarkus setting")
                .forEach(row -> known.add(row.code(0).toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_")));

        assertThat(compose().path("x-environment").propertyStream().map(Map.Entry::getKey))
                .isNotEmpty()
                .isSubsetOf(known);
    }

    /** Keys and passwords are public, so the ports must be reachable from this machine only. */
    @Test
    void ports_areTheMachinesOwn() throws IOException {
        List<String> ports = compose()
                .path("services")
                .valueStream()
                .flatMap(service -> texts(service.path("ports")))
                .toList();

        assertThat(ports).hasSize(5).allMatch(port -> port.startsWith("127.0.0.1:"));
    }

    @Test
    void redis_keepsWhatItAccepted() throws IOException {
        assertThat(texts(compose().at("/services/redis/command")))
                .contains("--appendonly yes", "--appendfsync always", "--maxmemory-policy noeviction");
    }

    /** No tag may move by itself to another version of a program, but for the JVM's updates. */
    @Test
    void images_haveAVersion() throws IOException {
        assertThat(compose().path("services").valueStream())
                .allSatisfy(
                        service -> assertThat(service.path("image").asText()).matches("[^:]+:v?\\d+\\..*"));
        assertThat(Files.readAllLines(DOCKERFILE))
                .filteredOn(line -> line.startsWith("FROM "))
                .allMatch(line -> line.matches("FROM eclipse-temurin:\\$\\{JAVA}-(jdk AS build|jre)"));
    }

    @Test
    void image_isNotRoot_andCopiesWhatIsThere() throws IOException {
        List<String> lines = Files.readAllLines(DOCKERFILE);

        assertThat(lines).contains("USER 10001:10001", "EXPOSE 8080");
        assertThat(lines.indexOf("USER 10001:10001"))
                .isGreaterThan(lines.lastIndexOf("RUN bash /usr/local/bin/make-aot-cache.sh /app"));
        assertThat(lines)
                .filteredOn(line -> line.startsWith("COPY deploy/"))
                .isNotEmpty()
                .allSatisfy(line ->
                        assertThat(Page.ROOT.resolve(line.split(" ", -1)[1])).exists());
        for (String role : List.of("ingest-api", "aggregator", "query-api")) {
            assertThat(Page.ROOT.resolve(role).resolve("pom.xml")).exists();
            assertThat(String.join("\n", lines)).contains(role);
        }
    }
}
