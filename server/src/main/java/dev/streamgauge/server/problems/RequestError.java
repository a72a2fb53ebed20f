package dev.streamgauge.server.problems;

import dev.streamgauge.core.sample.ErrorId;

/**
 * Why a request is rejected, whatever API it is for. An API declares its own errors beside these: the push protocols,
 * query-api and the admin API.
 */
public enum RequestError implements ErrorId {
    UNAUTHORIZED,
    FORBIDDEN,
    TENANT_INVALID,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    URL_INVALID,
    URL_TOO_LONG,
    HEADER_INVALID,
    HEADERS_TOO_LARGE,
    HOST_INVALID,
    HOST_NOT_ALLOWED,
    CROSS_SITE,
    TRANSFER_ENCODING_UNSUPPORTED,
    REQUEST_TOO_LARGE,
    REQUEST_TIMEOUT,
    UNSUPPORTED_MEDIA_TYPE,
    REDIS_UNAVAILABLE
}
