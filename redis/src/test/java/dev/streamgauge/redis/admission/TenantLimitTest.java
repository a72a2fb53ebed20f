package dev.streamgauge.redis.admission;

import static dev.streamgauge.core.family.MetricType.COUNTER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.tenant.TenantCount;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many tenants may begin to exist is decided by the script, for all requests of a call together. */
class TenantLimitTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final AdmissionDesk desk = new AdmissionDesk(redis);

    private static Push push(String tenant) {
        return Push.of(tenant).family("a_total", COUNTER).series("a_total", "");
    }

    private Object sweptTenants() {
        return redis.command("ZRANGE", KEYSPACE.sweeps(0), "0", "-1");
    }

    @Test
    void newTenants_areRejectedAndLeaveNothing_whenThereIsNoRoomForThem() {
        desk.admit(push("old"));
        String before = redis.dump();

        String told = desk.admitWithRoomFor(0, push("new"));

        assertThat(told).isEqualTo("too many tenants");
        assertThat(redis.dump()).isEqualTo(before);
        assertThat(desk.admitWithRoomFor(0, push("old"))).isEqualTo("stored");
    }

    @Test
    void newTenants_areAcceptedUpToTheLimit_whenTheyComeInOneCall() {
        String told = desk.admitWithRoomFor(2, push("a"), push("b"), push("a"), push("c"), push("b"));

        assertThat(told.lines()).containsExactly("stored", "stored", "stored", "too many tenants", "stored");
        assertThat(sweptTenants()).isEqualTo(List.of("a", "b"));
        assertThat(redis.command("EXISTS", KEYSPACE.tenantTotals(new TenantId("c"))))
                .isEqualTo(0L);
        assertThat(TenantCount.read(redis.connections(), KEYSPACE).await().indefinitely()) // it has a deadline
                .isEqualTo(2);
    }

    /** Room is reserved only for tenants that a process does not know, so it must learn first that this one is gone. */
    @Test
    void tenant_isAskedForAgain_whenItIsGoneAndItsSenderDoesNotKnow() {
        desk.admit(push("gone"));
        TenantEpoch known = desk.epochOf("gone");
        redis.command("DEL", KEYSPACE.tenantTotals(new TenantId("gone")));

        String answer = desk.admitWithRoomFor(0, push("gone").epoch(known));

        assertThat(answer).isEqualTo("epoch changed");
        assertThat(desk.admitWithRoomFor(1, push("gone"))).isEqualTo("stored");
    }

    @Test
    void newTenants_areNotNoted_whenAnyNumberIsAllowed() {
        assertThat(desk.admit(push("a"))).isEqualTo("stored");

        assertThat(sweptTenants()).isEqualTo(List.of());
    }

    @Test
    void newTenant_isRejected_whenTheSweepsHoldUnexpectedData() {
        redis.command("SET", KEYSPACE.sweeps(0), "unexpected");

        assertThat(desk.admitWithRoomFor(1, push("a"))).startsWith("broken: WRONGTYPE");
    }
}
