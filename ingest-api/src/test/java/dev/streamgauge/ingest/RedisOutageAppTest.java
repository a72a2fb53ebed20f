package dev.streamgauge.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.testkit.LogRecorder;
import dev.streamgauge.testkit.OwnRedis;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.redis.client.Redis;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Redis is down, silent or full: senders get an answer in time, and ingest recovers by itself. The deadline is half a
 * second.
 */
@QuarkusTest
@WithTestResource(value = OwnRedis.class, scope = TestResourceScope.RESTRICTED_TO_CLASS)
class RedisOutageAppTest {

    /** An answer that takes longer than this did not come from the deadlines of connecting and of a call. */
    private static final Duration IN_TIME = Duration.ofSeconds(5);

    /** How long after Redis is itself again a push must be accepted. */
    private static final Duration RECOVERY = Duration.ofSeconds(5);

    private static final int DEFAULT_MAX_CLIENTS = 10_000;
    private static final String SAMPLE = Sender.counter("orders_total", 1);
    private static final String STORED_ONCE = "counter orders_total{} + 1.0\n";

    private RedisServer redis;

    @BeforeEach
    void awaitGoodTimes() {
        await().atMost(RECOVERY) // new tenants are the first to be rejected
                .untilAsserted(() -> assertThat(pushOfANewTenant().status()).isEqualTo(202));
    }

    @AfterEach
    void bringRedisBack() {
        if (!redis.isAlive()) {
            redis.restart();
        }
        redis.resume();
        redis.command("CONFIG", "SET", "maxmemory", "512mb");
        redis.command("DEL", "ballast");
        redis.command("REPLICAOF", "NO", "ONE");
    }

    private static void awaitAccepted(Sender sender, String... headers) {
        await().atMost(RECOVERY)
                .untilAsserted(
                        () -> assertThat(sender.push(SAMPLE, headers).status()).isEqualTo(202));
    }

    private static void awaitRejected(Supplier<Answer> push) {
        await().atMost(RECOVERY)
                .untilAsserted(() -> assertThat(push.get().outline()).isEqualTo("503 redis-full\n"));
    }

    private static Answer pushOfANewTenant() {
        return new Sender("new-" + System.nanoTime()).push(SAMPLE);
    }

    private static void assertRejectedInTime(Sender sender, String outline) {
        Answer answer = inTime(sender.pushLater(SAMPLE.getBytes(StandardCharsets.UTF_8), "Idempotency-Key: k"));

        assertThat(answer.outline()).isEqualTo(outline);
        assertThat(answer.retryAfterSeconds()).isPositive();
    }

    private static Answer inTime(CompletableFuture<Answer> answer) {
        return answer.orTimeout(IN_TIME.toMillis(), TimeUnit.MILLISECONDS).join();
    }

    @Test
    void push_is503InTimeAndLaterCountedOnce_whenRedisIsDown() {
        Sender sender = new Sender("down");
        sender.push(Sender.counter("before_total", 1));
        redis.kill();

        assertRejectedInTime(sender, "503 redis-unavailable\n");
        assertRejectedInTime(sender, "503 redis-unavailable\n");
        redis.restart();
        awaitAccepted(sender, "Idempotency-Key: k");

        assertThat(Store.of("down").samples()).isEqualTo("counter before_total{} + 1.0\n" + STORED_ONCE);
    }

    @Test
    void process_staysReadyAndSaysSo_whenRedisIsDown() {
        redis.kill();

        await().atMost(RECOVERY)
                .untilAsserted(() -> given().get("/api/v1/status").then().body("redis.state", equalTo("down")));
        given().get("/q/health/ready").then().statusCode(200);
        redis.restart();
        await().atMost(RECOVERY)
                .untilAsserted(() -> given().get("/api/v1/status").then().body("redis.state", equalTo("up")));
    }

    @Test
    void push_is503InTimeAndLaterCountedOnce_whenRedisIsSilent() {
        Sender sender = new Sender("silent");
        redis.pause();

        assertRejectedInTime(sender, "503 redis-unavailable\n"); // on the connection there was
        assertRejectedInTime(sender, "503 redis-unavailable\n"); // which opens another one
        redis.resume();
        awaitAccepted(sender, "Idempotency-Key: k");

        assertThat(Store.of("silent").samples()).isEqualTo(STORED_ONCE);
    }

