package dev.streamgauge.redis.fold;

import static dev.streamgauge.testkit.Samples.summary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.testkit.stored.StoredSummaries;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The least and the greatest value of a summary's window are exact; those that earlier releases stored are not. */
class SummaryRangesTest {

    private static final Sample SERIES = summary("bytes", "", 512);
    private static final Quantiles EXTREMES = Quantiles.of(0, 1).orElseThrow();
    private static final long SLOT_MILLIS = Summary.SLOT.toMillis();

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    private void storeWithoutRanges(long now, long admittedAtMillis, double value) {
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        summary.observe(value, admittedAtMillis);
        partition.store("acme", SERIES, StoredSummaries.encodeWithoutRanges(summary, now));
    }

    private void fold(long admittedAtMillis, double... values) {
        FoldConnection consumer = partition.consumer("worker");
        partition.append(new EntryId(admittedAtMillis, 0), "acme", summary("bytes", "", values));
        assertThat(Partition.fold(consumer, Partition.readNew(consumer))).isEqualTo(new FoldAnswer.Folded(0));
    }

    private double[] extremes(long now) {
        Summary.Delta total = (Summary.Delta) partition.stored("acme", SERIES).total();
        return total.quantiles(EXTREMES, now);
    }

    @Test
    void extremes_areExact_whenTheWindowHasSeveralSlotsAndFolds() {
        long now = redis.nowMillis();
        fold(now - SLOT_MILLIS, 512, 700);
        fold(now, 300.5);
        fold(now + 1, -7, 400.5);
        fold(now + 2, 12);

        assertThat(extremes(now)).containsExactly(-7, 700);
        assertThat(extremes(now + 4 * SLOT_MILLIS)).containsExactly(-7, 400.5);
    }

    @Test
    void extremes_areWithinOnePercent_whenAnEarlierReleaseStoredThem() {
        long now = redis.nowMillis();
        storeWithoutRanges(now, now, 512);

        assertThat(extremes(now)[0]).isCloseTo(512, within(5.12)).isNotEqualTo(512);
    }

    @Test
    void fold_addsToWhatAnEarlierReleaseStored_andItsSlotsStayWithoutRange() {
        long now = redis.nowMillis();
        storeWithoutRanges(now, now - SLOT_MILLIS, 512);

        fold(now, 700);
        fold(now + 1, 600);

        assertThat(partition.storedBytes("acme", SERIES)[0]).isEqualTo((byte) Summary.STORED);
        assertThat(extremes(now)[0]).isCloseTo(512, within(5.12)).isNotEqualTo(512);
        assertThat(extremes(now + 4 * SLOT_MILLIS)).containsExactly(600, 700);
    }
}
