package dev.streamgauge.aggregator.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.accounting.FamilySize;
import dev.streamgauge.redis.removal.SeriesDeletion;
import dev.streamgauge.redis.removal.SeriesPreview;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.testkit.LogRecorder;
import dev.streamgauge.testkit.ManualClock;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.Samples;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

@Timeout(60)
class DeletionsTest {

    private static final Keyspace KEYSPACE = new Keyspace(2);
    private static final TenantId ACME = new TenantId("acme");

    private final RedisServer redis = RedisServer.builder().build().start();
    private final Vertx vertx = Vertx.vertx();
    private final RedisConnections connections =
            new RedisConnections(vertx, RedisServer.clientOptions(redis.url()), Duration.ofSeconds(5));
    private final ManualClock clock = ManualClock.at(Instant.parse("2026-11-21T09:00:00Z"));

    @AfterEach
    void stop() {
        connections.close();
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Deletions deletions(Duration deadline, Duration comparing) {
        return new Deletions(
                new SeriesDeletion(new SingleServer(connections, KEYSPACE), deadline),
                new SeriesPreview(new SingleServer(connections, KEYSPACE)),
                comparing,
                clock);
    }

    private void set(String key, String field, byte[] value) {
        connections
                .send(Request.cmd(Command.HSET)
                        .arg(key)
                        .arg(field.getBytes(StandardCharsets.UTF_8))
                        .arg(value))
                .await()
                .indefinitely();
    }

    /** A deletion of this tenant waits for a fold that does not come. */
    private void giveBacklog(TenantId tenant) {
        set(KEYSPACE.tenantTotals(tenant), "accepted", new byte[] {'1'});
        set(KEYSPACE.tenantTotals(tenant), "backlog", new byte[] {'1'});
        connections
                .send(Request.cmd(Command.XADD)
                        .arg(KEYSPACE.stream(KEYSPACE.partitionOf(tenant)))
                        .arg("*")
                        .arg("p")
                        .arg("unread"))
                .await()
                .indefinitely();
    }

    private void giveSeries(TenantId tenant) {
        set(
                KEYSPACE.families(tenant),
                "up",
                FamilyCodec.encode(Samples.counter("up", "", 1).family()));
        set(KEYSPACE.family(tenant, "up"), "a=\"1\"", new byte[] {'c'});
        set(KEYSPACE.family(tenant, "up"), "a=\"2\"", new byte[] {'c'});
        set(KEYSPACE.tenantTotals(tenant), "series", new byte[] {'2'});
    }

    private static SeriesQuery asked() {
        List<String> match = List.of("up{a=~\".\"}", "down");
        return new SeriesQuery(SeriesQuery.Action.DELETE, SeriesQuery.selection(match), match);
    }

    private static SeriesSelection selection() {
        return asked().selection();
    }

    private static String rejection(Executable deletion) {
        RequestRejectedException rejected = catchThrowableOfType(RequestRejectedException.class, deletion::execute);
        Response response = rejected.response();
        assertThat(response.getStatus()).isEqualTo(503);
        return ((Problem) response.getEntity()).reason() + " " + response.getHeaderString("Retry-After");
    }

    /** A dry run compares series as a deletion does, so it has the same limits. */
    @Test
    void dryRun_ofATenant_isOutOfTime_asADeletionIs() {
        Deletions deletions = deletions(Duration.ofSeconds(5), Duration.ZERO);
        giveSeries(ACME);

        assertThat(rejection(() -> deletions.preview(ACME, selection()))).isEqualTo("deletion-timeout 10");
        assertThat(rejection(() -> deletions.delete(ACME, asked(), "k1"))).isEqualTo("deletion-timeout 10");
        assertThat(deletions.previewForAdministrator(ACME, selection()))
                .isEqualTo(new SeriesResource.DryRun(2, 1, List.of(new FamilySize("up", 2))));
    }

    @Test
    void deletion_ofTheAdministrator_isDone_whenTenantsHaveAllTheirSlots() throws Exception {
        Deletions deletions = deletions(Duration.ofSeconds(5), Deletions.COMPARING);
        giveSeries(ACME);
        Thread[] waiting = new Thread[Deletions.MAX_AT_ONCE];
        for (int i = 0; i < waiting.length; i++) {
            TenantId tenant = new TenantId("slow-" + i);
            giveBacklog(tenant);
            waiting[i] =
                    Thread.startVirtualThread(() -> assertThat(rejection(() -> deletions.delete(tenant, asked(), "k1")))
                            .isEqualTo("backlog-not-drained 1"));
        }
        await().untilAsserted(() -> assertThat(rejection(() -> deletions.delete(ACME, asked(), "k1")))
                .isEqualTo("too-many-deletions 1"));

        SeriesResource.Gone gone = deletions.deleteForAdministrator(ACME, asked(), "admin-key");

        assertThat(gone).isEqualTo(new SeriesResource.Gone(2, 1));
        for (Thread thread : waiting) {
            thread.join();
        }
    }

    @Test
    void deletion_isLogged_withItsKeyAndSelectors() {
        Deletions deletions = deletions(SeriesDeletion.DEADLINE, Deletions.COMPARING);
        giveSeries(ACME);
        try (LogRecorder log = LogRecorder.of(Deletions.class)) {

            deletions.delete(ACME, asked(), "k1");
            deletions.deleteForAdministrator(ACME, asked(), "admin-key");

            assertThat(log.lines())
                    .containsExactly(
                            "INFO series action=delete tenant=acme by=k1 outcome=Done[families=1, series=2]"
                                    + " match=[up{a=~\".\"}, down]",
                            "INFO series action=delete tenant=acme by=admin-key outcome=Done[families=0, series=0]"
                                    + " match=[up{a=~\".\"}, down]");
        }
    }

    @Test
    void deletion_isRejectedForAWhile_whenComparingTookTooLong() {
        Deletions deletions = deletions(SeriesDeletion.DEADLINE, Duration.ZERO);
        giveSeries(ACME);

        String first = rejection(() -> deletions.delete(ACME, asked(), "k1"));
        clock.advance(Deletions.PAUSE.minusSeconds(3));
        String second = rejection(() -> deletions.delete(ACME, asked(), "k1"));
        clock.advance(Duration.ofSeconds(3));
        String third = rejection(() -> deletions.delete(ACME, asked(), "k1"));

        assertThat(List.of(first, second, third))
                .containsExactly("deletion-timeout 10", "deletion-timeout 3", "deletion-timeout 10");
        assertThat(deletions.deleteForAdministrator(ACME, asked(), "admin-key")).isNotNull();
    }

    @Test
    void deletion_isAllowed_whenTheClockWasSetBackSinceItsPauseBegan() {
        giveSeries(ACME);
        Deletions deletions = deletions(SeriesDeletion.DEADLINE, Duration.ZERO);
        rejection(() -> deletions.delete(ACME, asked(), "k1"));

        clock.advance(Duration.ofHours(-1));

        assertThat(rejection(() -> deletions.delete(ACME, asked(), "k1"))).isEqualTo("deletion-timeout 10");
    }

    @Test
    void deletion_isRejected_whenAnotherOfTheTenantIsUnderWay() throws Exception {
        Deletions deletions = deletions(Duration.ofSeconds(3), Deletions.COMPARING);
        giveBacklog(ACME);
        Thread waiting =
                Thread.startVirtualThread(() -> assertThat(rejection(() -> deletions.delete(ACME, asked(), "k1")))
                        .isNotEmpty());

        await().untilAsserted(() -> assertThat(connections
                        .send(Request.cmd(Command.HGET)
                                .arg(KEYSPACE.tenantTotals(ACME))
                                .arg("held"))
                        .await()
                        .indefinitely())
                .isNotNull());

        assertThat(rejection(() -> deletions.delete(ACME, asked(), "k1"))).isEqualTo("too-many-deletions 1");
        waiting.join();
    }
}
