package dev.streamgauge.redis.fold;

/** What became of an entry that was to be buried. Only {@link Buried} and {@link Lost} have changed anything. */
public sealed interface Burial {

    /** It is a dead letter now. */
    record Buried() implements Burial {}

    /** It was deleted from outside; it is acknowledged, and counted as lost. */
    record Lost() implements Burial {}

    /** It is no longer pending for this consumer. */
    record Stale() implements Burial {}

    /** A key holds something foreign; the message names it. The entry stays pending for this consumer. */
    record Broken(String message) implements Burial {}
}
