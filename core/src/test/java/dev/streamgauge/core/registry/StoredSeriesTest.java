package dev.streamgauge.core.registry;

import static dev.streamgauge.core.SampleArbitraries.family;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.streamgauge.core.aggregation.CounterDelta;
import dev.streamgauge.core.aggregation.GaugeDelta;
import dev.streamgauge.core.aggregation.HistogramDelta;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.aggregation.SummaryDelta;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.stream.EntryId;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StoredSeriesTest {

    private static final Instant CREATED = Instant.ofEpochMilli(1_763_700_000_123L);
    private static final Instant UPDATED = Instant.ofEpochSecond(0xffff_fffeL);

    @Property(tries = 20)
    void decode_readsHeaderAndTotal_whenValueIsOfTheFamily(@ForAll MetricType type) {
        SeriesDelta total = total(type);

        StoredSeries series =
                StoredSeries.decode(family("a", type), value(type, total)).orElseThrow();

        assertThat(series.created()).isEqualTo(CREATED);
        assertThat(series.updated()).isEqualTo(UPDATED);
        assertThat(series.total().packed()).isEqualTo(total.packed());
    }

    @Property(tries = 20)
    void decode_isEmpty_whenNothingWasFoldedYet(@ForAll MetricType type) {
        byte[] registered = {StoredSeries.REGISTERED};

        assertThat(StoredSeries.decode(family("a", type), registered)).isEmpty();
    }

    @Property(tries = 100)
    void decode_rejects_whenValueIsOfAnotherType(@ForAll MetricType type, @ForAll MetricType other) {
        Family family = family("a", other);
        byte[] value = value(type, total(type));

        if (type != other) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> StoredSeries.decode(family, value))
                    .withMessage("series value: letter "
                            + (int) StoredSeries.lettersOf(type).charAt(0) + " in a " + other.text());
        }
    }

    @Property
    void decode_rejects_whenValueIsCutShort(@ForAll MetricType type, @ForAll Random random) {
        byte[] value = value(type, total(type));

        byte[] cut = Arrays.copyOf(value, random.nextInt(value.length));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoredSeries.decode(family("a", type), cut))
                .withMessage("series value: cut short");
    }

    @Property(tries = 2000)
    void decode_readsOrRejects_whenBitsAreFlipped(
            @ForAll MetricType type, @ForAll @IntRange(min = 1, max = 4) int flips, @ForAll Random random) {
        byte[] value = value(type, total(type));
        for (int i = 0; i < flips; i++) {
            value[random.nextInt(value.length)] ^= (byte) (1 << random.nextInt(8));
        }

        try {
            assertThat(StoredSeries.decode(family("a", type), value)).isPresent();
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageStartingWith("series value: ");
        }
    }

    @Test
    void decode_rejects_whenBytesFollow() {
        byte[] value = value(MetricType.COUNTER, total(MetricType.COUNTER));
        byte[] longer = Arrays.copyOf(value, value.length + 1);
        byte[] registeredAndMore = {StoredSeries.REGISTERED, 0};

        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoredSeries.decode(family("a", MetricType.COUNTER), longer))
                .withMessage("series value: bytes after its end");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoredSeries.decode(family("a", MetricType.COUNTER), registeredAndMore))
                .withMessage("series value: letter 114 in a counter");
    }

    private static byte[] value(MetricType type, SeriesDelta total) {
        ByteBuffer value = ByteBuffer.allocate(StoredSeries.HEADER_LENGTH + total.packedLength());
        value.put((byte) StoredSeries.lettersOf(type).charAt(0)).putDouble((double) CREATED.toEpochMilli());
        value.putInt((int) UPDATED.getEpochSecond());
        total.pack(value);
        return value.array();
    }

    private static SeriesDelta total(MetricType type) {
        SeriesDelta total = SeriesDelta.empty(type, family("a", type).layout());
        switch (total) {
            case CounterDelta counter -> counter.add(1.5);
            case GaugeDelta gauge -> gauge.set(-7, CREATED.toEpochMilli(), new EntryId(CREATED.toEpochMilli(), 1), 2);
            case HistogramDelta histogram -> histogram.observe(0.3);
            case SummaryDelta summary -> {
                summary.observe(0, CREATED.toEpochMilli());
                summary.observe(512, CREATED.toEpochMilli());
                summary.observe(-512, CREATED.toEpochMilli() + SummaryDelta.SLOT.toMillis());
            }
        }
        return total;
    }
}
