package dev.streamgauge.redis.fold;

/**
 * Why an entry is dead-lettered, for its tenant and for operators.
 *
 * @param reason a word that does not change: {@link #MALFORMED}, {@link #UNFOLDABLE} or {@link #PAYLOAD_MISSING}
 * @param message what exactly is wrong, at most {@value #MAX_MESSAGE_LENGTH} characters; the rest is cut off
 */
public record DeadLetterReason(String reason, String message) {

    /** The payload cannot be decoded. */
    public static final String MALFORMED = "malformed";

    /** The payload can be decoded, but not folded into what is stored. */
    public static final String UNFOLDABLE = "unfoldable";

    /** There is no payload. */
    public static final String PAYLOAD_MISSING = "payload-missing";

    /** Most characters of a message that are kept. */
    public static final int MAX_MESSAGE_LENGTH = 300;

    public DeadLetterReason {
        message = message.substring(0, Math.min(message.length(), MAX_MESSAGE_LENGTH));
    }
}
