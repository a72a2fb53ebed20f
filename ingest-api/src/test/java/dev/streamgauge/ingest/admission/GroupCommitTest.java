package dev.streamgauge.ingest.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.ingest.FixedIngestConfig;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.TestLimits;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How waiting requests are grouped into calls. While Redis is paused, one call is under way and the rest waits. */
class GroupCommitTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final int PLENTY = 1 << 30;

    /** What a request weighs besides its payload. */
    private static final int OVERHEAD = 256;

    private static RedisServer redis;
    private static Vertx vertx;

    private final List<RedisConnections> opened = new ArrayList<>();
    private final MeterRegistry registry = new SimpleMeterRegistry();

    @BeforeAll
    static void start() {
        redis = RedisServer.builder().build().start();
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() {
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @BeforeEach
    void empty() {
        redis.command("FLUSHALL");
    }

    @AfterEach
    void resumeAndClose() {
        redis.resume();
        opened.forEach(RedisConnections::close);
    }

    /** A group commit that has its connection, and whose script Redis knows. */
    private GroupCommit commits(int maxQueuedBytes, Duration deadline) {
        RedisOptions options = RedisServer.clientOptions(redis.url());
        RedisConnections connections = new RedisConnections(vertx, options, deadline);
        opened.add(connections);
        AdmissionCalls calls = new AdmissionCalls(
                new SingleServer(connections, KEYSPACE),
                AdmissionTerms.DEFAULTS,
                () -> MemoryPressure.NONE,
                Optional.empty(),
                registry);
        GroupCommit commits = new GroupCommit(
                calls, KEYSPACE, new FixedIngestConfig(Duration.ofSeconds(10), 1_000, maxQueuedBytes, 0));
        submit(commits, "warm", "up").join();
        redis.command("FLUSHDB");
        redis.command("CONFIG", "RESETSTAT");
        return commits;
    }

    private static CompletableFuture<AdmissionAnswer> submit(GroupCommit commits, String tenant, String payload) {
        AdmissionRequest request = new AdmissionRequest(
                new TenantId(tenant),
                TestLimits.UNLIMITED,
                Optional.empty(),
                new byte[0],
                1,
                AdmissionRequest.Charge.ofValues(1),
                Optional.empty(),
                List.of(),
                List.of(),
                List.of(payload.getBytes(StandardCharsets.UTF_8)));
        return commits.submit(request).toCompletionStage().toCompletableFuture();
    }

    private static void awaitStored(List<CompletableFuture<AdmissionAnswer>> submitted) {
        submitted.forEach(each -> assertThat(each.join()).isInstanceOf(AdmissionAnswer.Stored.class));
    }

    private static List<String> stored() {
        List<?> rows = (List<?>) Objects.requireNonNull(redis.command("XRANGE", KEYSPACE.stream(0), "-", "+"));
        return rows.stream()
                .map(row -> ((List<?>) ((List<?>) row).get(1)).get(1).toString())
                .toList();
    }

    private static int calls() {
        String stats = String.valueOf(redis.command("INFO", "commandstats"));
        Matcher calls = Pattern.compile("cmdstat_evalsha:calls=(\\d+)").matcher(stats);
        return calls.find() ? Integer.parseInt(calls.group(1)) : 0;
    }

    private static void assertRejected(CompletableFuture<AdmissionAnswer> submitted, RedisFailure.Kind kind) {
        assertThat(submitted)
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        RedisFailure.class,
                        failure -> assertThat(failure.kind()).isEqualTo(kind));
    }

    @Test
    void request_goesAtOnce_whenNoCallIsUnderWay() {
        GroupCommit commits = commits(PLENTY, DEADLINE);

        for (int i = 0; i < 5; i++) {
            submit(commits, "a", "a" + i).join();
        }

        assertThat(calls()).isEqualTo(5);
    }

    @Test
    void requests_goTogether_whenAnEventLoopHasReadThemAtOnce() {
        GroupCommit commits = commits(PLENTY, DEADLINE);
        CompletableFuture<List<CompletableFuture<AdmissionAnswer>>> submitted = new CompletableFuture<>();

        vertx.runOnContext(nothing -> {
            List<CompletableFuture<AdmissionAnswer>> all = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                all.add(submit(commits, "a", "a" + i));
            }
            submitted.complete(all);
        });

        awaitStored(submitted.join());
        assertThat(calls()).isEqualTo(1);
    }

    @Test
    void requests_goTogether_whenACallIsUnderWay() {
        GroupCommit commits = commits(PLENTY, DEADLINE);
        List<CompletableFuture<AdmissionAnswer>> submitted = new ArrayList<>();
        redis.pause();
        for (int i = 0; i < 100; i++) {
            submitted.add(submit(commits, "a", "a" + i));
        }

        redis.resume();

        awaitStored(submitted);
        assertThat(calls()).isEqualTo(2);
        assertThat(stored()).hasSize(100).startsWith("a0", "a1", "a2").endsWith("a99");
    }

    @Test
    void tenants_takeTurns_whenOneSendsMuch() {
        GroupCommit commits = commits(PLENTY, DEADLINE);
        List<CompletableFuture<AdmissionAnswer>> submitted = new ArrayList<>();
        redis.pause();
        for (String payload : "a0 a1 a2 a3 a4 b0 b1 c0".split(" ", -1)) {
            submitted.add(submit(commits, payload.substring(0, 1), payload));
        }

        redis.resume();

        awaitStored(submitted);
        assertThat(stored()).containsExactly("a0", "a1", "b0", "c0", "a2", "b1", "a3", "a4");
    }

    @Test
    void tenant_waitsForOneCallOnly_whenAnotherHasManyWaiting() {
        GroupCommit commits = commits(PLENTY, DEADLINE);
        List<CompletableFuture<AdmissionAnswer>> submitted = new ArrayList<>();
        redis.pause();
        for (int i = 0; i <= 2_000; i++) {
            submitted.add(submit(commits, "a", "a" + i));
        }
        submitted.add(submit(commits, "b", "b0"));

        redis.resume();

        awaitStored(submitted);
        assertThat(stored().indexOf("b0")).isEqualTo(2); // a0 was under way, then a1 and b0 took turns
    }

    @Test
    void call_takes397RequestsOfATenant_andNotOneMore() {
        GroupCommit commits = commits(PLENTY, DEADLINE);
        List<CompletableFuture<AdmissionAnswer>> submitted = new ArrayList<>();
        redis.pause();
        for (int i = 0; i < 1 + 2 * 397 + 1; i++) {
            submitted.add(submit(commits, "a", "a" + i));
        }

        redis.resume();

        awaitStored(submitted);
        assertThat(calls()).isEqualTo(1 + 2 + 1);
    }

    @Test
    void call_takes100Tenants_andNotOneMore() {
        GroupCommit commits = commits(PLENTY, DEADLINE);
        redis.pause();
        List<CompletableFuture<AdmissionAnswer>> submitted = new ArrayList<>();
        submitted.add(submit(commits, "first", "under way"));
        for (int tenant = 0; tenant < 100 + 1; tenant++) {
            submitted.add(submit(commits, "tenant-" + tenant, "one"));
            submitted.add(submit(commits, "tenant-" + tenant, "two"));
        }
        redis.resume();

        awaitStored(submitted);

        // The first takes one request of each of 100 tenants, the next is of the last tenant and 99 others, and so on.
        assertThat(calls()).isEqualTo(1 + 3);
    }

    @Test
    void call_takes256KiB_andALargerRequestGoesAlone() {
        GroupCommit commits = commits(PLENTY, DEADLINE);
        List<CompletableFuture<AdmissionAnswer>> submitted = new ArrayList<>();
        String half = "h".repeat(128 * 1024 - OVERHEAD);
        redis.pause();
        submitted.add(submit(commits, "a", "under way"));
        submitted.add(submit(commits, "a", half)); // these two fill one call
        submitted.add(submit(commits, "a", half));
        submitted.add(submit(commits, "a", half + "x")); // these two do not fit into one
        submitted.add(submit(commits, "a", half));
        submitted.add(submit(commits, "a", half.repeat(3)));
        submitted.add(submit(commits, "a", "last"));

        redis.resume();

        awaitStored(submitted);
        assertThat(calls()).isEqualTo(1 + 1 + 2 + 1 + 1);
    }

    @Test
    void call_isCounted_withAllOfItsRequests() {
        GroupCommit commits = commits(PLENTY, DEADLINE);
        redis.pause();
        List<CompletableFuture<AdmissionAnswer>> submitted =
                List.of(submit(commits, "a", "under way"), submit(commits, "a", "123"), submit(commits, "b", "12345"));

        redis.resume();

        awaitStored(submitted);
        DistributionSummary entries =
                registry.get("streamgauge.admission.call.entries").summary();
        assertThat(entries.max()).isEqualTo(2);
        assertThat(entries.count()).isEqualTo(3); // with the one that warms up
        assertThat(registry.get("streamgauge.admission.call.bytes").summary().max())
                .isEqualTo(2 * OVERHEAD + 8);
        assertThat(registry.get("streamgauge.admission.call.lookups").summary().max())
                .isZero();
    }

    @Test
    void request_isRejectedAtOnce_whenItsTenantHasItsShareWaiting() {
        GroupCommit commits = commits(40_000, DEADLINE);
        String payload = "p".repeat(5_000 - OVERHEAD); // a quarter of the room is enough for two
        for (int round = 0; round < 2; round++) { // what was taken for the first round must have been given back
            redis.pause();
            List<CompletableFuture<AdmissionAnswer>> submitted = new ArrayList<>();
            submitted.add(submit(commits, "a", "under way"));
            submitted.add(submit(commits, "a", payload));
            submitted.add(submit(commits, "a", payload));

            CompletableFuture<AdmissionAnswer> rejected = submit(commits, "a", payload);
            submitted.add(submit(commits, "b", payload));

            assertRejected(rejected, RedisFailure.Kind.UNAVAILABLE);
            redis.resume();
            awaitStored(submitted);
        }
    }

    @Test
    void tenant_getsOneRequestIn_whenAllRoomIsTaken() {
        GroupCommit commits = commits(40_000, DEADLINE);
        String payload = "p".repeat(5_000 - OVERHEAD);
        redis.pause();
        List<CompletableFuture<AdmissionAnswer>> submitted = new ArrayList<>();
        submitted.add(submit(commits, "a", "under way"));
        for (String tenant : List.of("a", "b", "c", "d")) { // each its share, and all of them all there is
            submitted.add(submit(commits, tenant, payload));
            submitted.add(submit(commits, tenant, payload));
        }

        submitted.add(submit(commits, "e", payload));
        CompletableFuture<AdmissionAnswer> rejected = submit(commits, "e", "x");

        assertRejected(rejected, RedisFailure.Kind.UNAVAILABLE);
        redis.resume();
        awaitStored(submitted);
        assertThat(stored()).hasSize(10);
    }

    @Test
    void requests_allFail_whenTheCallBeforeThemFails() {
        GroupCommit commits = commits(40_000, Duration.ofMillis(300));
        String payload = "p".repeat(9_000);
        redis.pause();
        CompletableFuture<AdmissionAnswer> underWay = submit(commits, "a", "under way");
        List<CompletableFuture<AdmissionAnswer>> waiting = List.of(
                submit(commits, "a", payload + "a"),
                submit(commits, "b", payload + "b"),
                submit(commits, "c", payload + "c"));

        await().atMost(DEADLINE).until(() -> waiting.stream().allMatch(CompletableFuture::isCompletedExceptionally));

        assertRejected(underWay, RedisFailure.Kind.TIMEOUT);
        waiting.forEach(each -> assertRejected(each, RedisFailure.Kind.TIMEOUT));
        redis.resume();
        await().atMost(DEADLINE).until(() -> succeeds(commits, payload + "d")); // so their room was given back
        assertThat(stored()).doesNotContain(payload + "a", payload + "b", payload + "c");
    }

    private static boolean succeeds(GroupCommit commits, String payload) {
        try {
            return submit(commits, "a", payload).join() instanceof AdmissionAnswer.Stored;
        } catch (CompletionException e) {
            return false;
        }
    }
}
