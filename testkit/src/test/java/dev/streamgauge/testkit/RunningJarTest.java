package dev.streamgauge.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningJarTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    Path jar;
    int port;

    @BeforeEach
    void packEchoServer() throws IOException {
        jar = directory.resolve("echo.jar");
        port = FreePort.find();
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, EchoServer.class.getName());
        String entry = EchoServer.class.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                InputStream in = EchoServer.class.getResourceAsStream("/" + entry)) {
            out.putNextEntry(new JarEntry(entry));
            in.transferTo(out);
        }
    }

    @Test
    void output_showsEnvironmentPropertiesAndFolder_whenGiven() throws IOException {
        Path outputFile = directory.resolve("output.log");
        try (RunningJar running = RunningJar.builder(jar)
                .environment("ECHO_VARIABLE", "from-environment")
                .property("echo.port", Integer.toString(port))
                .property("echo.property", "from-property")
                .workingDirectory(directory)
                .outputFile(outputFile)
                .start()) {

            running.awaitAnswer(address(), DEADLINE);

            assertThat(running.output())
                    .contains("from-environment from-property " + directory.toRealPath() + "\n")
                    .contains("this is stderr\n");
            assertThat(Files.readString(outputFile)).isEqualTo(running.output());
        }
    }

    @Test
    void commandPrefix_runsTheJvmInItsPlace_whenGiven() {
        try (RunningJar running = RunningJar.builder(jar)
                .commandPrefix(List.of("env", "ECHO_VARIABLE=from-prefix"))
                .property("echo.port", Integer.toString(port))
                .start()
                .awaitAnswer(address(), DEADLINE)) {

            running.terminate();

            assertThat(running.output()).startsWith("from-prefix ").endsWith("goodbye\n");
            assertThat(running.exitCode(DEADLINE)).isEqualTo(143);
        }
    }

    @Test
    void runningProgram_keepsOutputAndExitCode_whenItIsNotAJar() {
        try (RunningProgram program = RunningProgram.start(List.of("sh", "-c", "echo said; echo told >&2; exit 7"))) {

            assertThat(program.exitCode(DEADLINE)).isEqualTo(7);
            assertThat(program.output()).isEqualTo("said\ntold\n");
        }
    }

    @Test
    void output_hasTheLastWords_whenTerminated() {
        try (RunningJar running = running()) {
            running.awaitAnswer(address(), DEADLINE);

            running.terminate();

            assertThat(running.exitCode(DEADLINE)).isEqualTo(143);
            assertThat(running.output()).endsWith("goodbye\n");
        }
    }

    @Test
    void awaitAnswer_quotesTheOutput_whenTheProcessExits() {
        try (RunningJar running = RunningJar.builder(jar)
                .property("echo.port", "0")
                .property("echo.exit", "3")
                .start()) {

            assertThatThrownBy(() -> running.awaitAnswer(address(), DEADLINE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("exited with 3")
                    .hasMessageContaining("this is stderr");
        }
    }

    @Test
    void awaitAnswer_fails_whenTheStatusIsAnError() {
        try (RunningJar running = running()) {
            running.awaitAnswer(address(), DEADLINE);

            assertThatThrownBy(() -> running.awaitAnswer(address().resolve("/missing"), Duration.ofMillis(200)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no good answer");
        }
    }

    @Test
    void exitCode_isThatOfTheSignal_whenTerminatedOrKilled() {
        try (RunningJar terminated = running();
                RunningJar killed = RunningJar.builder(jar)
                        .property("echo.port", Integer.toString(FreePort.find()))
                        .start()) {
            terminated.awaitAnswer(address(), DEADLINE);

            terminated.terminate();
            killed.kill();

            assertThat(terminated.exitCode(DEADLINE)).isEqualTo(143);
            assertThat(killed.exitCode(DEADLINE)).isEqualTo(137);
        }
    }

    @Test
    void close_killsWhatItStarted_whenRunning() {
        RunningJar running = RunningJar.builder(jar)
                .property("echo.port", Integer.toString(port))
                .property("echo.child", "true")
                .start()
                .awaitAnswer(address(), DEADLINE);
        long child = running.output()
                .lines()
                .filter(line -> line.startsWith("child "))
                .mapToLong(line -> Long.parseLong(line.substring("child ".length())))
                .findFirst()
                .orElseThrow();

        running.close();

        assertThat(running.isAlive()).isFalse();
        // A dead process that its new parent has not reaped yet counts as alive, but no longer has arguments.
        await().atMost(DEADLINE)
                .until(() -> ProcessHandle.of(child)
                        .flatMap(process -> process.info().arguments())
                        .isEmpty());
    }

    @Test
    void exitCode_fails_whenStillRunning() {
        try (RunningJar running = running()) {

            assertThatThrownBy(() -> running.exitCode(Duration.ofMillis(50))).hasMessageContaining("still runs");
        }
    }

    @Test
    void pause_leavesRequestsUnanswered_untilResume() {
        try (RunningJar running = running()) {
            running.awaitAnswer(address(), DEADLINE);

            running.pause();

            assertThatThrownBy(() -> running.awaitAnswer(address(), Duration.ofMillis(100)))
                    .hasMessageContaining("no good answer");
            running.resume();
            running.awaitAnswer(address(), DEADLINE);
        }
    }

    private RunningJar running() {
        return RunningJar.builder(jar)
                .property("echo.port", Integer.toString(port))
                .start();
    }

    private URI address() {
        return URI.create("http://127.0.0.1:" + port + "/");
    }
}
