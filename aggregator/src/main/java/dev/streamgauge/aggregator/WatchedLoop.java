package dev.streamgauge.aggregator;

import java.util.Optional;

/** A loop of this process that must keep going. Thread-safe. */
public interface WatchedLoop {

    /** The loop's name in the liveness check, such as {@code fold}. */
    String name();

    /** Why the loop makes no progress; empty if it is alive, waits for Redis, or stops. */
    Optional<String> findFault();
}
