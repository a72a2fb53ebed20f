package dev.streamgauge.ingest;

import dev.streamgauge.core.tenant.TenantLimits;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Shapes of samples that were accepted lately, so that their texts need not be parsed, checked and sorted again. Tenants
 * share them: a shape says what a text means, and nothing of who has sent it.
 *
 * <p>A table of fixed size: each hash has two places, for the shape used last and the one before. Whoever makes hashes
 * collide drives out two shapes, which costs those that sent them a parse. Thread-safe; shapes may be forgotten at any
 * time.
 */
@Singleton
final class SampleShapes {

    /** A shape is worth remembering up to that many bytes of text. */
    static final int MAX_TEXT = 1024;

    /** Of the series that are remembered as registered, those whose shape is: a shape is twice as large. */
    private static final int PART_OF_KNOWN_SERIES = 4;

    private final AtomicReferenceArray<@Nullable SampleShape> places;
    private final int mask;

    @Inject
    SampleShapes(IngestConfig config) {
        this(config.knownSeries() / PART_OF_KNOWN_SERIES);
    }

    /** A table of at most that many shapes. */
    SampleShapes(int capacity) {
        int size = Integer.highestOneBit(Math.max(2, capacity));
        this.places = new AtomicReferenceArray<>(size);
        this.mask = size - 1;
    }

    /** The shape of a text, if it is remembered, and was judged as these limits judge. */
    @Nullable
    SampleShape find(SampleText text, TenantLimits limits) {
        int place = place(text.hash());
        SampleShape first = places.get(place);
        if (isShapeOf(first, text, limits)) {
            return first;
        }
        SampleShape second = places.get(place ^ 1);
        return isShapeOf(second, text, limits) ? second : null;
    }

    private static boolean isShapeOf(@Nullable SampleShape shape, SampleText text, TenantLimits limits) {
        return shape != null
                && shape.hash() == text.hash()
                && text.isThatOf(shape)
                && limits.judgesTextsAs(shape.judgedUnder());
    }

    /** Remembers a shape. */
    void put(SampleShape shape) {
        int place = place(shape.hash());
        places.set(place ^ 1, places.get(place));
        places.set(place, shape);
    }

    private int place(long hash) {
        return (int) (hash >>> Integer.SIZE) & mask;
    }
}
