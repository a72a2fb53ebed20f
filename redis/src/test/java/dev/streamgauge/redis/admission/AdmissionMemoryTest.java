package dev.streamgauge.redis.admission;

import static dev.streamgauge.core.snapshot.MetricType.COUNTER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.accounting.TenantSizes;
import dev.streamgauge.redis.admission.MemoryPressure.Level;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What each level of memory pressure rejects of a large and of a small tenant, and which sizes are noted. */
class AdmissionMemoryTest {

    private static final String GROWTH = "memory pressure: FOR_GROWTH";
    private static final int NOTED_BYTES = 65_536;
    private static final int ENTRY_BYTES = 100;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final AdmissionDesk desk = new AdmissionDesk(redis);

    /** Bytes of each of the two tenants once they have been {@linkplain #begin() begun}. */
    private long size;

    @BeforeEach
    void begin() {
        for (String tenant : new String[] {"acme", "other"}) {
            desk.admit(Push.of(tenant)
                    .family("orders_total", COUNTER)
                    .series("orders_total", "a=\"1\"")
                    .key("k1", "body", "the first answer"));
        }
        desk.admit(push("acme"));
        size = total("other", "registry_bytes") + total("other", "backlog_bytes") + recordBytes("other");
    }

    private static Push push(String tenant) {
        return Push.of(tenant);
    }

    private long total(String tenant, String field) {
        return Long.parseLong(desk.total(tenant, field).orElse("0").toString());
    }

    /** By the rule in the script's header. */
    private static long recordBytes(String tenant) {
        String key = AdmissionDesk.KEYSPACE.idempotency(new TenantId(tenant), "k1");
        return key.length()
                + 1L
                + 32
                + Push.of(tenant).key("k1", "body", "the first answer").build().answer().length
                + 150;
    }

    /** Only acme, which has one entry more, is large then. */
    private MemoryPressure at(Level level) {
        return new MemoryPressure(level, size);
    }

    @Test
    void growth_isWhatLargeTenantsMayNot() {
        String told = desk.admitUnder(
                at(Level.GROWTH),
                push("acme"),
                push("acme").series("orders_total", "a=\"1\"").family("orders_total", COUNTER),
                push("acme").series("orders_total", "b=\"1\""),
                push("acme").family("other_total", COUNTER),
                push("acme").key("k2", "body", ""));

        assertThat(told).isEqualTo(String.join("\n", "stored", "stored", GROWTH, GROWTH, GROWTH));
    }

    @Test
    void growth_isFreeForSmallTenants() {
        String told = desk.admitUnder(
                at(Level.GROWTH),
                push("other").series("orders_total", "b=\"1\"").family("more_total", COUNTER),
                push("other").series("orders_total", "c=\"1\""));

        assertThat(told).isEqualTo("stored\n" + GROWTH); // the first has made it large
    }

    @Test
    void largeTenants_mayNotPush_atTheSecondLevel() {
        String told = desk.admitUnder(
                at(Level.LARGE), push("acme"), push("other").key("k2", "body", ""), push("other"), push("third"));

        assertThat(told).isEqualTo("""
                        memory pressure: FOR_LARGE_TENANTS
                        stored
                        memory pressure: FOR_LARGE_TENANTS
                        stored""");
    }

    @Test
    void nothingIsStored_atTheLastLevel() {
        String before = redis.dump();

        String told = desk.admitUnder(
                MemoryPressure.ALL,
                push("acme"),
                push("other"),
                push("third"),
                push("other").key("k2", "body", ""),
                push("other").samples(0).entries(0));

        assertThat(told).isEqualTo("memory pressure: OF_THE_STORE\n".repeat(4) + "nothing");
        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(
            value = Level.class,
            names = {"GROWTH", "LARGE"})
    void tenantsDoNotBegin_whereTheirNumberIsLimited(Level level) {
        String told = desk.admitUnder(at(level), 5, push("third"), push("other"));

        assertThat(told).isEqualTo("memory pressure: FOR_NEW_TENANTS\nstored");
    }

    @ParameterizedTest
    @EnumSource(Level.class)
    void repeatedRequests_areAnswered(Level level) {
        String told = desk.admitUnder(
                at(level), push("acme").key("k1", "body", ""), push("acme").key("k1", "other body", ""));

        assertThat(told).isEqualTo("replay: the first answer\nkey reused");
    }

    @Test
    void rejectedGrowth_isCharged() {
        Push grows = push("acme").rate(1, 10).charge(1, 8).series("orders_total", "b=\"1\"");

        String told = desk.admitUnder(
                at(Level.GROWTH), grows, push("acme").rate(1, 10).charge(3, 3));

        assertThat(told).startsWith(GROWTH + "\nover rate");
    }

    /** Their bytes are those of a backlog entry, whose payload is given. */
    private void admitBytes(String tenant, int bytes) {
        desk.admit(push(tenant).entries(new byte[bytes - ENTRY_BYTES]));
    }

    private String noted() {
        return String.valueOf(redis.command(
                "ZRANGE", AdmissionDesk.KEYSPACE.sizes(AdmissionDesk.PARTITION), "0", "-1", "WITHSCORES"));
    }

    @ParameterizedTest
    @CsvSource({"0, []", "1, '[other, 65537]'"})
    void size_isNoted_fromSoManyBytesOn(int more, String noted) {
        admitBytes("other", (int) (NOTED_BYTES + more - size));

        assertThat(noted()).isEqualTo(noted);
    }

    @ParameterizedTest
    @CsvSource({"80000, '[other, 640000]'", "80001, '[other, 720001]'"})
    void size_isNotedAgain_whenItHasChangedByAnEighth(int more, String noted) {
        admitBytes("other", (int) (640_000 - size));

        admitBytes("other", more);

        assertThat(noted()).isEqualTo(noted);
        assertThat(TenantSizes.readLargest(redis.topology(AdmissionDesk.KEYSPACE))
                        .await()
                        .indefinitely()) // the connection has a deadline
                .containsExactly(Long.valueOf(noted.replaceAll("\\D", "")));
    }

    @Test
    void pushes_areStored_whenTheSizesHoldUnexpectedData() {
        redis.command("SET", AdmissionDesk.KEYSPACE.sizes(AdmissionDesk.PARTITION), "not ours");

        String told = desk.admit(push("other").entries(new byte[NOTED_BYTES]));

        assertThat(told).isEqualTo("stored");
        assertThat(desk.total("other", "noted")).isEmpty(); // so that it is noted when it can be
    }
}
