package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.sample.ValidationResult;
import dev.streamgauge.core.stream.EntryWriter;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.text.Excerpt;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionAnswer.FamilyDifference;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionRequest.Idempotency;
import dev.streamgauge.redis.admission.TenantEpoch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One request during its admission: the samples that are still accepted, those rejected, and what this request has
 * learned about the tenant's families. Used by one thread at a time.
 */
public final class Push {

    private static final int BYTES_OF_A_SAMPLE = 300;
    private static final int BYTES_OF_A_REJECTION = 300;
    private static final byte[] NO_ANSWER = {};

    private final TenantId tenant;
    private final TenantLimits limits;
    private final Optional<Idempotency> idempotency;
    private final List<? extends @Nullable SeriesMemo> memos;
    private final SamplePlaces places;
    private final List<SampleRejection> rejections;
    private List<Sample> samples;
    private int pauses;

    /** Length of the decompressed body. */
    private final int bodyBytes;

    /** The tenant was charged by an earlier call. */
    private boolean isCharged;

    /** See {@link #namesThatFit}; computed once, at the first sample that does not fit. */
    private @Nullable Set<String> fittingNames;

    /** Families as they are registered, according to Redis' answers to this request. */
    private final Map<String, Family> registered = new HashMap<>();

    public Push(
            TenantId tenant,
            TenantLimits limits,
            Optional<Idempotency> idempotency,
            ValidatedBody body,
            int bodyBytes) {
        this.tenant = tenant;
        this.limits = limits;
        this.idempotency = idempotency;
        this.bodyBytes = bodyBytes;
        this.memos = body.memos();
        this.places = body.places();
        this.samples = body.samples();
        this.rejections = new ArrayList<>(body.rejections());
    }

    /**
     * What to ask Redis next.
     *
     * @param request the admission request
     * @param epoch the known epoch of the tenant when the request was planned, if any
     * @param newFamilies families to register, in the request's order
     * @param newSeries series to register, in the request's order
     */
    record Plan(
            AdmissionRequest request,
            Optional<RegisteredSeriesCache.Epoch> epoch,
            List<Family> newFamilies,
            List<AdmissionRequest.NewSeries> newSeries) {

        /** Remembers what Redis has registered. */
        void learn(RegisteredSeriesCache registeredSeries, TenantEpoch named) {
            RegisteredSeriesCache.Epoch entered = registeredSeries.enter(request.tenant(), named);
            newFamilies.forEach(family -> registeredSeries.learnFamily(entered, family));
            newSeries.forEach(series -> registeredSeries.learnSeries(entered, series.family(), series.labels()));
        }
    }

    /**
     * Converts each sample to its family's layout, rejects those that do not fit, and plans the next request to Redis.
     */
    Plan plan(RegisteredSeriesCache registeredSeries) {
        Optional<RegisteredSeriesCache.Epoch> epoch = registeredSeries.find(tenant);
        Map<String, Family> families = new HashMap<>();
        Map<String, Family> newFamilies = new LinkedHashMap<>();
        Set<AdmissionRequest.NewSeries> newSeries = new HashSet<>();
        List<AdmissionRequest.NewSeries> newSeriesInOrder = new ArrayList<>();
        List<Sample> fitting = new ArrayList<>(samples.size());
        for (Sample sample : samples) {
            Family family = families.get(sample.family().name());
            if (family == null) {
                family = familyOf(sample, epoch, registeredSeries, newFamilies);
                families.put(family.name(), family);
            }
            switch (sample.under(family)) {
                case ValidationResult.Rejected rejected -> rejections.add(rejected.rejection());
                case Sample fit -> {
                    fitting.add(fit);
                    if (epoch.isEmpty() || !isRegistered(fit, epoch.get(), registeredSeries)) {
                        AdmissionRequest.NewSeries series = new AdmissionRequest.NewSeries(family.name(), fit.labels());
                        if (newSeries.add(series)) {
                            newSeriesInOrder.add(series);
                        }
                    }
                }
            }
        }
        samples = fitting;
        int values =
                samples.stream().mapToInt(sample -> sample.value().valueCount()).sum();
        AdmissionRequest request = new AdmissionRequest(
                tenant,
                limits,
                idempotency,
                idempotency.isEmpty()
                        ? NO_ANSWER
                        : KeptAnswer.Counted.of(samples.size(), rejections()).encode(),
                samples.size(),
                isCharged
                        ? AdmissionRequest.Charge.NONE
                        : new AdmissionRequest.Charge(
                                values, values + rejections.size() + newFamilies.size() + newSeriesInOrder.size()),
                epoch.map(RegisteredSeriesCache.Epoch::named),
                newFamilies.values().stream()
                        .map(family -> new AdmissionRequest.NewFamily(family.name(), FamilyCodec.encode(family)))
                        .toList(),
                newSeriesInOrder,
                EntryWriter.encode(tenant, samples));
        return new Plan(request, epoch, List.copyOf(newFamilies.values()), newSeriesInOrder);
    }

    private boolean isRegistered(
            Sample sample, RegisteredSeriesCache.Epoch epoch, RegisteredSeriesCache registeredSeries) {
        SeriesMemo memo = sample.index() < memos.size() ? memos.get(sample.index()) : null;
        if (memo != null && memo.isRegisteredIn(epoch)) {
            return true;
        }
        boolean isKnown = registeredSeries.isKnown(epoch, sample.family().name(), sample.labels());
        if (isKnown && memo != null) {
            memo.noteRegisteredIn(epoch);
        }
        return isKnown;
    }

