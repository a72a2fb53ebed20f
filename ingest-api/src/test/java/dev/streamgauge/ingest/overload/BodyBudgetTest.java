package dev.streamgauge.ingest.overload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.ingest.overload.BodyBudget.Lease;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BodyBudgetTest {

    private static final int KIB = 1024;
    private static final int CAPACITY = 1000 * KIB;
    private static final TenantId GREEDY = new TenantId("greedy");
    private static final TenantId QUIET = new TenantId("quiet");

    private final BodyBudget budget = new BodyBudget(CAPACITY);
    private final List<String> dropped = new ArrayList<>();

    private Lease open(TenantId tenant, String name) {
        return budget.open(tenant, () -> dropped.add(name));
    }

    private Lease complete(TenantId tenant, String name, int kib) {
        Lease lease = open(tenant, name);
        assertThat(lease.resize((long) kib * KIB)).isTrue();
        lease.complete();
        return lease;
    }

    @Test
    void tenant_mayHoldAQuarterOfWhatIsFree() {
        Lease first = open(GREEDY, "first");
        Lease second = open(GREEDY, "second");

        boolean tooMuch = first.resize(251 * KIB);
        boolean most = first.resize(250 * KIB);
        first.complete();
        boolean more = second.resize(KIB);

        assertThat(tooMuch).isFalse();
        assertThat(most).isTrue();
        assertThat(more).isFalse(); // a quarter of 750 KiB is less than it holds
        assertThat(budget.held()).isEqualTo(250 * KIB);
    }

    @Test
    void tenant_mayAlwaysHold64KiB_whileThereIsRoom() {
        for (int i = 0; i < 15; i++) {
            complete(new TenantId("tenant-" + i), "complete", 64);
        }

        complete(QUIET, "last", 40);
        boolean beyond = open(new TenantId("late"), "late").resize(KIB);

        assertThat(beyond).isFalse(); // all is used, and no other body is incomplete
        assertThat(dropped).isEmpty();
    }

    @Test
    void oldestIncompleteBodyOfTheTenant_isDroppedForItsNewOne() {
        Lease stalled = open(GREEDY, "stalled");
        stalled.resize(100 * KIB);
        Lease second = open(GREEDY, "second");
        second.resize(100 * KIB);

        boolean third = open(GREEDY, "third").resize(100 * KIB);

        assertThat(third).isTrue();
        assertThat(dropped).containsExactly("stalled");
        assertThat(stalled.resize(KIB)).isFalse();
        assertThat(budget.held()).isEqualTo(200 * KIB);
    }

    @Test
    void oldestIncompleteBodyOfTheLargestTenant_isDropped_whenTheBudgetIsUsedUp() {
        open(GREEDY, "large").resize(200 * KIB);
        for (int i = 0; i < 12; i++) {
            complete(new TenantId("tenant-" + i), "complete", 64);
        }

        boolean newcomer = open(QUIET, "newcomer").resize(64 * KIB);

        assertThat(newcomer).isTrue();
        assertThat(dropped).containsExactly("large");
    }

    @Test
    void completeBody_isNotDropped() {
        complete(GREEDY, "complete", 200);

        boolean more = open(GREEDY, "more").resize(100 * KIB);

        assertThat(more).isFalse();
        assertThat(dropped).isEmpty();
    }

    @Test
    void budget_isFree_onceAllBodiesAreClosed() {
        Lease first = complete(GREEDY, "first", 200);
        Lease second = open(QUIET, "second");
        second.resize(30 * KIB);

        first.close();
        first.close();
        second.close();

        assertThat(budget.held()).isZero();
        assertThat(open(GREEDY, "next").resize(250 * KIB)).isTrue();
    }

    @Test
    void lease_holdsAsMuchAsBefore_whenThereIsNoRoom() {
        Lease lease = open(GREEDY, "one");
        lease.resize(100 * KIB);

        boolean grown = lease.resize(500 * KIB);

        assertThat(grown).isFalse();
        assertThat(budget.held()).isEqualTo(100 * KIB);
    }

    @Test
    void lease_shrinks() {
        Lease lease = open(GREEDY, "one");
        lease.resize(100 * KIB);

        lease.resize(10 * KIB);

        assertThat(budget.held()).isEqualTo(10 * KIB);
    }
}
