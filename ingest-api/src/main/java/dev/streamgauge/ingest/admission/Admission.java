package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.ingest.rejection.PushRejectedException;
import dev.streamgauge.ingest.rejection.TenantDebts;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import io.smallrye.mutiny.vertx.UniHelper;
import io.vertx.core.Future;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Settles a push with Redis. The admission script stores all of a request or nothing. If it objects to some samples,
 * those are rejected and the rest is submitted again, so that the answer always says what was stored.
 */
@ApplicationScoped
public class Admission {

    private static final Logger LOG = Logger.getLogger(Admission.class);

    /**
     * Each round rejects samples or learns about the registry, so only a tenant that keeps deleting needs more rounds.
     */
    private static final int MAX_ROUNDS = 10;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

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

    /** The result of a push. */
    public sealed interface PushResult {

        /**
         * At least one sample was stored, or none was sent.
         *
         * @param accepted number of samples stored
         * @param rejections samples rejected
         */
        record Stored(int accepted, List<SampleRejection> rejections) implements PushResult {}

        /**
         * The idempotency key was used before, with the same body.
         *
         * @param answer what is kept of the first answer
         */
        record Replayed(KeptAnswer answer) implements PushResult {}

        /** No sample could be accepted, and nothing was stored. */
        record AllRejected(List<SampleRejection> rejections) implements PushResult {}
    }

    /** Settles the push. Fails with {@link PushRejectedException} where the whole request is rejected. */
    public Future<PushResult> settle(Push push) {
        return ask(push, 1)
                .recover(thrown ->
                        Future.failedFuture(thrown instanceof RedisFailure failure ? rejectionOf(failure) : thrown));
    }

    private Future<PushResult> ask(Push push, int round) {
        if (round > MAX_ROUNDS) {
            return Future.failedFuture(unavailable("admission: the tenant's registry changes too fast"));
        }
        Push.Plan plan = push.plan(registeredSeries);
        boolean nothingToAsk =
                push.standing() == 0 && plan.request().idempotency().isEmpty();
        if (nothingToAsk) {
            return Future.succeededFuture(nothingStored(push));
        }
        int values = plan.request().charge().values();
        if (push.limits().ingestionRate() > 0 && values > push.limits().ingestionBurstSize()) {
            return replayOr(push, plan, () -> failed(overBurst(push, values)));
        }
        if (plan.request().lookups() > GroupCommit.MAX_CALL_LOOKUPS) {
            return replayOr(push, plan, () -> registerFirst(push, plan, round));
        }
        return commits.submit(plan.request()).compose(answer -> take(push, plan, answer, round));
    }

    /** Registers the families and series ahead, and then submits the request as one of known series. */
    private Future<PushResult> registerFirst(Push push, Push.Plan plan, int round) {
        return registration.register(plan, registeredSeries).compose(result -> {
            if (result.isCharged()) {
                push.noteCharged();
            }
            return switch (result) {
                case SeriesRegistration.Result.Registered registered ->
                    commits.submit(plan.request().registeredIn(registered.epoch()))
                            .compose(answer -> take(push, plan, answer, round));
                case SeriesRegistration.Result.Differs differs -> {
                    push.learn(plan, differs.families());
                    push.rejectOverLimit(plan, differs.series());
                    yield ask(push, round + 1);
                }
                case SeriesRegistration.Result.Failed failed -> take(push, plan, failed.answer(), round);
            };
        });
    }

    /** The first answer if the idempotency key was used before; otherwise what follows. */
    private Future<PushResult> replayOr(Push push, Push.Plan plan, Supplier<Future<PushResult>> otherwise) {
        if (plan.request().idempotency().isEmpty()) {
            return otherwise.get();
        }
        return commits.submit(plan.request().withoutSamples())
                .compose(answer -> answer instanceof AdmissionAnswer.Nothing
                        ? otherwise.get()
                        : take(push, plan, answer, MAX_ROUNDS));
    }

    private Future<PushResult> take(Push push, Push.Plan plan, AdmissionAnswer answer, int round) {
        if (answer.isCharged()) {
            push.noteCharged();
        }
        return switch (answer) {
            case AdmissionAnswer.Stored stored -> {
                plan.learn(registeredSeries, stored.epoch());
                yield Future.succeededFuture(stored(push));
            }
            case AdmissionAnswer.Replay replay -> Future.succeededFuture(new PushResult.Replayed(replay.answer()));
            case AdmissionAnswer.Nothing nothing -> Future.succeededFuture(nothingStored(push));
            case AdmissionAnswer.Fenced fenced -> waitOrReject(push, plan, fenced, round);
            case AdmissionAnswer.EpochChanged changed -> {
                plan.epoch().ifPresent(registeredSeries::forget);
                yield ask(push, round + 1);
            }
            case AdmissionAnswer.FamiliesDiffer families -> {
                push.learn(plan, families.differences());
                yield ask(push, round + 1);
            }
            case AdmissionAnswer.OverSeriesLimit over -> {
                push.rejectOverLimit(plan, over);
                yield ask(push, round + 1);
            }
            case AdmissionAnswer.KeyReused reused ->
                failed(new PushRejectedException(
                        422,
                        Reason.IDEMPOTENCY_KEY_REUSED,
                        "Idempotency-Key: used with another body; give every request its own"));
            case AdmissionAnswer.OverRate over -> {
                debts.note(push.tenant(), over.debt());
                yield failed(overRate(push, over));
            }
            case AdmissionAnswer.BacklogFull full -> failed(backlogFull(push, full));
            case AdmissionAnswer.OverRecordsLimit over ->
                failed(PushRejectedException.forNow(
                        429,
                        Reason.MAX_IDEMPOTENCY_BYTES,
                        "Idempotency-Key: the tenant's kept answers have no room for more in their "
                                + push.limits().maxIdempotencyBytesPerUser()
                                + " bytes; send more samples in each request, or ask for a higher limit",
                        over.retryAfter()));
            case AdmissionAnswer.PartitionBacklogFull full ->
                failed(PushRejectedException.forNow(
                        503,
                        Reason.BACKLOG_FULL,
                        "backlog: the partition is full, and this tenant holds more than a hundredth of it",
                        RETRY_AFTER));
            case AdmissionAnswer.UnderMemoryPressure memory -> failed(outOfMemory(memory.shortage()));
            case AdmissionAnswer.TooManyTenants many -> failed(tooManyTenants());
            case AdmissionAnswer.Broken broken -> {
                LOG.errorf("admission state=broken tenant=%s message=%s", push.tenant(), broken.message());
                yield failed(unavailable(
                        RedisFailure.isForbiddenInScript(broken.message())
                                ? "Redis: the user of this process lacks a right that pushes need"
                                : "Redis: unexpected data in this tenant's keys"));
            }
        };
    }

