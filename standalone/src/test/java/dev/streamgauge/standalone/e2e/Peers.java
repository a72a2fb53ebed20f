package dev.streamgauge.standalone.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
        return pythonPackage(name, version).resolve("bin").resolve(name);
    }

    /** The virtual environment of a package of the Python Package Index. */
    public static Path pythonPackage(String name, String version) throws IOException, InterruptedException {
        Path folder = cache().resolve(name + "-" + version);
        Path installed = folder.resolve("installed");
        if (!Files.exists(installed)) {
            run(Map.of(), "python3", "-m", "venv", folder.toString());
            run(Map.of(), folder.resolve("bin/pip").toString(), "install", "--quiet", name + "==" + version);
            Files.createFile(installed);
        }
        return folder;
    }

    /** The folder into which packages of npm are installed, each given as {@code name@version}. */
    public static Path npmPackages(String... packages) throws IOException, InterruptedException {
        String name = packages[0].replace('@', '-');
        Path folder = Files.createDirectories(cache().resolve(name));
        Path installed = folder.resolve("installed");
        if (!Files.exists(installed)) {
            List<String> command =
                    new ArrayList<>(List.of("npm", "install", "--silent", "--prefix", folder.toString()));
            command.addAll(List.of(packages));
            run(folder, Map.of(), command.toArray(String[]::new));
            Files.createFile(installed);
        }
        return folder;
    }

    private static void run(Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        run(Path.of("").toAbsolutePath(), environment, command);
    }

    /** Runs a command that must succeed. */
    public static void run(Path folder, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).inheritIO();
        builder.environment().putAll(environment);
        if (builder.start().waitFor() != 0) {
            throw new IllegalStateException(List.of(command) + " failed");
        }
    }
}