    /** The client of Vert.x would log an error with a stack trace, beside our warning. */
    @Test
    void log_hasNoError_whenAConnectionBreaksWhileItIsOpened() throws IOException {
        Sender sender = new Sender("log");
        redis.kill();
        try (LogRecorder log = LogRecorder.ofPackage(Redis.class)) {
            try (ServerSocket inItsPlace = new ServerSocket(redis.port(), 1, InetAddress.getLoopbackAddress());
                    Socket connection = inItsPlace.accept()) { // of a monitor, which tries once a second
                connection.setSoLinger(true, 0); // closing it resets it
                assertThat(connection.getInputStream().read()).isPositive();
            }
            redis.restart();
            awaitAccepted(sender);

            assertThat(log.lines()).isEmpty();
        }
    }

    @Test
    void pushes_areAllAnsweredInTime_whenManyWaitForASilentRedis() {
        List<Sender> senders =
                IntStream.range(0, 40).mapToObj(i -> new Sender("crowd-" + i)).toList();
        redis.pause();

        List<CompletableFuture<Answer>> sent = senders.stream()
                .map(sender -> sender.pushLater(SAMPLE.getBytes(StandardCharsets.UTF_8), "Idempotency-Key: k"))
                .toList();
        List<Answer> answers = sent.stream().map(RedisOutageAppTest::inTime).toList();
        redis.resume();
        senders.forEach(sender -> awaitAccepted(sender, "Idempotency-Key: k"));

        assertThat(answers).extracting(Answer::outline).containsOnly("503 redis-unavailable\n");
        assertThat(senders)
                .allSatisfy(sender ->
                        assertThat(Store.of(sender.tenant()).samples()).isEqualTo(STORED_ONCE));
    }

    @Test
    void push_is503AndTakesNothing_whenRedisIsFull() {
        Sender sender = new Sender("full");
        redis.command("CONFIG", "SET", "maxmemory", "1");

        assertRejectedInTime(sender, "503 redis-full\n");
        redis.command("CONFIG", "SET", "maxmemory", "512mb");
        Answer answer = sender.push(SAMPLE, "Idempotency-Key: k");

        assertThat(answer.outline()).isEqualTo("202 accepted 1\n");
        assertThat(answer.header("Idempotency-Replayed")).isEmpty();
        assertThat(Store.of("full").samples()).isEqualTo(STORED_ONCE);
    }

    @Test
    void push_is503BeforeRedisIsFull_soThatFoldingHasRoomLeft() {
        Sender sender = new Sender("short");
        sender.push(Sender.counter("before_total", 1), "Idempotency-Key: before");
        setUsedPart(0.97);
        awaitState("short-of-memory");

        awaitRejected(RedisOutageAppTest::pushOfANewTenant);
        assertRejectedInTime(sender, "503 redis-full\n");
        Answer replay = sender.push(Sender.counter("before_total", 1), "Idempotency-Key: before");
        redis.command("CONFIG", "SET", "maxmemory", "512mb");
        awaitAccepted(sender, "Idempotency-Key: k");

        assertThat(replay.outline()).isEqualTo("202 accepted 1\n");
        assertThat(Store.of("short").samples()).isEqualTo("counter before_total{} + 1.0\n" + STORED_ONCE);
    }

    /** With so much in Redis that what a test stores makes no difference. */
    private void setUsedPart(double part) {
        redis.command("SETRANGE", "ballast", "50000000", "x");
        redis.command("CONFIG", "SET", "maxmemory", Long.toString((long) (usedMemory() / part)));
    }