    /**
     * The family of the sample: as this process knows it, as Redis answered, or else as its first sample describes it.
     */
    private Family familyOf(
            Sample sample,
            Optional<RegisteredSeriesCache.Epoch> epoch,
            RegisteredSeriesCache registeredSeries,
            Map<String, Family> newFamilies) {
        String name = sample.family().name();
        @Nullable Family known = epoch.isEmpty() ? null : registeredSeries.findFamily(epoch.get(), name);
        if (known != null
                && (fits(sample, known) || namesThatFit(epoch, registeredSeries).contains(name))) {
            return known;
        }
        Family proposed = registered.getOrDefault(name, sample.family());
        newFamilies.put(name, proposed);
        return proposed;
    }

    /**
     * Names of known families that at least one sample fits. If no sample fits its known family, Redis is asked: the
     * family may have been deleted since, and come back with another type.
     */
    private Set<String> namesThatFit(
            Optional<RegisteredSeriesCache.Epoch> epoch, RegisteredSeriesCache registeredSeries) {
        if (fittingNames == null) {
            fittingNames = new HashSet<>();
            for (Sample sample : samples) {
                @Nullable
                Family known = epoch.isEmpty()
                        ? null
                        : registeredSeries.findFamily(
                                epoch.get(), sample.family().name());
                if (known != null && fits(sample, known)) {
                    fittingNames.add(known.name());
                }
            }
        }
        return fittingNames;
    }

    private static boolean fits(Sample sample, Family family) {
        return sample.under(family) instanceof Sample;
    }

    /** Learns how families are registered, and rejects the samples of those that clash with another family. */
    void learn(Plan plan, List<FamilyDifference> differences) {
        for (FamilyDifference difference : differences) {
            String name = plan.newFamilies().get(difference.place()).name();
            switch (difference) {
                case FamilyDifference.Exists exists -> registered.put(name, FamilyCodec.decode(name, exists.row()));
                case FamilyDifference.Clashes clashes ->
                    reject(
                            Set.of(name),
                            Set.of(),
                            Reason.TYPE_CONFLICT,
                            "name: series of " + Excerpt.of(name) + " would be series of "
                                    + Excerpt.of(clashes.other())
                                    + " too; rename one of them");
                case FamilyDifference.NoRoom noRoom ->
                    reject(Set.of(name), Set.of(), Reason.MAX_REGISTRY_BYTES, registryFull());
            }
        }
    }

    /** Rejects the samples of series that are over a series limit. */
    void rejectOverLimit(Plan plan, AdmissionAnswer.OverSeriesLimit over) {
        rejectSeries(
                plan,
                over.ofTenant(),
                Reason.MAX_SERIES_PER_USER,
                "series: the tenant has its " + limits.maxGlobalSeriesPerUser()
                        + " live series; use fewer labels, or ask for a higher limit");
        rejectSeries(
                plan,
                over.ofFamily(),
                Reason.MAX_SERIES_PER_METRIC,
                "series: the metric has its " + limits.maxGlobalSeriesPerMetric()
                        + " live series; use fewer labels, or ask for a higher limit");
        rejectSeries(plan, over.ofBytes(), Reason.MAX_REGISTRY_BYTES, registryFull());
    }

    private String registryFull() {
        return "series: the tenant's registry has no room for more in its " + limits.maxRegistryBytesPerUser()
                + " bytes; use fewer or shorter labels, or ask for a higher limit";
    }

    private void rejectSeries(Plan plan, List<Integer> places, Reason reason, String message) {
        Set<AdmissionRequest.NewSeries> over = new HashSet<>();
        places.forEach(place -> over.add(plan.newSeries().get(place)));
        if (!over.isEmpty()) {
            reject(Set.of(), over, reason, message);
        }
    }

    private void reject(Set<String> families, Set<AdmissionRequest.NewSeries> series, Reason reason, String message) {
        List<Sample> standing = new ArrayList<>(samples.size());
        for (Sample sample : samples) {
            String name = sample.family().name();
            boolean rejected = families.contains(name)
                    || (!series.isEmpty() && series.contains(new AdmissionRequest.NewSeries(name, sample.labels())));
            if (rejected) {
                rejections.add(sample.rejected(reason, message).rejection());
            } else {
                standing.add(sample);
            }
        }
        samples = standing;
    }

    public TenantId tenant() {
        return tenant;
    }

    /** How many times this push has waited for its tenant's fence to be lifted. */
    int pauses() {
        return pauses;
    }

    void countPause() {
        pauses++;
    }

    /** Length of the decompressed body. */
    public int bodyBytes() {
        return bodyBytes;
    }

    /** About how much memory its samples and rejections take, in bytes, and the request that is made of them. */
    public long heapBytes() {
        long bytes = (long) rejections.size() * BYTES_OF_A_REJECTION;
        for (Sample sample : samples) {
            bytes += BYTES_OF_A_SAMPLE
                    + 2L * sample.labels().length()
                    + 2L * Double.BYTES * sample.value().valueCount();
        }
        return bytes;
    }

    /** Whether a call to Redis has charged the tenant for this push. */
    public boolean isCharged() {
        return isCharged;
    }

    void noteCharged() {
        isCharged = true;
    }

    public TenantLimits limits() {
        return limits;
    }

    /** How many samples are still accepted. */
    public int standing() {
        return samples.size();
    }

    /** Rejected samples, by their index; each message says where in the body the sample stands. */
    public List<SampleRejection> rejections() {
        return rejections.stream()
                .sorted(Comparator.comparingInt(SampleRejection::index))
                .map(rejection -> new SampleRejection(
                        rejection.index(), rejection.reason(), rejection.message() + places.of(rejection.index())))
                .toList();
    }
}
