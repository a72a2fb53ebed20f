package dev.streamgauge.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.contentOf;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisError;
import dev.streamgauge.testkit.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

// A start has no time limit of its own: it waits for as long as redis-server lives.
@Timeout(60)
class EmbeddedRedisTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

    @TempDir
    Path temporary;

    @TempDir
    Path outputFolder;

    private final Queue<String> events = new ConcurrentLinkedQueue<>();
    private final Map<Process, Path> outputs = new LinkedHashMap<>();

    @AfterEach
    void endProcesses() throws Exception {
        for (Process process : outputs.keySet()) {
            process.destroyForcibly().waitFor();
        }
        // Servers that a killed owner left running.
        for (Path folder : List.of(temporary, temporary.resolve("before"))) {
            if (Files.exists(folder.resolve("redis.conf"))) {
                try (DataFolder data = DataFolder.claim(folder, events::add)) {
                    new OrphanedRedis(data, STOP_TIMEOUT, events::add).stop();
                }
            }
        }
    }

    @Test
    void start_runsADurableRedisThatEvictsNothing_whenTheFolderIsNew() throws Exception {
        Path data = temporary.resolve("new/data");

        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(data), events::add)) {

            assertThat(redis.url()).isEqualTo("redis://127.0.0.1:" + redis.port());
            assertThat(setting(redis, "bind")).isEqualTo("127.0.0.1");
            assertThat(setting(redis, "appendonly")).isEqualTo("yes");
            assertThat(setting(redis, "appendfsync")).isEqualTo("always");
            assertThat(setting(redis, "no-appendfsync-on-rewrite")).isEqualTo("no");
            assertThat(setting(redis, "aof-load-truncated")).isEqualTo("yes");
            assertThat(setting(redis, "save")).isEqualTo("");
            assertThat(setting(redis, "maxmemory")).isEqualTo(Long.toString(64L << 20));
            assertThat(setting(redis, "maxmemory-policy")).isEqualTo("noeviction");
            assertThat(setting(redis, "hash-max-listpack-entries")).isEqualTo("64");
            assertThat(data.resolve("redis.pid")).hasContent(Long.toString(redis.pid()));
            assertThat(data.resolve("streamgauge.lock"))
                    .hasContent(Long.toString(ProcessHandle.current().pid()));
            assertThat(events).isEmpty();
        }
    }

    @Test
    void close_endsRedisAndFreesTheFolder_whenCalledTwice() throws Exception {
        EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add);
        long pid = redis.pid();

        redis.close();
        redis.close();

        assertThat(runs(pid)).isFalse();
        assertThat(temporary.resolve("redis.pid")).doesNotExist();
        assertThat(events).isEmpty();
        EmbeddedRedis.start(settings(temporary), events::add).close();
    }

    @Test
    void close_killsRedis_whenItDoesNotReactToSigterm() throws Exception {
        EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add);
        long pid = redis.pid();
        signal("STOP", pid);

        redis.close();

        assertThat(runs(pid)).isFalse();
        assertThat(temporary.resolve("redis.pid")).doesNotExist();
    }

    @Test
    void start_findsTheDataAgain_whenClosedBefore() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add)) {
            command(redis, "SET", "k", "v");
        }

        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add)) {

            assertThat(command(redis, "GET", "k")).isEqualTo("v");
        }
    }

    @Test
    void start_keepsItsFilesInTheFolder_whenThePathNeedsQuoting() throws Exception {
        Path data = temporary.resolve("my \"own\" \\ 'data' [1] *");

        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(data), events::add)) {
            command(redis, "SET", "k", "v");

            assertThat(setting(redis, "dir"))
                    .isEqualTo(data.toRealPath().resolve("redis").toString());
            assertThat(data.resolve("redis/appendonlydir")).isDirectory();
            assertThat(data.resolve("redis.log")).isNotEmptyFile();
            assertThat(data.resolve("redis.pid")).isNotEmptyFile();
        }
    }

    @Test
    void start_failsNamingFolderAndOwner_whenAnotherProcessOwnsTheFolder() throws Exception {
        Process owner = startOwner(temporary);

        assertThatThrownBy(() -> EmbeddedRedis.start(settings(temporary), events::add))
                .isInstanceOf(StartupException.class)
                .hasMessage(
                        "the data folder %s is in use by another Streamgauge (pid %d): stop that one, or set"
                                + " STREAMGAUGE_DATA_DIR to another folder",
                        temporary.toRealPath(), owner.pid());
        assertThat(owner.isAlive()).isTrue();
        assertThat(ownersPort(owner))
                .satisfies(port ->
                        assertThat(commandWithFile(port, temporary, "PING")).isEqualTo("PONG"));
    }

    @Test
    void start_fails_whenThisProcessOwnsTheFolder() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add)) {

            assertThatThrownBy(() -> EmbeddedRedis.start(settings(temporary), events::add))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("pid " + ProcessHandle.current().pid());
            // The failed attempt must not have cost the first owner its lock.
            Process other = startOwnerProcess(temporary);
            assertThat(other.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(other.exitValue()).isEqualTo(1);
            assertThat(command(redis, "PING")).isEqualTo("PONG");
        }
    }

    @Test
    void start_letsExactlyOneIn_whenTwoProcessesRaceForTheFolder() throws Exception {
        List<Process> rivals = List.of(startOwnerProcess(temporary), startOwnerProcess(temporary));

        await().atMost(DEADLINE)
                .until(() -> rivals.stream().filter(Process::isAlive).count() == 1);

        Process winner = rivals.stream().filter(Process::isAlive).findFirst().orElseThrow();
        assertThat(commandWithFile(ownersPort(winner), temporary, "PING")).isEqualTo("PONG");
        assertThat(rivals)
                .filteredOn(rival -> !rival.isAlive())
                .extracting(Process::exitValue)
                .containsExactly(1);
    }

    @Test
    void start_stopsTheOrphanedServerAndKeepsItsData_whenTheOwnerWasKilled() throws Exception {
        Process owner = startOwner(temporary);
        int orphanPort = ownersPort(owner);
        commandWithFile(orphanPort, temporary, "SET", "k", "v");
        long orphanPid =
                Long.parseLong(Files.readString(temporary.resolve("redis.pid")).strip());
        owner.destroyForcibly().waitFor();
        assertThat(commandWithFile(orphanPort, temporary, "PING")).isEqualTo("PONG");

        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add)) {

            assertThat(runs(orphanPid)).isFalse();
            assertThat(command(redis, "GET", "k")).isEqualTo("v");
            assertThat(events)
                    .containsExactly("Stopped the redis-server that an earlier Streamgauge had left running: pid="
                            + orphanPid + " dataDir=" + temporary.toRealPath());
        }
    }

    @Test
    void start_killsTheOrphanedServer_whenItDoesNotReactToSigterm() throws Exception {
        Process owner = startOwner(temporary);
        long orphanPid =
                Long.parseLong(Files.readString(temporary.resolve("redis.pid")).strip());
        owner.destroyForcibly().waitFor();
        signal("STOP", orphanPid);

        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add)) {

            assertThat(runs(orphanPid)).isFalse();
            assertThat(command(redis, "PING")).isEqualTo("PONG");
        }
    }

    @Test
    void start_findsTheOrphanedServer_whenTheFolderWasMoved() throws Exception {
        Path before = Files.createDirectory(temporary.resolve("before"));
        Path after = temporary.resolve("after");
        Process owner = startOwner(before);
        long orphanPid =
                Long.parseLong(Files.readString(before.resolve("redis.pid")).strip());
        commandWithFile(ownersPort(owner), before, "SET", "k", "v");
        owner.destroyForcibly().waitFor();
        Files.move(before, after);

        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(after), events::add)) {

            assertThat(runs(orphanPid)).isFalse();
            assertThat(command(redis, "GET", "k")).isEqualTo("v");
        }
    }

    @Test
    void start_leavesOtherProcessesAlone_whenTheyHaveOurFilesOpenOrOurOldPid() throws Exception {
        EmbeddedRedis.start(settings(temporary), events::add).close();
        Path conf = temporary.toRealPath().resolve("redis.conf");
        Process reader = start(new ProcessBuilder("tail", "-f", conf.toString()));
        Path pidFile = temporary.toRealPath().resolve("redis.pid");
        Process imitator = start(new ProcessBuilder("tail", "-f", conf.toString(), pidFile.toString()));
        Files.writeString(temporary.resolve("redis.pid"), reader.pid() + "\n");
        try (RedisServer other = RedisServer.builder()
                .directory(temporary.resolve("elsewhere"))
                .build()
                .start()) {

            EmbeddedRedis.start(settings(temporary), events::add).close();

            assertThat(reader.isAlive()).isTrue();
            assertThat(imitator.isAlive()).isTrue();
            assertThat(other.command("PING")).isEqualTo("PONG");
            assertThat(events).isEmpty();
        }
    }

    @Test
    void redis_comesBackOnItsPortWithItsData_whenKilledAlone() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add)) {
            long killed = redis.pid();
            command(redis, "SET", "k", "v");

            signal("KILL", killed);

            await().atMost(DEADLINE)
                    .ignoreExceptionsMatching(EmbeddedRedisTest::isNotReadyYet)
                    .until(() -> "v".equals(command(redis, "GET", "k")));
            await().atMost(DEADLINE).until(() -> events.size() == 2);
            assertThat(redis.pid()).isNotEqualTo(killed);
            assertThat(events)
                    .containsExactly(
                            "The embedded Redis died and is started again: pid=" + killed + " exitCode=137 port="
                                    + redis.port(),
                            "The embedded Redis is back: pid=" + redis.pid() + " port=" + redis.port());
        }
    }

    @Test
    void redis_waitsForItsPort_whenAnotherProcessTookItMeanwhile() throws Exception {
        Path binary = script("""
                #!/bin/sh
                # The first start is as usual; later ones meet a port that is taken until the file is gone.
                if [ -e '%1$s/taken' ]; then echo 'Could not create server TCP listening socket'; exit 1; fi
                exec '%2$s' "$@"
                """.formatted(temporary, bundled()));
        Path data = temporary.resolve("data");
        try (EmbeddedRedis redis =
                EmbeddedRedis.start(settings(data, new RedisProgram.Named(binary), 0), events::add)) {
            int port = redis.port();
            Path taken = Files.createFile(temporary.resolve("taken"));

            signal("KILL", redis.pid());

            String waits = "The embedded Redis waits for its port, which is taken: port=" + port;
            await().atMost(DEADLINE).until(() -> events.contains(waits));
            Files.delete(taken);
            await().atMost(DEADLINE)
                    .ignoreExceptionsMatching(EmbeddedRedisTest::isNotReadyYet)
                    .until(() -> "PONG".equals(command(redis, "PING")));
        }
    }

    @Test
    void close_ends_whenRedisIsJustBeingStartedAgain() throws Exception {
        Path binary = script("""
                #!/bin/sh
                if [ -e '%1$s/broken' ]; then touch '%1$s/tried'; exit 1; fi
                exec '%2$s' "$@"
                """.formatted(temporary, bundled()));
        EmbeddedRedis redis = EmbeddedRedis.start(
                settings(temporary.resolve("data"), new RedisProgram.Named(binary), 0), events::add);
        Files.createFile(temporary.resolve("broken"));
        signal("KILL", redis.pid());
        await().atMost(DEADLINE).until(() -> Files.exists(temporary.resolve("tried")));

        redis.close();

        assertThatThrownBy(() -> command(redis, "PING")).isInstanceOf(UncheckedIOException.class);
        assertThat(temporary.resolve("data/redis.pid")).doesNotExist();
    }

    @Test
    void start_waitsForTheEndOfLoading_whenTheFileTakesLong() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add)) {
            command(redis, "EVAL", "for i = 1, 3000 do redis.call('SET', 'k' .. i, 'v') end", "0");
        }
        // Redis answers LOADING at each 1024th command that it reads; this delay, in microseconds, is for each.
        Path binary = script("""
                #!/bin/sh
                exec '%s' "$@" --key-load-delay 500
                """.formatted(bundled()));

        try (EmbeddedRedis redis =
                EmbeddedRedis.start(settings(temporary, new RedisProgram.Named(binary), 0), events::add)) {

            assertThat(command(redis, "GET", "k3000")).isEqualTo("v");
        }
    }

    @Test
    void start_leavesNothingBehind_whenInterrupted() throws Exception {
        Path data = temporary.resolve("data");
        Path binary = script("""
                #!/bin/sh
                echo $$ > '%s/waiting'
                exec sleep 1000
                """.formatted(temporary));
        Thread starter = Thread.ofPlatform().start(() -> {
            try {
                EmbeddedRedis.start(settings(data, new RedisProgram.Named(binary), 0), events::add);
                events.add("started");
            } catch (InterruptedException e) {
                events.add("interrupted");
            } catch (StartupException e) {
                events.add("failed");
            }
        });
        Path waiting = temporary.resolve("waiting");
        await().atMost(DEADLINE).until(() -> Files.exists(waiting) && Files.size(waiting) > 0);
        long pid = Long.parseLong(Files.readString(waiting).strip());

        starter.interrupt();

        starter.join(DEADLINE);
        assertThat(events).containsExactly("interrupted");
        assertThat(runs(pid)).isFalse();
        EmbeddedRedis.start(settings(data), events::add).close();
    }

    @Test
    void start_unpacksTheProgramAgain_whenItWasCutShort() throws Exception {
        EmbeddedRedis.start(settings(temporary), events::add).close();
        Path program = onlyFileIn(temporary.resolve("bin"));
        long size = Files.size(program);
        Files.write(program, new byte[] {1, 2, 3});

        EmbeddedRedis.start(settings(temporary), events::add).close();

        assertThat(program).hasSize(size);
    }

    @Test
    void start_failsQuotingWhatWasWritten_whenTheBinaryIsNoRedis() throws Exception {
        Path binary = script("""
                #!/bin/sh
                echo 'cannot open shared object file' >&2
                exit 127
                """);

        assertThatThrownBy(
                        () -> EmbeddedRedis.start(settings(temporary, new RedisProgram.Named(binary), 0), events::add))
                .isInstanceOf(StartupException.class)
                .hasMessage("the embedded Redis did not start: " + binary
                        + " exited with 127 and wrote:\ncannot open shared object file");
        EmbeddedRedis.start(settings(temporary), events::add).close();
    }

    @Test
    void start_failsQuotingTheLog_whenTheFilesAreDamaged() throws Exception {
        EmbeddedRedis.start(settings(temporary), events::add).close();
        Files.writeString(temporary.resolve("redis/appendonlydir/appendonly.aof.manifest"), "nonsense\n");

        assertThatThrownBy(() -> EmbeddedRedis.start(settings(temporary), events::add))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("exited with 1 and wrote:\n")
                .hasMessageContaining("Invalid AOF manifest file format");
    }

    @Test
    void start_failsNamingTheSetting_whenTheBinaryIsMissingOrNotExecutable() throws Exception {
        Path missing = temporary.resolve("missing");
        Path text = Files.createFile(temporary.resolve("text"));

        assertThatThrownBy(
                        () -> EmbeddedRedis.start(settings(temporary, new RedisProgram.Named(missing), 0), events::add))
                .isInstanceOf(StartupException.class)
                .hasMessage("streamgauge.embedded-redis.binary: there is no file " + missing);
        assertThatThrownBy(() -> EmbeddedRedis.start(settings(temporary, new RedisProgram.Named(text), 0), events::add))
                .isInstanceOf(StartupException.class)
                .hasMessage("streamgauge.embedded-redis.binary: cannot execute " + text);
    }

    @Test
    void start_failsNamingTheSetting_whenTheChosenPortIsTaken() {
        try (RedisServer other = RedisServer.builder().build().start()) {
            EmbeddedRedisSettings settings = settings(temporary, new RedisProgram.Bundled(), other.port());

            assertThatThrownBy(() -> EmbeddedRedis.start(settings, events::add))
                    .isInstanceOf(StartupException.class)
                    .hasMessage("streamgauge.embedded-redis.port: " + other.port()
                            + " is taken by another program; choose another one, or 0 for a free one");
        }
    }

    @Test
    void start_usesThePort_whenOneIsChosen() throws Exception {
        int port = FreePort.find();
        EmbeddedRedisSettings settings = settings(temporary, new RedisProgram.Bundled(), port);

        try (EmbeddedRedis redis = EmbeddedRedis.start(settings, events::add)) {

            assertThat(redis.port()).isEqualTo(port);
            assertThat(command(redis, "PING")).isEqualTo("PONG");
        }
    }

    @Test
    void start_failsNamingTheFolder_whenItIsAFile() throws Exception {
        Path file = Files.createFile(temporary.resolve("file"));

        assertThatThrownBy(() -> EmbeddedRedis.start(settings(file), events::add))
                .isInstanceOf(StartupException.class)
                .hasMessage("cannot use the data folder " + file + ": " + file
                        + " is no folder; make it writable, or set STREAMGAUGE_DATA_DIR to another folder");
    }

    @Test
    void redis_isInNoProcessGroupOfOurs_soThatCtrlCDoesNotReachIt() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add)) {

            String group = groupOf(redis.pid());

            assertThat(group).isNotEqualTo(groupOf(ProcessHandle.current().pid()));
        }
    }

    private static EmbeddedRedisSettings settings(Path data) {
        return settings(data, new RedisProgram.Bundled(), 0);
    }

    private static EmbeddedRedisSettings settings(Path data, RedisProgram program, int port) {
        return new EmbeddedRedisSettings(data, program, port, "64mb", STOP_TIMEOUT);
    }

    private static Object command(EmbeddedRedis redis, String... words) {
        return command(redis.port(), redis.password(), words);
    }

    /** With the password of the Redis that another process started on the folder. */
    private static Object commandWithFile(int port, Path data, String... words) throws IOException {
        return command(port, Files.readString(data.resolve("redis.password")).strip(), words);
    }

    /** Redis does not listen yet, or is loading its files. */
    private static boolean isNotReadyYet(Throwable thrown) {
        return thrown instanceof UncheckedIOException || thrown instanceof RedisError;
    }

    private static Object command(int port, String password, String... words) {
        try (RedisClient client = RedisClient.open(port, Duration.ofSeconds(5))) {
            client.command("AUTH", password);
            return client.command(words);
        }
    }

    private static Object setting(EmbeddedRedis redis, String name) {
        return ((List<?>) command(redis, "CONFIG", "GET", name)).get(1);
    }

    private Path bundled() throws StartupException, IOException {
        Path directory = Files.createDirectories(temporary.resolve("unpacked"));
        try (DataFolder folder = DataFolder.claim(directory, events::add)) {
            return new RedisProgram.Bundled().prepare(folder);
        }
    }

    private static Path onlyFileIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.reduce((one, other) -> fail(one + " and " + other)).orElseThrow();
        }
    }

    /** Not {@code isAlive}: a dead process that its parent has not reaped counts as alive, but has no arguments. */
    private static boolean runs(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().arguments())
                .isPresent();
    }

    private Path script(String text) throws IOException {
        Path file = Files.writeString(temporary.resolve("script.sh"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    /** Starts another JVM that owns the folder, and waits until its Redis is ready. */
    private Process startOwner(Path data) {
        Process owner = startOwnerProcess(data);
        assertThat(ownersPort(owner)).isPositive();
        return owner;
    }

    private Process startOwnerProcess(Path data) {
        return start(new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OwnerMain.class.getName(),
                data.toString()));
    }

    private int ownersPort(Process owner) {
        await().atMost(DEADLINE)
                .until(() -> Files.readString(outputs.get(owner)).contains(OwnerMain.READY));
        String output = contentOf(outputs.get(owner).toFile());
        int start = output.indexOf(OwnerMain.READY) + OwnerMain.READY.length();
        return Integer.parseInt(output.substring(start).strip());
    }

    private Process start(ProcessBuilder builder) {
        try {
            Path output = Files.createTempFile(outputFolder, "output-", ".log");
            Process process = builder.redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            outputs.put(process, output);
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void signal(String name, long pid) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
        assertThat(kill.waitFor()).isZero();
    }

    private static String groupOf(long pid) throws Exception {
        Process ps = new ProcessBuilder("ps", "-o", "pgid=", "-p", Long.toString(pid)).start();
        return new String(ps.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    }
}
