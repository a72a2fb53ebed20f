package dev.streamgauge.redis.deadletter;

import java.time.Instant;
import java.util.List;

/**
 * A dead letter as its tenant sees it: accepted samples that can never be counted.
 *
 * @param time when the entry became a dead letter
 * @param entry id of the entry, which operators find in the partition's dead letters
 * @param reason a stable identifier, see {@link dev.streamgauge.redis.fold.DeadLetterReason}
 * @param message the details
 * @param samples how many samples it held
 * @param metrics names of its metrics, as far as they could be read; not all if there were many
 */
public record DeadLetter(
        Instant time, String entry, String reason, String message, long samples, List<String> metrics) {

    public DeadLetter {
        metrics = List.copyOf(metrics);
    }
}
