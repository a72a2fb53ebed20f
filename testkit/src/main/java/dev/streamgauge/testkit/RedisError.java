package dev.streamgauge.testkit;

/** An error reply of Redis; the message is its text, such as {@code WRONGTYPE Operation against a key …}. */
public final class RedisError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RedisError(String message) {
        // Without a stack trace: it is a value that came over the wire, and may sit inside a list reply.
        super(message, null, false, false);
    }

    /** Returns the first word, such as {@code WRONGTYPE} or {@code LOADING}. */
    public String code() {
        String message = String.valueOf(getMessage());
        int space = message.indexOf(' ');
        return space < 0 ? message : message.substring(0, space);
    }
}
