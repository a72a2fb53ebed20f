package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import java.util.List;

/** The result of parsing a body. */
sealed interface ParsedBody {

    /**
     * Samples as sent, each still to be validated.
     *
     * @param common labels that all of them share
     * @param places where in the body they stand
     */
    record Drafts(List<SampleDraft> samples, SampleDraft common, SamplePlaces places) implements ParsedBody {}

    /**
     * The body cannot be validated.
     *
     * @param samples minimum number of samples in the body, as far as known
     */
    record Malformed(int status, Reason reason, String message, int samples) implements ParsedBody {}
}
