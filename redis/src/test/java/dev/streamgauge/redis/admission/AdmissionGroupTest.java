package dev.streamgauge.redis.admission;

import static dev.streamgauge.core.snapshot.MetricType.COUNTER;
import static dev.streamgauge.core.snapshot.MetricType.GAUGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.accounting.TenantCount;
import dev.streamgauge.redis.topology.ServerRun;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The requests of one call: each gets its own answer, and a rejected one hurts no other. */
class AdmissionGroupTest {

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final AdmissionDesk desk = new AdmissionDesk(redis);

    private static Push push() {
        return Push.of("acme");
    }

    /** Requests, each rejected for a different reason, with key {@code k}, a new family and a new series. */
    static Stream<Push> rejected() {
        return Stream.of(
                        push().epoch(new TenantEpoch(ServerRun.NONE, "9")),
                        push().family("taken", GAUGE).charge(1, 1),
                        push().maxSeries(1).series("taken", "a", "b"),
                        push().rate(0.001, 1).samples(2),
                        push().maxBacklog(0))
                .map(push -> push.family("new_total", COUNTER)
                        .series("new_total", "a=\"1\"")
                        .key("k", "body", "rejected"));
    }

    @ParameterizedTest
    @MethodSource("rejected")
    void rejectedRequest_leavesNoTrace_amongOthers(Push rejected) {
        Push first = push().family("taken", COUNTER).samples(3);
        Push last =
                push().family("other_total", COUNTER).series("other_total", "").samples(5);
        desk.admit(first, last);
        String without = withoutIds(redis.dump());
        redis.command("FLUSHALL");

        String told = desk.admit(first, rejected, last);

        assertThat(told).startsWith("stored\n").endsWith("\nstored");
        assertThat(told.lines().skip(1).findFirst()).get().isNotEqualTo("stored");
        assertThat(withoutIds(redis.dump())).isEqualTo(without);
    }

    private static String withoutIds(String dump) {
        return dump.replaceAll("\\d{13}-\\d+", "(id)").replaceAll("(pushed|since|epoch)=\\d+", "$1=(time)");
    }

    @ParameterizedTest
    @MethodSource("rejected")
    void rejectedRequest_burnsNoKey(Push rejected) {
        desk.admit(push().family("taken", COUNTER));
        desk.admit(rejected);

        String told = desk.admit(push().key("k", "another body", "second"));

        assertThat(told).isEqualTo("stored");
    }

    @Test
    void key_isBurntOnce_whenGivenTwiceInOneCall() {
        String told = desk.admit(
                push().key("k", "body", "first"),
                push().key("k", "body", "second"),
                push().key("k", "other body", "third"),
                Push.of("other").key("k", "other body", "fourth"));

        assertThat(told).isEqualTo("""
                        stored
                        replay: first
                        key reused
                        stored""");
        assertThat(desk.entries()).isEqualTo(2);
    }

    @Test
    void key_isFree_whenItsFirstRequestOfTheCallIsRejected() {
        String told = desk.admit(
                push().key("k", "body", "first").maxBacklog(0),
                push().key("k", "other body", "second"),
                push().key("k", "body", "third"));

        assertThat(told).isEqualTo("""
                        backlog full
                        stored
                        key reused""");
    }

    @Test
    void entries_areAppendedInTheOrderOfRequests() {
        desk.admit(
                push().entries(new byte[] {'a'}, new byte[] {'b'}),
                Push.of("other").entries(new byte[] {'c'}),
                push().maxBacklog(0).entries(new byte[] {'x'}),
                push().entries(new byte[] {'d'}));

        List<?> rows =
                (List<?>) Objects.requireNonNull(redis.command("XRANGE", AdmissionDesk.KEYSPACE.stream(0), "-", "+"));

        assertThat(rows)
                .map(row -> ((List<?>) row).get(1))
                .isEqualTo(List.of(List.of("p", "a"), List.of("p", "b"), List.of("p", "c"), List.of("p", "d")));
    }

