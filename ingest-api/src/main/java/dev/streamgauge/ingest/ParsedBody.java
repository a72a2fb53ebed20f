package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import java.util.List;

/** What a body turned out to be. */
sealed interface ParsedBody {

    /**
     * Samples as sent, each still to be validated.
     *
     * @param common labels that all of them share
     */
    record Drafts(List<SampleDraft> samples, SampleDraft common) implements ParsedBody {}

    /**
     * Nothing that could be validated.
     *
     * @param samples how many samples it holds at least, as far as that is known
     */
    record Malformed(int status, Reason reason, String message, int samples) implements ParsedBody {}
}
