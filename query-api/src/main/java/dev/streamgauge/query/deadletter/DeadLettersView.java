package dev.streamgauge.query.deadletter;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.QueryError;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.deadletter.DeadLetter;
import dev.streamgauge.redis.deadletter.DeadLetterReader;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.access.AccessError;
import dev.streamgauge.server.access.AuthenticationResult;
import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.server.problems.RequestError;
import dev.streamgauge.server.store.StartupCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.jboss.logging.Logger;

/** Reads a tenant's dead letters for both resources, and answers with an error if they cannot be read. */
@ApplicationScoped
public class DeadLettersView {

    private static final Logger LOG = Logger.getLogger(DeadLettersView.class);

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final String LIMIT = "limit";
    private static final int MAX_LIMIT = 100;

    /** Always with milliseconds, so that all times have the same length. */
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    private final StartupCheck startupCheck;
    private final DeadLetterReader reader;

    DeadLettersView(StartupCheck startupCheck, RedisTopology topology) {
        this.startupCheck = startupCheck;
        this.reader = new DeadLetterReader(topology);
    }

    /** The last dead letters of a tenant, newest first. */
    public record DeadLetters(List<Entry> deadLetters) {}

    /**
     * One dead letter.
     *
     * @param time when the entry became a dead letter, ISO 8601 in UTC
     * @param entry id of the entry
     * @param reason a stable id
     * @param message what was wrong
     * @param samples number of samples in the entry
     * @param metrics names of its metrics, at most 20
     */
    public record Entry(String time, String entry, String reason, String message, long samples, List<String> metrics) {

        private static Entry of(DeadLetter deadLetter) {
            return new Entry(
                    TIME.format(deadLetter.time()),
                    deadLetter.entry(),
                    deadLetter.reason(),
                    deadLetter.message(),
                    deadLetter.samples(),
                    deadLetter.metrics());
        }
    }

    /** The answer to an authenticated or denied request. */
    Uni<Response> answer(AuthenticationResult result, UriInfo uri) {
        return switch (result) {
            case AuthenticationResult.Denied(AccessError error) ->
                Uni.createFrom().item(error.response());
            case AuthenticationResult.Known(TenantId tenant) -> {
                OptionalInt limit = limit(uri.getQueryParameters().getOrDefault(LIMIT, List.of()));
                yield limit.isPresent() ? read(tenant, limit.getAsInt()) : limitInvalid();
            }
        };
    }

    /** The requested limit; empty if it is invalid. */
    private static OptionalInt limit(List<String> given) {
        if (given.isEmpty()) {
            return OptionalInt.of(MAX_LIMIT);
        }
        if (given.size() > 1 || !given.getFirst().matches("[0-9]{1,3}")) {
            return OptionalInt.empty();
        }
        int limit = Integer.parseInt(given.getFirst());
        return limit >= 1 && limit <= MAX_LIMIT ? OptionalInt.of(limit) : OptionalInt.empty();
    }

    private static Uni<Response> limitInvalid() {
        return Uni.createFrom()
                .item(Problem.of(
                                400,
                                QueryError.LIMIT_INVALID,
                                LIMIT + ": give one whole number from 1 to " + MAX_LIMIT + ", or leave it out")
                        .response());
    }

    private Uni<Response> read(TenantId tenant, int limit) {
        if (!startupCheck.isOpen()) {
            return Uni.createFrom()
                    .item(unavailable("store: Redis was not reached yet, or this process is stopping; try again"));
        }
        return reader.readNewest(tenant, limit)
                .map(deadLetters -> Response.ok(
                                new DeadLetters(
                                        deadLetters.stream().map(Entry::of).toList()),
                                MediaType.APPLICATION_JSON_TYPE)
                        .build())
                .onFailure(RedisFailure.class)
                .recoverWithItem(failure -> {
                    // No warning: StoreMonitor logs an outage once.
                    LOG.debugf("dead-letters outcome=failed tenant=%s message=%s", tenant, failure.getMessage());
                    return unavailable("store: Redis cannot be read now; try again");
                });
    }

    private static Response unavailable(String detail) {
        return Problem.of(503, RequestError.REDIS_UNAVAILABLE, detail).response(RETRY_AFTER);
    }
}
