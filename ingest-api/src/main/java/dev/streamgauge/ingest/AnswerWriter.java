package dev.streamgauge.ingest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.server.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes the body of the answer to a push; a replay returns the same bytes. */
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
    byte[] accepted(int accepted, List<SampleRejection> rejections) {
        if (rejections.isEmpty()) {
            return ("{\"accepted\":" + accepted + ",\"rejected\":0}").getBytes(StandardCharsets.US_ASCII);
        }
        try {
            return json.writeValueAsBytes(new Accepted(accepted, rejections.size(), Problem.entries(rejections)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers and texts is always JSON", e);
        }
    }
}
