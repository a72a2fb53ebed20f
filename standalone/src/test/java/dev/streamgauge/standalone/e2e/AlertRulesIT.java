package dev.streamgauge.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.standalone.docs.Page;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The alerts hold with the installed Prometheus and with the newest, whose ranges leave out their left end. */
@Tag("e2e")
class AlertRulesIT {

    private static final Path RULES = Page.ROOT.resolve("deploy/prometheus");

    static List<String> promtools() throws Exception {
        List<String> promtools = new ArrayList<>(List.of("promtool"));
        if (Peers.isNewest()) {
            promtools.add(Peers.go("github.com/prometheus/prometheus/cmd/promtool", "v0.316.0")
                    .toString());
        }
        return promtools;
    }

    @ParameterizedTest
    @MethodSource("promtools")
    void alerts_fireAndAreQuietAsTheirCasesSay(String promtool) throws Exception {
        assertThat(run(promtool, "check", RULES)).endsWith("exit=0");
        assertThat(run(promtool, "test", RULES.resolve("tests"))).endsWith("exit=0");
    }

    /** What promtool says of the files of a folder, and at the end {@code exit=<code>}. */
    private static String run(String promtool, String action, Path folder) throws Exception {
        List<String> command = new ArrayList<>(List.of(promtool, action, "rules"));
        try (Stream<Path> files = Files.list(folder)) {
            files.map(Path::toString).filter(file -> file.endsWith(".yaml")).forEach(command::add);
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return said + "exit=" + process.waitFor();
    }
}
