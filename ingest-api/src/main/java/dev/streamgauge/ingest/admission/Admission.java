package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.ingest.protocol.PushResult;
import dev.streamgauge.ingest.protocol.RequestRejection;
import dev.streamgauge.ingest.rejection.TenantDebts;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Settles a push with Redis. The admission script stores all of a request or nothing. If it objects to some samples,
 * those are rejected and the rest is submitted again in another {@linkplain AdmissionRound round}, so that the result
 * always says what was stored.
 */
@Singleton
public final class Admission {

    private static final Logger LOG = Logger.getLogger(Admission.class);

    /**
     * Each round rejects samples or learns about the registry, so only a tenant that keeps deleting needs more rounds.
     */
    private static final int MAX_ROUNDS = 10;

    private final GroupCommit commits;
    private final SeriesRegistration registration;
    private final TenantDebts debts;
    private final FencedPushRetry fencedPushRetry;
    private final RegisteredSeriesCache registeredSeries;

    Admission(
            GroupCommit commits,
            SeriesRegistration registration,
            TenantDebts debts,
            FencedPushRetry fencedPushRetry,
            RegisteredSeriesCache registeredSeries) {
        this.commits = commits;
        this.registration = registration;
        this.debts = debts;
        this.fencedPushRetry = fencedPushRetry;
        this.registeredSeries = registeredSeries;
    }

    /** Settles the push. The result is there when Redis has answered; fails only by a fault of ours. */
    public Future<PushResult> settle(Push push) {
        return ask(AdmissionRound.first(push));
    }

    private Future<PushResult> ask(AdmissionRound round) {
        if (round.number() > MAX_ROUNDS) {
            return rejected(round, AdmissionErrors.registryUnstable());
        }
        AdmissionPlan plan = new AdmissionPlanner(round, registeredSeries).plan();
        AdmissionRequest request = plan.request();
        if (request.samples() == 0 && request.idempotency().isEmpty()) {
            return nothingStored(plan.round());
        }
        int values = request.charge().values();
        TenantLimits limits = request.limits();
        if (limits.ingestionRate() > 0 && values > limits.ingestionBurstSize()) {
            return replayOr(plan, () -> rejected(plan.round(), AdmissionErrors.overBurst(limits, values)));
        }
        if (request.lookups() > GroupCommit.MAX_CALL_LOOKUPS) {
            return replayOr(plan, () -> registerFirst(plan));
        }
        return submit(plan, plan.round(), request);
    }

    /** Registers the families and series ahead, and then submits the request as one of known series. */
    private Future<PushResult> registerFirst(AdmissionPlan plan) {
        return registration.register(plan, registeredSeries).transform(registered -> {
            if (registered.failed()) {
                return failed(plan.round(), registered.cause());
            }
            SeriesRegistration.Result result = registered.result();
            AdmissionRound round = plan.round().charged(result.isCharged());
            return switch (result) {
                case SeriesRegistration.Result.Registered all ->
                    submit(plan, round, plan.request().registeredIn(all.epoch()));
                case SeriesRegistration.Result.Differs differs ->
                    ask(round.learn(plan, differs.families())
                            .rejectOverLimit(plan, differs.series())
                            .next());
                case SeriesRegistration.Result.Failed failed -> take(plan, round, failed.answer());
            };
        });
    }

    /** The first answer if the idempotency key was used before; otherwise what follows. */
    private Future<PushResult> replayOr(AdmissionPlan plan, Supplier<Future<PushResult>> otherwise) {
        if (plan.request().idempotency().isEmpty()) {
            return otherwise.get();
        }
        return commits.submit(plan.request().withoutSamples())
                .transform(answer -> answer.succeeded() && answer.result() instanceof AdmissionAnswer.Nothing
                        ? otherwise.get()
                        : take(plan, plan.round(), answer));
    }

    private Future<PushResult> submit(AdmissionPlan plan, AdmissionRound round, AdmissionRequest request) {
        return commits.submit(request).transform(answer -> take(plan, round, answer));
    }

