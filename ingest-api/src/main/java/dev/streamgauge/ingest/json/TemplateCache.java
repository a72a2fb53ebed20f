package dev.streamgauge.ingest.json;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.ingest.IngestConfig;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Templates of recently accepted samples, so that their texts need not be parsed, validated and sorted again. Tenants
 * share templates: a template depends only on the text, not on its sender.
 *
 * <p>The table has a fixed size. Each hash has four adjacent places, and a new template evicts the oldest of them. A
 * sender that makes hashes collide can only evict four templates, which costs their senders one parse each.
 * Thread-safe; templates may be forgotten at any time.
 */
@Singleton
final class TemplateCache {

    /** Templates with more bytes of text are not cached. */
    static final int MAX_TEXT = 1024;

    /** One template is cached for so many known series, because a template takes twice the memory of a series. */
    private static final int PART_OF_KNOWN_SERIES = 4;

    /** A power of two. */
    private static final int PLACES_OF_A_HASH = 4;

    /** Number of shared families, by hash; a power of two. */
    private static final int FAMILIES = 4096;

    private final AtomicReferenceArray<@Nullable Family> families = new AtomicReferenceArray<>(FAMILIES);
    private final AtomicReferenceArray<@Nullable SampleTemplate> places;
    private final int mask;

    @Inject
    TemplateCache(IngestConfig config) {
        this(config.knownSeries() / PART_OF_KNOWN_SERIES);
    }

    /** A table of at most that many templates. */
    TemplateCache(int capacity) {
        int size = Integer.highestOneBit(Math.max(PLACES_OF_A_HASH, capacity));
        this.places = new AtomicReferenceArray<>(size);
        this.mask = size - PLACES_OF_A_HASH;
    }

    /** The template of a text, if it is cached and was validated under limits that validate texts alike. */
    @Nullable
    SampleTemplate find(SampleScanner scanner, TenantLimits limits) {
        int first = firstPlace(scanner.hash());
        for (int place = first; place < first + PLACES_OF_A_HASH; place++) {
            SampleTemplate template = places.get(place);
            if (isTemplateOf(template, scanner, limits)) {
                return template;
            }
        }
        return null;
    }

    private static boolean isTemplateOf(@Nullable SampleTemplate template, SampleScanner scanner, TenantLimits limits) {
        return template != null
                && template.hash() == scanner.hash()
                && scanner.isTextOf(template)
                && limits.validatesTextsAs(template.validatedUnder());
    }

    /** An equal family. Most templates get the same object, so that families stay in the processor's cache. */
    Family shared(Family family) {
        int place = family.hashCode() & FAMILIES - 1;
        Family known = families.get(place);
        if (family.equals(known)) {
            return known;
        }
        families.set(place, family);
        return family;
    }

    /** Caches a template. */
    void put(SampleTemplate template) {
        int first = firstPlace(template.hash());
        for (int place = first + PLACES_OF_A_HASH - 1; place > first; place--) {
            places.set(place, places.get(place - 1));
        }
        places.set(first, template);
    }

    private int firstPlace(long hash) {
        return (int) (hash >>> Integer.SIZE) & mask;
    }
}
