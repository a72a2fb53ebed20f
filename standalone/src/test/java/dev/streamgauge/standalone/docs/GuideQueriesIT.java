package dev.streamgauge.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.streamgauge.standalone.docs.Guide.Snippet;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** promtool accepts the queries and the alerts of the pages. */
@Tag("e2e")
class GuideQueriesIT {

    @Test
    void queriesAndAlerts_areValid(@TempDir Path folder) throws Exception {
        List<Path> files = new ArrayList<>();
        for (Guide guide : Guide.all()) {
            List<Map<String, String>> queries = guide.snippets("promql")
                    .flatMap(snippet -> snippet.text().lines())
                    .map(query -> Map.of("record", "query", "expr", query))
                    .distinct()
                    .toList();
            if (!queries.isEmpty()) {
                Map<String, Object> group = Map.of("name", guide.file().toString(), "rules", queries);
                files.add(Files.writeString(
                        folder.resolve(files.size() + ".yaml"),
                        new YAMLMapper().writeValueAsString(Map.of("groups", List.of(group)))));
            }
            for (Snippet snippet : guide.snippets("yaml").toList()) {
                if (snippet.text().startsWith("groups:")) {
                    files.add(Files.writeString(folder.resolve(files.size() + ".yaml"), snippet.text()));
                }
            }
        }

        for (Path file : files) {
            assertThat(promtool(file)).as(Files.readString(file)).contains("SUCCESS");
        }
        assertThat(files).hasSizeGreaterThan(2);
    }

    private static String promtool(Path rules) throws Exception {
        Process process = new ProcessBuilder("promtool", "check", "rules", "--lint=none", rules.toString())
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
