package dev.streamgauge.standalone.system;

import static dev.streamgauge.standalone.system.KeyedCaller.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tenants, keys and limits come from a file too, on every replica, and change without a restart. */
class TenantsFileIT {

    private static final Duration RELOADED = Duration.ofSeconds(25);
    private static final String METRIC = "streamgauge_tenants_last_reload_successful";

    private final ApiKey key = ApiKey.generate(new SecureRandom());
    private final ApiKey next = ApiKey.generate(new SecureRandom());

    @TempDir
    private Path folder;

    private Path write(String yaml) throws IOException {
        Path written = Files.writeString(folder.resolve("tenants.yaml.new"), yaml);
        return Files.move(
                written,
                folder.resolve("tenants.yaml"),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
    }

    private Path writeAcmeWith(ApiKey theKey, String limits) throws IOException {
        return write("""
            tenants:
              acme:
                keys:
                  - id: "%s"
                    hash: "%s"
                    scopes: [ingest, query]
                limits: {%s}
            """.formatted(theKey.id(), theKey.hash().hex(), limits));
    }

    private static Jars.Started ingest(RedisServer redis, Path file, String... settings) {
        String[] all = new String[settings.length + 2];
        all[0] = "STREAMGAUGE_AUTH_MODE=api-key";
        all[1] = "STREAMGAUGE_TENANTS_FILE=" + file;
        System.arraycopy(settings, 0, all, 2, settings.length);
        return Jars.role("ingest-api", redis.url(), all);
    }

    private static String limits(KeyedCaller caller, Jars.Started ingest, ApiKey key) throws Exception {
        return caller.get(ingest.at("/api/v1/user_limits"), bearer(key)).body();
    }

    @Test
    void keysAndLimits_areThoseOfTheFileOnEveryReplica_andFollowIt() throws Exception {
        Path file = writeAcmeWith(key, "max_samples_per_request: 7, max_backlog_entries: 70");
        Path overrides =
                Files.writeString(folder.resolve("overrides.yaml"), "overrides: {acme: {max_backlog_entries: 71}}");
        try (RedisServer redis = RedisServer.builder().build().start();
                KeyedCaller caller = new KeyedCaller();
                Jars.Started first = ingest(redis, file, "STREAMGAUGE_OVERRIDES_FILE=" + overrides)
                        .awaitReady();
                Jars.Started second = ingest(redis, file).awaitReady()) {
            assertThat(caller.pushed(first, bearer(key))).isEqualTo(202);
            assertThat(caller.pushed(second, bearer(key))).isEqualTo(202);
            assertThat(caller.pushed(second, bearer(next))).isEqualTo(401);
            assertThat(limits(caller, first, key))
                    .contains("\"max_samples_per_request\":7,", "\"max_backlog_entries\":71");
            assertThat(limits(caller, second, key))
                    .contains("\"max_samples_per_request\":7,", "\"max_backlog_entries\":70");

            writeAcmeWith(next, "max_samples_per_request: 8");

            for (Jars.Started ingest : new Jars.Started[] {first, second}) {
                await().atMost(RELOADED).untilAsserted(() -> {
                    assertThat(caller.pushed(ingest, bearer(next))).isEqualTo(202);
                    assertThat(caller.pushed(ingest, bearer(key))).isEqualTo(401);
                    assertThat(limits(caller, ingest, next)).contains("\"max_samples_per_request\":8,");
                });
            }
        }
    }

    @Test
    void aTenantOfTheFile_hasNoOtherKeys_untilItLeavesTheFile() throws Exception {
        Path file = writeAcmeWith(key, "");
        try (RedisServer redis = RedisServer.builder().build().start();
                Directory directory = new Directory(redis);
                KeyedCaller caller = new KeyedCaller();
                Jars.Started ingest = ingest(redis, file).awaitReady()) {
            ApiKey inRedis = directory.addKey("acme", Scope.INGEST, Scope.QUERY);
            assertThat(caller.pushed(ingest, bearer(key))).isEqualTo(202);
            assertThat(caller.pushed(ingest, bearer(inRedis))).isEqualTo(401);

            write("tenants: {}\n");

            await().atMost(RELOADED)
                    .untilAsserted(() ->
                            assertThat(caller.pushed(ingest, bearer(inRedis))).isEqualTo(202));
            assertThat(caller.pushed(ingest, bearer(key))).isEqualTo(401);
        }
    }

    @Test
    void keys_stayAsTheyWere_whenTheFileTurnsBad() throws Exception {
        Path file = writeAcmeWith(key, "");
        try (RedisServer redis = RedisServer.builder().build().start();
                KeyedCaller caller = new KeyedCaller();
                Jars.Started ingest = ingest(redis, file).awaitReady()) {
            assertThat(Scrapes.ownMetrics(ingest.address())).containsEntry(METRIC, 1.0);

            write("tenants: {acme: {key: []}}\n");

            await().atMost(RELOADED)
                    .untilAsserted(() ->
                            assertThat(Scrapes.ownMetrics(ingest.address())).containsEntry(METRIC, 0.0));
            assertThat(caller.pushed(ingest, bearer(key))).isEqualTo(202);
            assertThat(ingest.process().output())
                    .contains("tenants state=rejected kept=last", "tenants.acme.key: not known")
                    .doesNotContain(key.hash().hex());
        }
    }

    @Test
    void log_hasNoLineOfTheFile_whenTheFileQuotesOne() throws Exception {
        Path file = writeAcmeWith(key, "");
        try (RedisServer redis = RedisServer.builder().build().start();
                Jars.Started ingest = ingest(redis, file).awaitReady()) {

            write("tenants: {\"a\\nERROR forged \\e[31m\": {}}\n");

            await().atMost(RELOADED)
                    .untilAsserted(() -> assertThat(ingest.process().output())
                            .contains("tenants.a\\nERROR forged \\u001b[31m: no valid tenant id"));
            assertThat(ingest.process().output().lines()).noneMatch(line -> line.startsWith("ERROR forged"));
        }
    }

    @Test
    void start_failsWithOneLine_whenAKeyOrTheFileCannotBeUsed() throws Exception {
        Path bad = write("tenants: {acme: {key: []}}\n");
        Path good = Files.writeString(folder.resolve("good.yaml"), "tenants: {}\n");
        try (RedisServer redis = RedisServer.builder().build().start()) {
            assertDoesNotStart(
                    ingest(redis, bad), "streamgauge.tenants-file: " + bad + ": tenants.acme.key: not known");
            assertDoesNotStart(
                    ingest(redis, folder.resolve("none.yaml")),
                    "streamgauge.tenants-file: " + folder.resolve("none.yaml") + " cannot be read");
            assertDoesNotStart(
                    ingest(redis, good, "STREAMGAUGE_AUTH_ADMIN_KEY=two words"),
                    "streamgauge.auth.admin-key: 1 to 256 visible ASCII characters expected");
            assertDoesNotStart(
                    ingest(redis, good, "STREAMGAUGE_AUTH_METRICS_KEY=" + "k".repeat(257)),
                    "streamgauge.auth.metrics-key: 1 to 256 visible ASCII characters expected");
        }
    }

    private static void assertDoesNotStart(Jars.Started started, String line) {
        try (started) {
            assertThat(started.process().exitCode(Duration.ofSeconds(60))).isNotZero();
            assertThat(started.process().output()).contains(line).doesNotContain("two words", "kkkkkk");
        }
    }
}
