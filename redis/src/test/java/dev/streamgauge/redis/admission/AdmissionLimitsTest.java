package dev.streamgauge.redis.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RealRedis;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each limit at its edge: within one request, over the requests of one call, and over several calls. */
class AdmissionLimitsTest {

    private static final String TOTALS = AdmissionDesk.KEYSPACE.tenantTotals(new TenantId("acme"));

    /** So slow that the time a test takes brings no room for a sample. */
    private static final double SLOW = 0.001;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final AdmissionDesk desk = new AdmissionDesk(redis);

    private static Push push() {
        return Push.of("acme");
    }

    private static Push series(int most, String... labels) {
        return push().maxSeries(most).series("orders_total", labels);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    # limit | first call | second call | answer to the second
                    3       |            | a b c       | stored
                    2       |            | a b c       | over series limit: [2]
                    1       |            | a b c       | over series limit: [1, 2]
                    3       | a b        | c           | stored
                    2       | a b        | c           | over series limit: [0]
                    2       | a b        | a b         | stored
                    2       | a b        | b c a       | over series limit: [1]
                    3       | a b        | b c a       | stored
                    1       | a b        | a           | stored
                    0       | a b        | c d e f     | stored
                    """)
    void seriesLimit_isExact_overCalls(int limit, String before, String now, String told) {
        desk.admit(series(0, before == null ? new String[0] : before.split(" ", -1)));

        String answer = desk.admit(series(limit, now.split(" ", -1)));

        assertThat(answer).isEqualTo(told);
    }

    @Test
    void seriesLimit_isExact_overTheRequestsOfOneCall() {
        String told = desk.admit(
                series(3, "a", "b"),
                series(3, "b", "c", "d"), // d is the fourth
                series(3, "b", "c"),
                series(3, "d"),
                series(3, "a", "b", "c"),
                series(4, "d"),
                Push.of("other").maxSeries(1).series("orders_total", "a"));

        assertThat(told).isEqualTo("""
                        stored
                        over series limit: [2]
                        stored
                        over series limit: [0]
                        stored
                        stored
                        stored""");
        assertThat(desk.total("acme", "series")).contains("4");
        assertThat(desk.total("other", "series")).contains("1");
    }

    @Test
    void seriesLimit_countsTheSeriesOfAllFamilies() {
        desk.admit(push().series("orders_total", "a").series("queue_depth", "a"));

        String told = desk.admit(series(2, "b"), series(3, "b"));

        assertThat(told).isEqualTo("over series limit: [0]\nstored");
    }

    @Test
    void series_countOnce_whenRegisteredByManyRequests() {
        desk.admit(series(0, "a"), series(0, "a", "b"), series(0, "b"));

        desk.admit(series(0, "a", "b"), series(0, "b"));

        assertThat(desk.total("acme", "series")).contains("2");
    }

    @Test
    void series_countOnce_whenTheyHoldAValueAlready() {
        redis.command("HSET", AdmissionDesk.KEYSPACE.family(new TenantId("acme"), "orders_total"), "a", "a value");
        redis.command("HSET", TOTALS, "series", "1");

        String told = desk.admit(series(1, "a"));

        assertThat(told).isEqualTo("stored");
        assertThat(desk.total("acme", "series")).contains("1");
        assertThat(redis.command("HGET", AdmissionDesk.KEYSPACE.family(new TenantId("acme"), "orders_total"), "a"))
                .isEqualTo("a value");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    # limit | entries before | entries now | told
                    3       | 0              | 3           | stored
                    2       | 0              | 3           | backlog full
                    3       | 2              | 1           | stored
                    3       | 2              | 2           | backlog full
                    3       | 3              | 1           | backlog full
                    1       | 3              | 1           | backlog full
                    """)
    void backlogLimit_isExact_overCalls(int limit, int before, int now, String told) {
        desk.admit(push().entries(before));

        String answer = desk.admit(push().maxBacklog(limit).entries(now));

        assertThat(answer).isEqualTo(told);
    }

