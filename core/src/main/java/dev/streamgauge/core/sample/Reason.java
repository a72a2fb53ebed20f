package dev.streamgauge.core.sample;

import java.util.Locale;

/**
 * Why a sample or a request was rejected. The ids are stable, and the same in answers and in the {@code reason} label
 * of metrics. Where Mimir has the reason, the id is Mimir's.
 */
public enum Reason {
    INVALID_JSON,
    UNKNOWN_FIELD,
    MISSING_FIELD,
    MISSING_METRIC_NAME,
    METRIC_NAME_INVALID,
    METRIC_NAME_TOO_LONG,
    TYPE_UNKNOWN,
    TYPE_CONFLICT,
    VALUE_INVALID,
    COUNTER_NEGATIVE,
    BUCKETS_INVALID,
    BUCKET_LAYOUT_CONFLICT,
    QUANTILES_INVALID,
    HELP_INVALID,
    UNIT_INVALID,
    LABEL_INVALID,
    LABEL_VALUE_INVALID,
    LABEL_NAME_TOO_LONG,
    LABEL_VALUE_TOO_LONG,
    MAX_LABEL_NAMES_PER_SERIES,
    DUPLICATE_LABEL_NAMES,
    TOO_FAR_IN_FUTURE,
    TIMESTAMP_INVALID,
    MAX_SERIES_PER_USER,
    MAX_SERIES_PER_METRIC,
    MAX_VALUES_PER_SAMPLE,
    MAX_BUCKETS_PER_HISTOGRAM,
    MAX_SAMPLES_PER_REQUEST,
    REQUEST_TOO_LARGE,
    REQUEST_TIMEOUT,
    UNSUPPORTED_MEDIA_TYPE,
    CONTENT_ENCODING_INVALID,
    METHOD_NOT_ALLOWED,
    LIMIT_INVALID,
    SELECTOR_INVALID,
    TENANT_INVALID,
    UNAUTHORIZED,
    FORBIDDEN,
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_REUSED,
    TENANT_MAX_INGESTION_RATE,
    TENANT_MAX_REQUEST_RATE,
    TOO_MANY_SCRAPES,
    TENANT_RESETTING,
    BACKLOG_NOT_DRAINED,
    DELETION_TIMEOUT,
    TOO_MANY_DELETIONS,
    NOT_FOUND,
    TENANT_EXISTS,
    TENANT_UNREADABLE,
    MANAGED_BY_FILE,
    TOO_MANY_TENANTS,
    TOO_MANY_KEYS,
    BACKLOG_FULL,
    REDIS_UNAVAILABLE,
    REDIS_FULL;

    private final String id = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The stable id: lower case with hyphens. */
    public String id() {
        return id;
    }
}
