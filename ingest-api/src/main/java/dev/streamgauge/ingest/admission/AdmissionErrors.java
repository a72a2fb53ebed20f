package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.ingest.protocol.PushError;
import dev.streamgauge.ingest.protocol.RequestRejection;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.server.problems.RequestError;
import java.time.Duration;
import java.util.Locale;

/** Why a parsed push is rejected as a whole: each error with its status, its id and its text. */
final class AdmissionErrors {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private AdmissionErrors() {}

    static RequestRejection keyReused() {
        return RequestRejection.of(
                422,
                PushError.IDEMPOTENCY_KEY_REUSED,
                "Idempotency-Key: used with another body; give every request its own");
    }

    static RequestRejection recordsFull(TenantLimits limits, AdmissionAnswer.OverRecordsLimit over) {
        return RequestRejection.forNow(
                429,
                PushError.MAX_IDEMPOTENCY_BYTES,
                "Idempotency-Key: the tenant's kept answers have no room for more in their "
                        + limits.maxIdempotencyBytesPerUser()
                        + " bytes; send more samples in each request, or ask for a higher limit",
                over.retryAfter());
    }

    static RequestRejection overBurst(TenantLimits limits, int values) {
        return RequestRejection.of(
                413,
                PushError.TENANT_MAX_INGESTION_RATE,
                "request: " + values + " values, more than the burst of " + limits.ingestionBurstSize()
                        + "; send them in several requests");
    }

    static RequestRejection overRate(TenantLimits limits, AdmissionAnswer.OverRate over) {
        return switch (over.unit()) {
            case SAMPLES ->
                RequestRejection.forNow(
                        429,
                        PushError.TENANT_MAX_INGESTION_RATE,
                        "rate: over " + limits.ingestionRate() + " samples/s with a burst of "
                                + limits.ingestionBurstSize(),
                        over.retryAfter());
            case REQUESTS ->
                RequestRejection.forNow(
                        429,
                        PushError.TENANT_MAX_REQUEST_RATE,
                        "rate: over " + limits.requestRate() + " requests/s with a burst of "
                                + limits.requestBurstSize() + "; send more samples in each",
                        over.retryAfter());
        };
    }

    static RequestRejection backlogFull(TenantLimits limits, AdmissionAnswer.BacklogFull full) {
        String limit = switch (full.unit()) {
            case ENTRIES -> limits.maxBacklogEntries() + " unfolded entries";
            case BYTES -> limits.maxBacklogBytesPerUser() + " bytes of unfolded entries";
        };
        return RequestRejection.forNow(
                503, PushError.BACKLOG_FULL, "backlog: the tenant has its " + limit, RETRY_AFTER);
    }

    static RequestRejection partitionBacklogFull() {
        return RequestRejection.forNow(
                503,
                PushError.BACKLOG_FULL,
                "backlog: the partition is full, and this tenant holds more than a hundredth of it",
                RETRY_AFTER);
    }

    static RequestRejection fenced(AdmissionAnswer.Fenced fenced) {
        return RequestRejection.forNow(
                503,
                PushError.TENANT_RESETTING,
                "registry: it is being reset, or series of it deleted, and what was accepted before is folded first",
                fenced.retryAfter());
    }

    static RequestRejection underMemoryPressure(AdmissionAnswer.UnderMemoryPressure memory) {
        String detail = switch (memory.shortage()) {
            case OF_THE_STORE -> "Redis: what memory it has left is kept for folding";
            case FOR_LARGE_TENANTS ->
                "Redis: it is short of memory, and this tenant is among the largest: until some is free again, its pushes"
                        + " are rejected";
            case FOR_GROWTH ->
                "Redis: it is short of memory, and this tenant is among the largest: until some is free again, it gets no"
                        + " new series, families or idempotency keys";
            case FOR_NEW_TENANTS -> "Redis: it is short of memory, and takes no new tenants until some is free again";
        };
        return RequestRejection.forNow(503, PushError.REDIS_FULL, detail, RETRY_AFTER);
    }

    static RequestRejection tooManyTenants() {
        return RequestRejection.forNow(
                503,
                PushError.TOO_MANY_TENANTS,
                "X-Scope-OrgID: this tenant does not exist yet, and there are as many as streamgauge.max-tenants"
                        + " allows",
                RETRY_AFTER);
    }

    static RequestRejection registryUnstable() {
        return unavailable("admission: the tenant's registry changes too fast");
    }

    static RequestRejection broken(AdmissionAnswer.Broken broken) {
        return unavailable(
                RedisFailure.isForbiddenInScript(broken.message())
                        ? "Redis: the user of this process lacks a right that pushes need"
                        : "Redis: unexpected data in this tenant's keys");
    }

    static RequestRejection failed(RedisFailure failure) {
        return failure.kind() == RedisFailure.Kind.FULL
                ? RequestRejection.forNow(503, PushError.REDIS_FULL, "Redis: at its maxmemory", RETRY_AFTER)
                : unavailable("Redis: " + failure.kind().name().toLowerCase(Locale.ROOT));
    }

    private static RequestRejection unavailable(String detail) {
        return RequestRejection.forNow(503, RequestError.REDIS_UNAVAILABLE, detail, RETRY_AFTER);
    }
}
