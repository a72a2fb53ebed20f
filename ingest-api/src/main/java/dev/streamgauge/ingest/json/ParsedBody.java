package dev.streamgauge.ingest.json;

import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.core.validation.SampleRules;
import dev.streamgauge.core.validation.ValidationResult;
import dev.streamgauge.ingest.protocol.ParsedPush;
import dev.streamgauge.ingest.protocol.RequestRejection;
import dev.streamgauge.server.problems.RequestError;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The result of parsing a body. */
sealed interface ParsedBody {

    /** Validates the samples, if there are any. */
    ParsedPush validate(TenantLimits limits, Instant now);

    /**
     * Samples as sent, each still to be validated.
     *
     * @param common labels that all of them share
     * @param places where in the body they stand
     */
    record Drafts(List<SampleDraft> samples, SampleDraft common, JsonPlaces places) implements ParsedBody {

        @Override
        public ParsedPush validate(TenantLimits limits, Instant now) {
            SampleRules rules = new SampleRules(limits, now);
            Optional<SampleRejection> ofCommonLabels = rules.checkCommonLabels(common);
            if (ofCommonLabels.isPresent()) {
                SampleRejection why = ofCommonLabels.get();
                return rejected(400, why.reason(), why.message());
            }
            List<Sample> valid = new ArrayList<>(samples.size());
            List<SampleRejection> rejections = new ArrayList<>();
            long labelLength = 0;
            for (int i = 0; i < samples.size(); i++) {
                SampleDraft draft = samples.get(i);
                draft.addCommonLabels(common);
                labelLength += draft.labelLength();
                // Common labels are copied into every sample: 60 KB of them in 10,000 samples are 600 MB.
                if (labelLength > limits.maxDecompressedBytes()) {
                    return rejected(
                            413,
                            RequestError.REQUEST_TOO_LARGE,
                            "body: more than " + limits.maxDecompressedBytes()
                                    + " characters of labels, with the common ones in every sample; send it in parts");
                }
                switch (rules.validate(i, draft)) {
                    case Sample sample -> valid.add(sample);
                    case ValidationResult.Rejected rejected -> rejections.add(rejected.rejection());
                }
            }
            return new ParsedPush.Samples(valid, rejections, places, List.of());
        }

        private ParsedPush.Rejected rejected(int status, ErrorId reason, String message) {
            return new ParsedPush.Rejected(RequestRejection.of(status, reason, message), samples.size());
        }
    }

    /**
     * The body cannot be validated.
     *
     * @param samples minimum number of samples in the body, as far as known
     */
    record Malformed(int status, ErrorId reason, String message, int samples) implements ParsedBody {

        @Override
        public ParsedPush validate(TenantLimits limits, Instant now) {
            return new ParsedPush.Rejected(RequestRejection.of(status, reason, message), samples);
        }
    }
}
