package dev.streamgauge.aggregator.admin;

import dev.streamgauge.redis.removal.RemovalOutcome;
import dev.streamgauge.server.problems.RequestError;
import java.time.Duration;

/** Turns the outcome of a removal into an answer. */
final class Removals {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private Removals() {}

    /**
     * What was removed, if the removal is complete.
     *
     * @throws RequestRejectedException if it is not
     */
    static RemovalOutcome.Done doneOrRejected(RemovalOutcome outcome, Duration deadline) {
        return switch (outcome) {
            case RemovalOutcome.Done done -> done;
            case RemovalOutcome.OutOfTime(long backlog, long families, long series)
            when backlog == 0 ->
                throw RequestRejectedException.forNow(
                        AdminError.DELETION_TIMEOUT,
                        "time: over before everything was removed; " + families + " families and " + series
                                + " series were removed so far; ask again, which continues",
                        RETRY_AFTER);
            case RemovalOutcome.OutOfTime(long backlog, long families, long series) ->
                throw RequestRejectedException.forNow(
                        AdminError.BACKLOG_NOT_DRAINED,
                        "backlog: " + backlog + " entries of the tenant wait to be folded after "
                                + deadline.toSeconds() + " s, are aggregators running? " + families
                                + " families and " + series + " series were removed so far; ask again",
                        RETRY_AFTER);
            case RemovalOutcome.Broken(String message) ->
                throw RequestRejectedException.forNow(
                        RequestError.REDIS_UNAVAILABLE,
                        "Redis: unexpected data in one of the tenant's keys: " + message,
                        RETRY_AFTER);
        };
    }
}