    private Future<PushResult> take(AdmissionPlan plan, AdmissionRound round, AsyncResult<AdmissionAnswer> answer) {
        return answer.succeeded() ? take(plan, round, answer.result()) : failed(round, answer.cause());
    }

    /**
     * Takes the answer to a request of the plan.
     *
     * @param asked the plan's round when the request was sent
     */
    private Future<PushResult> take(AdmissionPlan plan, AdmissionRound asked, AdmissionAnswer answer) {
        AdmissionRound round = asked.charged(answer.isCharged());
        TenantLimits limits = plan.request().limits();
        return switch (answer) {
            case AdmissionAnswer.Stored stored -> {
                plan.learn(registeredSeries, stored.epoch());
                yield stored(round);
            }
            case AdmissionAnswer.Replay replay -> Future.succeededFuture(new PushResult.Replayed(replay.answer()));
            case AdmissionAnswer.Nothing nothing -> nothingStored(round);
            case AdmissionAnswer.Fenced fenced -> waitOrReject(plan, round, fenced);
            case AdmissionAnswer.EpochChanged changed -> {
                plan.epoch().ifPresent(registeredSeries::forget);
                yield ask(round.next());
            }
            case AdmissionAnswer.FamiliesDiffer families ->
                ask(round.learn(plan, families.differences()).next());
            case AdmissionAnswer.OverSeriesLimit over ->
                ask(round.rejectOverLimit(plan, over).next());
            case AdmissionAnswer.KeyReused reused -> rejected(round, AdmissionErrors.keyReused());
            case AdmissionAnswer.OverRate over -> {
                debts.note(plan.request().tenant(), over.debt());
                yield rejected(round, AdmissionErrors.overRate(limits, over));
            }
            case AdmissionAnswer.BacklogFull full -> rejected(round, AdmissionErrors.backlogFull(limits, full));
            case AdmissionAnswer.OverRecordsLimit over -> rejected(round, AdmissionErrors.recordsFull(limits, over));
            case AdmissionAnswer.PartitionBacklogFull full -> rejected(round, AdmissionErrors.partitionBacklogFull());
            case AdmissionAnswer.UnderMemoryPressure memory ->
                rejected(round, AdmissionErrors.underMemoryPressure(memory));
            case AdmissionAnswer.TooManyTenants many -> rejected(round, AdmissionErrors.tooManyTenants());
            case AdmissionAnswer.Broken broken -> {
                LOG.errorf(
                        "admission state=broken tenant=%s message=%s",
                        plan.request().tenant(), broken.message());
                yield rejected(round, AdmissionErrors.broken(broken));
            }
        };
    }

    /** Asks again after a pause. The round is planned again then, since the tenant's registry will have changed. */
    private Future<PushResult> waitOrReject(AdmissionPlan plan, AdmissionRound round, AdmissionAnswer.Fenced fenced) {
        return fencedPushRetry
                .pause(plan.request().weight(), round.pauses(), fenced.retryAfter())
                .map(pause -> pause.compose(over -> ask(round.paused())))
                .orElseGet(() -> rejected(round, AdmissionErrors.fenced(fenced)));
    }

    private static Future<PushResult> stored(AdmissionRound round) {
        return Future.succeededFuture(new PushResult.Stored(round.samples(), round.rejections()));
    }

    private static Future<PushResult> nothingStored(AdmissionRound round) {
        List<SampleRejection> rejections = round.rejections();
        return rejections.isEmpty()
                ? stored(round)
                : Future.succeededFuture(new PushResult.AllRejected(rejections, round.isCharged()));
    }

    private static Future<PushResult> failed(AdmissionRound round, Throwable thrown) {
        if (thrown instanceof RedisFailure failure) {
            LOG.debugf("admission redis=%s message=%s", failure.kind(), failure.getMessage());
            return rejected(round, AdmissionErrors.failed(failure));
        }
        return Future.failedFuture(thrown);
    }

    private static Future<PushResult> rejected(AdmissionRound round, RequestRejection rejection) {
        return Future.succeededFuture(new PushResult.RequestRejected(
                rejection, round.rejections(), round.samples().size()));
    }
}
