package dev.streamgauge.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power fails under load: Redis is killed, and its files lose all that was not fsynced. The profile {@code
 * standard} loses nothing; {@code fast} loses accepted samples, as documented, which shows that this test can detect a
 * loss.
 */
@Tag("e2e")
class PowerLossIT {

    private static final List<String> TENANTS = List.of("acme", "globex", "initech");
    private static final List<Node.Role> ROLES = List.of(Node.Role.INGEST, Node.Role.AGGREGATOR, Node.Role.QUERY);
    private static final int SENDERS = 12;
    private static final long SEED = 7;

    private static final int EXACT_ROUNDS = 6;
    private static final int MOST_ROUNDS_UNTIL_LOSS = 10;

    /** Requests that get an answer between two power losses. */
    private static final int REQUESTS = 300;

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private UnsyncedTail tail;
    private EventLog eventLog;
    private Journal journal;

    @BeforeEach
    void prepare() throws Exception {
        tail = UnsyncedTail.compile(folder);
        eventLog = new EventLog(folder.resolve("events.log"));
        journal = new Journal(folder.resolve("journal.log"), TENANTS);
    }

    @AfterEach
    void close() {
        eventLog.close();
        journal.close();
    }

    @Test
    void totals_equalTheJournal_whenThePowerFailsAndRedisSyncsAlways() throws Exception {
        try (Platform platform = platform("always", "standard");
                Load load = load(platform);
                HttpClient client = Load.newClient()) {
            for (int round = 1; round <= EXACT_ROUNDS; round++) {
                awaitRequests();
                failPower(platform, round);

                List<Wrong> wrong = compare(platform, load, client);

                assertThat(wrong).as("after power loss %d", round).isEmpty();
                assertThat(eventLog.violations()).isEmpty();
            }
        }
    }

    @Test
    void totals_lackAcceptedSamplesAndDoubleNone_whenThePowerFailsAndRedisSyncsEverySecond() throws Exception {
        try (Platform platform = platform("everysec", "fast");
                Load load = load(platform);
                HttpClient client = Load.newClient()) {
            List<Wrong> wrong = List.of();
            for (int round = 1; round <= MOST_ROUNDS_UNTIL_LOSS && wrong.isEmpty(); round++) {
                awaitRequests();
                failPower(platform, round);
                wrong = compare(platform, load, client);
            }

            assertThat(wrong).anyMatch(Wrong::isMissing).noneMatch(Wrong::isDoubled);
        }
    }

    private Platform platform(String fsync, String durability) {
        RedisServer redis = RedisServer.builder()
                .binary(redisOnPath())
                .directory(folder.resolve("redis"))
                .directives("appendfsync " + fsync)
                .environment(tail.environment())
                .build()
                .start();
        return new Platform(redis, folder, ROLES, "STREAMGAUGE_DURABILITY=" + durability).start();
    }

    /** The bundled one is static, and preloads nothing. */
    private static Path redisOnPath() {
        for (String entry : System.getenv("PATH").split(":", -1)) {
            Path program = Path.of(entry, "redis-server");
            if (Files.isExecutable(program)) {
                return program;
            }
        }
        throw new IllegalStateException("no redis-server on PATH: apt-get install redis-server");
    }

    private Load load(Platform platform) {
        List<URI> targets =
                platform.of(Node.Role.INGEST).stream().map(Node::address).toList();
        return new Load(journal, eventLog, targets, SENDERS, SEED);
    }

    private void awaitRequests() {
        long enough = eventLog.counted("requests") + REQUESTS;
        await().atMost(DEADLINE).until(() -> eventLog.counted("requests") >= enough);
    }

    /** Every other time while Redis writes a new base file. */
    private void failPower(Platform platform, int round) throws Exception {
        if (round % 2 == 0) {
            platform.redis().command("BGREWRITEAOF");
        }
        platform.redis().kill();
        long cut = tail.cut(platform.redis().directory().resolve("appendonlydir"));
        eventLog.note("power loss cut=" + cut);
        platform.startRedis();
    }

    private List<Wrong> compare(Platform platform, Load load, HttpClient client) throws Exception {
        Comparison comparison = new Comparison(platform.keyspace(), journal, Optional.empty());
        URI query = platform.of(Node.Role.QUERY).getFirst().address();
        List<Wrong> wrong = new ArrayList<>();
        load.whileQuiet(() -> {
            try (RedisClient redis = platform.redis().connect()) {
                wrong.addAll(comparison.awaitMatch(redis, client, query));
            }
        });
        return wrong;
    }
}
