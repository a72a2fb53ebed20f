package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.sample.SampleRules;
import dev.streamgauge.core.sample.ValidationResult;
import dev.streamgauge.core.tenant.TenantLimits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a body that keep the rules, and the rejections of the others.
 *
 * @param samples the samples that keep the rules, in the order of the body
 * @param rejections the rejections of the others, in the order of the body
 * @param places where in the body the samples stand
 * @param templates the templates of the samples, by index; null for a sample whose template was not known; may be empty
 */
record ValidatedBody(
        List<Sample> samples,
        List<SampleRejection> rejections,
        SamplePlaces places,
        List<@Nullable SampleTemplate> templates) {

    /**
     * Validates a body.
     *
     * @throws PushRejectedException if its common labels break a rule, or it is too large with them
     */
    static ValidatedBody validate(ParsedBody.Drafts drafts, TenantLimits limits, Instant now) {
        SampleRules rules = new SampleRules(limits, now);
        rules.checkCommonLabels(drafts.common()).ifPresent(rejection -> {
            throw new PushRejectedException(400, rejection.reason(), rejection.message());
        });
        ValidatedBody validated = new ValidatedBody(
                new ArrayList<>(drafts.samples().size()), new ArrayList<>(), drafts.places(), List.of());
        long labelLength = 0;
        for (int i = 0; i < drafts.samples().size(); i++) {
            SampleDraft draft = drafts.samples().get(i);
            draft.addCommonLabels(drafts.common());
            labelLength += draft.labelLength();
            // Common labels are copied into every sample: 60 KB of them in 10,000 samples are 600 MB.
            if (labelLength > limits.maxDecompressedBytes()) {
                throw new PushRejectedException(
                        413,
                        Reason.REQUEST_TOO_LARGE,
                        "body: more than " + limits.maxDecompressedBytes()
                                + " characters of labels, with the common ones in every sample; send it in parts");
            }
            switch (rules.validate(i, draft)) {
                case Sample sample -> validated.samples.add(sample);
                case ValidationResult.Rejected rejected -> validated.rejections.add(rejected.rejection());
            }
        }
        return validated;
    }
}
