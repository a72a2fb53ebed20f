package dev.streamgauge.query;

import dev.streamgauge.core.sample.ErrorId;

/** Why a request to query-api is rejected, beside the reasons for any request. */
public enum QueryError implements ErrorId {
    VALUE_INVALID,
    LIMIT_INVALID,
    TOO_MANY_SCRAPES
}
