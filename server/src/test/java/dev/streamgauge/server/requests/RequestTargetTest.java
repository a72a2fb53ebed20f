package dev.streamgauge.server.requests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTargetTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/metrics",
                "/metrics/",
                "/metrics?",
                "/tenants/a..b/metrics",
                "/tenants/.../metrics",
                "/tenants/a%21%2f%C3%BC/metrics",
                "/tenants/!-_.*'()/metrics",
                "http://example.org/metrics",
                "http://example.org",
                "/metrics?name[]=a&name%5B%5D=b%c3%bc",
                "/api/v1/series?match[]={a=\"b|c\",d=~\"^e\\\\.f`<>$\"}",
                "/metrics?a=//../%2e/./",
                "/metrics?a=1?b=2&&=+"
            })
    void flawOf_isEmpty_whenThereIsOneSpellingAndTheQueryIsText(String uri) {
        assertThat(RequestTarget.flawOf(uri)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', textBlock = """
        metrics              ~ URL: the path does not begin with /
        *                    ~ URL: the path does not begin with /
        //metrics            ~ URL: the path has // at character 0; write /
        /metrics//           ~ URL: the path has // at character 8; write /
        http://a//metrics    ~ URL: the path has // at character 8; write /
        /./metrics           ~ URL: the path has . or .. at character 1; leave it out
        /metrics/.           ~ URL: the path has . or .. at character 9; leave it out
        /x/../metrics        ~ URL: the path has . or .. at character 3; leave it out
        /x/..?a              ~ URL: the path has . or .. at character 3; leave it out
        /%2e/metrics         ~ URL: the path has %2e at character 1; write .
        /a%2Eb               ~ URL: the path has %2e at character 2; write .
        /a%                  ~ URL: % at character 2 is no percent-encoding of a visible character
        /a%4                 ~ URL: % at character 2 is no percent-encoding of a visible character
        /a%zz                ~ URL: % at character 2 is no percent-encoding of a visible character
        /a%00                ~ URL: % at character 2 is no percent-encoding of a visible character
        /a%0a                ~ URL: % at character 2 is no percent-encoding of a visible character
        /a%7f                ~ URL: % at character 2 is no percent-encoding of a visible character
        /a%ff/b              ~ URL: the percent-encoding of the path is not UTF-8
        /a{b                 ~ URL: { at character 2 must be percent-encoded
        /a\\b                ~ URL: \\ at character 2 must be percent-encoded
        /a#b                 ~ URL: # at character 2 must be percent-encoded
        /ab            ~ URL: character 2 is not visible ASCII
        /aüb                 ~ URL: character 2 is not visible ASCII
        /a?b=%               ~ URL: % at character 5 is no percent-encoding of a visible character
        /a?b=%ff             ~ URL: the percent-encoding of the query is not UTF-8
        /a?b=%c3(            ~ URL: the percent-encoding of the query is not UTF-8
        /a?b=c#d             ~ URL: # at character 6 must be percent-encoded
        /a?b=ü               ~ URL: character 5 is not visible ASCII
        """)
    void flawOf_saysWhatIsWrongAndWhere(String uri, String flaw) {
        assertThat(RequestTarget.flawOf(uri))
                .hasValueSatisfying(text -> assertThat(text).startsWith(flaw));
    }
}
