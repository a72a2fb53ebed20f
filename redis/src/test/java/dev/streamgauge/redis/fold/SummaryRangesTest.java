package dev.streamgauge.redis.fold;

import static dev.streamgauge.testkit.Samples.summary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.streamgauge.core.aggregation.SummaryDelta;
import dev.streamgauge.core.family.Quantiles;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.testkit.stored.StoredSummaries;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Summaries whose sketches have a range, as a later release stores them. */
class SummaryRangesTest {

    private static final Sample SERIES = summary("bytes", "", 512);
    private static final Quantiles EXTREMES = Quantiles.of(0, 1).orElseThrow();

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    private void store(long now, long admittedAtMillis, double value) {
        SummaryDelta summary = new SummaryDelta();
        summary.observe(value, admittedAtMillis);
        partition.store("acme", SERIES, StoredSummaries.encodeWithRange(summary, value, value, now));
    }

    private FoldAnswer fold(long now, double value) {
        FoldConnection consumer = partition.consumer("worker");
        partition.append(new EntryId(now, 0), "acme", summary("bytes", "", value));
        return Partition.fold(consumer, Partition.readNew(consumer));
    }

    private double[] extremes(long now) {
        SummaryDelta total = (SummaryDelta) partition.stored("acme", SERIES).total();
        return total.quantiles(EXTREMES, now);
    }

    @Test
    void quantiles_areExact_whenTheRangeIsKnown() {
        long now = redis.nowMillis();
        store(now, now, 512);

        assertThat(extremes(now)).containsExactly(512, 512);
    }

    @Test
    void fold_keepsTheRangeOfASlot_whenItAddsToAnother() {
        long now = redis.nowMillis();
        store(now, now - SummaryDelta.SLOT.toMillis(), 512);

        assertThat(fold(now, 700)).isEqualTo(new FoldAnswer.Folded(0));

        assertThat(partition.storedBytes("acme", SERIES)[0]).isEqualTo(StoredSeries.SUMMARY_WITH_RANGES);
        assertThat(extremes(now + 4 * SummaryDelta.SLOT.toMillis())[0]).isCloseTo(700, within(7.0));
        assertThat(extremes(now)[0]).isCloseTo(512, within(5.12));
    }

    @Test
    void fold_losesTheRangeOfASlot_whenItAddsValuesOfAnUnknownRange() {
        long now = redis.nowMillis();
        store(now, now, 512);

        assertThat(fold(now, 700)).isEqualTo(new FoldAnswer.Folded(0));

        SummaryDelta total = (SummaryDelta) partition.stored("acme", SERIES).total();
        assertThat(total.count()).isEqualTo(2);
        assertThat(extremes(now)[0]).isCloseTo(512, within(5.12)).isNotEqualTo(512);
        assertThat(extremes(now)[1]).isCloseTo(700, within(7.0));
    }
}
