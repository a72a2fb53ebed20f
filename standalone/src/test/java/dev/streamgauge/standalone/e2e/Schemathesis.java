package dev.streamgauge.standalone.e2e;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Schemathesis, which makes requests of the description of an API, valid and invalid ones, and compares the answers
 * with it. Installed from PyPI into the build folder, once for each list of versions.
 */
final class Schemathesis {

    private static final Path FILES = Path.of("src/test/resources/schemathesis").toAbsolutePath();
    private static final Path REQUIREMENTS = FILES.resolve("requirements.txt");
    private static final String PHASES = "examples,coverage,fuzzing";

    private final Path program;

    private Schemathesis(Path program) {
        this.program = program;
    }

    /**
     * How a run ended.
     *
     * @param status 0 if there is no difference
     * @param text the report
     */
    record Report(int status, String text) {}

    static Schemathesis install() throws IOException, InterruptedException {
        Path folder = Path.of("target/schemathesis").toAbsolutePath();
        Path installed = folder.resolve("requirements.txt");
        if (!Files.exists(installed) || Files.mismatch(installed, REQUIREMENTS) >= 0) {
            succeed("python3", "-m", "venv", "--clear", folder.toString());
            succeed(
                    folder.resolve("bin/pip").toString(),
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--requirement",
                    REQUIREMENTS.toString());
            Files.copy(REQUIREMENTS, installed);
        }
        return new Schemathesis(folder.resolve("bin/schemathesis"));
    }

    /**
     * Tests an API with all checks.
     *
     * @param folder where to run
     * @param description a file
     * @param key what the requests are authenticated with
     * @param examples how many random requests of each operation are made, at most
     */
    Report run(Path folder, Path description, URI address, String key, int examples)
            throws IOException, InterruptedException {
        return run(
                folder,
                Map.of(
                        "STREAMGAUGE_KEY",
                        key,
                        "PYTHONPATH",
                        FILES.toString(),
                        "PYTHONDONTWRITEBYTECODE",
                        "1",
                        "NO_PROXY",
                        "127.0.0.1"),
                List.of(
                        program.toString(),
                        "--config-file=" + FILES.resolve("schemathesis.toml"),
                        "run",
                        description.toString(),
                        "--url=" + address,
                        "--checks=all",
                        "--phases=" + PHASES,
                        "--max-examples=" + examples,
                        "--seed=1", // the same requests in each run, as far as the answers do not choose them
                        "--generation-database=none",
                        "--no-color"));
    }

    private static void succeed(String... command) throws IOException, InterruptedException {
        Report report = run(Path.of("").toAbsolutePath(), Map.of(), List.of(command));
        if (report.status() != 0) {
            throw new IllegalStateException(String.join(" ", command) + ": " + report.text());
        }
    }

    private static Report run(Path folder, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Report(process.waitFor(), output);
    }
}
