package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.TenantEpoch;
import java.util.List;
import java.util.Optional;

/**
 * What to ask Redis in a round.
 *
 * @param round the round, with the samples that fit their families
 * @param request the admission request
 * @param epoch the known epoch of the tenant when the request was planned, if any
 * @param newFamilies families to register, in the request's order
 * @param newSeries series to register, in the request's order
 */
record AdmissionPlan(
        AdmissionRound round,
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
