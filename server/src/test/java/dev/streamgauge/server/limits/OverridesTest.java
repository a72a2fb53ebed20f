package dev.streamgauge.server.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.server.reload.InvalidFileException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OverridesTest {

    private static final TenantId ACME = new TenantId("acme");
    private static final TenantId OTHER = new TenantId("other");

    private static TenantLimits limitsOf(TenantId tenant, String text) throws Exception {
        return TenantLimits.DEFAULTS.with(
                Overrides.parse(text, TenantLimits.DEFAULTS).limitsOf(tenant));
    }

    @Test
    void parse_changesTheNamedLimitsOfTheNamedTenant_andNothingElse() throws Exception {
        String text = """
                # Big customers
                overrides:
                  acme:
                    ingestion_rate: 50000.5
                    max_global_series_per_user: 1e6
                  "under_score!":
                    max_backlog_entries: 5
                """;

        assertThat(limitsOf(ACME, text))
                .isEqualTo(TenantLimits.DEFAULTS.with(
                        Map.of(Limit.INGESTION_RATE, 50_000.5, Limit.MAX_GLOBAL_SERIES_PER_USER, 1e6)));
        assertThat(limitsOf(new TenantId("under_score!"), text).maxBacklogEntries())
                .isEqualTo(5);
        assertThat(limitsOf(OTHER, text)).isEqualTo(TenantLimits.DEFAULTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# nothing\n", "overrides:\n", "overrides: {}\n", "overrides:\n  acme:\n", "---\n"})
    void parse_overridesNothing_whenNothingIsWritten(String text) throws Exception {
        assertThat(limitsOf(ACME, text)).isEqualTo(TenantLimits.DEFAULTS);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            overrides: {acme: {ingestion_ratee: 5}}          | overrides.acme.ingestion_ratee: no such limit; there are ingestion_rate, ingestion_burst_size
            overrides: {acme: {ingestion_rate: fast}}        | overrides.acme.ingestion_rate: a number expected
            overrides: {acme: {ingestion_rate: -1}}          | overrides.acme.ingestion_rate: -1 given, a number from 0 expected
            overrides: {acme: {ingestion_rate: .nan}}        | line 1: Malformed numeric value
            overrides: {acme: {max_label_name_length: 0}}    | overrides.acme.max_label_name_length: 0 given, a whole number from 1 to 65536 expected
            overrides: {acme: {max_label_name_length: 2.5}}  | overrides.acme.max_label_name_length: 2.5 given, a whole number from 1 to 65536 expected
            overrides: {acme: {max_backlog_entries: 1e10}}   | overrides.acme.max_backlog_entries: 1.0E10 given, a whole number from 1 expected
            overrides: {acme: {request_rate: 5}}             | overrides.acme.request_burst_size: 0 given, at least 1 expected where request_rate is on
            overrides: {acme: 5}                             | overrides.acme: a mapping expected
            overrides: {acme/x: {}}                          | overrides.acme/x: no valid tenant id
            overrides: [acme]                                | overrides: a mapping expected
            override: {acme: {}}                             | override: not known here; only overrides is
            just text                                        | file: a mapping expected
            overrides: {acme: {}, acme: {}}                  | Duplicate field 'acme'
            overrides: {acme                                 | line 1
            """)
    void parse_rejectsTheFileAndSaysWhere_whenSomethingIsWrong(String text, String message) {
        assertThatThrownBy(() -> Overrides.parse(text, TenantLimits.DEFAULTS))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void parse_ends_whenAliasesWouldGrowWithoutBound() {
        String text = """
                a: &a [x, x, x, x, x, x, x, x, x]
                b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
                overrides: *b
                """;

        assertThatThrownBy(() -> Overrides.parse(text, TenantLimits.DEFAULTS)).isInstanceOf(InvalidFileException.class);
    }
}
