package dev.streamgauge.redis.fold;

/** What became of an entry that was to be dead-lettered. Only {@link DeadLettered} and {@link Lost} have changed anything. */
public sealed interface DeadLetterResult {

    /** It is a dead letter now. */
    record DeadLettered() implements DeadLetterResult {}

    /** It was deleted from outside; it is acknowledged, and counted as lost. */
    record Lost() implements DeadLetterResult {}

    /** It is no longer pending for this consumer. */
    record Stale() implements DeadLetterResult {}

    /** A key holds something foreign; the message names it. The entry stays pending for this consumer. */
    record Broken(String message) implements DeadLetterResult {}
}