    @Test
    void totals_areTheSumsOfTheRequests() {
        desk.admit(
                push().samples(3).entries(2),
                Push.of("other").samples(10),
                push().samples(4),
                push().samples(100).maxBacklog(0));

        String dump = redis.dump();

        assertThat(desk.total("acme", "accepted")).contains("7");
        assertThat(desk.total("acme", "pending")).contains("7");
        assertThat(desk.total("acme", "backlog")).contains("3");
        assertThat(desk.total("other", "accepted")).contains("10");
        assertThat(dump).endsWith("sg:{0}:totals hash\n  accepted=17\n  pending=17\n");
    }

    @Test
    void unexpectedDataOfOneTenant_hurtsNoOther() {
        redis.command("SET", AdmissionDesk.KEYSPACE.tenantTotals(new TenantId("acme")), "unexpected");

        String told = desk.admit(Push.of("other"), push(), Push.of("third"));

        assertThat(told).isEqualTo("""
                        stored
                        broken: WRONGTYPE Operation against a key holding the wrong kind of value
                        stored""");
    }

    @Test
    void aLargeGroup_isAdmittedWhole() {
        Push[] group = new Push[300];
        for (int i = 0; i < group.length; i++) {
            String[] labels = new String[40];
            for (int j = 0; j < labels.length; j++) {
                labels[j] = "i=\"" + i + "\",j=\"" + j + "\"";
            }
            group[i] =
                    Push.of("tenant-" + i % 7).family("orders_total", COUNTER).series("orders_total", labels);
        }

        String told = desk.admit(group);

        assertThat(told.lines()).hasSize(300).containsOnly("stored");
        assertThat(desk.total("tenant-0", "series")).contains(Integer.toString(43 * 40));
    }

    private static Push beginning(String tenant) {
        return Push.of(tenant).family("a_total", COUNTER).series("a_total", "");
    }

    private Object sweptTenants() {
        return redis.command("ZRANGE", AdmissionDesk.KEYSPACE.sweeps(0), "0", "-1");
    }

    @Test
    void newTenants_areRejectedAndLeaveNothing_whenThereIsNoRoomForThem() {
        desk.admit(beginning("old"));
        String before = redis.dump();

        String told = desk.admitWithRoomFor(0, beginning("new"));

        assertThat(told).isEqualTo("too many tenants");
        assertThat(redis.dump()).isEqualTo(before);
        assertThat(desk.admitWithRoomFor(0, beginning("old"))).isEqualTo("stored");
    }

    @Test
    void newTenants_areAcceptedUpToTheLimit_whenTheyComeInOneCall() {
        String told = desk.admitWithRoomFor(
                2, beginning("a"), beginning("b"), beginning("a"), beginning("c"), beginning("b"));

        assertThat(told.lines()).containsExactly("stored", "stored", "stored", "too many tenants", "stored");
        assertThat(sweptTenants()).isEqualTo(List.of("a", "b"));
        assertThat(redis.command("EXISTS", AdmissionDesk.KEYSPACE.tenantTotals(new TenantId("c"))))
                .isEqualTo(0L);
        assertThat(TenantCount.read(redis.topology(AdmissionDesk.KEYSPACE))
                        .await()
                        .indefinitely()) // it has a deadline
                .isEqualTo(2);
    }

    /** Room is reserved only for tenants that a process does not know, so it must learn first that this one is gone. */
    @Test
    void tenant_isAskedForAgain_whenItIsGoneAndItsSenderDoesNotKnow() {
        desk.admit(beginning("gone"));
        TenantEpoch known = desk.epochOf("gone");
        redis.command("DEL", AdmissionDesk.KEYSPACE.tenantTotals(new TenantId("gone")));

        String answer = desk.admitWithRoomFor(0, beginning("gone").epoch(known));

        assertThat(answer).isEqualTo("epoch changed");
        assertThat(desk.admitWithRoomFor(1, beginning("gone"))).isEqualTo("stored");
    }

    @Test
    void newTenants_areNotNoted_whenAnyNumberIsAllowed() {
        assertThat(desk.admit(beginning("a"))).isEqualTo("stored");

        assertThat(sweptTenants()).isEqualTo(List.of());
    }

    @Test
    void newTenant_isRejected_whenTheSweepsHoldUnexpectedData() {
        redis.command("SET", AdmissionDesk.KEYSPACE.sweeps(0), "unexpected");

        assertThat(desk.admitWithRoomFor(1, beginning("a"))).startsWith("broken: WRONGTYPE");
    }
}
