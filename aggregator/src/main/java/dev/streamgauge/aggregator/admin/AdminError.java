package dev.streamgauge.aggregator.admin;

import dev.streamgauge.core.sample.ErrorId;

/** Why a request to the admin API is rejected, beside the reasons for any request. */
enum AdminError implements ErrorId {
    INVALID_JSON,
    UNKNOWN_FIELD,
    MISSING_FIELD,
    VALUE_INVALID,
    LIMIT_INVALID,
    SELECTOR_INVALID,
    TENANT_EXISTS,
    TENANT_UNREADABLE,
    MANAGED_BY_FILE,
    TOO_MANY_TENANTS,
    TOO_MANY_KEYS,
    TOO_MANY_DELETIONS,
    BACKLOG_NOT_DRAINED,
    DELETION_TIMEOUT
}