    private long usedMemory() {
        return String.valueOf(redis.command("INFO", "memory"))
                .lines()
                .filter(line -> line.startsWith("used_memory:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static void awaitState(String state) {
        await().atMost(RECOVERY)
                .untilAsserted(() -> given().get("/api/v1/status").then().body("redis.state", equalTo(state)));
    }

    @Test
    void push_goesOnOnTheConnectionThereIs_whenRedisTakesNoMoreClients() {
        Sender sender = new Sender("crowded");
        Answer answer;
        try (RedisClient own = redis.connect()) {
            own.command("CONFIG", "SET", "maxclients", "1");

            answer = sender.push(SAMPLE);
            own.command("CONFIG", "SET", "maxclients", Integer.toString(DEFAULT_MAX_CLIENTS));
        }

        assertThat(answer.outline()).isEqualTo("202 accepted 1\n");
    }

    @Test
    void push_is503InTimeAndLaterCountedOnce_whenRedisTakesNoClients() {
        Sender sender = new Sender("rejected");
        try (RedisClient only = redis.connect()) {
            only.command("CONFIG", "SET", "maxclients", "1");
            only.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

            assertRejectedInTime(sender, "503 redis-unavailable\n");
            assertRejectedInTime(sender, "503 redis-unavailable\n");
            only.command("CONFIG", "SET", "maxclients", Integer.toString(DEFAULT_MAX_CLIENTS));
        }
        awaitAccepted(sender, "Idempotency-Key: k");

        assertThat(Store.of("rejected").samples()).isEqualTo(STORED_ONCE);
    }

    @Test
    void push_is503InTimeAndLaterCountedOnce_whenRedisIsLoading() {
        Sender sender = new Sender("loading");
        redis.command("EVAL", "for i = 1, 20000 do redis.call('SET', 'filler:' .. i, i) end", "0");
        redis.command("CONFIG", "SET", "key-load-delay", "200"); // µs a key: four seconds
        redis.command("CONFIG", "SET", "loading-process-events-interval-bytes", "1024");
        CompletableFuture<@Nullable Object> reload =
                CompletableFuture.supplyAsync(() -> redis.command("DEBUG", "RELOAD"), Thread::startVirtualThread);
        await().atMost(RECOVERY).until(this::isLoading);

        assertRejectedInTime(sender, "503 redis-unavailable\n");
        assertRejectedInTime(sender, "503 redis-unavailable\n");
        boolean stillLoading = isLoading();
        redis.command("CONFIG", "SET", "key-load-delay", "0");
        reload.join();
        awaitAccepted(sender, "Idempotency-Key: k");

        assertThat(stillLoading).isTrue();
        assertThat(Store.of("loading").samples()).isEqualTo(STORED_ONCE);
    }

    private boolean isLoading() {
        return String.valueOf(redis.command("INFO", "persistence")).contains("\nloading:1");
    }

    @Test
    void process_holdsNothing_whileRedisIsSilentAndPushesKeepComing() {
        Sender sender = new Sender("insisting");
        pushMany(sender, 50); // whatever is started once is started now
        long threads = threads();
        redis.pause();

        pushMany(sender, 500);
        long threadsDuring = threads();
        redis.resume();
        awaitAccepted(sender);

        assertThat(threadsDuring).isLessThan(threads + 20);
        await().atMost(RECOVERY)
                .untilAsserted(() -> assertThat(String.valueOf(redis.command("CLIENT", "LIST"))
                                .lines()
                                .count())
                        .isLessThan(15));
    }

    /** Threads of this JVM but for those of the test's own client. */
    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("HttpClient"))
                .count();
    }

    private static void pushMany(Sender sender, int pushes) {
        byte[] body = SAMPLE.getBytes(StandardCharsets.UTF_8);
        List<CompletableFuture<Answer>> sent =
                IntStream.range(0, pushes).mapToObj(i -> sender.pushLater(body)).toList();
        sent.forEach(CompletableFuture::join);
    }

    @Test
    void push_is503AndTakesNothing_whenRedisIsNoPrimary() {
        Sender sender = new Sender("replica");
        redis.command("REPLICAOF", "127.0.0.1", "1");

        assertRejectedInTime(sender, "503 redis-unavailable\n");
        redis.command("REPLICAOF", "NO", "ONE");

        assertThat(sender.push(SAMPLE).outline()).isEqualTo("202 accepted 1\n");
        assertThat(Store.of("replica").samples()).isEqualTo(STORED_ONCE);
    }

    @Test
    void push_is503_onlyForTheTenantWhoseKeysHaveUnexpectedData() {
        Store store = Store.of("unexpected-data");
        redis.command("SET", store.totalsKey(), "text");

        assertRejectedInTime(new Sender("unexpected-data"), "503 redis-unavailable\n");

        assertThat(new Sender("another").push(SAMPLE).outline()).isEqualTo("202 accepted 1\n");
    }
}
