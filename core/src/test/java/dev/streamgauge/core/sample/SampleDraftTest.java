package dev.streamgauge.core.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.core.validation.SampleRules;
import dev.streamgauge.core.validation.ValidationResult;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SampleDraftTest {

    private static final SampleRules RULES =
            new SampleRules(TenantLimits.DEFAULTS, Instant.ofEpochMilli(1_763_700_000_000L));

    @Test
    void addCommonLabels_addsOnlyWhatTheSampleDoesNotName() {
        SampleDraft common = new SampleDraft();
        common.label("region", "eu");
        common.label("zone", "1");
        common.label("host", "a");
        SampleDraft draft = counter();
        draft.label("zone", "2");
        draft.label("host", "");

        draft.addCommonLabels(common);

        assertThat(labelsOf(draft)).isEqualTo("region=\"eu\",zone=\"2\"");
    }

    @Test
    void addCommonLabels_keepsDuplicates_soThatTheRulesSeeThem() {
        SampleDraft common = new SampleDraft();
        common.label("region", "eu");
        common.label("region", "us");
        SampleDraft draft = counter();

        draft.addCommonLabels(common);

        assertThat(labelsOf(draft)).isEqualTo("labels: 'region' given twice");
    }

    @Test
    void flaw_keepsTheFirst() {
        SampleDraft draft = counter();

        draft.flaw(Reason.UNKNOWN_FIELD, "color: no such field");
        draft.flaw(Reason.VALUE_INVALID, "value: not a number");

        assertThat(labelsOf(draft)).isEqualTo("color: no such field");
    }

    private static SampleDraft counter() {
        SampleDraft draft = new SampleDraft();
        draft.name("orders_total");
        draft.type("counter");
        draft.value(1);
        return draft;
    }

    private static String labelsOf(SampleDraft draft) {
        return switch (RULES.validate(0, draft)) {
            case Sample sample -> sample.labels().toString();
            case ValidationResult.Rejected rejected -> rejected.rejection().message();
        };
    }
}
