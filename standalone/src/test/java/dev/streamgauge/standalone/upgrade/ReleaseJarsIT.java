package dev.streamgauge.standalone.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.upgrade.Version.Release;
import dev.streamgauge.standalone.upgrade.Version.ThisTree;
import dev.streamgauge.testkit.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Releases come from git's history, are built once, and only what is complete stays. Needs git, and builds by a stub. */
@Tag("e2e")
class ReleaseJarsIT {

    private static final String BUILD = """
            #!/bin/sh
            echo built >> %s
            for module in ingest-api aggregator query-api; do
                mkdir -p $module/target/quarkus-app
                cp text $module/target/quarkus-app/quarkus-run.jar
            done
            """;

    @TempDir
    private Path folder;

    private Path repository;
    private Path cache;
    private Path builds;
    private ReleaseJars jars;

    @BeforeEach
    void prepare() throws IOException {
        repository = Files.createDirectory(folder.resolve("repository"));
        cache = folder.resolve("cache");
        builds = folder.resolve("builds");
        jars = new ReleaseJars(repository, cache);
        git("init", "--quiet");
    }

    private String git(String... arguments) {
        List<String> command = new ArrayList<>(List.of("git", "-C", repository.toString()));
        command.addAll(List.of("-c", "user.name=Tester", "-c", "user.email=tester@example.com"));
        command.addAll(List.of(arguments));
        try (RunningProgram git = RunningProgram.start(command)) {
            assertThat(git.exitCode(Duration.ofSeconds(30))).as(git.output()).isZero();
            return git.output().strip();
        }
    }

    /** Commits a source tree with that build. */
    private Release commit(String text, String build) throws IOException {
        Files.writeString(repository.resolve("text"), text);
        Path wrapper = Files.writeString(repository.resolve("mvnw"), build);
        Files.setPosixFilePermissions(wrapper, PosixFilePermissions.fromString("rwxr-xr-x"));
        git("add", ".");
        git("commit", "--quiet", "--message", text);
        return new Release(git("rev-parse", "HEAD"), text);
    }

    private List<String> cached() throws IOException {
        try (Stream<Path> entries = Files.list(cache)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.endsWith(".lock"))
                    .toList();
        }
    }

    @Test
    void root_isThisTree_whenNoReleaseIsAsked() throws Exception {
        assertThat(jars.root(new ThisTree())).isEqualTo(Jars.ROOT);
    }

    @Test
    void root_hasTheJarsOfTheCommit_andNothingElse() throws Exception {
        Release first = commit("first", BUILD.formatted(builds));
        commit("second", BUILD.formatted(builds));

        Path root = jars.root(first);

        assertThat(Jars.jar(root, "aggregator")).hasContent("first");
        assertThat(root.toFile().list()).containsExactlyInAnyOrder("ingest-api", "aggregator", "query-api");
        assertThat(cached()).containsExactly(first.commit());
        assertThat(git("status", "--porcelain")).isEmpty();
    }

    @Test
    void release_isBuiltOnce_andAnInterruptedBuildIsClearedAway() throws Exception {
        Release release = commit("first", BUILD.formatted(builds));
        Files.createDirectories(cache.resolve(release.commit() + ".build-1").resolve("sources"));

        jars.root(release);
        jars.root(release);

        assertThat(builds).hasContent("built");
        assertThat(cached()).containsExactly(release.commit());
    }

    @Test
    void failedBuild_showsTheEndOfItsLog_andLeavesNothing() throws Exception {
        Release release = commit("broken", "#!/bin/sh\nseq 100\necho no such symbol\nexit 1\n");

        assertThatIllegalStateException()
                .isThrownBy(() -> jars.root(release))
                .withMessageContaining(
                        "the build of release " + release.commit().substring(0, 8))
                .withMessageContaining("ended with 1")
                .withMessageEndingWith("99\n100\nno such symbol")
                .withMessageNotContaining("\n50\n");
        assertThat(cached()).isEmpty();
    }

    @Test
    void unknownCommit_isNamed_withTheWayToGetIt() throws Exception {
        commit("first", BUILD.formatted(builds));
        Release unknown = new Release("0123456789".repeat(4), "gone");

        assertThatIllegalStateException()
                .isThrownBy(() -> jars.root(unknown))
                .withMessageContaining(unknown.commit())
                .withMessageContaining("git fetch --unshallow");
    }

    @Test
    void commitBesideHead_isRejected_sinceACloneWouldNotHaveIt() throws Exception {
        commit("first", BUILD.formatted(builds));
        git("checkout", "--quiet", "-b", "side");
        Release side = commit("side", BUILD.formatted(builds));
        git("checkout", "--quiet", "-");

        assertThatIllegalStateException()
                .isThrownBy(() -> jars.root(side))
                .withMessageContaining(side.commit())
                .withMessageContaining("not an ancestor of HEAD");
    }
}
