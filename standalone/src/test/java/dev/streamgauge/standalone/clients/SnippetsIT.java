package dev.streamgauge.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.standalone.docs.Guide;
import dev.streamgauge.standalone.docs.Guide.Snippet;
import dev.streamgauge.standalone.e2e.Peers;
import dev.streamgauge.testkit.FreePort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The snippets of the pages are what their languages take, and those that show a client push with it. */
@Tag("e2e")
class SnippetsIT {

    /** What checks the syntax of a file in each language. */
    private static Map<String, List<String>> checks() {
        Map<String, List<String>> checks = new HashMap<>(Map.of(
                "python",
                List.of("python3", "-m", "py_compile"),
                "js",
                List.of("node", "--check"),
                "java",
                List.of(
                        System.getProperty("java.home") + "/bin/javac",
                        "-proc:none",
                        "-d",
                        "classes",
                        Client.file("java/Metrics.java"))));
        if (Peers.isNewest()) {
            checks.put("php", List.of("php", "-l"));
            checks.put("go", List.of("gofmt", "-e", "-l"));
        }
        return checks;
    }

    @Test
    void snippets_areValid(@TempDir Path folder) throws Exception {
        List<String> failures = new ArrayList<>();
        int checked = 0;
        for (Guide guide : Guide.all()) {
            for (Snippet snippet : guide.snippets()) {
                List<String> check = checks().get(snippet.language());
                if (check != null) {
                    Path file = folder.resolve("Snippet" + checked++ + extension(snippet.language()));
                    Files.writeString(file, whole(snippet));
                    List<String> command = new ArrayList<>(check);
                    command.add(file.toString());
                    Run run = Run.of(folder, Map.of(), command);
                    if (run.status() != 0) {
                        failures.add(guide.file() + ": " + run.output());
                    }
                }
            }
        }

        assertThat(checked).isGreaterThan(10);
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "clients/README.md", "src/docs/how-to/retry-safely.md"})
    void pythonSnippets_push(String page, @TempDir Path folder) throws Exception {
        String snippet = only(page, "python");
        Path file = Files.writeString(
                folder.resolve("snippet.py"),
                snippet + (snippet.contains("def handler") ? "\nhandler({}, None)\n" : ""));

        assertPushes(folder, List.of("python3", file.toString()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"clients/README.md", "src/docs/how-to/retry-safely.md"})
    void phpSnippets_push_whereThereIsPhp(String page, @TempDir Path folder) throws Exception {
        if (Peers.isNewest()) {
            Files.copy(Path.of(Client.file("php/streamgauge.php")), folder.resolve("streamgauge.php"));
            Path file = Files.writeString(folder.resolve("snippet.php"), php(only(page, "php")));

            assertPushes(folder, List.of("php", file.toString()));
        }
    }

    private static void assertPushes(Path folder, List<String> command) throws Exception {
        try (FaultServer server = new FaultServer(FreePort.find(), Reaction.accept())) {
            Map<String, String> environment = Map.of(
                    "STREAMGAUGE_URL",
                    "http://127.0.0.1:" + server.port(),
                    "STREAMGAUGE_TIMEOUT",
                    "10",
                    "TMPDIR",
                    folder.toString(),
                    "PYTHONPATH",
                    Client.folder("python").toString());

            Run run = Run.of(folder, environment, command);

            assertThat(run.status()).as(run.output()).isZero();
            assertThat(server.requests()).hasSize(1);
            assertThat(FaultServer.samples(server.requests().getFirst().body())).isNotEmpty();
        }
    }

    private static String only(String page, String language) {
        List<String> snippets = Guide.all().stream()
                .filter(guide -> guide.file().equals(Path.of(page)))
                .flatMap(guide -> guide.snippets(language))
                .map(Snippet::text)
                .toList();
        assertThat(snippets).as(page).hasSize(1);
        return snippets.getFirst();
    }

    private static String extension(String language) {
        return Map.of("js", ".mjs", "python", ".py", "php", ".php", "go", ".go").getOrDefault(language, ".java");
    }

    private static String javaClass(String snippet) {
        String members = snippet.contains("handleRequest") ? snippet : "void example() { %s }".formatted(snippet);
        return """
                import dev.streamgauge.client.Metrics;
                import java.util.List;
                import java.util.Map;

                class Snippet {
                    record Order() {}
                    record Receipt() {}
                    interface Context { int getRemainingTimeInMillis(); }
                    private static Receipt checkout(Order order) { return new Receipt(); }
                    %s
                }
                """.formatted(members);
    }

    /** A snippet that is part of a file, with the rest of it. */
    private static String whole(Snippet snippet) {
        return switch (snippet.language()) {
            case "php" -> php(snippet.text());
            case "go" ->
                "package main\n\n" + (snippet.text().contains("func ") ? snippet.text() : goMain(snippet.text()));
            case "java" -> javaClass(snippet.text());
            default -> snippet.text();
        };
    }

    private static String php(String text) {
        return text.startsWith("<?php") ? text : "<?php\n" + text;
    }

    private static String goMain(String text) {
        return "func main() {\n" + text + "}\n";
    }
}
