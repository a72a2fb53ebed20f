package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.core.validation.ValidationResult;
import dev.streamgauge.ingest.protocol.SeriesMemo;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionRequest.NewSeries;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Plans a round: converts each sample to its family's layout, rejects those that do not fit, and finds out which
 * families and series are to be registered. Used once, by one thread.
 */
final class AdmissionPlanner {

    private static final byte[] NO_ANSWER = {};

    private final AdmissionRound round;
    private final Push push;
    private final RegisteredSeriesCache registeredSeries;
    private final Optional<RegisteredSeriesCache.Epoch> epoch;
    private final Map<String, Family> newFamilies = new LinkedHashMap<>();
    private final List<NewSeries> newSeries = new ArrayList<>();

    /** The elements of {@link #newSeries}. */
    private final Set<NewSeries> newSeriesSet = new HashSet<>();

    /** See {@link #namesThatFit}; computed once, at the first sample that does not fit. */
    private @Nullable Set<String> fittingNames;

    AdmissionPlanner(AdmissionRound round, RegisteredSeriesCache registeredSeries) {
        this.round = round;
        this.push = round.push();
        this.registeredSeries = registeredSeries;
        this.epoch = registeredSeries.find(push.tenant());
    }

    AdmissionPlan plan() {
        AdmissionRound planned = fit();
        List<Sample> samples = planned.samples();
        int values =
                samples.stream().mapToInt(sample -> sample.value().valueCount()).sum();
        int units = values + planned.rejected().size() + newFamilies.size() + newSeries.size();
        AdmissionRequest request = new AdmissionRequest(
                push.tenant(),
                push.limits(),
                push.idempotency(),
                push.idempotency().isEmpty()
                        ? NO_ANSWER
                        : KeptAnswer.Counted.of(samples.size(), planned.rejections())
                                .encode(),
                samples.size(),
                planned.isCharged() ? AdmissionRequest.Charge.NONE : new AdmissionRequest.Charge(values, units),
                epoch.map(RegisteredSeriesCache.Epoch::named),
                newFamilies.values().stream()
                        .map(family -> new AdmissionRequest.NewFamily(family.name(), FamilyCodec.encode(family)))
                        .toList(),
                newSeries,
                EntryWriter.encode(push.tenant(), samples));
        return new AdmissionPlan(planned, request, epoch, List.copyOf(newFamilies.values()), newSeries);
    }

    /** The round with samples in their families' layouts, without those that do not fit. Finds what is new. */
    private AdmissionRound fit() {
        Map<String, Family> families = new HashMap<>();
        List<Sample> fitting = new ArrayList<>(round.samples().size());
        List<SampleRejection> misfits = new ArrayList<>();
        for (Sample sample : round.samples()) {
            Family family = families.get(sample.family().name());
            if (family == null) {
                family = familyOf(sample);
                families.put(family.name(), family);
            }
            switch (sample.under(family)) {
                case ValidationResult.Rejected rejected -> misfits.add(rejected.rejection());
                case Sample fit -> {
                    fitting.add(fit);
                    noteIfNew(fit);
                }
            }
        }
        if (misfits.isEmpty()) {
            return round.with(fitting, round.rejected());
        }
        misfits.addAll(round.rejected());
        return round.with(fitting, misfits);
    }

    private void noteIfNew(Sample sample) {
        if (epoch.isEmpty() || !isRegistered(sample, epoch.get())) {
            NewSeries series = new NewSeries(sample.family().name(), sample.labels());
            if (newSeriesSet.add(series)) {
                newSeries.add(series);
            }
        }
    }

    private boolean isRegistered(Sample sample, RegisteredSeriesCache.Epoch known) {
        List<? extends @Nullable SeriesMemo> memos = push.parsed().memos();
        SeriesMemo memo = sample.index() < memos.size() ? memos.get(sample.index()) : null;
        if (memo != null && memo.isRegisteredIn(known)) {
            return true;
        }
        boolean isKnown = registeredSeries.isKnown(known, sample.family().name(), sample.labels());
        if (isKnown && memo != null) {
            memo.noteRegisteredIn(known);
        }
        return isKnown;
    }

    /**
     * The family of the sample: as this process knows it, as Redis answered, or else as its first sample describes it.
     */
    private Family familyOf(Sample sample) {
        String name = sample.family().name();
        @Nullable Family known = findFamily(name);
        if (known != null && (fits(sample, known) || namesThatFit().contains(name))) {
            return known;
        }
        Family proposed = round.registered().getOrDefault(name, sample.family());
        newFamilies.put(name, proposed);
        return proposed;
    }

    /**
     * Names of known families that at least one sample fits. If no sample fits its known family, Redis is asked: the
     * family may have been deleted since, and come back with another type.
     */
    private Set<String> namesThatFit() {
        if (fittingNames == null) {
            fittingNames = new HashSet<>();
            for (Sample sample : round.samples()) {
                @Nullable Family known = findFamily(sample.family().name());
                if (known != null && fits(sample, known)) {
                    fittingNames.add(known.name());
                }
            }
        }
        return fittingNames;
    }

    private @Nullable Family findFamily(String name) {
        return epoch.isEmpty() ? null : registeredSeries.findFamily(epoch.get(), name);
    }

    private static boolean fits(Sample sample, Family family) {
        return sample.under(family) instanceof Sample;
    }
}