    @Test
    void backlogLimit_isExact_overTheRequestsOfOneCall() {
        String told = desk.admit(
                push().maxBacklog(3).entries(2),
                push().maxBacklog(3).entries(2),
                push().maxBacklog(3).entries(1),
                push().maxBacklog(3).entries(1),
                Push.of("other").maxBacklog(1));

        assertThat(told).isEqualTo("""
                        stored
                        backlog full
                        stored
                        backlog full
                        stored""");
        assertThat(desk.entries()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    # burst | samples before | samples now | told
                    10      | 0              | 10          | stored
                    10      | 0              | 11          | over rate
                    10      | 7              | 3           | stored
                    10      | 7              | 4           | over rate
                    10      | 10             | 1           | over rate
                    0       | 0              | 1           | over rate
                    """)
    void rateLimit_allowsExactlyTheBurst_atOnce(int burst, int before, int now, String told) {
        desk.admit(push().rate(SLOW, burst).samples(before));

        String answer = desk.admit(push().rate(SLOW, burst).samples(now));

        assertThat(answer).isEqualTo(told);
    }

    @ParameterizedTest
    @CsvSource({"3, 7", "1, 3", "10, 3", "7, 11", "1000, 333", "200000, 10001", "1, 0.3", "99, 1e6", "1, 1e-9"})
    void rateLimit_allowsTheWholeBurst_whateverTheRounding(int burst, double rate) {
        String told = desk.admit(push().rate(rate, burst).samples(burst));

        assertThat(told).isEqualTo("stored");
    }

    @Test
    void rateLimit_isExact_overTheRequestsOfOneCall() {
        String told = desk.admit(
                push().rate(SLOW, 10).samples(6),
                push().rate(SLOW, 10).samples(5),
                push().rate(SLOW, 10).samples(4),
                push().rate(SLOW, 10).samples(1),
                Push.of("other").rate(SLOW, 10).samples(10));

        assertThat(told).isEqualTo("""
                        stored
                        over rate
                        stored
                        over rate
                        stored""");
    }

    @Test
    void rateLimit_saysWhenThereIsRoom() {
        desk.admit(push().rate(0.1, 10).samples(10));

        AdmissionAnswer told = desk.answers(push().rate(0.1, 10).samples(3)).getFirst();

        // Three samples come in 30 s, less what has passed since the first call.
        assertThat(told)
                .isInstanceOfSatisfying(
                        AdmissionAnswer.OverRate.class,
                        over -> assertThat(over.retryAfter())
                                .isBetween(Duration.ofSeconds(20), Duration.ofSeconds(30)));
    }

    @Test
    void rateLimit_hasRoom_onceThePromisedTimeHasPassed() {
        desk.admit(push().rate(0.1, 10).samples(10));
        double paidOffMillis =
                Double.parseDouble(String.valueOf(desk.total("acme", "tat").orElseThrow()));
        redis.command("HSET", TOTALS, "tat", String.valueOf(paidOffMillis - 30_000)); // as if 30 s had passed

        String told =
                desk.admit(push().rate(0.1, 10).samples(3), push().rate(0.1, 10).samples(1));

        assertThat(told).isEqualTo("stored\nover rate");
    }

    @Test
    void rateLimit_allowsNoMoreThanTheBurst_afterALongPause() {
        desk.admit(push().rate(SLOW, 10).samples(10));
        redis.command("HSET", TOTALS, "tat", "1000"); // in 1970

        String told = desk.admit(
                push().rate(SLOW, 10).samples(11), push().rate(SLOW, 10).samples(10));

        assertThat(told).isEqualTo("over rate\nstored");
    }

    @ParameterizedTest
    @CsvSource({
        "-5, over rate", // within the minute that is allowed for
        "5, 'stored'"
    })
    void rateLimit_forgets_whenTheClockHasSteppedBackByMoreThanAMinute(int secondsBeyond, String told) {
        long burstMillis = 10_000;
        long tat = redis.nowMillis() + burstMillis + 60_000 + secondsBeyond * 1_000L;
        redis.command("HSET", TOTALS, "tat", Long.toString(tat));

        String answer = desk.admit(push().rate(1, 10).samples(1));

        assertThat(answer).isEqualTo(told);
    }

    /** Whatever was charged before: the tenant is not locked out, and gets no more than the burst. */
    @ParameterizedTest
    @ValueSource(longs = {-3_600_000, 3_600_000})
    void rates_startOver_whenTheClockSteppedByAnHour(long storedAheadMillis) {
        String stored = Long.toString(redis.nowMillis() + storedAheadMillis);
        redis.command("HSET", TOTALS, "tat", stored, "request_tat", stored);

        String told = desk.admit(
                push().rate(1, 10).requestRate(1, 2).samples(5),
                push().rate(1, 10).requestRate(1, 2).samples(5),
                push().rate(1, 10).samples(1),
                push().requestRate(1, 2)); // in one call, in which no time passes

        assertThat(told).isEqualTo("stored\nstored\nover rate\nover request rate");
    }

    /** A burst that takes two hours to refill is half used up by the step. */
    @Test
    void rate_isOverForTheStepAtMost_whenTheBurstTakesLongerThanIt() {
        redis.command("HSET", TOTALS, "tat", Long.toString(redis.nowMillis() + 3_600_000));

        AdmissionAnswer answer =
                desk.answers(push().rate(1 / 7_200.0, 1).samples(1)).getFirst();

        assertThat(answer)
                .isInstanceOfSatisfying(
                        AdmissionAnswer.OverRate.class,
                        over -> assertThat(over.retryAfter()).isBetween(Duration.ofMinutes(59), Duration.ofHours(1)));
    }

    @Test
    void rateLimit_isOff_whenZero() {
        desk.admit(push().rate(SLOW, 1));

        String told = desk.admit(push().rate(0, 0).samples(1_000_000));

        assertThat(told).isEqualTo("stored");
    }

    @Test
    void partitionBacklog_rejectsOnlyTheTenantsThatFillIt_whenFull() {
        AdmissionDesk small = new AdmissionDesk(redis, new AdmissionTerms(100, Optional.empty()));
        small.admit(push().entries(99));

        String told = small.admit(
                push(), // the hundredth
                push(),
                Push.of("other"),
                Push.of("other"), // with two of its own it has more than a hundredth
                Push.of("third"));

        assertThat(told).isEqualTo("""
                        stored
                        partition backlog full
                        stored
                        partition backlog full
                        stored""");
        assertThat(desk.entries()).isEqualTo(102);
    }

    @Test
    void partitionBacklog_countsTheWholeRequest_whenItIsOfManyEntries() {
        AdmissionDesk small = new AdmissionDesk(redis, new AdmissionTerms(100, Optional.empty()));

        String told = small.admit(push().entries(101), push().entries(100));

        assertThat(told).isEqualTo("partition backlog full\nstored");
    }

    @Test
    void rejections_useUpNothing_beforeTheLookups() {
        desk.admit(push().rate(SLOW, 10).samples(4).maxSeries(2).series("orders_total", "a"));
        Push tooFast = push().rate(SLOW, 10).samples(7).series("orders_total", "d");
        Push tooFar = push().rate(SLOW, 10).samples(3).maxBacklog(2).entries(2).series("orders_total", "e");
        desk.admit(tooFast, tooFar);

        String told = desk.admit(
                push().rate(SLOW, 10).samples(6).maxSeries(2).maxBacklog(2).series("orders_total", "b"));

        assertThat(told).isEqualTo("stored");
    }

    /** What was looked up is paid for, whatever comes of it. */
    @Test
    void request_isCharged_whenItsSeriesAreRejected() {
        desk.admit(push().rate(SLOW, 10).samples(4).maxSeries(2).series("orders_total", "a"));
        Push tooMany = push().rate(SLOW, 10).samples(3).maxSeries(2).series("orders_total", "b", "c");

        String first = desk.admit(tooMany);
        String second = desk.admit(push().rate(SLOW, 10).samples(4));

        assertThat(first).startsWith("over series limit");
        assertThat(second).startsWith("over rate");
    }

    @Test
    void request_isNotCharged_whenAnEarlierCallHasChargedIt() {
        desk.admit(push().rate(SLOW, 10).samples(10));

        String told = desk.admit(push().rate(SLOW, 10).samples(10).charge(0, 0));

        assertThat(told).isEqualTo("stored");
    }

    @Test
    void charge_mayExceedTheBurst_butTheValuesMayNot() {
        String first = desk.admit(push().rate(SLOW, 10).charge(10, 1_000));
        String second = desk.admit(push().rate(SLOW, 10).charge(1, 1));

        assertThat(first).isEqualTo("stored");
        assertThat(second).startsWith("over rate");
    }

    @Test
    void madeUpTenant_leavesNothing_whenItsSeriesAreRejected() {
        String told = desk.admit(push().rate(SLOW, 10).maxSeries(1).series("orders_total", "a", "b"));

        assertThat(told).startsWith("over series limit");
        assertThat(redis.dump()).isEmpty();
    }

    private static Push familySeries(int most, String... labels) {
        return push().maxFamilySeries(most).series("orders_total", labels);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    # limit | first call | second call | answer to the second
                    3       |            | a b c       | stored
                    2       |            | a b c       | over series limit: [] and of the family: [2]
                    3       | a b        | c           | stored
                    2       | a b        | c           | over series limit: [] and of the family: [0]
                    2       | a b        | a b         | stored
                    2       | a b        | b c a       | over series limit: [] and of the family: [1]
                    1       | a b        | a           | stored
                    0       | a b        | c d e f     | stored
                    """)
    void familySeriesLimit_isExact_overCalls(int limit, String before, String now, String told) {
        desk.admit(familySeries(0, before == null ? new String[0] : before.split(" ", -1)));

        String answer = desk.admit(familySeries(limit, now.split(" ", -1)));

        assertThat(answer).isEqualTo(told);
    }

    @Test
    void familySeriesLimit_isExact_overTheRequestsOfOneCall() {
        String told = desk.admit(
                familySeries(0, "a"), // not limited: the size of the family has not been read
                familySeries(3, "b"),
                familySeries(3, "c", "d"), // d is the fourth
                familySeries(3, "c"),
                familySeries(3, "d"),
                familySeries(3, "a", "b", "c"),
                familySeries(4, "d"),
                familySeries(3, "e").series("queue_depth", "a", "b", "c", "d"),
                Push.of("other").maxFamilySeries(1).series("orders_total", "a"));

        assertThat(told).isEqualTo("""
                        stored
                        stored
                        over series limit: [] and of the family: [1]
                        stored
                        over series limit: [] and of the family: [0]
                        stored
                        stored
                        over series limit: [] and of the family: [0, 4]
                        stored""");
    }

    @Test
    void familySeriesLimit_isSaidOnlyWhereTheTenantHasRoom() {
        desk.admit(push().series("orders_total", "a").series("queue_depth", "a"));

        String told = desk.admit(push().maxSeries(3)
                .maxFamilySeries(1)
                .series("orders_total", "b")
                .series("errors_total", "a")
                .series("queue_depth", "b"));

        assertThat(told).isEqualTo("over series limit: [2] and of the family: [0]");
    }

    @Test
    void familySeriesLimit_asksForEachFamilyOnceInACall() {
        redis.command("CONFIG", "RESETSTAT");

        desk.admit(familySeries(10, "a", "b", "c").series("queue_depth", "a"), familySeries(10, "d", "e"));

        assertThat(redis.calls("hlen")).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    # burst | requests before | told
                    1       | 0               | stored
                    3       | 2               | stored
                    3       | 3               | over request rate
                    4       | 4               | over request rate
                    0       | 0               | stored
                    0       | 1               | over request rate
                    """)
    void requestRateLimit_allowsExactlyTheBurst_atOnce(int burst, int before, String told) {
        for (int i = 0; i < before; i++) {
            desk.admit(push().requestRate(SLOW, 4));
        }

        String answer = desk.admit(push().requestRate(SLOW, burst).samples(1_000_000));

        assertThat(answer).isEqualTo(told);
    }

    @Test
    void requestRateLimit_isExact_overTheRequestsOfOneCall() {
        String told = desk.admit(
                push().requestRate(SLOW, 2),
                push().requestRate(SLOW, 2).maxBacklog(0), // which uses up no request
                push().requestRate(SLOW, 2),
                push().requestRate(SLOW, 2),
                Push.of("other").requestRate(SLOW, 2));

        assertThat(told).isEqualTo("""
                        stored
                        backlog full
                        stored
                        over request rate
                        stored""");
    }

    @Test
    void requestRateLimit_hasRoom_onceThePromisedTimeHasPassed() {
        desk.admit(push().requestRate(0.1, 2), push().requestRate(0.1, 2));
        double paidOffMillis = Double.parseDouble(
                String.valueOf(desk.total("acme", "request_tat").orElseThrow()));
        redis.command("HSET", TOTALS, "request_tat", String.valueOf(paidOffMillis - 10_000)); // as if 10 s had passed

        String told = desk.admit(push().requestRate(0.1, 2), push().requestRate(0.1, 2));

        assertThat(told).isEqualTo("stored\nover request rate");
    }

    @Test
    void requestRateLimit_isOff_whenZero() {
        desk.admit(push().requestRate(SLOW, 1));

        String told = desk.admit(push().requestRate(0, 0), push().requestRate(0, 0));

        assertThat(told).isEqualTo("stored\nstored");
    }

    @Test
    void requestRateLimit_letsRepetitionsPass() {
        desk.admit(push().requestRate(SLOW, 1).key("k", "body", "first answer"));

        String told = desk.admit(push().requestRate(SLOW, 1).key("k", "body", "second answer"));

        assertThat(told).isEqualTo("replay: first answer");
    }

    @ParameterizedTest
    @CsvSource({
        "0.1, 0.5, SAMPLES, 25, 30", // three samples in 30 s, one request in 2 s
        "10, 0.05, REQUESTS, 15, 20", // three samples in 0.3 s, one request in 20 s
    })
    void rateLimits_sayTheLongerWait_whenOverBoth(
            double rate, double requestRate, AdmissionAnswer.RateUnit unit, int least, int most) {
        desk.admit(push().rate(rate, 10).samples(10).requestRate(requestRate, 1));

        AdmissionAnswer told = desk.answers(push().rate(rate, 10).samples(3).requestRate(requestRate, 1))
                .getFirst();

        assertThat(told).isInstanceOfSatisfying(AdmissionAnswer.OverRate.class, over -> {
            assertThat(over.unit()).isEqualTo(unit);
            assertThat(over.retryAfter()).isBetween(Duration.ofSeconds(least), Duration.ofSeconds(most));
        });
    }

    @Test
    void rateLimits_useUpNeither_whenOneRejects() {
        desk.admit(push().rate(SLOW, 10).samples(4).requestRate(SLOW, 2));
        desk.admit(push().rate(SLOW, 10).samples(7).requestRate(SLOW, 2)); // too many samples

        String told = desk.admit(
                push().rate(SLOW, 10).samples(5).requestRate(SLOW, 2),
                push().rate(SLOW, 10).samples(1).requestRate(SLOW, 2), // too many requests
                push().rate(SLOW, 10).samples(1));

        assertThat(told).isEqualTo("stored\nover request rate\nstored");
    }

    @Test
    void backlog_isSinceTheFirstEntryThatWaits() {
        redis.command("HSET", TOTALS, "since", "1000", "backlog", "1");
        desk.admit(push());
        Optional<Object> whileOneWaits = desk.total("acme", "since");
        redis.command("HSET", TOTALS, "backlog", "0"); // as a fold does
        long before = redis.nowMillis();

        desk.admit(push(), push());

        assertThat(whileOneWaits).contains("1000");
        assertThat(Long.parseLong(String.valueOf(desk.total("acme", "since").orElseThrow())))
                .isBetween(before, redis.nowMillis());
    }
}
