package dev.streamgauge.redis;

import io.vertx.redis.client.impl.types.ErrorType;
import java.util.Set;

/** A Redis call that brought no result. */
public final class RedisFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Errors that Redis gives before it runs a command, and that pass by themselves. */
    private static final Set<String> UNAVAILABLE =
            Set.of("LOADING", "BUSY", "MASTERDOWN", "READONLY", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "MISCONF");

    /** Error replies that the client makes up, although Redis sent no reply. */
    private static final Set<String> NO_ANSWER = Set.of("CONNECTION_CLOSED", "ILLEGAL_STATE");

    /** What is known about the call. */
    public enum Kind {
        /** No connection, or it broke: the call may have run. */
        UNREACHABLE,
        /** No answer before our deadline: the call may have run, or may still. */
        TIMEOUT,
        /** Redis is at {@code maxmemory}: the call did not run. */
        FULL,
        /** Redis answered that it cannot serve now: the call did not run. */
        UNAVAILABLE,
        /** The Redis user of this process may not do this: the call did not run, or not to its end. */
        FORBIDDEN,
        /** Redis ran the call, and no replica has confirmed it in time. */
        UNREPLICATED,
        /** Redis answered with another error. */
        ERROR
    }

    private final Kind kind;

    public RedisFailure(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public RedisFailure(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** The failure behind what the client threw. */
    public static RedisFailure of(Throwable thrown) {
        if (thrown instanceof RedisFailure failure) {
            return failure;
        }
        String message = String.valueOf(thrown.getMessage());
        return thrown instanceof ErrorType
                ? new RedisFailure(kindOf(message), message, thrown)
                : new RedisFailure(Kind.UNREACHABLE, withOrigin(message, thrown), thrown);
    }

    /** Adds the root cause: for a rejected certificate, the client says only that there is no connection. */
    private static String withOrigin(String message, Throwable thrown) {
        Throwable origin = thrown;
        for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
            origin = cause;
        }
        String reason = origin.getMessage();
        return reason == null || message.contains(reason) ? message : message + ": " + reason;
    }

    private static Kind kindOf(String errorReply) {
        int space = errorReply.indexOf(' ');
        String code = space < 0 ? errorReply : errorReply.substring(0, space);
        if (NO_ANSWER.contains(code)) {
            return Kind.UNREACHABLE;
        }
        if (code.equals("OOM")) {
            return Kind.FULL;
        }
        if (code.equals("NOPERM") || isForbiddenInScript(errorReply)) {
            return Kind.FORBIDDEN;
        }
        return UNAVAILABLE.contains(code) ? Kind.UNAVAILABLE : Kind.ERROR;
    }

    /** Whether a script could not make a call because of the rights of its user. The error has no code of its own. */
    public static boolean isForbiddenInScript(String message) {
        return message.contains("The user executing the script can't") // Redis 7.0
                || message.contains("ACL failure in script"); // Redis 7.2 and newer, Valkey
    }

    public Kind kind() {
        return kind;
    }

    /** Whether Redis answered, so that the connection is in step and can be used on. */
    public boolean isAnswer() {
        return switch (kind) {
            case FULL, UNAVAILABLE, FORBIDDEN, UNREPLICATED, ERROR -> true;
            case UNREACHABLE, TIMEOUT -> false;
        };
    }

    /** Whether a key is of another type than the command is for. Another try does not change that. */
    public boolean isWrongType() {
        return kind == Kind.ERROR && getMessage().startsWith("WRONGTYPE");
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
