package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.text.Excerpt;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionAnswer.FamilyDifference;
import dev.streamgauge.redis.admission.AdmissionRequest.NewSeries;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Where the admission of a push stands: what Redis is asked about next, and what was learned from its answers. Each
 * answer that does not end the admission leads to another round.
 *
 * @param samples the samples that are still accepted
 * @param rejected the other samples, in any order; their messages don't say where they stand
 * @param registered families as they are registered, by name, as far as Redis has answered this push
 * @param isCharged whether a call to Redis has charged the tenant for this push
 * @param number the number of this round, from 1
 * @param pauses how many times the push has waited for its tenant's fence to be lifted
 */
record AdmissionRound(
        Push push,
        List<Sample> samples,
        List<SampleRejection> rejected,
        Map<String, Family> registered,
        boolean isCharged,
        int number,
        int pauses) {

    static AdmissionRound first(Push push) {
        return new AdmissionRound(push, push.parsed().valid(), push.parsed().rejected(), Map.of(), false, 1, 0);
    }

    /** This round with these samples. */
    AdmissionRound with(List<Sample> accepted, List<SampleRejection> others) {
        return new AdmissionRound(push, accepted, others, registered, isCharged, number, pauses);
    }

    /** This round after a call that may have charged the tenant. */
    AdmissionRound charged(boolean byCall) {
        return isCharged || !byCall
                ? this
                : new AdmissionRound(push, samples, rejected, registered, true, number, pauses);
    }

    /** This round again, after a pause. */
    AdmissionRound paused() {
        return new AdmissionRound(push, samples, rejected, registered, isCharged, number, pauses + 1);
    }

    /** The next round. */
    AdmissionRound next() {
        return new AdmissionRound(push, samples, rejected, registered, isCharged, number + 1, pauses);
    }

    /** This round with families as they are registered, without the samples of those that cannot be registered. */
    AdmissionRound learn(AdmissionPlan plan, List<FamilyDifference> differences) {
        Map<String, Family> known = new HashMap<>(registered);
        AdmissionRound round = this;
        for (FamilyDifference difference : differences) {
            String name = plan.newFamilies().get(difference.place()).name();
            switch (difference) {
                case FamilyDifference.Exists exists -> known.put(name, FamilyCodec.decode(name, exists.row()));
                case FamilyDifference.Clashes clashes ->
                    round = round.rejectFamily(
                            name,
                            Reason.TYPE_CONFLICT,
                            "name: series of " + Excerpt.of(name) + " would be series of "
                                    + Excerpt.of(clashes.other())
                                    + " too; rename one of them");
                case FamilyDifference.NoRoom noRoom ->
                    round = round.rejectFamily(name, Reason.MAX_REGISTRY_BYTES, registryFull());
            }
        }
        return new AdmissionRound(push, round.samples, round.rejected, known, isCharged, number, pauses);
    }

    /** This round without the samples of series that are over a limit. */
    AdmissionRound rejectOverLimit(AdmissionPlan plan, AdmissionAnswer.OverSeriesLimit over) {
        return rejectSeries(
                        plan,
                        over.ofTenant(),
                        Reason.MAX_SERIES_PER_USER,
                        "series: the tenant has its " + push.limits().maxGlobalSeriesPerUser()
                                + " live series; use fewer labels, or ask for a higher limit")
                .rejectSeries(
                        plan,
                        over.ofFamily(),
                        Reason.MAX_SERIES_PER_METRIC,
                        "series: the metric has its " + push.limits().maxGlobalSeriesPerMetric()
                                + " live series; use fewer labels, or ask for a higher limit")
                .rejectSeries(plan, over.ofBytes(), Reason.MAX_REGISTRY_BYTES, registryFull());
    }

    private String registryFull() {
        return "series: the tenant's registry has no room for more in its "
                + push.limits().maxRegistryBytesPerUser()
                + " bytes; use fewer or shorter labels, or ask for a higher limit";
    }

    private AdmissionRound rejectFamily(String name, Reason reason, String message) {
        return reject(sample -> sample.family().name().equals(name), reason, message);
    }

    private AdmissionRound rejectSeries(AdmissionPlan plan, List<Integer> places, Reason reason, String message) {
        if (places.isEmpty()) {
            return this;
        }
        Set<NewSeries> over = new HashSet<>();
        places.forEach(place -> over.add(plan.newSeries().get(place)));
        return reject(sample -> over.contains(new NewSeries(sample.family().name(), sample.labels())), reason, message);
    }

    private AdmissionRound reject(Predicate<Sample> isRejected, Reason reason, String message) {
        List<Sample> accepted = new ArrayList<>(samples.size());
        List<SampleRejection> others = new ArrayList<>(rejected);
        for (Sample sample : samples) {
            if (isRejected.test(sample)) {
                others.add(sample.rejected(reason, message).rejection());
            } else {
                accepted.add(sample);
            }
        }
        return with(accepted, others);
    }

    /** The rejected samples, by their index; each message says where in the body the sample stands. */
    List<SampleRejection> rejections() {
        if (rejected.isEmpty()) { // as nearly always
            return rejected;
        }
        return rejected.stream()
                .sorted(Comparator.comparingInt(SampleRejection::index))
                .map(rejection -> new SampleRejection(
                        rejection.index(),
                        rejection.reason(),
                        rejection.message() + push.parsed().places().of(rejection.index())))
                .toList();
    }
}