    /** Asks again after a pause. The request is planned again then, since the tenant's registry will have changed. */
    private Future<PushResult> waitOrReject(Push push, Push.Plan plan, AdmissionAnswer.Fenced fenced, int round) {
        return fencedPushRetry
                .pause(plan.request().weight(), push.pauses(), fenced.retryAfter())
                .map(pause -> UniHelper.toFuture(pause).compose(over -> {
                    push.countPause();
                    return ask(push, round);
                }))
                .orElseGet(() -> failed(PushRejectedException.forNow(
                        503,
                        Reason.TENANT_RESETTING,
                        "registry: it is being reset, or series of it deleted, and what was accepted before is folded"
                                + " first",
                        fenced.retryAfter())));
    }

    private PushResult stored(Push push) {
        return new PushResult.Stored(push.standing(), push.rejections());
    }

    private PushResult nothingStored(Push push) {
        List<SampleRejection> rejections = push.rejections();
        return rejections.isEmpty() ? stored(push) : new PushResult.AllRejected(rejections);
    }

    private static Future<PushResult> failed(PushRejectedException rejection) {
        return Future.failedFuture(rejection);
    }

    private static PushRejectedException overRate(Push push, AdmissionAnswer.OverRate over) {
        return switch (over.unit()) {
            case SAMPLES ->
                PushRejectedException.forNow(
                        429,
                        Reason.TENANT_MAX_INGESTION_RATE,
                        "rate: over " + push.limits().ingestionRate() + " samples/s with a burst of "
                                + push.limits().ingestionBurstSize(),
                        over.retryAfter());
            case REQUESTS ->
                PushRejectedException.forNow(
                        429,
                        Reason.TENANT_MAX_REQUEST_RATE,
                        "rate: over " + push.limits().requestRate() + " requests/s with a burst of "
                                + push.limits().requestBurstSize() + "; send more samples in each",
                        over.retryAfter());
        };
    }

    private static PushRejectedException backlogFull(Push push, AdmissionAnswer.BacklogFull full) {
        String limit = switch (full.unit()) {
            case ENTRIES -> push.limits().maxBacklogEntries() + " unfolded entries";
            case BYTES -> push.limits().maxBacklogBytesPerUser() + " bytes of unfolded entries";
        };
        return PushRejectedException.forNow(
                503, Reason.BACKLOG_FULL, "backlog: the tenant has its " + limit, RETRY_AFTER);
    }

    private static PushRejectedException outOfMemory(AdmissionAnswer.Shortage shortage) {
        String detail = switch (shortage) {
            case OF_THE_STORE -> "Redis: what memory it has left is kept for folding";
            case FOR_LARGE_TENANTS ->
                "Redis: it is short of memory, and this tenant is among the largest: until some is free again, its pushes"
                        + " are rejected";
            case FOR_GROWTH ->
                "Redis: it is short of memory, and this tenant is among the largest: until some is free again, it gets no"
                        + " new series, families or idempotency keys";
            case FOR_NEW_TENANTS -> "Redis: it is short of memory, and takes no new tenants until some is free again";
        };
        return PushRejectedException.forNow(503, Reason.REDIS_FULL, detail, RETRY_AFTER);
    }

    private static PushRejectedException overBurst(Push push, int values) {
        return new PushRejectedException(
                413,
                Reason.TENANT_MAX_INGESTION_RATE,
                "request: " + values + " values, more than the burst of "
                        + push.limits().ingestionBurstSize() + "; send them in several requests");
    }

    private static PushRejectedException rejectionOf(RedisFailure failure) {
        LOG.debugf("admission redis=%s message=%s", failure.kind(), failure.getMessage());
        return failure.kind() == RedisFailure.Kind.FULL
                ? PushRejectedException.forNow(503, Reason.REDIS_FULL, "Redis: at its maxmemory", RETRY_AFTER)
                : unavailable("Redis: " + failure.kind().name().toLowerCase(Locale.ROOT));
    }

    private static PushRejectedException tooManyTenants() {
        return PushRejectedException.forNow(
                503,
                Reason.TOO_MANY_TENANTS,
                "X-Scope-OrgID: this tenant does not exist yet, and there are as many as streamgauge.max-tenants"
                        + " allows",
                RETRY_AFTER);
    }

    private static PushRejectedException unavailable(String detail) {
        return PushRejectedException.forNow(503, Reason.REDIS_UNAVAILABLE, detail, RETRY_AFTER);
    }
}
