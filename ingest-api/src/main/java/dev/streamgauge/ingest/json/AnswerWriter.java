package dev.streamgauge.ingest.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.server.problems.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes the body of the answer to a push, and of the answer to its repetition. */
@ApplicationScoped
public class AnswerWriter {

    private final ObjectMapper json;

    public AnswerWriter(ObjectMapper json) {
        this.json = json;
    }

    /**
     * What was stored and what was rejected.
     *
     * @param errors the rejected samples, at most {@value Problem#MAX_ERRORS}; left out if there are none
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record Accepted(int accepted, int rejected, List<Problem.ErrorEntry> errors) {}

    /** The body of a 202. */
    public byte[] accepted(int accepted, List<SampleRejection> rejections) {
        if (rejections.isEmpty()) {
            return ("{\"accepted\":" + accepted + ",\"rejected\":0}").getBytes(StandardCharsets.US_ASCII);
        }
        return accepted(accepted, rejections.size(), Problem.entries(rejections));
    }

    /** The body of a repeated answer. A record keeps the reasons of the first errors, and no messages. */
    public byte[] repeated(KeptAnswer kept) {
        return switch (kept) {
            case KeptAnswer.Rendered rendered -> rendered.body();
            case KeptAnswer.Counted(int accepted, int rejected, List<KeptAnswer.KeptError> errors) ->
                rejected == 0
                        ? accepted(accepted, List.of())
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

    private byte[] accepted(int accepted, int rejected, List<Problem.ErrorEntry> errors) {
        try {
            return json.writeValueAsBytes(new Accepted(accepted, rejected, errors));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers and texts is always JSON", e);
        }
    }
}
