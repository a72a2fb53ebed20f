package dev.streamgauge.server.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.LogRecorder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReloadingFileTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    /** Longer than any test: the tests reload the file themselves. */
    private static final Duration NEVER = Duration.ofDays(1);

    private static final Duration OFTEN = Duration.ofMillis(5);

    private static final Vertx VERTX = Vertx.vertx();

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final LogRecorder log = LogRecorder.of(ReloadingFile.class);

    /** The texts that were parsed, in order. */
    private final List<String> parsed = new CopyOnWriteArrayList<>();

    private final List<ReloadingFile<?>> sources = new ArrayList<>();

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("words.yaml");
    }

    @AfterEach
    void stop() {
        sources.forEach(ReloadingFile::stop);
        log.close();
    }

    @AfterAll
    static void close() {
        VERTX.close().toCompletionStage().toCompletableFuture().join();
    }

    private ReloadingFile<String> of(Optional<Path> path, Duration period) {
        ReloadingFile<String> source = new ReloadingFile<>("words", path, "NONE", this::parse, period, VERTX);
        sources.add(source);
        return source;
    }

    /** A source of the file, not started. */
    private ReloadingFile<String> source() {
        return of(Optional.of(file), NEVER);
    }

    private ReloadingFile<String> started() {
        ReloadingFile<String> source = source();
        source.start(registry);
        return source;
    }

    private String parse(String text) throws InvalidFileException {
        parsed.add(text);
        if (text.startsWith("bad")) {
            throw new InvalidFileException(text + " is no word");
        }
        if (text.startsWith("defect")) {
            throw new IllegalStateException("the parser has a defect");
        }
        return text.toUpperCase(Locale.ROOT);
    }

    private double lastReloadSuccessful() {
        return registry.get("streamgauge.words.last.reload.successful").gauge().value();
    }

    @Test
    void start_readsTheFile() throws IOException {
        Files.writeString(file, "first");
        ReloadingFile<String> source = source();

        source.start(registry);

        assertThat(source.content()).isEqualTo("FIRST");
        assertThat(lastReloadSuccessful()).isOne();
        assertThat(log.lines()).containsExactly("INFO words state=read file=" + file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n \n", "# nothing\n\n  # at all", "---\n# nothing\n...\n"})
    void reload_keepsTheLastContent_whenTheFileIsEmpty(String empty) throws IOException {
        Files.writeString(file, "first");
        ReloadingFile<String> source = source();
        source.start(registry);
        Files.writeString(file, empty);

        source.reload(file);

        assertFirstIsKept(source, ": empty; if it shall say nothing, write {}");
    }

    @Test
    void start_readsAnEmptyFile_sinceThereIsNothingToKeep() throws IOException {
        Files.writeString(file, "# nothing yet\n");
        ReloadingFile<String> source = source();

        source.start(registry);

        assertThat(source.content()).isEqualTo("# NOTHING YET\n");
        assertThat(lastReloadSuccessful()).isOne();
    }

    @Test
    void start_keepsTheGivenContent_whenThereIsNoFile() {
        ReloadingFile<String> source = of(Optional.empty(), NEVER);

        source.start(registry);

        assertThat(source.content()).isEqualTo("NONE");
        assertThat(lastReloadSuccessful()).isOne();
        assertThat(log.lines()).isEmpty();
    }

    @Test
    void start_fails_whenTheFileIsMissing() {
        ReloadingFile<String> source = source();

        assertThatThrownBy(() -> source.start(registry))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("streamgauge.words-file: " + file + " cannot be read: NoSuchFileException");
    }

    @Test
    void start_fails_whenTheFileIsAFolder() throws IOException {
        Files.createDirectory(file);
        ReloadingFile<String> source = source();

        assertThatThrownBy(() -> source.start(registry))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("streamgauge.words-file: " + file + " cannot be read: IOException");
    }

    @Test
    void start_fails_whenTheFileIsNotUtf8() throws IOException {
        Files.write(file, new byte[] {'a', (byte) 0xff});
        ReloadingFile<String> source = source();

        assertThatThrownBy(() -> source.start(registry))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("streamgauge.words-file: " + file + " cannot be read: MalformedInputException");
    }

    @Test
    void start_fails_whenTheFileIsBad() throws IOException {
        Files.writeString(file, "bad1");
        ReloadingFile<String> source = source();

        assertThatThrownBy(() -> source.start(registry))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("streamgauge.words-file: " + file + ": bad1 is no word");
        assertThat(log.lines()).isEmpty(); // the exception says it
    }

    @Test
    void reload_takesOverTheChange_whenTheFileHasChanged() throws IOException {
        Files.writeString(file, "first");
        ReloadingFile<String> source = started();
        Files.writeString(file, "second");

        source.reload(file);

        assertThat(source.content()).isEqualTo("SECOND");
    }

    @Test
    void reload_parsesNothing_whenTheFileHasNotChanged() throws IOException {
        Files.writeString(file, "first");
        ReloadingFile<String> source = started();

        source.reload(file);
        source.reload(file);

        assertThat(parsed).containsExactly("first");
    }

    @Test
    void reload_keepsTheLastGoodContent_whenTheFileTurnsBad() throws IOException {
        Files.writeString(file, "first");
        ReloadingFile<String> source = started();
        Files.writeString(file, "bad1");

        source.reload(file);

        assertThat(source.content()).isEqualTo("FIRST");
        assertThat(lastReloadSuccessful()).isZero();
        assertThat(log.lines())
                .last()
                .isEqualTo("ERROR words state=rejected kept=last message=" + file + ": bad1 is no word");
    }

    @Test
    void reload_keepsTheLastGoodContent_whenTheFileIsDeleted() throws IOException {
        Files.writeString(file, "first");
        ReloadingFile<String> source = started();
        Files.delete(file);

        source.reload(file);

        assertFirstIsKept(source, " cannot be read: NoSuchFileException");
    }

    @Test
    void reload_logsEachFlawOnce_howeverOftenItIsFound() throws IOException {
        Files.writeString(file, "first");
        ReloadingFile<String> source = started();

        for (String text : List.of("bad1", "bad1", "bad2", "bad2", "bad1")) {
            Files.writeString(file, text);
            source.reload(file);
        }

        assertThat(log.lines())
                .extracting(line -> line.replace(file.toString(), "FILE"))
                .containsExactly(
                        "INFO words state=read file=FILE",
                        "ERROR words state=rejected kept=last message=FILE: bad1 is no word",
                        "ERROR words state=rejected kept=last message=FILE: bad2 is no word",
                        "ERROR words state=rejected kept=last message=FILE: bad1 is no word");
    }

    /** The text is already in force, but the metric and the log must report the recovery. */
    @Test
    void reload_recovers_whenTheFileIsAsItWasBeforeItTurnedBad() throws IOException {
        Files.writeString(file, "first");
        ReloadingFile<String> source = started();
        Files.writeString(file, "bad1");
        source.reload(file);
        Files.writeString(file, "first");

        source.reload(file);

        assertThat(source.content()).isEqualTo("FIRST");
        assertThat(lastReloadSuccessful()).isOne();
        assertThat(log.lines()).last().isEqualTo("INFO words state=read file=" + file);
    }

    /** The file is a link into {@code ..data}, a link to a folder that Kubernetes replaces atomically. */
    @Test
    void reload_takesOverTheChange_whenKubernetesSwapsTheLinkToTheFolder() throws IOException {
        Path data = folder.resolve("..data");
        Files.writeString(Files.createDirectory(folder.resolve("..1")).resolve("words.yaml"), "first");
        Files.createSymbolicLink(data, Path.of("..1"));
        Files.createSymbolicLink(file, Path.of("..data", "words.yaml"));
        ReloadingFile<String> source = started();
        Files.writeString(Files.createDirectory(folder.resolve("..2")).resolve("words.yaml"), "second");
        Path next = Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("..2"));
        Files.move(next, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

        source.reload(file);

        assertThat(source.content()).isEqualTo("SECOND");
    }

    @Test
    void start_readsTheFileAgainAndAgain() throws IOException {
        Files.writeString(file, "first");
        ReloadingFile<String> source = of(Optional.of(file), OFTEN);
        source.start(registry);

        replaceBy("second");
        await().atMost(DEADLINE).until(() -> source.content().equals("SECOND"));
        replaceBy("third");
        await().atMost(DEADLINE).until(() -> source.content().equals("THIRD"));
    }

    @Test
    void start_goesOn_whenTheParserHasADefect() throws IOException {
        Files.writeString(file, "first");
        ReloadingFile<String> source = of(Optional.of(file), OFTEN);
        source.start(registry);
        replaceBy("defect");
        await().atMost(DEADLINE).until(() -> log.lines().contains("ERROR words state=failed kept=last"));
        assertThat(source.content()).isEqualTo("FIRST");

        replaceBy("second");

        await().atMost(DEADLINE).until(() -> source.content().equals("SECOND"));
    }

    /** Atomically, so that no read sees half of the text. */
    private void replaceBy(String text) throws IOException {
        Path next = Files.writeString(folder.resolve("next"), text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void stop_endsTheReading() throws Exception {
        Files.writeString(file, "first");
        ReloadingFile<String> source = of(Optional.of(file), OFTEN);
        Context context = VERTX.getOrCreateContext(); // runs its tasks one after the other
        onContext(context, () -> source.start(registry));

        onContext(context, source::stop);

        awaitTasks(context);
        replaceBy("second");
        awaitPeriods(context, 5);
        assertThat(parsed).containsExactly("first");
    }

    private static void onContext(Context context, Runnable task) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        context.runOnContext(nothing -> {
            task.run();
            done.countDown();
        });
        assertThat(done.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    /** Waits for that many periods, and for the reads that would have begun in them. */
    private static void awaitPeriods(Context context, int count) throws InterruptedException {
        CountDownLatch ticks = new CountDownLatch(count);
        context.runOnContext(nothing -> VERTX.setPeriodic(OFTEN.toMillis(), id -> ticks.countDown()));
        assertThat(ticks.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        awaitTasks(context);
    }

    private static void awaitTasks(Context context) {
        context.executeBlocking(() -> true)
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    private void assertFirstIsKept(ReloadingFile<String> source, String flaw) {
        assertThat(source.content()).isEqualTo("FIRST");
        assertThat(lastReloadSuccessful()).isZero();
        assertThat(log.lines()).last().isEqualTo("ERROR words state=rejected kept=last message=" + file + flaw);
    }
}
