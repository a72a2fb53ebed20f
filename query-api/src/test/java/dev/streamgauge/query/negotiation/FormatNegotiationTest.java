package dev.streamgauge.query.negotiation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.exposition.ExpositionFormat;
import dev.streamgauge.core.exposition.ExpositionFormats;
import dev.streamgauge.core.exposition.ExpositionWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormatNegotiationTest {

    private static final String PROMETHEUS = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
            + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    /** A format that is never written. */
    private record Named(String contentType) implements ExpositionFormat {

        @Override
        public ExpositionWriter newWriter(int capacity) {
            throw new UnsupportedOperationException();
        }
    }

    private static final List<ExpositionFormat> FORMATS = List.of(
            new Named("text/plain; version=0.0.4; charset=utf-8"),
            new Named("application/openmetrics-text; version=1.0.0; charset=utf-8"),
            new Named("text/csv"));

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            text/csv                                                     | text/csv
            TEXT/CSV                                                     | text/csv
            text/csv, text/plain                                         | text/plain
            text/plain;q=0.5, text/csv                                   | text/csv
            text/plain; q=0.5, text/csv; Q=0.6                           | text/csv
            application/*                                                | application/openmetrics-text
            application/*, text/*                                        | text/plain
            application/*;q=0.9, text/*;q=0.8                            | application/openmetrics-text
            text/*, text/plain;q=0                                       | text/csv
            */*, text/plain;q=0.1, application/openmetrics-text;q=0.1    | text/csv
            application/openmetrics-text                                 | application/openmetrics-text
            application/openmetrics-text;version=1.0.0                   | application/openmetrics-text
            application/openmetrics-text;version="1.0.0"                 | application/openmetrics-text
            application/openmetrics-text;version=0.0.1, text/csv;q=0.1   | text/csv
            application/openmetrics-text;escaping=values                 | application/openmetrics-text
            text/plain;version=1.0.0, text/csv;q=0.1                     | text/csv
            text/plain;q=0.1, text/plain;version=0.0.4, text/csv;q=0.5   | text/plain
            # no preference, or none that can be met
            ''                                                           | text/plain
            */*                                                          | text/plain
            application/json                                             | text/plain
            */*;q=0                                                      | text/plain
            text/csv;q=two                                               | text/plain
            text                                                         | text/plain
            """)
    void negotiate_givesWhatTheClientPrefers(String accept, String expected) {
        ExpositionFormat format = FormatNegotiation.negotiate(FORMATS, List.of(accept));

        assertThat(format.contentType()).startsWith(expected);
    }

    @Test
    void negotiate_readsAllHeaders_whenThereAreSeveral() {
        ExpositionFormat format = FormatNegotiation.negotiate(FORMATS, List.of("application/json", "text/csv"));

        assertThat(format.contentType()).isEqualTo("text/csv");
    }

    @Test
    void negotiate_givesTheFirst_whenThereIsNoHeader() {
        assertThat(FormatNegotiation.negotiate(FORMATS, List.of())).isSameAs(FORMATS.getFirst());
    }

    @Test
    void negotiate_givesOpenMetricsToPrometheus_whenThereIsSuchAFormat() {
        ExpositionFormat format = FormatNegotiation.negotiate(FORMATS, List.of(PROMETHEUS));

        assertThat(format.contentType()).startsWith("application/openmetrics-text");
    }

    @ParameterizedTest
    @ValueSource(strings = {PROMETHEUS, "", "*/*", "text/html", "application/json", "text/plain;q=0"})
    void negotiate_givesTheTextFormat_whateverAClientOfTheProductAccepts(String accept) {
        ExpositionFormat format = FormatNegotiation.negotiate(ExpositionFormats.ALL, List.of(accept));

        assertThat(format.contentType()).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
    }
}
