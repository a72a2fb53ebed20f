package dev.streamgauge.standalone.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Real programs that take time to build or install, in fixed versions. {@code make e2e PEERS=newest} asks for them; they
 * are kept in a cache outside the tree.
 */
public final class Peers {

    /** The property that {@code make e2e} sets, and its value for everything. */
    public static final String PROPERTY = "dev.streamgauge.peers";

    public static final String NEWEST = "newest";

    private static final Path CACHE = Path.of(System.getProperty("user.home"), ".cache/streamgauge");

    private Peers() {}

    /** Whether {@code make e2e} was asked for everything. */
    public static boolean isNewest() {
        return System.getProperty(PROPERTY, "").equals(NEWEST);
    }

    /** The folder of the cache, which exists. */
    public static Path cache() throws IOException {
        return Files.createDirectories(CACHE);
    }

    /**
     * A program written in Go, built at its first use.
     *
     * @param location its package, such as {@code github.com/prometheus/prometheus/cmd/promtool}
     */
    public static Path go(String location, String version) throws IOException, InterruptedException {
        String name = location.substring(location.lastIndexOf('/') + 1);
        Path folder = cache().resolve(name + "-" + version);
        Path program = folder.resolve(name);
        if (!Files.exists(program)) {
            run(Map.of("GOBIN", folder.toString()), "go", "install", location + "@" + version);
        }
        return program;
    }

    /** A program of the Python Package Index, installed into an environment of its own at its first use. */
    public static Path python(String name, String version) throws IOException, InterruptedException {
        Path folder = cache().resolve(name + "-" + version);
        Path program = folder.resolve("bin").resolve(name); // written after what it depends on
        if (!Files.exists(program)) {
            run(Map.of(), "python3", "-m", "venv", folder.toString());
            run(Map.of(), folder.resolve("bin/pip").toString(), "install", "--quiet", name + "==" + version);
        }
        return program;
    }

    private static void run(Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().putAll(environment);
        if (builder.start().waitFor() != 0) {
            throw new IllegalStateException(List.of(command) + " failed");
        }
    }
}
