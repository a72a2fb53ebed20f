package dev.streamgauge.redis.tenant;

/** Why a stored record cannot be read. */
final class UnreadableRecordException extends Exception {

    private static final long serialVersionUID = 1L;

    UnreadableRecordException(String message) {
        super(message);
    }
}
