package dev.streamgauge.ingest;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.tenant.TenantLimits;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Templates of samples that were accepted lately, so that their texts need not be parsed, checked and sorted again. Tenants
 * share them: a template says what a text means, and nothing of who has sent it.
 *
 * <p>A table of fixed size: each hash has four places side by side, where the template learnt last drives out the oldest.
 * Whoever makes hashes collide drives out four templates, which costs those that sent them a parse. Thread-safe; templates may
 * be forgotten at any time.
 */
@Singleton
final class TemplateCache {

    /** A template is worth remembering up to that many bytes of text. */
    static final int MAX_TEXT = 1024;

    /** Of the series that are remembered as registered, those whose template is: a template is twice as large. */
    private static final int PART_OF_KNOWN_SERIES = 4;

    /** A power of two. */
    private static final int PLACES_OF_A_HASH = 4;

    /** Families that are shared, by hash; a power of two. */
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

    /** The template of a text, if it is remembered, and was validated as these limits validate. */
    @Nullable
    SampleTemplate find(SampleScanner text, TenantLimits limits) {
        int first = firstPlace(text.hash());
        for (int place = first; place < first + PLACES_OF_A_HASH; place++) {
            SampleTemplate template = places.get(place);
            if (isTemplateOf(template, text, limits)) {
                return template;
            }
        }
        return null;
    }

    private static boolean isTemplateOf(@Nullable SampleTemplate template, SampleScanner text, TenantLimits limits) {
        return template != null
                && template.hash() == text.hash()
                && text.isThatOf(template)
                && limits.validatesTextsAs(template.validatedUnder());
    }

    /** An equal family, the same object for most templates, so that what each sample needs is in the processor's cache. */
    Family shared(Family family) {
        int place = family.hashCode() & FAMILIES - 1;
        Family known = families.get(place);
        if (family.equals(known)) {
            return known;
        }
        families.set(place, family);
        return family;
    }

    /** Remembers a template. */
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
