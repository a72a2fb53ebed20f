package dev.streamgauge.core.entry;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.AggregationKinds;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.entry.EntryReader.EntryFamily;
import dev.streamgauge.core.entry.EntryReader.Labels;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.stream.ByteSource;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Entries of one partition merged in memory: one delta per series, regardless of the number of samples. Not
 * thread-safe.
 */
public final class FoldBatch {

    private final AggregationKinds kinds;
    private final List<EntryId> entries = new ArrayList<>();
    private final Map<TenantId, TenantDeltas> tenants = new HashMap<>();
    private int seriesCount;
    private int units;
    private long labelBytes;

    /** An empty batch. */
    public FoldBatch() {
        this(AggregationKinds.ALL);
    }

    /** An empty batch of samples of these kinds. */
    public FoldBatch(AggregationKinds kinds) {
        this.kinds = kinds;
    }

    /**
     * Merges one entry, and returns its tenant. After a failure, discard the batch: it may contain a part of the entry.
     *
     * @throws MalformedEntryException if the entry cannot be read, or its kinds contradict another entry of the batch
     */
    public TenantId add(EntryId id, byte[] entry) throws MalformedEntryException {
        EntryReader.Header header =
                EntryReader.header(entry).orElseThrow(() -> new MalformedEntryException("unreadable header"));
        TenantDeltas tenant = tenants.computeIfAbsent(header.tenant(), TenantDeltas::new);
        EntryReader.read(entry, kinds, new Merging(tenant, id));
        tenant.samples += header.samples();
        tenant.entries++;
        tenant.entryBytes += entry.length;
        entries.add(id);
        return header.tenant();
    }

    /** The entries merged, in the order of adding. */
    public List<EntryId> entries() {
        return Collections.unmodifiableList(entries);
    }

    /** What the fold costs Redis without the number of entries and what is stored, in {@link FoldUnits}. */
    public int weight() {
        return units + FoldUnits.ofLabels(labelBytes);
    }

    /** Number of series of all tenants. */
    public int seriesCount() {
        return seriesCount;
    }

    /** What the batch adds, tenant by tenant. */
    public Collection<TenantDeltas> tenants() {
        return Collections.unmodifiableCollection(tenants.values());
    }

    /** What the batch adds to one tenant's registry. */
    public static final class TenantDeltas {

        private final TenantId tenant;
        private final Map<String, FamilyDeltas> families = new HashMap<>();
        private int samples;
        private int entries;
        private long entryBytes;

        /** The first series of the last entry. */
        private @Nullable Series first;

        private TenantDeltas(TenantId tenant) {
            this.tenant = tenant;
        }

        public TenantId tenant() {
            return tenant;
        }

        /** Samples merged. */
        public int samples() {
            return samples;
        }

        /** Entries merged. */
        public int entries() {
            return entries;
        }

        /** Total length of the entries merged. */
        public long entryBytes() {
            return entryBytes;
        }

        /** Families with at least one series. */
        public Collection<FamilyDeltas> families() {
            return families.values().stream()
                    .filter(family -> !family.series.isEmpty())
                    .toList();
        }
    }

    /** What the batch adds to one family. */
    public static final class FamilyDeltas {

        private final EntryFamily family;
        private final Map<CanonicalLabels, Series> series = new HashMap<>();

        private FamilyDeltas(EntryFamily family) {
            this.family = family;
        }

        /** The name and the aggregation under which its samples were admitted. */
        public EntryFamily family() {
            return family;
        }

        /** Each series once, in an order that does not change while nothing is added. */
        public Collection<Series> series() {
            return Collections.unmodifiableCollection(series.values());
        }
    }

    /**
     * What the batch adds to one series. It remembers which series followed it last, because a sender sends its series
     * in the same order every time.
     */
    public static final class Series {

        private final FamilyDeltas family;
        private final CanonicalLabels labels;
        private final SeriesDelta delta;
        private @Nullable Series next;

        private Series(FamilyDeltas family, CanonicalLabels labels, SeriesDelta delta) {
            this.family = family;
            this.labels = labels;
            this.delta = delta;
        }

        public CanonicalLabels labels() {
            return labels;
        }

        /** What is added; live. */
        public SeriesDelta delta() {
            return delta;
        }

        private boolean is(FamilyDeltas otherFamily, Labels otherLabels) {
            return family == otherFamily && otherLabels.is(labels);
        }
    }

    private final class Merging implements EntryReader.Samples<FamilyDeltas> {

        private final TenantDeltas tenant;
        private final EntryId id;
        private @Nullable Series last;

        private Merging(TenantDeltas tenant, EntryId id) {
            this.tenant = tenant;
            this.id = id;
        }

        @Override
        public FamilyDeltas family(EntryFamily family) throws MalformedEntryException {
            FamilyDeltas deltas = tenant.families.computeIfAbsent(family.name(), name -> new FamilyDeltas(family));
            if (!deltas.family.equals(family)) {
                throw new MalformedEntryException("type or layout contradicts another entry");
            }
            return deltas;
        }

        @Override
        public void sample(FamilyDeltas family, Labels labels, ByteSource in) throws MalformedEntryException {
            SeriesDelta delta = delta(family, labels); // which adds the units of a new series
            units += delta.addSample(in, id);
        }

        private SeriesDelta delta(FamilyDeltas family, Labels labels) {
            Series expected = last == null ? tenant.first : last.next;
            Series series = expected != null && expected.is(family, labels) ? expected : find(family, labels.copy());
            if (last == null) {
                tenant.first = series;
            } else {
                last.next = series;
            }
            last = series;
            return series.delta;
        }

        private Series find(FamilyDeltas family, CanonicalLabels labels) {
            Series series = family.series.get(labels);
            if (series == null) {
                Aggregation aggregation = family.family.aggregation();
                series = new Series(family, labels, aggregation.newDelta());
                family.series.put(labels, series);
                seriesCount++;
                units += aggregation.seriesUnits();
                labelBytes += labels.length();
            }
            return series;
        }
    }
}
