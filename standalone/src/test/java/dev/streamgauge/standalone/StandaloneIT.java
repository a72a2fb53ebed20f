package dev.streamgauge.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.RunningJar;
import io.smallrye.certs.CertificateGenerator;
import io.smallrye.certs.CertificateRequest;
import io.smallrye.certs.Format;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built standalone as a process: how it starts, what it says, and how it ends. */
class StandaloneIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final Path JAR = Path.of("target/quarkus-app/quarkus-run.jar");

    @TempDir
    Path data;

    private final int port = FreePort.find();

    @AfterEach
    void stopOrphanedRedis() throws Exception {
        Path pidFile = data.resolve("redis.pid");
        if (Files.exists(pidFile)) {
            ProcessHandle.of(redisPid()).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void start_printsAddressFolderAndCommands_whenItListens() throws Exception {
        try (RunningJar standalone = standalone().start()) {

            awaitReady(standalone);

            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(standalone.output()).contains("""
                            Streamgauge is up.
                              address  http://localhost:%1$d
                              data     %2$s
                              push     curl -i http://localhost:%1$d/api/v1/metrics -d '{"name":"orders_total","type":"counter","value":1,"labels":{"region":"eu"}}' -H 'Content-Type: application/json'
                              scrape   curl http://localhost:%1$d/metrics
                            """.formatted(port, data)));
            assertThat(runs(redisPid())).isTrue();
        }
    }

    @Test
    void printedCommands_work_withHttpsAndKeys() throws Exception {
        ApiKey key = ApiKey.generate(new Random(1));
        Path tenants = Files.writeString(
                data.resolve("tenants.yaml"), """
                tenants:
                  acme:
                    keys:
                      - id: "%s"
                        hash: "%s"
                        scopes: [ingest, query]
                """.formatted(key.id(), key.hash().hex()));
        new CertificateGenerator(data, true)
                .generate(new CertificateRequest().withName("http").withFormat(Format.PEM));
        try (RunningJar standalone = standalone()
                .environment("STREAMGAUGE_AUTH_MODE", "api-key")
                .environment("STREAMGAUGE_TENANTS_FILE", tenants.toString())
                .environment(
                        "QUARKUS_HTTP_SSL_CERTIFICATE_FILES",
                        data.resolve("http.crt").toString())
                .environment(
                        "QUARKUS_HTTP_SSL_CERTIFICATE_KEY_FILES",
                        data.resolve("http.key").toString())
                .environment("QUARKUS_HTTP_SSL_PORT", Integer.toString(FreePort.find()))
                .environment("QUARKUS_HTTP_INSECURE_REQUESTS", "redirect")
                .start()) {
            await().atMost(DEADLINE).until(() -> standalone.output().contains("scrape   "));

            await().atMost(DEADLINE)
                    .untilAsserted(() ->
                            assertThat(runPrinted(standalone, "push", key)).contains(" 202 "));
            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(runPrinted(standalone, "scrape", key))
                            .contains("orders_total{region=\"eu\"} 1"));
        }
    }

    /** What a printed command writes. */
    private static String runPrinted(RunningJar standalone, String name, ApiKey key) throws Exception {
        String command = standalone
                .output()
                .lines()
                .filter(line -> line.startsWith("  " + name + " "))
                .findFirst()
                .orElseThrow()
                .substring(name.length() + 2);
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true);
        builder.environment().put("STREAMGAUGE_KEY", key.text());
        builder.environment().put("QUERY_KEY", key.text());
        Process process = builder.start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void terminate_stopsQuarkusThenRedisAndExitsWithZero_whenRunning() throws Exception {
        try (RunningJar standalone = standalone().start()) {
            awaitReady(standalone);
            long redis = redisPid();

            standalone.terminate();

            assertThat(standalone.exitCode(DEADLINE)).isZero();
            assertThat(standalone.output())
                    .contains("streamgauge stopped in")
                    .doesNotContain("The embedded Redis died");
            assertThat(runs(redis)).isFalse();
            assertThat(data.resolve("redis.pid")).doesNotExist();
        }
    }

    @Test
    void terminate_leavesNothingAndExitsWithZero_whenRedisIsStillBeingStarted() throws Exception {
        Path binary = Files.writeString(data.resolve("slow.sh"), "#!/bin/sh\ntouch \"$0.started\"\nexec sleep 1000\n");
        Files.setPosixFilePermissions(binary, PosixFilePermissions.fromString("rwx------"));
        try (RunningJar standalone = standalone()
                .environment("STREAMGAUGE_EMBEDDED_REDIS_BINARY", binary.toString())
                .start()) {
            await().atMost(DEADLINE).until(() -> Files.exists(data.resolve("slow.sh.started")));

            standalone.terminate();

            assertThat(standalone.exitCode(DEADLINE)).isZero();
            assertThat(standalone.output()).isEmpty();
        }
    }

    @Test
    void terminate_exitsWithZeroAndStopsRedis_whenQuarkusIsStillStarting() throws Exception {
        try (RunningJar standalone = standalone().start()) {
            await().pollInterval(Duration.ofMillis(5))
                    .atMost(DEADLINE)
                    .until(() -> Files.exists(data.resolve("redis.pid")) && Files.size(data.resolve("redis.pid")) > 0);
            long redis = redisPid();

            standalone.terminate();

            assertThat(standalone.exitCode(DEADLINE)).isZero();
            assertThat(standalone.output()).doesNotContain("Exception");
            assertThat(runs(redis)).isFalse();
        }
    }

    @Test
    void start_stopsTheOrphanedRedisAndGoesOn_whenKilledBefore() throws Exception {
        long orphan;
        try (RunningJar killed = standalone().start()) {
            awaitReady(killed);
            orphan = redisPid();
            killed.kill();
        }
        assertThat(runs(orphan)).isTrue();

        try (RunningJar standalone = standalone().start()) {
            awaitReady(standalone);

            assertThat(standalone.output())
                    .contains("Stopped the redis-server that an earlier Streamgauge had left running: pid=" + orphan);
            assertThat(runs(orphan)).isFalse();
        }
    }

    @Test
    void start_failsWithOneLine_whenALiveStreamgaugeHasTheFolder() {
        try (RunningJar owner = standalone().start()) {
            awaitReady(owner);

            try (RunningJar second = standalone()
                    .environment("QUARKUS_HTTP_PORT", Integer.toString(FreePort.find()))
                    .start()) {

                assertThat(second.exitCode(DEADLINE)).isEqualTo(1);
                assertThat(second.output())
                        .isEqualTo("Streamgauge does not start: the data folder %s is in use by another Streamgauge"
                                        .formatted(data)
                                + " (pid %d): stop that one, or set STREAMGAUGE_DATA_DIR to another folder%n"
                                        .formatted(owner.pid()));
                assertThat(owner.isAlive()).isTrue();
            }
        }
    }

    @Test
    void start_failsWithOneLine_whenAValueIsWrong() {
        try (RunningJar standalone = standalone()
                .environment("STREAMGAUGE_EMBEDDED_REDIS_PORT", "abc")
                .start()) {

            assertThat(standalone.exitCode(DEADLINE)).isEqualTo(1);
            assertThat(standalone.output())
                    .startsWith("Streamgauge does not start: ")
                    .contains("streamgauge.embedded-redis.port", "abc")
                    .hasLineCount(1);
        }
    }

    @Test
    void start_failsWithOneLine_whenThereIsNoRedisToUse() {
        try (RunningJar standalone = standalone()
                .environment("STREAMGAUGE_EMBEDDED_REDIS_ENABLED", "false")
                .start()) {

            assertThat(standalone.exitCode(DEADLINE)).isEqualTo(1);
            assertThat(standalone.output())
                    .isEqualTo("Streamgauge does not start: streamgauge.embedded-redis.enabled is false, so"
                            + " quarkus.redis.hosts must name a Redis\n");
        }
    }

    @Test
    void start_usesTheNamedRedis_whenTheEmbeddedOneIsOff() {
        try (RedisServer redis = RedisServer.builder().build().start();
                RunningJar standalone = standalone()
                        .environment("STREAMGAUGE_EMBEDDED_REDIS_ENABLED", "false")
                        .environment("QUARKUS_REDIS_HOSTS", redis.url())
                        .start()) {

            awaitReady(standalone);

            assertThat(data).isEmptyDirectory();
            standalone.terminate();
            assertThat(standalone.exitCode(DEADLINE)).isZero();
            assertThat(redis.command("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void start_failsWithOneLineAndStartsNothing_whenThePortIsInUse() throws IOException {
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.ofLiteral("0.0.0.0"));
                RunningJar standalone = standalone().start()) {

            assertThat(standalone.exitCode(DEADLINE)).isEqualTo(1);
            assertThat(standalone.output())
                    .isEqualTo("Streamgauge does not start: port %d of 127.0.0.1 is in use; set another one with"
                                    .formatted(taken.getLocalPort())
                            + " QUARKUS_HTTP_PORT%n".formatted());
            assertThat(data).isEmptyDirectory();
        }
    }

    /** The address is one of those for documentation (RFC 5737), which no machine has. */
    @Test
    void start_stopsRedisAndExitsWithOne_whenQuarkusCannotListen() {
        try (RunningJar standalone =
                standalone().environment("QUARKUS_HTTP_HOST", "192.0.2.1").start()) {

            assertThat(standalone.exitCode(DEADLINE)).isEqualTo(1);
            assertThat(data.resolve("redis.pid")).doesNotExist();
            assertThat(data.resolve("streamgauge.lock")).isEmptyFile();
        }
    }

    private RunningJar.Builder standalone() {
        return RunningJar.builder(JAR)
                .jvmArgument("-Xmx512m")
                .startingFast()
                .environment("QUARKUS_HTTP_PORT", Integer.toString(port))
                .environment("QUARKUS_BANNER_ENABLED", "false")
                .environment("STREAMGAUGE_DATA_DIR", data.toString());
    }

    private void awaitReady(RunningJar standalone) {
        standalone.awaitAnswer(URI.create("http://127.0.0.1:" + port + "/q/health/ready"), DEADLINE);
    }

    private long redisPid() throws IOException {
        return Long.parseLong(Files.readString(data.resolve("redis.pid")).strip());
    }

    /** Not {@code isAlive}: a dead process that its parent has not reaped counts as alive, but has no arguments. */
    private static boolean runs(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().arguments())
                .isPresent();
    }
}
