package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.ingest.IngestConfig;
import dev.streamgauge.ingest.TwoGenerationCache;
import dev.streamgauge.ingest.protocol.SeriesMemo;
import dev.streamgauge.redis.admission.TenantEpoch;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Families and series that this process has seen registered, so that a sample of a known series costs Redis only its
 * append. Bounded: forgetting a series costs a lookup in the next admission, never correctness.
 *
 * <p>What is known about a tenant is valid for one epoch of that tenant. A deletion, or another run of Redis,
 * begins another epoch, and the admission script reports it. Thread-safe.
 */
@ApplicationScoped
public class RegisteredSeriesCache {

    private static final int MAX_TENANTS = 20_000;
    private static final int MAX_FAMILIES = 100_000;

    private final TwoGenerationCache<TenantId, Epoch> tenants = new TwoGenerationCache<>(MAX_TENANTS);
    private final TwoGenerationCache<FamilyKey, Family> families = new TwoGenerationCache<>(MAX_FAMILIES);
    private final TwoGenerationCache<SeriesKey, Boolean> series;

    public RegisteredSeriesCache(IngestConfig config) {
        series = new TwoGenerationCache<>(Math.max(1, config.knownSeries() / 2)); // there are two generations
    }

    /** One epoch of one tenant. Compared by identity, so that what was learned in another epoch is never found. */
    static final class Epoch extends SeriesMemo.Epoch {

        private final TenantId tenant;
        private final TenantEpoch named;

        private Epoch(TenantId tenant, TenantEpoch named) {
            this.tenant = tenant;
            this.named = named;
        }

        /** The epoch as the admission script names it. */
        TenantEpoch named() {
            return named;
        }
    }

    /** Comparable, because senders choose the names: a map keeps keys with equal hashes in a tree only if they are. */
    private record FamilyKey(Epoch epoch, String name) implements Comparable<FamilyKey> {

        @Override
        public int compareTo(FamilyKey other) {
            return name.compareTo(other.name);
        }
    }

    /** Comparable, as {@link FamilyKey}: labels that differ only in "Aa" and "BB" have equal hashes. */
    private record SeriesKey(Epoch epoch, String family, CanonicalLabels labels) implements Comparable<SeriesKey> {

        @Override
        public int compareTo(SeriesKey other) {
            int order = labels.compareTo(other.labels);
            return order == 0 ? family.compareTo(other.family) : order;
        }
    }

    /** The tenant's epoch, if one is known. */
    Optional<Epoch> find(TenantId tenant) {
        return Optional.ofNullable(tenants.find(tenant));
    }

    /** The family of that name, or null if it is not known to be registered. */
    @Nullable
    Family findFamily(Epoch epoch, String name) {
        return families.find(new FamilyKey(epoch, name));
    }

    /** Whether the series is known to be registered. */
    boolean isKnown(Epoch epoch, String family, CanonicalLabels labels) {
        return series.find(new SeriesKey(epoch, family, labels)) != null;
    }

    /** Returns the epoch to learn in, given the one that the admission script named. */
    Epoch enter(TenantId tenant, TenantEpoch named) {
        Epoch known = tenants.find(tenant);
        if (known != null && known.named.equals(named)) {
            return known;
        }
        Epoch entered = new Epoch(tenant, named);
        tenants.put(tenant, entered);
        return entered;
    }

    void learnFamily(Epoch epoch, Family family) {
        families.put(new FamilyKey(epoch, family.name()), family);
    }

    void learnSeries(Epoch epoch, String family, CanonicalLabels labels) {
        series.put(new SeriesKey(epoch, family, labels), Boolean.TRUE);
    }

    /** Forgets everything known about a tenant in that epoch. */
    void forget(Epoch epoch) {
        tenants.remove(epoch.tenant, epoch);
    }
}
