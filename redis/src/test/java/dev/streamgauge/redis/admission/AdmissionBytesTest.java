package dev.streamgauge.redis.admission;

import static dev.streamgauge.core.snapshot.MetricType.COUNTER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RegistryBytes;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.Samples;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A tenant's bytes, as admission counts them, and each limit of them at its edge. */
class AdmissionBytesTest {

    private static final TenantId ACME = new TenantId("acme");
    private static final String TOTALS = AdmissionDesk.KEYSPACE.tenantTotals(ACME);
    private static final Family ORDERS = Samples.family("orders_total", COUNTER);

    /** Of a registered series, besides its labels: 'r', and what a hash table needs. */
    private static final int NEW_SERIES = 1 + 64;

    private static final long WINDOW_MILLIS = 600_000;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final AdmissionDesk desk = new AdmissionDesk(redis);

    private static Push push() {
        return Push.of("acme");
    }

    private static Push series(long maxBytes, String... labels) {
        return push().maxRegistryBytes(maxBytes).series("orders_total", labels);
    }

    private long bytes(String field) {
        return Long.parseLong(desk.total("acme", field).orElse("0").toString());
    }

    private long familyBytes() {
        return 200L + "orders_total".length() + FamilyCodec.encode(ORDERS).length;
    }

    @Test
    void registry_isAsLarge_asWhatIsStored() {
        desk.admit(push().family(ORDERS).series("orders_total", "a", "bb"), push().series("orders_total", "bb", "ccc"));
        desk.admit(push().family("depth", COUNTER).series("depth", "").series("orders_total", "ü"));

        assertThat(bytes("registry_bytes")).isEqualTo(RegistryBytes.count(redis, AdmissionDesk.KEYSPACE, ACME));
    }

    @ParameterizedTest
    @ValueSource(ints = {62, 63, 64, 65, 200})
    void registry_isAsLarge_asWhatIsStored_onBothSidesOfAListpacksEntries(int count) {
        desk.admit(push().family(ORDERS));
        String[] labels =
                IntStream.range(0, count).mapToObj(i -> "l=\"" + i + "\"").toArray(String[]::new);

        desk.admit(push().series("orders_total", labels), push().series("orders_total", "last"));

        assertThat(bytes("registry_bytes")).isEqualTo(RegistryBytes.count(redis, AdmissionDesk.KEYSPACE, ACME));
    }

