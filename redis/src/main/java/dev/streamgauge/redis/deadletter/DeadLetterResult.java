package dev.streamgauge.redis.deadletter;

/** Result of moving an entry to the dead letters. Only {@link DeadLettered} and {@link Lost} have changed anything. */
public sealed interface DeadLetterResult {

    /** It is a dead letter now. */
    record DeadLettered() implements DeadLetterResult {}

    /** It was deleted from outside; it is acknowledged, and counted as lost. */
    record Lost() implements DeadLetterResult {}

    /** It is no longer pending for this consumer. */
    record Stale() implements DeadLetterResult {}

    /** A key holds unexpected data; the message names the key. The entry stays pending for this consumer. */
    record Broken(String message) implements DeadLetterResult {}
}
