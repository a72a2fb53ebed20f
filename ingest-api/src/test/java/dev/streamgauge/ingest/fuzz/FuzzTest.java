package dev.streamgauge.ingest.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lets Jazzer look for inputs that break a promise, for a minute in all. What it finds stays in {@code target/fuzz}.
 * Move it to the folder of kept inputs once the bug is fixed.
 */
@Tag("fuzz")
class FuzzTest {

    private static final Duration TOTAL = Duration.ofSeconds(Long.getLong("dev.streamgauge.fuzz.seconds", 60));

    /** Beyond its time: starting, and the input in hand. */
    private static final Duration GRACE = Duration.ofSeconds(60);

    private static final int LONGEST_INPUT_SECONDS = 5;
    private static final int MAX_INPUT_BYTES = 8 * 1024;

    @ParameterizedTest
    @EnumSource
    void jazzer_findsNothing(FuzzTarget target) throws IOException, InterruptedException {
        Path work = Path.of("target", "fuzz", target.folder());
        Path corpus = Files.createDirectories(work.resolve("corpus"));
        Path findings = Files.createDirectories(work.resolve("findings"));
        Path log = work.resolve("jazzer.log");
        long seconds = Math.max(1, TOTAL.toSeconds() / FuzzTarget.values().length);

        Process jazzer = new ProcessBuilder(command(target, seconds, corpus, findings))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended;
        try {
            ended = jazzer.waitFor(seconds + GRACE.toSeconds(), TimeUnit.SECONDS);
        } finally {
            jazzer.destroyForcibly();
        }

        assertThat(ended).as("Jazzer ended; see %s", log.toAbsolutePath()).isTrue();
        assertThat(jazzer.exitValue())
                .as(
                        "Jazzer found nothing; see %s. Fix the bug that %s shows, and move the file to %s",
                        log.toAbsolutePath(), listed(findings), target.kept().toAbsolutePath())
                .isZero();
        assertThat(Files.readString(log)).as("inputs were tried").contains("Done ");
    }

    private static List<String> command(FuzzTarget target, long seconds, Path corpus, Path findings) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1", // a few seconds a target are over before the second compiler is of use
                "-Dio.netty.noUnsafe=true", // else Jazzer's hook of Unsafe fails on Netty's probing for it
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.entryPoint().getName(),
                "--instrumentation_includes=dev.streamgauge.**",
                "--reproducer_path=" + findings,
                "-artifact_prefix=" + findings + "/",
                "-max_total_time=" + seconds,
                "-timeout=" + LONGEST_INPUT_SECONDS,
                "-max_len=" + MAX_INPUT_BYTES,
                "-print_final_stats=1",
                corpus.toString(),
                target.kept().toString());
    }

    /** Without JUnit and Quarkus: where Jazzer finds JUnit, it spends half a minute on looking for its tests. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(place -> !place.contains("junit") && !place.contains("/io/quarkus/"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static List<Path> listed(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
