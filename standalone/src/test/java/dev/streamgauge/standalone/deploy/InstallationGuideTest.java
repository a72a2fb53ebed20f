package dev.streamgauge.standalone.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.standalone.docs.Guide;
import dev.streamgauge.standalone.docs.Guide.Snippet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chart takes the values of the page on installing it, first those of the installation, then those added later. */
class InstallationGuideTest {

    private static final Path PAGE = Path.of("src/docs/how-to/install-on-kubernetes.md");

    @TempDir
    private Path copy;

    @TempDir
    private Path folder;

    private static List<String> values() {
        return Guide.all().stream()
                .filter(guide -> guide.file().equals(PAGE))
                .flatMap(guide -> guide.snippets("yaml"))
                .map(Snippet::text)
                .toList();
    }

    private List<String> typesWith(List<String> parts) throws IOException {
        Path file = Files.writeString(folder.resolve("values.yaml"), String.join("", parts));
        return Chart.in(copy).render(file).documents().stream()
                .map(Rendering::typeOf)
                .toList();
    }

    @Test
    void valuesOfTheInstallation_areTaken() throws IOException {
        assertThat(typesWith(values().subList(0, 1)))
                .contains("apps/v1 Deployment", "networking.k8s.io/v1 Ingress", "v1 Pod");
    }

    @Test
    void valuesOfTheMonitoring_areTaken() throws IOException {
        assertThat(values()).hasSize(2);
        assertThat(typesWith(values()))
                .contains(
                        "monitoring.coreos.com/v1 ServiceMonitor",
                        "monitoring.coreos.com/v1 PrometheusRule",
                        "monitoring.coreos.com/v1alpha1 ScrapeConfig");
    }
}
