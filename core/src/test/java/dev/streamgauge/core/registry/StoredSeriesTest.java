package dev.streamgauge.core.registry;

import static dev.streamgauge.core.SampleArbitraries.family;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.streamgauge.core.SampleArbitraries;
import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.stream.EntryId;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StoredSeriesTest {

    private static final Instant CREATED = Instant.ofEpochMilli(1_763_700_000_123L);
    private static final long UPDATED_SECONDS = 0xffff_fffeL;

    @Provide
    Arbitrary<Aggregation> aggregations() {
        return SampleArbitraries.aggregations();
    }

    @Property(tries = 20)
    void decode_readsHeaderAndTotal_whenValueIsOfTheFamily(@ForAll("aggregations") Aggregation aggregation) {
        SeriesDelta total = total(aggregation);

        StoredSeries series = StoredSeries.decode(family("a", aggregation), value(aggregation, total))
                .orElseThrow();

        assertThat(series.created()).isEqualTo(CREATED);
        assertThat(series.updatedSeconds()).isEqualTo(UPDATED_SECONDS);
        assertThat(series.total().packed()).isEqualTo(total.packed());
    }

    @Property(tries = 20)
    void decode_isEmpty_whenNothingWasFoldedYet(@ForAll("aggregations") Aggregation aggregation) {
        byte[] registered = {StoredSeries.REGISTERED};

        assertThat(StoredSeries.decode(family("a", aggregation), registered)).isEmpty();
    }

    @Property(tries = 100)
    void decode_rejects_whenValueIsOfAnotherType(
            @ForAll("aggregations") Aggregation aggregation, @ForAll("aggregations") Aggregation other) {
        Family family = family("a", other);
        byte[] value = value(aggregation, total(aggregation));

        if (!aggregation.kind().equals(other.kind())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> StoredSeries.decode(family, value))
                    .withMessage("series value: letter "
                            + (int) aggregation.kind().storedCodes().charAt(0) + " in a "
                            + other.kind().name());
        }
    }

    @Property
    void decode_rejects_whenValueIsCutShort(@ForAll("aggregations") Aggregation aggregation, @ForAll Random random) {
        byte[] value = value(aggregation, total(aggregation));

        byte[] cut = Arrays.copyOf(value, random.nextInt(value.length));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoredSeries.decode(family("a", aggregation), cut))
                .withMessage("series value: cut short");
    }

    @Property(tries = 2000)
    void decode_readsOrRejects_whenBitsAreFlipped(
            @ForAll("aggregations") Aggregation aggregation,
            @ForAll @IntRange(min = 1, max = 4) int flips,
            @ForAll Random random) {
        byte[] value = value(aggregation, total(aggregation));
        for (int i = 0; i < flips; i++) {
            value[random.nextInt(value.length)] ^= (byte) (1 << random.nextInt(8));
        }

        try {
            assertThat(StoredSeries.decode(family("a", aggregation), value)).isPresent();
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageStartingWith("series value: ");
        }
    }

    @Test
    void decode_rejects_whenBytesFollow() {
        byte[] value = value(Counter.INSTANCE, total(Counter.INSTANCE));
        byte[] longer = Arrays.copyOf(value, value.length + 1);
        byte[] registeredAndMore = {StoredSeries.REGISTERED, 0};

        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoredSeries.decode(family("a", Counter.INSTANCE), longer))
                .withMessage("series value: bytes after its end");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoredSeries.decode(family("a", Counter.INSTANCE), registeredAndMore))
                .withMessage("series value: letter 114 in a counter");
    }

    private static byte[] value(Aggregation aggregation, SeriesDelta total) {
        ByteBuffer value = ByteBuffer.allocate(StoredSeries.HEADER_LENGTH + total.packedLength());
        value.put((byte) aggregation.kind().storedCodes().charAt(0)).putDouble((double) CREATED.toEpochMilli());
        value.putInt((int) UPDATED_SECONDS);
        total.pack(value);
        return value.array();
    }

    private static SeriesDelta total(Aggregation aggregation) {
        SeriesDelta total = aggregation.newDelta();
        switch (total) {
            case Counter.Delta counter -> counter.add(1.5);
            case Gauge.Delta gauge -> gauge.set(-7, CREATED.toEpochMilli(), new EntryId(CREATED.toEpochMilli(), 1), 2);
            case Histogram.Delta histogram -> histogram.observe(0.3);
            case Summary.Delta summary -> {
                summary.observe(0, CREATED.toEpochMilli());
                summary.observe(512, CREATED.toEpochMilli());
                summary.observe(-512, CREATED.toEpochMilli() + Summary.SLOT.toMillis());
            }
            default -> throw new AssertionError(total);
        }
        return total;
    }
}
