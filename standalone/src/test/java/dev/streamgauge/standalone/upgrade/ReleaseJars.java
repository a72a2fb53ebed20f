package dev.streamgauge.standalone.upgrade;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.upgrade.Version.Release;
import dev.streamgauge.standalone.upgrade.Version.ThisTree;
import dev.streamgauge.testkit.RunningProgram;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The roles' jars of releases, built from the repository's own history when they are first needed, and kept in a cache
 * outside of the source tree.
 *
 * <p>A release is built in a folder of its own and renamed when it is complete, under a lock for each release. So an
 * interrupted build leaves nothing that looks complete, and two test runs never build the same release at once.
 */
final class ReleaseJars {

    /** Names the folder of the cache; by default {@code ${XDG_CACHE_HOME:-~/.cache}/streamgauge/releases}. */
    static final String CACHE_PROPERTY = "dev.streamgauge.releases.cache";

    private static final List<String> MODULES = List.of("ingest-api", "aggregator", "query-api");
    private static final Duration GIT_DEADLINE = Duration.ofMinutes(1);
    private static final Duration BUILD_DEADLINE = Duration.ofMinutes(20);
    private static final int SHOWN_LOG_LINES = 40;

    /** What git says if it does not know a commit; 1 if it knows it, and it is no ancestor. */
    private static final int UNKNOWN_COMMIT = 128;

    private final Path repository;
    private final Path cache;

    ReleaseJars(Path repository, Path cache) {
        this.repository = repository;
        this.cache = cache;
    }

    /** Those of this repository, in the configured cache. */
    static ReleaseJars ofThisRepository() {
        String configured = System.getProperty(CACHE_PROPERTY, "");
        return new ReleaseJars(Jars.ROOT, configured.isBlank() ? defaultCache() : Path.of(configured));
    }

    private static Path defaultCache() {
        String caches = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
        Path folder = caches.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(caches);
        return folder.resolve("streamgauge/releases");
    }

    /**
     * The folder under which {@link Jars#jar(Path, String)} finds the jars of a version; builds them if need be, which
     * takes a minute or more.
     *
     * @throws IllegalStateException if the commit is not in the history of HEAD, or cannot be built; quotes the log
     */
    Path root(Version version) throws IOException {
        return switch (version) {
            case ThisTree thisTree -> Jars.ROOT;
            case Release release -> {
                checkHistory(release);
                yield cached(release);
            }
        };
    }

    /** A commit that is no ancestor of HEAD would be missing from a fresh clone. */
    private void checkHistory(Release release) {
        Result result =
                run(git("merge-base", "--is-ancestor", release.commit(), "HEAD"), GIT_DEADLINE, "git merge-base");
        if (result.exitCode() >= UNKNOWN_COMMIT) {
            throw new IllegalStateException("commit " + release.commit() + " of " + release
                    + " is not in this clone. A shallow clone gets its history by: git fetch --unshallow\n"
                    + result.logTail());
        }
        if (result.exitCode() != 0) {
            throw new IllegalStateException("commit " + release.commit() + " of " + release
                    + " is not an ancestor of HEAD, so a fresh clone would not have it");
        }
    }

    private Path cached(Release release) throws IOException {
        Path complete = cache.resolve(release.commit());
        Files.createDirectories(cache);
        try (FileChannel lock = FileChannel.open(
                        cache.resolve(release.commit() + ".lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
                var _ = lock.lock()) {
            if (!Files.isDirectory(complete)) {
                deleteInterruptedBuilds(release);
                Path work = Files.createTempDirectory(cache, release.commit() + ".build-");
                try {
                    Files.move(build(release, work), complete, StandardCopyOption.ATOMIC_MOVE);
                } finally {
                    deleteRecursively(work);
                }
            }
        }
        return complete;
    }

    /** Builds a release; the folder with nothing but its jars. */
    private Path build(Release release, Path work) throws IOException {
        long startNanos = System.nanoTime();
        System.out.println("upgrade: building " + release + " into " + cache);
        Path sources = Files.createDirectory(work.resolve("sources"));
        checkOut(release, sources, work.resolve("index"));
        expectSuccess(run(maven(sources), BUILD_DEADLINE, "the build of " + release), "the build of " + release);
        Path built = work.resolve("built");
        for (String module : MODULES) {
            Path app = Jars.jar(built, module).getParent();
            Files.createDirectories(app.getParent());
            Files.move(Jars.jar(sources, module).getParent(), app);
        }
        System.out.println("upgrade: built " + release + " in "
                + Duration.ofNanos(System.nanoTime() - startNanos).toSeconds() + " s");
        return built;
    }

    /** Writes a commit's files, by an index of its own: neither the work tree nor the list of work trees changes. */
    private void checkOut(Release release, Path folder, Path index) {
        ProcessBuilder read = git("read-tree", release.commit());
        read.environment().put("GIT_INDEX_FILE", index.toString());
        expectSuccess(run(read, GIT_DEADLINE, "git read-tree"), "git read-tree");
        ProcessBuilder write = git("checkout-index", "--all", "--prefix=" + folder + "/");
        write.environment().put("GIT_INDEX_FILE", index.toString());
        expectSuccess(run(write, GIT_DEADLINE, "git checkout-index"), "git checkout-index");
    }

    private ProcessBuilder git(String... arguments) {
        List<String> command = new ArrayList<>(List.of("git", "-C", repository.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder git = new ProcessBuilder(command);
        // A git hook sets these for its own repository.
        List.of("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE").forEach(git.environment()::remove);
        return git;
    }

    private static ProcessBuilder maven(Path sources) {
        List<String> command = new ArrayList<>(List.of("./mvnw", "-B", "-ntp"));
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.add("-Dmaven.test.skip=true");
        String localRepository = System.getProperty("localRepository", ""); // set by Failsafe
        if (!localRepository.isBlank()) {
            command.add("-Dmaven.repo.local=" + localRepository);
        }
        command.addAll(List.of("package", "-pl", String.join(",", MODULES), "-am"));
        ProcessBuilder maven = new ProcessBuilder(command).directory(sources.toFile());
        maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
        // The build is over before the second compiler pays off: it takes half the processor time without.
        maven.environment()
                .merge("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", (own, ours) -> own + " " + ours);
        return maven;
    }

    /** How a command ended. */
    private record Result(int exitCode, String logTail) {}

    private static Result run(ProcessBuilder command, Duration deadline, String name) {
        try (RunningProgram program = RunningProgram.start(command)) {
            try {
                return new Result(program.exitCode(deadline), tail(program.output()));
            } catch (IllegalStateException e) {
                throw new IllegalStateException(name + " did not end:\n" + tail(program.output()), e);
            }
        }
    }

    private static void expectSuccess(Result result, String name) {
        if (result.exitCode() != 0) {
            throw new IllegalStateException(name + " ended with " + result.exitCode() + ":\n" + result.logTail());
        }
    }

    private static String tail(String log) {
        List<String> lines = log.lines().toList();
        return lines.stream().skip(Math.max(0, lines.size() - SHOWN_LOG_LINES)).collect(Collectors.joining("\n"));
    }

    private void deleteInterruptedBuilds(Release release) throws IOException {
        List<Path> leftOver;
        try (Stream<Path> entries = Files.list(cache)) {
            leftOver = entries.filter(entry -> entry.getFileName().toString().startsWith(release.commit() + ".build-"))
                    .toList();
        }
        for (Path folder : leftOver) {
            deleteRecursively(folder);
        }
    }

    private static void deleteRecursively(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
