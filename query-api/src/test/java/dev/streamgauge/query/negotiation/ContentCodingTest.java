package dev.streamgauge.query.negotiation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentCodingTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    gzip                            | GZIP
                    GZIP                            | GZIP
                    x-gzip                          | GZIP
                    gzip, deflate, br               | GZIP
                    br;q=1.0, gzip;q=0.8            | GZIP
                    gzip;q=0.001                    | GZIP
                    gzip ; Q=0.5                    | GZIP
                    *                               | GZIP
                    br, *;q=0.1                     | GZIP
                    identity, gzip                  | GZIP
                    identity;q=0.5, gzip;q=0.5      | GZIP
                    ''                              | IDENTITY
                    deflate, br, zstd               | IDENTITY
                    gzip;q=0                        | IDENTITY
                    gzip;q=0.000                    | IDENTITY
                    gzip;q=0, *                     | IDENTITY
                    *;q=0                           | IDENTITY
                    identity;q=1, gzip;q=0.5        | IDENTITY
                    identity;q=1, *;q=0.5           | IDENTITY
                    gzip;q=0.2, *;q=0.9             | IDENTITY
                    gzip;q=two                      | IDENTITY
                    gzip;q=1.5                      | IDENTITY
                    gzip;q=-1                       | IDENTITY
                    gzipped                         | IDENTITY
                    """)
    void negotiate_choosesGzip_whenItIsWantedMost(String acceptEncoding, ContentCoding expected) {
        ContentCoding coding = ContentCoding.negotiate(List.of(acceptEncoding));

        assertThat(coding).isEqualTo(expected);
    }

    @Test
    void negotiate_readsAllHeaders_whenThereAreSeveral() {
        ContentCoding coding = ContentCoding.negotiate(List.of("br", "gzip"));

        assertThat(coding).isEqualTo(ContentCoding.GZIP);
    }

    @Test
    void negotiate_choosesIdentity_whenThereIsNoHeader() {
        ContentCoding coding = ContentCoding.negotiate(List.of());

        assertThat(coding).isEqualTo(ContentCoding.IDENTITY);
    }
}
