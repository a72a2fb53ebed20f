package dev.streamgauge.redis.accounting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageReaderTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final TenantId OTHER = new TenantId("other");

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private TenantUsage read(TenantId tenant) {
        return new UsageReader(redis.topology(KEYSPACE))
                .read(tenant)
                .await()
                .indefinitely(); // the connection has a deadline
    }

    private List<FamilySize> largest(TenantId tenant, int most) {
        return new UsageReader(redis.topology(KEYSPACE)).readLargestFamilies(tenant, most);
    }

    private void setTotals(String... fields) {
        String[] command = new String[fields.length + 2];
        command[0] = "HSET";
        command[1] = KEYSPACE.tenantTotals(ACME);
        System.arraycopy(fields, 0, command, 2, fields.length);
        redis.command(command);
    }

    private void register(TenantId tenant, String family, int series) {
        redis.command("HSET", KEYSPACE.families(tenant), family, "c");
        for (int i = 0; i < series; i++) {
            redis.command("HSET", KEYSPACE.family(tenant, family), "n=\"" + i + "\"", "r");
        }
    }

    private void appendEntry(long millis) {
        redis.command("XADD", KEYSPACE.stream(0), millis + "-0", "p", "payload");
    }

    @Test
    void read_tellsAllCounts() {
        setTotals("series", "5", "accepted", "100", "folded", "70", "dead", "10", "pending", "20");
        setTotals("pushed", "1700000000123", "backlog", "3");
        redis.command(
                "HSET", KEYSPACE.tenantRejections(ACME), "type-conflict", "2", "backlog-full", "9007199254740992");
        register(ACME, "a_total", 1);
        register(ACME, "b_total", 1);
        register(OTHER, "c_total", 1);

        TenantUsage usage = read(ACME);

        assertThat(usage.series()).isEqualTo(5);
        assertThat(usage.families()).isEqualTo(2);
        assertThat(List.of(usage.accepted(), usage.folded(), usage.dead(), usage.pending()))
                .isEqualTo(List.of(100L, 70L, 10L, 20L));
        assertThat(usage.lastPush()).contains(Instant.ofEpochMilli(1_700_000_000_123L));
        assertThat(usage.backlogEntries()).isEqualTo(3);
        assertThat(usage.rejected()).isEqualTo(Map.of("type-conflict", 2L, "backlog-full", 1L << 53));
    }

    @Test
    void read_isAllZero_whenTheTenantNeverSentAnything() {
        appendEntry(1_000);

        TenantUsage usage = read(ACME);

        assertThat(usage.toString())
                .isEqualTo(
                        "TenantUsage[series=0, families=0, accepted=0, folded=0, dead=0, pending=0, stale=0, rejected={},"
                                + " lastPush=Optional.empty, backlogEntries=0, bytes=Bytes[registry=0, backlog=0, idempotency=0], oldestUnfolded=PT0S]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    # backlog | since, s ago | oldest entry, s ago | age in s
                    1         | 100          | 50                  | 50
                    1         | 50           | 100                 | 50
                    1         |              | 70                  | 70
                    1         | 100          |                     | 0
                    0         | 100          | 100                 | 0
                    1         | 100          | -50                 | 0
                    """)
    void age_isBoundedByTheTenantsBacklogAndByThePartitions(int backlog, Integer since, Integer oldest, int age) {
        long nowMillis = redis.nowMillis();
        setTotals("backlog", String.valueOf(backlog));
        if (since != null) {
            setTotals("since", String.valueOf(nowMillis - since * 1_000L));
        }
        if (oldest != null) {
            appendEntry(nowMillis - oldest * 1_000L);
        }

        Duration read = read(ACME).oldestUnfolded();

        assertThat(read).isBetween(Duration.ofSeconds(age), Duration.ofSeconds(age == 0 ? 0 : age + 20));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    # windows ago | bytes
                    0             | 730
                    1             | 700
                    2             | 0
                    -1            | 730
                    """)
    void read_tellsTheBytes_andThoseOfRecordsAsLongAsTheyMayBeLeft(long windowsAgo, long records) {
        long window = redis.nowMillis() / 600_000 - windowsAgo;
        setTotals("registry_bytes", "5000", "backlog", "1", "backlog_bytes", "300");
        redis.setField(
                KEYSPACE.tenantTotals(ACME),
                "idempotency".getBytes(StandardCharsets.US_ASCII),
                ByteBuffer.allocate(24)
                        .putDouble((double) window)
                        .putDouble(700)
                        .putDouble(30)
                        .array());

        TenantUsage.Bytes bytes = read(ACME).bytes();

        assertThat(bytes).isEqualTo(new TenantUsage.Bytes(5000, 300, records));
    }

    @Test
    void read_tellsNoBytesOfABacklog_whenThereIsNone() {
        setTotals("backlog", "0", "backlog_bytes", "300"); // as an older release leaves it

        assertThat(read(ACME).bytes().backlog()).isZero();
    }

    @Test
    void read_fails_whenAKeyIsOfAnotherType() {
        redis.command("SET", KEYSPACE.tenantRejections(ACME), "unexpected");

        assertThatThrownBy(() -> read(ACME)).isInstanceOf(RedisFailure.class);
    }

    @Test
    void largestFamilies_areThoseWithMostSeries_largestFirst() {
        register(ACME, "small", 1);
        register(ACME, "large", 4);
        register(ACME, "medium_b", 2);
        register(ACME, "medium_a", 2);
        register(OTHER, "huge", 5);

        assertThat(largest(ACME, 3))
                .containsExactly(
                        new FamilySize("large", 4), new FamilySize("medium_a", 2), new FamilySize("medium_b", 2));
        assertThat(largest(ACME, 10)).hasSize(4);
    }

    @Test
    void largestFamilies_areNone_whenTheTenantHasNone() {
        assertThat(largest(ACME, 10)).isEmpty();
    }

    @Test
    void largestFamilies_areFoundInPages_whenThereAreMany() {
        IntStream.range(0, 3_000).forEach(i -> register(ACME, "family_" + i, i == 1_234 ? 3 : 1));
        redis.command("CONFIG", "RESETSTAT");

        List<FamilySize> found = largest(ACME, 1);

        assertThat(found).containsExactly(new FamilySize("family_1234", 3));
        assertThat(redis.calls("hlen")).isBetween(3_000L, 3_100L);
        assertThat(redis.calls("hscan")).isGreaterThanOrEqualTo(6);
    }
}
