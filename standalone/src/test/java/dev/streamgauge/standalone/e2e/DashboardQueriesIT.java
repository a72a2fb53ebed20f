package dev.streamgauge.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streamgauge.standalone.docs.Dashboards;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prometheus understands every query of the dashboards. */
@Tag("e2e")
class DashboardQueriesIT {

    @Test
    void queries_areUnderstood(@TempDir Path folder) throws Exception {
        List<String> expressions = Dashboards.expressions();
        ObjectMapper json = new ObjectMapper();
        ObjectNode rules = json.createObjectNode();
        ArrayNode group =
                rules.putArray("groups").addObject().put("name", "queries").putArray("rules");
        for (int i = 0; i < expressions.size(); i++) {
            group.addObject()
                    .put("record", "query" + i)
                    .put(
                            "expr",
                            expressions.get(i).replace("$__rate_interval", "5m").replaceAll("\\$\\w+", ".*"));
        }
        Path file = folder.resolve("queries.yaml"); // JSON is YAML
        json.writeValue(file.toFile(), rules);

        Process promtool = new ProcessBuilder("promtool", "check", "rules", file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(expressions).hasSizeGreaterThan(100);
        assertThat(promtool.waitFor()).as(said).isZero();
    }
}
