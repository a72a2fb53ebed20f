package dev.streamgauge.standalone.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import dev.streamgauge.standalone.docs.Page;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The Helm chart of this source tree, as Helm sees it.
 *
 * <p>Helm shows neither hooks nor notes when it only renders. So it gets a copy of the chart, in which the hooks are
 * ordinary objects, and in which one more ConfigMap holds the notes if {@code global.notes} is set.
 */
final class Chart {

    static final Path FOLDER = Page.ROOT.resolve("deploy/helm/streamgauge");
    static final String NAMESPACE = "metrics";

    private static final String RELEASE = "gauge";

    /** The oldest that the chart says it fits. */
    private static final String KUBERNETES = "1.27.0";

    private final Path copy;

    private Chart(Path copy) {
        this.copy = copy;
    }

    /** Copies the chart into an empty folder. */
    static Chart in(Path folder) {
        try (Stream<Path> files = Files.walk(FOLDER, FileVisitOption.FOLLOW_LINKS)) {
            for (Path file : files.toList()) {
                Path target = folder.resolve(FOLDER.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
            Path test = folder.resolve("templates/tests/push-and-scrape.yaml");
            Files.writeString(test, Files.readString(test).replaceAll("helm\\.sh/hook", "hook"));
            Files.copy(folder.resolve("templates/NOTES.txt"), folder.resolve("files/NOTES.txt"));
            Files.writeString(folder.resolve("templates/notes.yaml"), """
                    {{- if .Values.global.notes }}
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: notes}
                    data: {text: {{ tpl (.Files.Get "files/NOTES.txt") . | quote }}}
                    {{- end }}
                    """);
            return new Chart(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The values that an installer may change, with their defaults. */
    static Path values() {
        return FOLDER.resolve("values.yaml");
    }

    /** The values files that stand for installations: every object of the chart is in one of them. */
    static List<Path> installations() {
        try (Stream<Path> files = Files.list(FOLDER.resolve("ci"))) {
            return Stream.concat(Stream.of(values()), files.sorted()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What {@code helm lint --strict} says of the chart with these values as its defaults. */
    LintResult lint(Path values) {
        try {
            JsonNode defaults = Rendering.parse(Files.readString(values()));
            merge((ObjectNode) defaults, Rendering.parse(Files.readString(values)));
            Files.writeString(copy.resolve("values.yaml"), defaults.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Helm(copy).lint().strict().call();
    }

    /**
     * What {@code helm template} makes of these values and settings.
     *
     * @param settings {@code name=value}, as for {@code --set}
     * @throws IllegalStateException if Helm or the chart rejects them
     */
    Rendering render(Path values, String... settings) {
        TemplateCommand command = new Helm(copy)
                .template()
                .withName(RELEASE)
                .withNamespace(NAMESPACE)
                .withKubeVersion(KUBERNETES)
                .withValuesFile(values);
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            command.set(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return Rendering.of(command.call());
    }

    private static void merge(ObjectNode into, JsonNode values) {
        values.propertyStream().forEach(entry -> {
            if (into.get(entry.getKey()) instanceof ObjectNode inner
                    && entry.getValue().isObject()) {
                merge(inner, entry.getValue());
            } else {
                into.set(entry.getKey(), entry.getValue());
            }
        });
    }
}
