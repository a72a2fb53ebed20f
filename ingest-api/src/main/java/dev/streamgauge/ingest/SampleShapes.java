package dev.streamgauge.ingest;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.tenant.TenantLimits;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Shapes of samples that were accepted lately, so that their texts need not be parsed, checked and sorted again. Tenants
 * share them: a shape says what a text means, and nothing of who has sent it.
 *
 * <p>A table of fixed size: each hash has four places side by side, where the shape learnt last drives out the oldest.
 * Whoever makes hashes collide drives out four shapes, which costs those that sent them a parse. Thread-safe; shapes may
 * be forgotten at any time.
 */
@Singleton
final class SampleShapes {

    /** A shape is worth remembering up to that many bytes of text. */
    static final int MAX_TEXT = 1024;

    /** Of the series that are remembered as registered, those whose shape is: a shape is twice as large. */
    private static final int PART_OF_KNOWN_SERIES = 4;

    /** A power of two. */
    private static final int PLACES_OF_A_HASH = 4;

    /** Families that are shared, by hash; a power of two. */
    private static final int FAMILIES = 4096;

    private final AtomicReferenceArray<@Nullable Family> families = new AtomicReferenceArray<>(FAMILIES);
    private final AtomicReferenceArray<@Nullable SampleShape> places;
    private final int mask;

    @Inject
    SampleShapes(IngestConfig config) {
        this(config.knownSeries() / PART_OF_KNOWN_SERIES);
    }

    /** A table of at most that many shapes. */
    SampleShapes(int capacity) {
        int size = Integer.highestOneBit(Math.max(PLACES_OF_A_HASH, capacity));
        this.places = new AtomicReferenceArray<>(size);
        this.mask = size - PLACES_OF_A_HASH;
    }

    /** The shape of a text, if it is remembered, and was judged as these limits judge. */
    @Nullable
    SampleShape find(SampleText text, TenantLimits limits) {
        int first = firstPlace(text.hash());
        for (int place = first; place < first + PLACES_OF_A_HASH; place++) {
            SampleShape shape = places.get(place);
            if (isShapeOf(shape, text, limits)) {
                return shape;
            }
        }
        return null;
    }

    private static boolean isShapeOf(@Nullable SampleShape shape, SampleText text, TenantLimits limits) {
        return shape != null
                && shape.hash() == text.hash()
                && text.isThatOf(shape)
                && limits.judgesTextsAs(shape.judgedUnder());
    }

    /** An equal family, the same object for most shapes, so that what each sample needs is in the processor's cache. */
    Family shared(Family family) {
        int place = family.hashCode() & FAMILIES - 1;
        Family known = families.get(place);
        if (family.equals(known)) {
            return known;
        }
        families.set(place, family);
        return family;
    }

    /** Remembers a shape. */
    void put(SampleShape shape) {
        int first = firstPlace(shape.hash());
        for (int place = first + PLACES_OF_A_HASH - 1; place > first; place--) {
            places.set(place, places.get(place - 1));
        }
        places.set(first, shape);
    }

    private int firstPlace(long hash) {
        return (int) (hash >>> Integer.SIZE) & mask;
    }
}
