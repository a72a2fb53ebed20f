package dev.streamgauge.redis.deadletter;

/**
 * Why an entry becomes a dead letter, for its tenant and for operators.
 *
 * @param reason a stable identifier: {@link #MALFORMED}, {@link #UNFOLDABLE} or {@link #PAYLOAD_MISSING}
 * @param message the details, at most {@value #MAX_MESSAGE_LENGTH} characters; the rest is cut off
 */
public record DeadLetterReason(String reason, String message) {

    /** The payload cannot be decoded. */
    public static final String MALFORMED = "malformed";

    /** The payload can be decoded, but not folded into what is stored. */
    public static final String UNFOLDABLE = "unfoldable";

    /** There is no payload. */
    public static final String PAYLOAD_MISSING = "payload-missing";

    /** Maximum length of a message, in characters. */
    public static final int MAX_MESSAGE_LENGTH = 300;

    public DeadLetterReason {
        message = message.substring(0, Math.min(message.length(), MAX_MESSAGE_LENGTH));
    }
}
