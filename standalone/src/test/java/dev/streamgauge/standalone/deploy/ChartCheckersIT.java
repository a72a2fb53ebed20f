package dev.streamgauge.standalone.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.streamgauge.standalone.docs.Page;
import dev.streamgauge.standalone.e2e.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What kube-score and checkov report of the rendered chart is listed in its README with a reason, and nothing else. */
@Tag("e2e")
@EnabledIfSystemProperty(named = Peers.PROPERTY, matches = Peers.NEWEST, disabledReason = "needs PEERS=newest")
class ChartCheckersIT {

    private static final int GOOD_GRADE = 10;

    @TempDir
    private static Path folder;

    private static final List<Finding> FINDINGS = new ArrayList<>();

    /**
     * What a checker reports of an object.
     *
     * @param text kube-score's words, or checkov's id
     * @param where values file and object: {@code trial-values/ingest}
     */
    private record Finding(String text, String where) {}

    /** A row of the README's table, which accepts findings. */
    private record Accepted(String text, Pattern where) {

        boolean isAbout(Finding finding) {
            return text.equals(finding.text()) && where.matcher(finding.where()).matches();
        }
    }

    @BeforeAll
    static void check() throws Exception {
        Path kubeScore = Peers.go("github.com/zegl/kube-score/cmd/kube-score", "v1.20.0");
        Path checkov = Peers.python("checkov", "3.3.30");
        Chart chart = Chart.in(Files.createDirectories(folder.resolve("chart")));
        for (Path values : Chart.installations()) {
            String installation = values.getFileName().toString().replace(".yaml", "");
            Path file = write(chart.render(values), folder.resolve(installation + ".rendered.yaml"));
            score(run(kubeScore, "score", "--output-format", "json", file.toString()), installation);
            scan(
                    run(checkov, "-f", file.toString(), "--framework", "kubernetes", "--skip-download", "-o", "json"),
                    installation);
        }
    }

    @Test
    void findings_areThoseThatTheReadmeExplains() {
        List<Accepted> accepted = Page.read("deploy/helm/streamgauge/README.md").table("finding").stream()
                .map(row -> new Accepted(row.code(0), Pattern.compile(row.code(1))))
                .toList();
        Set<String> unexplained = new TreeSet<>();
        for (Finding finding : FINDINGS) {
            if (accepted.stream().noneMatch(row -> row.isAbout(finding))) {
                unexplained.add(finding.toString());
            }
        }

        assertThat(unexplained).isEmpty();
        assertThat(accepted).isNotEmpty().allMatch(row -> FINDINGS.stream().anyMatch(row::isAbout));
    }

    private static void score(JsonNode objects, String installation) {
        assertThat(objects).isNotEmpty();
        for (JsonNode object : objects) {
            for (JsonNode check : object.path("checks")) {
                if (check.path("grade").asInt() < GOOD_GRADE
                        && !check.path("skipped").asBoolean()) {
                    for (JsonNode comment : check.path("comments")) {
                        add(
                                comment.path("summary").asText(),
                                installation,
                                object.at("/object_meta/name").asText());
                    }
                }
            }
        }
    }

    private static void scan(JsonNode report, String installation) {
        assertThat(report.at("/summary/resource_count").asInt()).isPositive();
        assertThat(report.at("/summary/parsing_errors").asInt()).isZero();
        for (JsonNode failed : report.at("/results/failed_checks")) {
            // Kind, namespace and name, and for a pod of a controller its labels.
            add(
                    failed.path("check_id").asText(),
                    installation,
                    failed.path("resource").asText().split("\\.", -1)[2]);
        }
    }

    private static void add(String text, String installation, String object) {
        FINDINGS.add(new Finding(text, installation + "/" + object.replaceFirst("^gauge-(streamgauge-)?", "")));
    }

    private static Path write(Rendering rendering, Path file) throws IOException {
        YAMLMapper yaml = new YAMLMapper(); // begins each document with three hyphens
        StringBuilder text = new StringBuilder();
        for (JsonNode document : rendering.documents()) {
            text.append(yaml.writeValueAsString(document));
        }
        return Files.writeString(file, text);
    }

    /** The JSON that a checker prints; its exit code only says whether there are findings. */
    private static JsonNode run(Path program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(folder, "report", ".json");
        new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
                .waitFor();
        return new ObjectMapper().readTree(output.toFile());
    }
}
