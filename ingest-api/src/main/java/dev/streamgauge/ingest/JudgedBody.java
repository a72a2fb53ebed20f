package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Judged;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.Refusal;
import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleRules;
import dev.streamgauge.core.tenant.TenantLimits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a body that keep the rules, and the refusals of the others.
 *
 * @param samples accepted as far as the body alone can tell, in its order
 * @param refusals of the others, in its order
 * @param shapes of the samples, by their index, null where one was not known before; or none at all
 */
record JudgedBody(List<Sample> samples, List<Refusal> refusals, List<@Nullable SampleShape> shapes) {

    /**
     * Judges a body.
     *
     * @throws PushRefusedException if its common labels break a rule, or it is too large with them
     */
    static JudgedBody judge(ParsedBody.Drafts drafts, TenantLimits limits, Instant now) {
        SampleRules rules = new SampleRules(limits, now);
        rules.checkCommonLabels(drafts.common()).ifPresent(refusal -> {
            throw new PushRefusedException(400, refusal.reason(), refusal.message());
        });
        JudgedBody judged = new JudgedBody(new ArrayList<>(drafts.samples().size()), new ArrayList<>(), List.of());
        long labelLength = 0;
        for (int i = 0; i < drafts.samples().size(); i++) {
            SampleDraft draft = drafts.samples().get(i);
            draft.addCommonLabels(drafts.common());
            labelLength += draft.labelLength();
            // Labels given once stand in every sample: 60 KB of them in 10,000 samples are 600 MB.
            if (labelLength > limits.maxDecompressedBytes()) {
                throw new PushRefusedException(
                        413,
                        Reason.REQUEST_TOO_LARGE,
                        "body: more than " + limits.maxDecompressedBytes()
                                + " characters of labels, with the common ones in every sample; send it in parts");
            }
            switch (rules.judge(i, draft)) {
                case Sample sample -> judged.samples.add(sample);
                case Judged.Refused refused -> judged.refusals.add(refused.refusal());
            }
        }
        return judged;
    }
}