    /** Then the estimate is wrong by a family's worth, and not more with each new series. */
    @Test
    void registry_isAboutAsLarge_whenRedisHasOtherLimitsOfAListpack() {
        redis.configure("hash-max-listpack-entries", "512");
        desk.admit(push().family(ORDERS));

        for (int i = 0; i < 500; i++) {
            desk.admit(push().series("orders_total", "l=\"" + i + "\""));
        }

        assertThat(bytes("registry_bytes") - RegistryBytes.count(redis, AdmissionDesk.KEYSPACE, ACME))
                .isBetween(0L, 65L * 56);
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 65})
    void registry_isAsLarge_asWhatIsStored_onBothSidesOfAListpacksLength(int length) {
        desk.admit(push().family(ORDERS).series("orders_total", "a", "b"));

        desk.admit(push().series("orders_total", "l".repeat(length), "c"));

        assertThat(bytes("registry_bytes")).isEqualTo(RegistryBytes.count(redis, AdmissionDesk.KEYSPACE, ACME));
    }

    @Test
    void knownSeries_costNoCalls() {
        desk.admit(push().family(ORDERS).series("orders_total", "a"));
        TenantEpoch epoch = desk.epochOf("acme");
        redis.command("CONFIG", "RESETSTAT");

        desk.admit(push().epoch(epoch));

        assertThat(redis.calls("hmget")).isEqualTo(2); // the totals of the partition and of the tenant
        assertThat(redis.calls("hset")).isEqualTo(2); // likewise
        assertThat(redis.calls("hget") + redis.calls("hlen") + redis.calls("object.encoding"))
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({"0, stored", "-1, over series limit: [] and in bytes: [1]"})
    void registryLimit_isExact(int more, String told) {
        desk.admit(push().family(ORDERS).series("orders_total", "a"));
        long room = bytes("registry_bytes") + 2 * (2 + NEW_SERIES);

        String answer = desk.admit(series(room + more, "bb", "cc"));

        assertThat(answer).isEqualTo(told);
    }

    @ParameterizedTest
    @CsvSource({"0, stored", "-1, families differ: 1 has no room"})
    void registryLimit_isExact_forFamilies(int more, String told) {
        long room = 2 * familyBytes();

        String answer = desk.admit(push().maxRegistryBytes(room + more)
                .family(Samples.family("orders_aaaaa", COUNTER))
                .family(Samples.family("orders_bbbbb", COUNTER)));

        assertThat(answer).isEqualTo(told);
    }

    @ParameterizedTest
    @CsvSource({"0, stored", "-1, over series limit: [] and in bytes: [0]"})
    void registryLimit_countsFamilyAndSeriesOfARequest(int more, String told) {
        long room = familyBytes() + 1 + NEW_SERIES;

        String answer =
                desk.admit(push().maxRegistryBytes(room + more).family(ORDERS).series("orders_total", "a"));

        assertThat(answer).isEqualTo(told);
    }

    @Test
    void registryLimit_isExact_overTheRequestsOfACall() {
        desk.admit(push().family(ORDERS));
        long room = familyBytes() + 1 + 1 + 8 + 1 + NEW_SERIES; // the first series is in a listpack once it is stored

        String told = desk.admit(series(room, "a"), series(room, "b"), series(room, "c"), series(room, "a", "b"));

        assertThat(told).isEqualTo("""
                        stored
                        stored
                        over series limit: [] and in bytes: [0]
                        stored""");
    }

    /** Two processes have a connection each, and no other way to know what the tenant has. */
    private AdmissionAnswer admitByAnother(Push request) {
        RedisConnections others = redis.connectionsTo(redis.url(), Duration.ofSeconds(10));
        return new AdmissionScript(new SingleServer(others, AdmissionDesk.KEYSPACE), AdmissionTerms.DEFAULTS)
                .call(0, MemoryPressure.NONE, List.of(request.build()))
                .await()
                .indefinitely() // the connection has a deadline
                .getFirst();
    }

    @Test
    void registryLimit_isExact_overTwoProcesses() {
        desk.admit(push().family(ORDERS).series("orders_total", "a"));
        long room = bytes("registry_bytes") + 1 + NEW_SERIES;

        AdmissionAnswer first = admitByAnother(series(room, "b"));
        String second = desk.admit(series(room, "c"));

        assertThat(first).isInstanceOf(AdmissionAnswer.Stored.class);
        assertThat(second).isEqualTo("over series limit: [] and in bytes: [0]");
    }

    @Test
    void backlogLimit_isExact_overTwoProcesses() {
        AdmissionAnswer first = admitByAnother(push().maxBacklogBytes(203));
        String second = desk.admit(push().maxBacklogBytes(202), push().maxBacklogBytes(201));

        assertThat(first).isInstanceOf(AdmissionAnswer.Stored.class);
        assertThat(second).isEqualTo("stored\nbacklog full in bytes");
    }

    @Test
    void recordsLimit_isExact_overTwoProcesses() {
        long room = 2 * recordBytes(push().key("k1", "body", ""));

        AdmissionAnswer first = admitByAnother(push().key("k1", "body", "").maxRecordBytes(room));
        String second = desk.admit(
                push().key("k2", "body", "").maxRecordBytes(room),
                push().key("k3", "body", "").maxRecordBytes(room));

        assertThat(first).isInstanceOf(AdmissionAnswer.Stored.class);
        assertThat(second).isEqualTo("stored\nover records limit");
    }

    @Test
    void registryLimit_letsKnownSeriesPass_whenItIsReached() {
        desk.admit(push().family(ORDERS).series("orders_total", "a"));

        String told = desk.admit(series(1, "a"));

        assertThat(told).isEqualTo("stored");
    }

    @ParameterizedTest
    @CsvSource({"0, stored", "-1, backlog full in bytes"})
    void backlogLimit_isExact_overCalls(int more, String told) {
        desk.admit(push().entries(new byte[7]));
        long room = 107 + 2 * 105;

        String answer = desk.admit(push().maxBacklogBytes(room + more).entries(new byte[5], new byte[5]));

        assertThat(answer).isEqualTo(told);
    }

    @Test
    void backlogLimit_isExact_overTheRequestsOfACall() {
        String told = desk.admit(
                push().maxBacklogBytes(210).entries(new byte[5]),
                push().maxBacklogBytes(210).entries(new byte[6]),
                push().maxBacklogBytes(210).entries(new byte[5]),
                Push.of("other").maxBacklogBytes(106).entries(new byte[6]));

        assertThat(told).isEqualTo("stored\nbacklog full in bytes\nstored\nstored");
        assertThat(bytes("backlog_bytes")).isEqualTo(210);
    }

    /** An older release moves the entries, and not the bytes. */
    @Test
    void backlog_hasNoBytes_whenItIsEmpty() {
        redis.command("HSET", TOTALS, "backlog", "0", "backlog_bytes", "1000000");

        String told = desk.admit(push().maxBacklogBytes(101));

        assertThat(told).isEqualTo("stored");
        assertThat(bytes("backlog_bytes")).isEqualTo(101);
    }

    private static long recordBytes(Push keyed) {
        AdmissionRequest request = keyed.build();
        return 183L + AdmissionDesk.KEYSPACE.idempotency(ACME, "k1").length() + request.answer().length;
    }

    @ParameterizedTest
    @CsvSource({"0, stored", "-1, over records limit"})
    void recordsLimit_isExact_overCalls(int more, String told) {
        Push first = push().key("k1", "body", "");
        desk.admit(first);
        long room = 2 * recordBytes(first);

        String answer = desk.admit(push().key("k2", "body", "").maxRecordBytes(room + more));

        assertThat(answer).isEqualTo(told);
    }

    @Test
    void recordsLimit_isExact_overTheRequestsOfACall() {
        long room = 2 * recordBytes(push().key("k1", "body", ""));

        String told = desk.admit(
                push().key("k1", "body", "").maxRecordBytes(room),
                push().key("k2", "body", "").maxRecordBytes(room),
                push().key("k3", "body", "").maxRecordBytes(room),
                push().key("k1", "body", "").maxRecordBytes(room),
                push().maxRecordBytes(room));

        assertThat(told).isEqualTo("stored\nstored\nover records limit\nreplay: \nstored");
    }

    @Test
    void recordsLimit_usesNoKeyUp_andChargesNothing() {
        desk.admit(push());
        String before = redis.dump();

        String told = desk.admit(push().key("k1", "body", "").maxRecordBytes(1).rate(1, 10));

        assertThat(told).isEqualTo("over records limit");
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void recordsLimit_tellsWhenTheWindowEnds() {
        AdmissionAnswer answer =
                desk.answers(push().key("k1", "body", "").maxRecordBytes(1)).getFirst();

        assertThat(answer)
                .isInstanceOfSatisfying(
                        AdmissionAnswer.OverRecordsLimit.class,
                        over -> assertThat(over.retryAfter())
                                .isBetween(Duration.ofMillis(1), Duration.ofMillis(WINDOW_MILLIS)));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 322, 50",
        "1, 222, 100",
        "2, 222, 0",
        "-1, 322, 50", // the clock stepped back
        "-6, 322, 50",
        "6, 222, 0",
    })
    void records_areForgotten_afterTwoWindows(long windowsAgo, double now, double before) {
        byte[] field = "idempotency".getBytes(StandardCharsets.US_ASCII);
        double window = (double) Math.floorDiv(redis.nowMillis(), WINDOW_MILLIS);
        ByteBuffer stored = ByteBuffer.allocate(24)
                .putDouble(window - windowsAgo)
                .putDouble(100)
                .putDouble(50);
        redis.setField(TOTALS, field, stored.array());
        Push keyed = push().key("k1", "body", "answer");

        desk.admit(keyed);

        ByteBuffer counted = ByteBuffer.wrap(redis.field(TOTALS, field));
        assertThat(recordBytes(keyed)).isEqualTo(222);
        assertThat(counted.getDouble()).isBetween(window, window + 1);
        assertThat(counted.getDouble()).isEqualTo(now);
        assertThat(counted.getDouble()).isEqualTo(before);
    }
}
