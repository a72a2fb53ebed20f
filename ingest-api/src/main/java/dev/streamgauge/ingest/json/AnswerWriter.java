package dev.streamgauge.ingest.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.ingest.protocol.PushAnswer;
import dev.streamgauge.ingest.protocol.PushResult;
import dev.streamgauge.ingest.protocol.RequestRejection;
import dev.streamgauge.server.problems.Problem;
import io.vertx.core.http.HttpHeaders;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes the answers to a push and to its repetition. */
@Singleton
final class AnswerWriter {

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence PROBLEM = HttpHeaders.createOptimized(Problem.MEDIA_TYPE);

    private final ObjectMapper json;

    AnswerWriter(ObjectMapper json) {
        this.json = json;
    }

    /**
     * What was stored and what was rejected.
     *
     * @param errors the rejected samples, at most {@value Problem#MAX_ERRORS}; left out if there are none
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record Accepted(int accepted, int rejected, List<Problem.ErrorEntry> errors) {}

    /** Samples were stored, or none was sent. */
    PushAnswer accepted(PushResult.Stored stored) {
        int accepted = stored.accepted().size();
        List<SampleRejection> rejected = stored.rejected();
        return rejected.isEmpty() ? accepted(accepted) : accepted(accepted, rejected.size(), Problem.entries(rejected));
    }

    /** A repeated answer. A record keeps the reasons of the first errors, and no messages. */
    PushAnswer repeated(KeptAnswer first) {
        return switch (first) {
            case KeptAnswer.Rendered rendered -> new PushAnswer(202, JSON, rendered.body());
            case KeptAnswer.Counted(int accepted, int rejected, List<KeptAnswer.KeptError> errors) ->
                rejected == 0
                        ? accepted(accepted)
                        : accepted(
                                accepted,
                                rejected,
                                errors.stream().map(AnswerWriter::entry).toList());
        };
    }

    private static Problem.ErrorEntry entry(KeptAnswer.KeptError error) {
        return new Problem.ErrorEntry(
                error.index(), error.reason(), "sample: rejected, see the first answer to this key");
    }

    private static PushAnswer accepted(int accepted) {
        String body = "{\"accepted\":" + accepted + ",\"rejected\":0}";
        return new PushAnswer(202, JSON, body.getBytes(StandardCharsets.US_ASCII));
    }

    private PushAnswer accepted(int accepted, int rejected, List<Problem.ErrorEntry> errors) {
        return new PushAnswer(202, JSON, encode(new Accepted(accepted, rejected, errors)));
    }

    /** No sample was accepted. */
    PushAnswer rejected(PushResult.AllRejected all) {
        SampleRejection first = all.rejected().getFirst();
        return problem(Problem.of(400, first.reason(), first.message(), all.rejected()));
    }

    /** The whole request was rejected. */
    PushAnswer rejected(RequestRejection request) {
        return problem(Problem.of(request.status(), request.reason(), request.detail()));
    }

    private PushAnswer problem(Problem problem) {
        return new PushAnswer(problem.status(), PROBLEM, encode(problem));
    }

    private byte[] encode(Object answer) {
        try {
            return json.writeValueAsBytes(answer);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers and texts is always JSON", e);
        }
    }
}
