package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionAnswer.FamilyDifference;
import dev.streamgauge.redis.admission.AdmissionAnswer.OverSeriesLimit;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionRequest.Charge;
import dev.streamgauge.redis.admission.AdmissionRequest.NewSeries;
import dev.streamgauge.redis.admission.TenantEpoch;
import io.vertx.core.Future;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Registers the families and series of a large request before it is admitted, in calls of bounded size between which
 * other tenants have their turn. A request of ten thousand new series in a single call would block Redis for a tenth of
 * a second. What is registered and gets no sample is removed by the sweep. Thread-safe.
 */
@Singleton
final class SeriesRegistration {

    private final GroupCommit commits;

    SeriesRegistration(GroupCommit commits) {
        this.commits = commits;
    }

    /** How a registration ended. */
    sealed interface Result {

        /** Whether the tenant was charged for the request. */
        boolean isCharged();

        /** All families and series are registered in this epoch. */
        record Registered(TenantEpoch epoch) implements Result {

            @Override
            public boolean isCharged() {
                return true;
            }
        }

        /**
         * Some are not registered: the request must be planned again. Places are those in the plan.
         *
         * @param families families that cannot be registered as asked; may be empty
         * @param series series over a limit; may be empty
         */
        record Differs(List<FamilyDifference> families, OverSeriesLimit series) implements Result {

            @Override
            public boolean isCharged() {
                return true;
            }
        }

        /** Redis gave an answer that concerns the whole request. */
        record Failed(AdmissionAnswer answer, boolean isCharged) implements Result {}
    }

    /**
     * Registers all new families and series of a plan, families first, and remembers those registered. Fails with
     * {@link dev.streamgauge.redis.RedisFailure}.
     */
    Future<Result> register(AdmissionPlan plan, RegisteredSeriesCache registeredSeries) {
        return new Run(plan, registeredSeries).next();
    }

    /** The registration of one plan. */
    private final class Run {

        private final AdmissionPlan plan;
        private final RegisteredSeriesCache registeredSeries;
        private final List<FamilyDifference> differences = new ArrayList<>();
        private final List<Integer> overTenant = new ArrayList<>();
        private final List<Integer> overFamily = new ArrayList<>();
        private final List<Integer> overBytes = new ArrayList<>();
        private Charge charge;
        private Optional<TenantEpoch> epoch;
        private int familiesDone;
        private int seriesDone;

        private Run(AdmissionPlan plan, RegisteredSeriesCache registeredSeries) {
            this.plan = plan;
            this.registeredSeries = registeredSeries;
            this.charge = plan.request().charge();
            this.epoch = plan.request().epoch();
        }

        private Future<Result> next() {
            AdmissionRequest whole = plan.request();
            boolean areFamiliesDone = familiesDone == whole.newFamilies().size();
            boolean isDone = areFamiliesDone && seriesDone == whole.newSeries().size();
            // Series of a family without a row would never be swept.
            if (isDone || (areFamiliesDone && !differences.isEmpty())) {
                return Future.succeededFuture(end());
            }
            int families = Math.min(
                    whole.newFamilies().size() - familiesDone,
                    GroupCommit.MAX_CALL_LOOKUPS / AdmissionRequest.LOOKUPS_OF_A_FAMILY);
            int series = Math.min(
                    whole.newSeries().size() - seriesDone,
                    GroupCommit.MAX_CALL_LOOKUPS - AdmissionRequest.LOOKUPS_OF_A_FAMILY * families);
            AdmissionRequest part = whole.registration(
                    charge,
                    epoch,
                    whole.newFamilies().subList(familiesDone, familiesDone + families),
                    whole.newSeries().subList(seriesDone, seriesDone + series));
            return commits.submit(part).compose(answer -> {
                Optional<Result> failed = take(answer, families, series);
                familiesDone += families;
                seriesDone += series;
                return failed.map(Future::succeededFuture).orElseGet(this::next);
            });
        }

        private Result end() {
            return differences.isEmpty() && overTenant.isEmpty() && overFamily.isEmpty() && overBytes.isEmpty()
                    ? new Result.Registered(epoch.orElseThrow())
                    : new Result.Differs(differences, new OverSeriesLimit(overTenant, overFamily, overBytes));
        }

        /** Takes the answer to a part; returns the result if it ends the registration. */
        private Optional<Result> take(AdmissionAnswer answer, int families, int series) {
            boolean wasCharged = charge.equals(Charge.NONE);
            if (answer.isCharged()) {
                charge = Charge.NONE;
            }
            switch (answer) {
                case AdmissionAnswer.Stored stored -> {
                    epoch = Optional.of(stored.epoch());
                    learn(stored.epoch(), families, series);
                }
                case AdmissionAnswer.FamiliesDiffer differ ->
                    differ.differences().forEach(each -> differences.add(each.movedBy(familiesDone)));
                case AdmissionAnswer.OverSeriesLimit over -> {
                    over.ofTenant().forEach(place -> overTenant.add(seriesDone + place));
                    over.ofFamily().forEach(place -> overFamily.add(seriesDone + place));
                    over.ofBytes().forEach(place -> overBytes.add(seriesDone + place));
                }
                default -> {
                    return Optional.of(new Result.Failed(answer, wasCharged));
                }
            }
            return Optional.empty();
        }

        private void learn(TenantEpoch named, int families, int series) {
            RegisteredSeriesCache.Epoch entered =
                    registeredSeries.enter(plan.request().tenant(), named);
            for (Family family : plan.newFamilies().subList(familiesDone, familiesDone + families)) {
                registeredSeries.learnFamily(entered, family);
            }
            for (NewSeries each : plan.newSeries().subList(seriesDone, seriesDone + series)) {
                registeredSeries.learnSeries(entered, each.family(), each.labels());
            }
        }
    }
}
