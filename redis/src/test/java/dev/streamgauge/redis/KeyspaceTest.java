package dev.streamgauge.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.tenant.TenantId;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyspaceTest {

    private static final TenantId ACME = new TenantId("acme");

    @Test
    void keys_areAsDocumented() {
        Keyspace keyspace = new Keyspace(16);

        String keys = String.join(
                "\n",
                keyspace.partitionCount(),
                keyspace.stream(3),
                keyspace.totals(3),
                keyspace.deadLetters(3),
                keyspace.tenantTotals(ACME),
                keyspace.families(ACME),
                keyspace.family(ACME, "orders_total"),
                keyspace.tenantDeadLetters(ACME),
                keyspace.idempotency(ACME, "order-17"),
                keyspace.tenantRecords(),
                keyspace.tenantsChanged(),
                keyspace.tenantsDeleted(),
                keyspace.tenantsMeta());

        assertThat(keys).isEqualTo("""
                        sg:partitions
                        sg:{3}:stream
                        sg:{3}:totals
                        sg:{3}:dead
                        sg:{14}:t:acme:totals
                        sg:{14}:t:acme:families
                        sg:{14}:t:acme:f:orders_total
                        sg:{14}:t:acme:dead
                        sg:{14}:idem:acme:order-17
                        sg:{tenants}:records
                        sg:{tenants}:changed
                        sg:{tenants}:deleted
                        sg:{tenants}:meta""");
    }

    @Test
    void keys_beginWithThePrefix() {
        Keyspace keyspace = new Keyspace(16, "team-a");

        List<String> keys = List.of(
                keyspace.partitionCount(),
                keyspace.stream(3),
                keyspace.totals(3),
                keyspace.deadLetters(3),
                keyspace.tenantTotals(ACME),
                keyspace.families(ACME),
                keyspace.family(ACME, "orders_total"),
                keyspace.tenantDeadLetters(ACME),
                keyspace.idempotency(ACME, "order-17"));

        assertThat(keys).allMatch(key -> key.startsWith("team-a:"));
    }

    /** Kept forever: with another rule, a tenant's registry and its new samples would lie apart. */
    @ParameterizedTest
    @CsvSource({"anonymous, 16, 14", "acme, 16, 14", "acme, 64, 62", "acme, 1, 0", "a, 16, 3", "b, 16, 9"})
    void partitionOf_neverChanges(String tenant, int partitions, int expected) {
        int partition = new Keyspace(partitions).partitionOf(new TenantId(tenant));

        assertThat(partition).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16, 63, 64})
    void partitionOf_usesEveryPartition_andNoOther(int partitions) {
        Keyspace keyspace = new Keyspace(partitions);

        List<Integer> used = IntStream.range(0, 10_000)
                .map(i -> keyspace.partitionOf(new TenantId("tenant-" + i)))
                .distinct()
                .sorted()
                .boxed()
                .toList();

        assertThat(used).isEqualTo(IntStream.range(0, partitions).boxed().toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"acme", "!-_.*'()", "0", "A.b"})
    void keysOfATenant_shareTheHashTagOfItsPartition(String name) {
        Keyspace keyspace = new Keyspace(64);
        TenantId tenant = new TenantId(name);
        int partition = keyspace.partitionOf(tenant);

        List<String> keys = List.of(
                keyspace.stream(partition),
                keyspace.totals(partition),
                keyspace.deadLetters(partition),
                keyspace.tenantTotals(tenant),
                keyspace.families(tenant),
                keyspace.family(tenant, "a:b_total"),
                keyspace.tenantDeadLetters(tenant),
                keyspace.idempotency(tenant, "{other}:t:acme:totals"));

        assertThat(keys).extracting(KeyspaceTest::hashTag).containsOnly(Integer.toString(partition));
        assertThat(keys).doesNotHaveDuplicates();
    }

    /** What Redis Cluster hashes: what stands between the first opening brace and the first closing one after it. */
    private static String hashTag(String key) {
        int open = key.indexOf('{');
        return key.substring(open + 1, key.indexOf('}', open));
    }

    @Test
    void keysOfTenants_areDisjoint_whateverTheirNames() {
        Keyspace keyspace = new Keyspace(1);
        TenantId f = new TenantId("f");
        TenantId t = new TenantId("t");

        List<String> keys = List.of(
                keyspace.tenantTotals(f),
                keyspace.families(f),
                keyspace.family(f, "totals"),
                keyspace.family(f, "f:totals"),
                keyspace.family(f, "dead"),
                keyspace.tenantDeadLetters(f),
                keyspace.tenantTotals(t),
                keyspace.families(t),
                keyspace.family(t, "f:totals"),
                keyspace.idempotency(f, "t:x"),
                keyspace.idempotency(t, "x"));

        assertThat(keys).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64})
    void keyspace_accepts_whenWithinTheLimit(int partitions) {
        assertThat(new Keyspace(partitions).partitions()).isEqualTo(partitions);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 65})
    void keyspace_rejects_whenOutsideTheLimit(int partitions) {
        assertThatThrownBy(() -> new Keyspace(partitions))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("partitions: " + partitions + ", must be 1 to 64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "SG_2.test-9"})
    void prefix_isAccepted_whenAllowed(String prefix) {
        assertThat(new Keyspace(1, prefix).stream(0)).isEqualTo(prefix + ":{0}:stream");
    }

    @Test
    void prefix_isAccepted_whenAsLongAsMayBe_andRejectedWhenLonger() {
        String longest = "a".repeat(64);

        assertThat(new Keyspace(1, longest).prefix()).isEqualTo(longest);
        assertThatThrownBy(() -> new Keyspace(1, longest + "a")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a:b", "{a}", "a}", "a*", "a?", "[a]", "a b", "a\\", "a\n", "ä", "%a"})
    void prefix_isRejected_whenItCouldMeanOtherKeys(String prefix) {
        assertThatThrownBy(() -> new Keyspace(1, prefix))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("prefix: '" + prefix + "'");
    }
}
