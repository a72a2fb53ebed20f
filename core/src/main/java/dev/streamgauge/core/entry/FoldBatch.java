package dev.streamgauge.core.entry;

import dev.streamgauge.core.aggregation.CounterDelta;
import dev.streamgauge.core.aggregation.GaugeDelta;
import dev.streamgauge.core.aggregation.HistogramDelta;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.aggregation.SummaryDelta;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.entry.EntryReader.EntryFamily;
import dev.streamgauge.core.entry.EntryReader.Labels;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
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

    private final List<EntryId> entries = new ArrayList<>();
    private final Map<TenantId, TenantDeltas> tenants = new HashMap<>();
    private int seriesCount;
    private int units;
    private long labelBytes;

    /**
     * Merges one entry, and returns its tenant. After a failure, discard the batch: it may contain a part of the entry.
     *
     * @throws MalformedEntryException if the entry cannot be read, or its types contradict another entry of the batch
     */
    public TenantId add(EntryId id, byte[] entry) throws MalformedEntryException {
        EntryReader.Header header =
                EntryReader.header(entry).orElseThrow(() -> new MalformedEntryException("unreadable header"));
        TenantDeltas tenant = tenants.computeIfAbsent(header.tenant(), TenantDeltas::new);
        EntryReader.read(entry, new Merging(tenant, id));
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

        /** The name, type and layout under which its samples were admitted. */
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
        public void counter(FamilyDeltas family, Labels labels, double increment) {
            if (delta(family, labels) instanceof CounterDelta counter) {
                counter.add(increment);
            }
        }

        @Override
        public void gauge(FamilyDeltas family, Labels labels, double value, long timestampMillis, int index) {
            if (delta(family, labels) instanceof GaugeDelta gauge) {
                long millis = timestampMillis == Sample.NO_TIMESTAMP ? id.millis() : timestampMillis;
                gauge.set(value, millis, id, index);
            }
        }

        @Override
        public void observations(FamilyDeltas family, Labels labels, double[] observations) {
            SeriesDelta delta = delta(family, labels);
            for (double observation : observations) {
                if (delta instanceof HistogramDelta histogram) {
                    histogram.observe(observation);
                } else if (delta instanceof SummaryDelta summary) {
                    summary.observe(observation, id.millis());
                }
            }
            if (family.family.type() == MetricType.SUMMARY) {
                units += FoldUnits.ofSummaryValues(observations.length);
            }
        }

        @Override
        public void bucketCounts(FamilyDeltas family, Labels labels, long[] counts, double sum) {
            if (delta(family, labels) instanceof HistogramDelta histogram) {
                histogram.addSum(sum);
                for (int i = 0; i < counts.length; i++) {
                    histogram.addCount(i, (double) counts[i]);
                }
            }
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
                MetricType type = family.family.type();
                BucketLayout layout = family.family.layout();
                series = new Series(family, labels, SeriesDelta.empty(type, layout));
                family.series.put(labels, series);
                seriesCount++;
                units += FoldUnits.ofSeries(type, layout);
                labelBytes += labels.length();
            }
            return series;
        }
    }
}
