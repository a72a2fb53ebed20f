package dev.streamgauge.redis.differential;

import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionRequest.Idempotency;
import dev.streamgauge.redis.admission.AdmissionRequest.NewFamily;
import dev.streamgauge.redis.admission.AdmissionRequest.NewSeries;
import dev.streamgauge.testkit.Samples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * A request as ingest might send it: few names, labels and keys, so that requests meet each other, and limits near what
 * the tenant has.
 *
 * @param tenant whose
 * @param request what the script is asked
 * @param entries the samples of each of its entries
 * @param namesEpoch whether it names the epoch that ingest learnt
 */
record RandomRequest(TenantId tenant, AdmissionRequest request, List<List<Sample>> entries, boolean namesEpoch) {

    private static final List<String> NAMES = List.of("x", "y", "z", "g", "plain");
    private static final List<String> CLASHING_NAMES = List.of("x_count", "x_bucket", "y_sum", "z_sum", "z_count");
    private static final List<String> LABELS = List.of("", "a=\"1\"", "a=\"2\"", "a=\"1\",b=\"ü\"", "q=\"\\\"\\n\"");
    private static final List<BucketLayout> LAYOUTS =
            List.of(Samples.LAYOUT, BucketLayout.of(0.5, 1, 4).orElseThrow());
    private static final int HASH_BYTES = 32;

    /** Requests a second: so few that only the burst counts, however long a programme takes. */
    private static final double NO_NEW_REQUESTS = 1e-9;

    /**
     * Makes one up.
     *
     * @param known what ingest knows of the tenant: what admission last answered
     * @param stored what the tenant has
     * @param step its place in the programme; requests of about the same step share keys
     */
    static RandomRequest of(
            Random random, TenantId tenant, Optional<AdmissionAnswer.Stored> known, ReferenceTenant stored, int step) {
        List<Sample> samples = isRace(step) ? List.of(race(random)) : samples(random, stored);
        List<List<Sample>> split = inEntries(tenant, split(random, samples));
        List<byte[]> payloads = new ArrayList<>();
        split.forEach(each -> payloads.addAll(EntryWriter.encode(tenant, each)));
        Optional<AdmissionAnswer.Stored> named = random.nextInt(3) == 0 ? Optional.empty() : known;
        boolean asksAll = named.isEmpty() || random.nextInt(4) == 0;
        Set<NewFamily> families = new LinkedHashSet<>();
        Map<String, NewSeries> series = new LinkedHashMap<>();
        Set<String> familyNames = new LinkedHashSet<>();
        for (Sample sample : samples) {
            Family family = sample.family();
            if ((asksAll || !stored.hasFamily(family)) && familyNames.add(family.name())) {
                families.add(new NewFamily(family.name(), FamilyCodec.encode(family)));
            }
            String labels = sample.labels().toString();
            if (asksAll || !stored.hasSeries(family.name(), labels)) {
                series.putIfAbsent(family.name() + labels, new NewSeries(family.name(), sample.labels()));
            }
        }
        AdmissionRequest request = new AdmissionRequest(
                tenant,
                limits(random, stored),
                idempotency(random, step),
                new KeptAnswer.Counted(random.nextInt(1_000), 0, List.of()).encode(),
                samples.size(),
                AdmissionRequest.Charge.ofValues(samples.size()),
                named.map(AdmissionAnswer.Stored::epoch),
                List.copyOf(families),
                List.copyOf(series.values()),
                payloads);
        return new RandomRequest(tenant, request, split, named.isPresent());
    }

    /** Whether all requests of that step set the same gauge, in one millisecond: then their order within it decides. */
    static boolean isRace(int step) {
        return step % 6 == 0;
    }

    private static Sample race(Random random) {
        return Samples.gauge("g", "", random.nextInt(1_000));
    }

    private static List<Sample> samples(Random random, ReferenceTenant stored) {
        if (random.nextInt(12) == 0) {
            return List.of();
        }
        Map<String, Family> families = new LinkedHashMap<>(); // a request names a family one way
        List<Sample> samples = new ArrayList<>();
        int count = 1 + random.nextInt(5);
        for (int index = 0; index < count; index++) {
            List<String> names = random.nextInt(20) == 0 ? CLASHING_NAMES : NAMES;
            String name = names.get(random.nextInt(names.size()));
            Family family = families.computeIfAbsent(name, any -> family(random, name, stored));
            long timestampMillis = random.nextBoolean() ? Sample.NO_TIMESTAMP : 1_700_000_000_000L + random.nextInt(3);
            samples.add(new Sample(
                    index,
                    family,
                    Samples.labels(LABELS.get(random.nextInt(1 + random.nextInt(LABELS.size())))),
                    value(random, family),
                    timestampMillis));
        }
        return samples;
    }

