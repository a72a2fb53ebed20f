package dev.streamgauge.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.e2e.Peers;
import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.testkit.FreePort;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tutorial's commands do what it says, with real curl, promtool and Prometheus; only the ports are others. Its Lambda
 * function is run with {@code PEERS=newest} only.
 */
@Tag("e2e")
class FirstPushIT {

    /** New series are 0 for 75 s. */
    private static final Duration DEADLINE = Duration.ofSeconds(150);

    private static final String LAMBDA_PART = "## 8.";

    private static final Pattern VALUE = Pattern.compile("\"value\":\\[[0-9.]+,\"([0-9.]+)\"]");
    private static final Pattern BLOCK = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);

    /** A fenced block: a command, what it prints, or the text of a file. */
    private record Block(String language, String text) {}

    @Test
    void commandsOfTheTutorial_printWhatItSays_whenRunInOrder(@TempDir Path folder) throws Exception {
        int prometheusPort = FreePort.find();
        List<Process> started = new ArrayList<>();
        try (Jars.Started standalone = Jars.standalone(folder.resolve("data")).awaitReady()) {
            List<Block> blocks = blocks(tutorial(standalone, prometheusPort));
            for (String used : List.of("clients", "deploy")) {
                Files.createSymbolicLink(folder.resolve(used), Page.ROOT.resolve(used));
            }
            assertThat(blocks).hasSizeGreaterThan(10);

            for (int i = 0; i < blocks.size(); i++) {
                Block block = blocks.get(i);
                boolean printed =
                        i + 1 < blocks.size() && blocks.get(i + 1).language().equals("text");
                String expected = printed ? blocks.get(i + 1).text() : "";
                if (block.language().equals("yaml")) {
                    Files.writeString(folder.resolve("prometheus.yml"), block.text());
                } else if (block.text().startsWith("prometheus ")) {
                    String command = block.text().strip() + " --web.listen-address=127.0.0.1:" + prometheusPort;
                    started.add(shell(folder, "exec " + command).start());
                } else if (block.text().startsWith("python3 -m venv ")) {
                    output(folder, block.text());
                } else if (block.text().contains("aws-lambda-rie --")) {
                    started.add(shell(folder, "exec env " + block.text()).start());
                } else if (block.text().contains("/invocations -d '")) {
                    await().atMost(DEADLINE)
                            .untilAsserted(() ->
                                    assertThat(output(folder, block.text())).isEqualToIgnoringNewLines(expected));
                } else if (block.text().contains(" -d '")) {
                    assertThat(output(folder, block.text())).isEqualToIgnoringNewLines(expected);
                } else if (block.text().contains("increase(")) {
                    await().atMost(DEADLINE).untilAsserted(() -> assertAbout18(output(folder, block.text())));
                } else if (block.text().startsWith("curl ")) {
                    // What was pushed shows when it is folded, and in Prometheus when that has scraped.
                    await().atMost(DEADLINE).untilAsserted(() -> assertShown(output(folder, block.text()), expected));
                } else if (block.text().startsWith("promtool ")) {
                    assertThat(output(folder, block.text())).contains("SUCCESS");
                }
            }
            standalone.process().terminate(); // and its Redis with it
        } finally {
            started.forEach(Process::destroyForcibly);
        }
    }

    private static String tutorial(Jars.Started standalone, int prometheusPort) {
        String text = Page.read("src/docs/tutorials/first-push.md")
                .text()
                .replace("localhost:8080", standalone.address().getAuthority())
                .replace("localhost:9090", "127.0.0.1:" + prometheusPort)
                .replace("localhost:9000", "127.0.0.1:" + FreePort.find())
                .replace(
                        "aws-lambda-rie --",
                        "aws-lambda-rie --runtime-api-address=127.0.0.1:" + FreePort.find() + " --");
        assertThat(text).contains(LAMBDA_PART);
        return Peers.isNewest() ? text : text.substring(0, text.indexOf(LAMBDA_PART));
    }

    private static void assertAbout18(String answer) {
        Matcher value = VALUE.matcher(answer);
        assertThat(value.find()).as(answer).isTrue();
        assertThat(Double.parseDouble(value.group(1))).isBetween(0.9 * 18, 1.1 * 18);
    }

    /** The page describes the answer of a query in the prose only, since it contains the time. */
    private static void assertShown(String output, String expected) {
        if (expected.isEmpty()) {
            assertThat(output).contains("\"18\"");
        } else {
            // Series stand in no order.
            assertThat(output.lines())
                    .containsExactlyInAnyOrderElementsOf(expected.lines().toList());
        }
    }

    private static List<Block> blocks(String page) {
        List<Block> blocks = new ArrayList<>();
        Matcher block = BLOCK.matcher(page);
        while (block.find()) {
            blocks.add(new Block(block.group(1), block.group(2)));
        }
        return blocks;
    }

    private static String output(Path folder, String commands) throws IOException {
        Process process = shell(folder, commands).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static ProcessBuilder shell(Path folder, String commands) {
        return new ProcessBuilder("sh", "-c", commands)
                .directory(folder.toFile())
                .redirectError(folder.resolve("stderr.log").toFile());
    }
}
