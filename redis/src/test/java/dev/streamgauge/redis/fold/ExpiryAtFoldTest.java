package dev.streamgauge.redis.fold;

import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.gauge;
import static dev.streamgauge.testkit.Samples.histogram;
import static dev.streamgauge.testkit.Samples.summary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.consumer.ReadEntry;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the fold makes of a series that expired and was not swept away yet. */
class ExpiryAtFoldTest {

    private static final int HOUR = 3_600;
    private static final SeriesExpiry AN_HOUR = new SeriesExpiry(HOUR, HOUR, HOUR, HOUR);
    private static final Sample ORDERS = counter("orders_total", "", 2);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    static Stream<Arguments> kinds() {
        return Stream.of(
                arguments(counter("orders_total", "", 2)),
                arguments(gauge("depth", "", 2)),
                arguments(histogram("seconds", "", 0.5, 1.5)),
                arguments(summary("bytes", "", 10, 20)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void series_startsAgain_whenItExpired(Sample sample) {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", sample);
        Partition.fold(consumer, AN_HOUR, Partition.readNew(consumer));
        byte[] once = valueOf(sample);
        age(sample, HOUR + 2);

        long before = redis.nowMillis();
        partition.admit("acme", sample);
        Partition.fold(consumer, AN_HOUR, Partition.readNew(consumer));

        StoredSeries restarted = partition.stored("acme", sample);
        assertThat(restarted.created().toEpochMilli()).isBetween(before, redis.nowMillis());
        assertThat(valueOf(sample)).isEqualTo(once);
        assertThat(partition.count("acme", "series")).isEqualTo(1);
    }

    @Test
    void gauge_takesAnOlderTimestamp_whenWhatItHadExpired() {
        FoldConnection consumer = partition.consumer("worker");
        long now = redis.nowMillis();
        partition.admit("acme", gauge(0, "depth", "", 7, now));
        Partition.fold(consumer, AN_HOUR, Partition.readNew(consumer));
        Sample older = gauge(0, "depth", "", 3, now - 1_000);
        age(older, HOUR + 2);

        partition.admit("acme", older);
        Partition.fold(consumer, AN_HOUR, Partition.readNew(consumer));

        assertThat(ByteBuffer.wrap(partition.storedBytes("acme", older)).getDouble(StoredSeries.HEADER_LENGTH))
                .isEqualTo(3);
    }

    @Test
    void series_goesOn_whenItsTimeIsNotOver() {
        assertThat(totalAfter(HOUR - 2, AN_HOUR)).isEqualTo(4);
    }

    @Test
    void series_goesOn_whenItNeverExpires() {
        assertThat(totalAfter(100 * HOUR, new SeriesExpiry(0, HOUR, HOUR, HOUR)))
                .isEqualTo(4);
    }

    private double totalAfter(int ageSeconds, SeriesExpiry expiry) {
        FoldConnection consumer = partition.consumer("worker");
        partition.foldAfterAdmitting(consumer, ORDERS);
        age(ORDERS, ageSeconds);
        partition.admit("acme", ORDERS);
        Partition.fold(consumer, expiry, Partition.readNew(consumer));
        return total();
    }

    /** Aggregators were away: the sample came in time, and is folded long after. */
    @Test
    void series_goesOn_whenTheSampleWasAdmittedInTime() {
        FoldConnection consumer = partition.consumer("worker");
        partition.foldAfterAdmitting(consumer, ORDERS);
        long updated = partition.stored("acme", ORDERS).updatedSeconds();
        partition.admit("acme", ORDERS);
        List<ReadEntry> read = Partition.readNew(consumer);
        // As if two hours had passed since it was folded, and one hour and a half since the next sample was admitted.
        age(ORDERS, 2 * HOUR);
        ageBacklog(read.getFirst(), HOUR + HOUR / 2);

        Partition.fold(consumer, new SeriesExpiry(HOUR, 0, 0, 0), Partition.readOwn(consumer));

        assertThat(total()).isEqualTo(4);
        assertThat(partition.stored("acme", ORDERS).updatedSeconds()).isGreaterThanOrEqualTo(updated);
    }

    /** Entries keep ids of the time before the step, and the watermark must not follow them. */
    @Test
    void series_goesOn_whenTheClockWasSetBackByMoreThanItsExpiry() {
        FoldConnection consumer = partition.consumer("worker");
        partition.foldAfterAdmitting(consumer, ORDERS);
        partition.admit("acme", ORDERS);
        ageBacklog(Partition.readNew(consumer).getFirst(), -HOUR);

        Partition.fold(consumer, new SeriesExpiry(HOUR / 2, 0, 0, 0), Partition.readOwn(consumer));

        assertThat(total()).isEqualTo(4);
    }

    @Test
    void series_goesOn_whenItWasFoldedBeforeTheClockWasSetBack() {
        assertThat(totalAfter(-HOUR, AN_HOUR)).isEqualTo(4);
        assertThat(partition.stored("acme", ORDERS).updatedSeconds()).isLessThanOrEqualTo(redis.nowMillis() / 1_000);
    }

    @Test
    void tenant_isNotedForSweeping_whenASeriesBegins() {
        FoldConnection consumer = partition.consumer("worker");
        partition.foldAfterAdmitting(consumer, ORDERS);
        assertThat(redis.command("ZRANGE", Partition.SWEEPS, "0", "-1")).isEqualTo(List.of("acme"));
        redis.command("ZADD", Partition.SWEEPS, "9999999999", "acme");

        partition.foldAfterAdmitting(consumer, counter("orders_total", "a=\"1\"", 1));

        assertThat(redis.command("ZSCORE", Partition.SWEEPS, "acme")).isEqualTo("9999999999");
    }

    /** An idle tenant may be due in a long time. */
    @Test
    void tenant_isDueWhenItsNewSeriesMayExpire_ifThatIsEarlier() {
        FoldConnection consumer = partition.consumer("worker");
        redis.command("ZADD", Partition.SWEEPS, "9999999999", "acme");
        partition.admit("acme", ORDERS);

        Partition.fold(consumer, new SeriesExpiry(HOUR, 0, 0, 0), Partition.readNew(consumer));

        long due = Long.parseLong(String.valueOf(redis.command("ZSCORE", Partition.SWEEPS, "acme")));
        assertThat(due - redis.nowMillis() / 1_000).isBetween(HOUR - 10L, HOUR + 1L);
    }

    @Test
    void fold_goesOn_whenTheSweepsHoldUnexpectedData() {
        redis.command("SET", Partition.SWEEPS, "not ours");
        FoldConnection consumer = partition.consumer("worker");

        FoldAnswer answer = partition.foldAfterAdmitting(consumer, ORDERS);

        assertThat(answer).isEqualTo(new FoldAnswer.Folded(0));
        assertThat(redis.command("GET", Partition.SWEEPS)).isEqualTo("not ours");
    }

    private double total() {
        return ((Counter.Delta) partition.stored("acme", ORDERS).total()).value();
    }

    /** What is stored of a series but its times; of a gauge, which holds its place in the stream, the value alone. */
    private byte[] valueOf(Sample like) {
        byte[] packed = partition.stored("acme", like).total().packed();
        return like.family().type() == MetricType.GAUGE ? Arrays.copyOf(packed, Double.BYTES) : packed;
    }

    /** Lets a stored series be last folded so long ago. */
    private void age(Sample like, int seconds) {
        byte[] value = partition.storedBytes("acme", like);
        ByteBuffer in = ByteBuffer.wrap(value);
        long now = redis.nowMillis() / 1_000;
        in.putDouble(1, (now - seconds) * 1_000.0).putInt(1 + Double.BYTES, (int) (now - seconds));
        partition.store("acme", like, value);
    }

    /** Puts an entry that is pending back in time, since no test waits an hour. */
    private void ageBacklog(ReadEntry entry, int seconds) {
        long millis = redis.nowMillis() - seconds * 1_000L;
        redis.command("DEL", Partition.STREAM);
        redis.append(Partition.STREAM, millis + "-0", entry.payload().orElseThrow());
        redis.command("HSET", Partition.totalsOf("acme"), "since", Long.toString(millis));
        FoldConnection consumer = partition.consumer("worker");
        assertThat(Partition.readNew(consumer)).hasSize(1);
    }
}