    /** Mostly as it is stored, or of the type that its name suggests, lest nothing but conflicts happen. */
    private static Family family(Random random, String name, ReferenceTenant stored) {
        Optional<Family> existing = stored.findFamily(name);
        if (existing.isPresent() && random.nextInt(16) > 0) {
            return existing.get();
        }
        MetricType usual = switch (name.charAt(0)) {
            case 'x' -> name.equals("x") ? MetricType.HISTOGRAM : MetricType.GAUGE;
            case 'z' -> MetricType.SUMMARY;
            case 'g' -> MetricType.GAUGE;
            default -> MetricType.COUNTER;
        };
        MetricType[] types = MetricType.values();
        MetricType type = random.nextInt(20) == 0 ? types[random.nextInt(types.length)] : usual;
        if (type != MetricType.HISTOGRAM) {
            return Samples.family(name, type);
        }
        return Samples.family(name, new Histogram(LAYOUTS.get(random.nextInt(8) == 0 ? 1 : 0)));
    }

    private static SampleValue value(Random random, Family family) {
        return switch (family.type()) {
            case COUNTER -> new SampleValue.Scalar(random.nextInt(1_000) / 8.0);
            case GAUGE -> new SampleValue.Scalar((random.nextInt(1_000) - 500) / 8.0);
            case SUMMARY -> new SampleValue.Observations(observations(random));
            case HISTOGRAM ->
                random.nextBoolean()
                        ? new SampleValue.Observations(observations(random))
                        : bucketCounts(random, ((Histogram) family.aggregation()).layout());
        };
    }

    private static double[] observations(Random random) {
        double[] values = new double[1 + random.nextInt(4)];
        Arrays.setAll(values, i -> (random.nextInt(48) - 8) / 8.0);
        return values;
    }

    private static SampleValue bucketCounts(Random random, BucketLayout layout) {
        long[] counts = new long[layout.bucketCount()];
        Arrays.setAll(counts, i -> random.nextInt(3));
        return new SampleValue.BucketCounts(layout, counts, random.nextInt(100) / 4.0);
    }

    /** The samples of one request in one entry or in two. */
    private static List<List<Sample>> split(Random random, List<Sample> samples) {
        if (samples.isEmpty()) {
            return List.of();
        }
        int cut = random.nextInt(4) == 0 ? random.nextInt(samples.size()) : 0;
        return cut == 0 ? List.of(samples) : List.of(samples.subList(0, cut), samples.subList(cut, samples.size()));
    }

    /** As it is, or each sample alone if that is too much for an entry: five summaries may be. */
    private static List<List<Sample>> inEntries(TenantId tenant, List<List<Sample>> split) {
        boolean isOneEntryEach =
                split.stream().allMatch(each -> EntryWriter.encode(tenant, each).size() == 1);
        return isOneEntryEach
                ? split
                : split.stream().flatMap(List::stream).map(List::of).toList();
    }

    private static TenantLimits limits(Random random, ReferenceTenant stored) {
        TenantLimits usual = TenantLimits.DEFAULTS;
        int maxSeries = random.nextInt(3) == 0 ? Math.max(1, stored.seriesCount() + random.nextInt(5) - 1) : 0;
        int maxBacklog = random.nextInt(5) == 0
                ? Math.max(0, Math.toIntExact(stored.backlog()) + random.nextInt(3))
                : usual.maxBacklogEntries();
        int maxFamilySeries = random.nextInt(4) == 0 ? Math.max(1, stored.largestFamily() + random.nextInt(3) - 1) : 0;
        boolean limitsRequests = random.nextInt(4) == 0;
        return usual.with(Map.of(
                Limit.INGESTION_RATE,
                0.0, // it depends on time
                Limit.REQUEST_RATE,
                limitsRequests ? NO_NEW_REQUESTS : 0.0,
                Limit.REQUEST_BURST_SIZE,
                limitsRequests ? Math.max(1.0, stored.requestsPaid() + random.nextInt(3)) : 0.0,
                Limit.MAX_GLOBAL_SERIES_PER_METRIC,
                (double) maxFamilySeries,
                Limit.MAX_GLOBAL_SERIES_PER_USER,
                (double) maxSeries,
                Limit.MAX_BACKLOG_ENTRIES,
                (double) maxBacklog));
    }

    private static Optional<Idempotency> idempotency(Random random, int step) {
        if (random.nextInt(3) > 0) {
            return Optional.empty();
        }
        byte[] bodyHash = new byte[HASH_BYTES];
        bodyHash[HASH_BYTES - 1] = (byte) random.nextInt(2); // bodies differ in the last byte of the hash alone
        String key =
                random.nextBoolean() ? "key-" + random.nextInt(40) : "recent-" + step / 4 + "-" + random.nextInt(2);
        return Optional.of(new Idempotency(key, bodyHash));
    }

    /** What the programme's log says of it. */
    @Override
    public String toString() {
        return tenant + " samples=" + request.samples() + " families="
                + request.newFamilies().stream().map(NewFamily::name).toList()
                + " series=" + request.newSeries().size() + " of at most "
                + request.limits().maxGlobalSeriesPerUser() + " and "
                + request.limits().maxGlobalSeriesPerMetric() + " of a family, request burst "
                + request.limits().requestBurstSize() + " entries="
                + request.entries().size() + " backlog at most "
                + request.limits().maxBacklogEntries() + " key="
                + request.idempotency().map(Idempotency::key).orElse("none") + " epoch="
                + (namesEpoch ? Objects.toString(request.epoch().orElseThrow()) : "none");
    }
}
