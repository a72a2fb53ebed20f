package dev.streamgauge.ingest.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Replays what the fuzzer found once, and what it starts from. */
class KeptInputsTest {

    private static final Duration LONGEST = Duration.ofSeconds(5);

    @TestFactory
    Stream<DynamicNode> keptInput_breaksNoPromise() {
        return Arrays.stream(FuzzTarget.values()).flatMap(KeptInputsTest::replay);
    }

    private static Stream<DynamicNode> replay(FuzzTarget target) {
        List<Path> files = filesOf(target.kept());
        assertThat(files).as("inputs of %s", target).hasSizeGreaterThan(1);
        return files.stream()
                .map(file -> DynamicTest.dynamicTest(
                        target.folder() + "/" + file.getFileName(),
                        () -> assertTimeout(LONGEST, () -> target.check(Files.readAllBytes(file)))));
    }

    private static List<Path> filesOf(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
