package dev.streamgauge.ingest.protocol;

import dev.streamgauge.core.sample.ErrorId;

/**
 * Why a push is rejected as a whole, beside the reasons for any request. A push whose body has no samples, because of its
 * syntax or its common labels, is rejected for the reason of a sample. All these ids are different, since the samples of
 * a rejected push are counted by them.
 */
public enum PushError implements ErrorId {
    MAX_SAMPLES_PER_REQUEST,
    MAX_VALUES_PER_REQUEST,
    CONTENT_ENCODING_INVALID,
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_REUSED,
    MAX_IDEMPOTENCY_BYTES,
    TENANT_MAX_INGESTION_RATE,
    TENANT_MAX_REQUEST_RATE,
    TENANT_RESETTING,
    TOO_MANY_TENANTS,
    BACKLOG_FULL,
    REDIS_FULL,
    INGEST_OVERLOADED
}
